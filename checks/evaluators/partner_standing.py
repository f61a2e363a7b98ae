"""Evaluators about how a partner stands: status, licences, records of courts and offices, shell signs, credit, news."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.options import number, texts
from checks.evaluators.partner_record import PartnerRecord, unstated
from checks.evaluators.partners import NO_STAGE, age_shift, stage_shift
from checks.peers import plain
from checks.rule import PythonEvaluator
from kb.model import Evidence, Stage
from kb.register_facts import columns, status_kinds
from ontology import concept

_CONFIDENCE_ZH: Final = {"high": "高", "medium": "中", "low": "低"}
_STATUS: Final = {
    "dissolved": ("dissolved", "注销"),
    "revoked": ("licence revoked", "吊销"),
    "liquidation": ("in liquidation or insolvency", "清算或破产"),
    "abnormal": ("abnormal", "异常"),
}


def register_status(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a partner whose register status is one of ``kinds``.

    Options: ``kinds`` of status ("dissolved", "revoked", "liquidation", "abnormal"); ``meanings``, columns of yes and
    no that say the same; ``days``, columns of days that say it from that day on.
    """
    flags = asked = 0
    for row in record.facts.register:
        status, kinds = row.partner.status, status_kinds(row.partner.status)
        asked += bool(kinds)
        for kind in sorted(kinds & set(texts(rule, "kinds"))):
            flags += 1
            en, zh = _STATUS[kind]
            yield flag(
                record.id, row.evidence(status or ""), key=kind, party=record.name, status=en, status_zh=zh,
                stated=status or "",
            )  # fmt: skip
    for meaning in texts(rule, "meanings"):
        for stated, place in record.answers(meaning):
            asked += 1
            if stated.answer:
                flags += 1
                column = columns()[meaning]
                told = f"{stated.header}: {stated.cell}"
                yield flag(
                    record.id, place, key=meaning, party=record.name, status=column.en, status_zh=column.zh, stated=told
                )
    for meaning in texts(rule, "days"):
        for day, place in record.days(meaning):
            asked += 1
            if day <= context.as_of:
                flags += 1
                column = columns()[meaning]
                yield flag(
                    record.id, place, key=meaning, party=record.name, status=column.en, status_zh=column.zh,
                    stated=day.isoformat(),
                )  # fmt: skip
    if flags:
        return
    if asked:
        yield passed(record.id)
    else:
        yield not_evaluated(
            record.id,
            "No register states a status of this partner in words that are known.",
            "登记册未载明该合作方的登记状态，或其表述无法识别。",
        )


def register_records(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag each record of a court or an office that a register states.

    Options: ``meanings``, columns of yes and no.
    """
    del context
    meanings = texts(rule, "meanings")
    told = [(m, stated, place) for m in meanings for stated, place in record.answers(m)]
    if not told:
        yield unstated(record, *meanings)
        return
    flags = 0
    for meaning, stated, place in told:
        if not stated.answer:
            continue
        flags += 1
        column = columns()[meaning]
        yield flag(
            record.id, place, key=meaning, party=record.name, record=column.en, record_zh=column.zh,
            stated=f"{stated.header}: {stated.cell}",
        )  # fmt: skip
    if not flags:
        yield passed(record.id, *(place for _, _, place in told))


def licence(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a licence that has run out, or will within some days.

    Options: ``outcome`` "expired" or "expiring"; ``days`` ahead for the latter.
    """
    days = record.days("licence-expiry")
    if not days:
        yield unstated(record, "licence-expiry")
        return
    expiring = rule.options.get("outcome", "expired") == "expiring"
    last = context.as_of + timedelta(days=int(number(rule, "days"))) if expiring else context.as_of
    flags = 0
    for day, place in days:
        if (day < context.as_of) is expiring or day > last or (not expiring and day == context.as_of):
            continue
        flags += 1
        left = str(abs((day - context.as_of).days))
        yield flag(record.id, place, key=day.isoformat(), party=record.name, until=day.isoformat(), days=left)
    if not flags:
        yield passed(record.id, *(place for _, place in days))


def shell_signs(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a partner with several signs of a company without a business of its own, each named; never one alone.

    Options: ``signs`` needed; ``staff`` up to which there is nobody to do the work; ``months`` since the company was
    founded; ``companies`` at one address; ``paid`` share of the registered capital.
    """
    signs: list[tuple[str, str, Evidence]] = []
    known = 0
    for asked, sign in (
        _staff(record, number(rule, "staff")),
        _young(record, context.as_of, int(number(rule, "months"))),
        _address(record, context, int(number(rule, "companies"))),
        _capital(record, number(rule, "paid")),
        _nominee(record),
        _people(record, context, int(number(rule, "companies"))),
    ):
        known += asked
        if sign is not None:
            signs.append(sign)
    needed = int(number(rule, "signs"))
    if len(signs) >= needed:
        yield flag(
            record.id,
            *dict.fromkeys(place for _, _, place in signs),
            party=record.name,
            signs="; ".join(en for en, _, _ in signs),
            signs_zh="；".join(zh for _, zh, _ in signs),
            count=str(len(signs)),
        )
    elif known < needed:
        yield unstated(record, "staff", "founded", "paid-in-capital", "shared-address", "nominee")
    else:
        yield passed(record.id)


_Sign = tuple[bool, tuple[str, str, Evidence] | None]
"""Whether the sign could be looked for, and the sign with its place."""


def _staff(record: PartnerRecord, most: float) -> _Sign:
    found = [(s.number, place) for s, place in record.stated.get("staff", ()) if s.number is not None]
    few = [(n, place) for n, place in found if n <= most]
    if len(few) < len(found) or not few:
        return bool(found), None
    return True, (f"{few[0][0]:f} insured staff", f"参保人数 {few[0][0]:f}", few[0][1])


def _young(record: PartnerRecord, on: date, months: int) -> _Sign:
    days = record.days("founded")
    if not days or days[0][0] > on:
        return bool(days), None
    age = (on - days[0][0]).days / 30.44  # days of a mean month
    day = days[0][0].isoformat()
    return True, (f"founded {day}", f"成立于 {day}", days[0][1]) if age < months else None


def _address(record: PartnerRecord, context: CheckContext, companies: int) -> _Sign:
    for stated, place in record.stated.get("shared-address", ()):
        if stated.number is not None:
            told = f"{stated.number:f}"
            sign = (f"{told} companies at its address", f"同地址企业 {told} 家", place)
            return True, sign if stated.number >= companies else None
    address = record.facts.partner.address
    if address is None:
        return False, None
    same = context.peers.addresses[plain(address)]
    sign = (f"{same} stored partners at its address", f"同地址的已存合作方 {same} 家", record.cell(address))
    return True, sign if same >= companies else None


def _people(record: PartnerRecord, context: CheckContext, companies: int) -> _Sign:
    for name, meaning, place in record.people():
        if meaning != "legal-representative":
            continue
        same = context.peers.representatives[name]
        if same >= companies:
            return True, (
                f"{name} represents {same} stored partners",
                f"{name}同时担任 {same} 家已存合作方的法定代表人",
                place,
            )
    return False, None


def _capital(record: PartnerRecord, least: float) -> _Sign:
    paid = [(s.money, place) for s, place in record.stated.get("paid-in-capital", ()) if s.money is not None]
    registered = [s.money for s, _ in record.stated.get("capital", ()) if s.money is not None]
    if not paid:
        return False, None
    money, place = paid[0]
    if money.amount == 0:
        return True, ("no capital paid in", "实缴资本为零", place)
    if not registered or registered[0].amount <= 0 or registered[0].currency != money.currency:
        return True, None
    share = float(money.amount / registered[0].amount)
    return True, (f"{share:.1%} of the capital paid in", f"实缴资本占 {share:.1%}", place) if share < least else None


def _nominee(record: PartnerRecord) -> _Sign:
    told = record.answers("nominee")
    yes = [(stated, place) for stated, place in told if stated.answer]
    if not yes:
        return bool(told), None
    stated, place = yes[0]
    return True, (f"{stated.header}: {stated.cell}", f"{stated.header}：{stated.cell}", place)


def concentration(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a partner, or its group, that takes a large share of the spend or, where none is stated, of the contracts.

    Options: ``share`` from which on; ``partners`` with a stated spend, and ``contracts``, below which a share says
    nothing.
    """
    share, own = number(rule, "share"), context.peers.spends.get(record.id)
    if own is not None:
        same = [one for one in context.peers.spends.values() if one.currency == own.currency]
        ours = [one for one in same if one is own or (own.group and one.group == own.group)]
        total, mine = sum(one.amount for one in same), sum(one.amount for one in ours)
        if len(same) < number(rule, "partners") or total <= 0:
            yield _too_few(record)
        elif mine / total >= share:
            both = len(ours) > 1
            yield flag(
                record.id,
                *(one.evidence for one in ours),
                key="spend",
                party=f"{record.name} and its group" if both else record.name,
                party_zh=f"{record.name}及其集团" if both else record.name,
                share=f"{mine / total:.0%}",
                of=f"the spend stated for {len(same)} partners",
                of_zh=f"{len(same)} 家合作方已载明的交易额",
            )
        else:
            yield passed(record.id, own.evidence)
        return
    contracts = {k.document for k in context.links if k.same and k.document in context.every_contract}
    ours_too = {k.document for k in context.links if k.same and k.partner == record.id} & contracts
    if len(contracts) < number(rule, "contracts"):
        yield _too_few(record)
    elif len(ours_too) / len(contracts) >= share:
        yield flag(
            record.id,
            record.row,
            key="contracts",
            party=record.name,
            party_zh=record.name,
            share=f"{len(ours_too) / len(contracts):.0%}",
            of=f"{len(contracts)} contracts",
            of_zh=f"{len(contracts)} 份合同",
        )
    else:
        yield passed(record.id)


def _too_few(record: PartnerRecord) -> Answer:
    return not_evaluated(
        record.id,
        "Too few partners have a stated spend and too few contracts are stored for a share to mean anything.",
        "已载明交易额的合作方及已存合同过少，占比没有意义。",
    )


def credit_level(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a partner whose credit scorecard gives one of ``levels``; too little stated is "not evaluated"."""
    if context.credit is None:
        yield not_evaluated(record.id, "No store is at hand to read statements from.", "没有可供读取报表的数据。")
        return
    result = context.credit(record.facts)
    if result.level.value == "unknown":
        missing = ", ".join(indicator.title.en for indicator, _ in result.missing[:4])
        missing_zh = "、".join(indicator.title.zh for indicator, _ in result.missing[:4])
        yield not_evaluated(
            record.id,
            f"Too little is stated for a credit level; not computed: {missing}, and others.",
            f"已载明的数据不足以评定信用等级；未计算：{missing_zh}等。",
        )
        return
    if result.level.value not in texts(rule, "levels"):
        yield passed(record.id)
        return
    evidence: Iterable[Evidence] = [
        *(place for mark in result.marks for place in mark.evidence),
        *(place for one in result.scored[:3] for part in one.value.inputs for place in part.evidence),
    ]
    reasons = [mark.mark.title for mark in result.marks] + [one.indicator.title for one in result.scored[:3]]
    yield flag(
        record.id,
        *dict.fromkeys(evidence),
        party=record.name,
        score="no score for want of statements" if result.score is None else f"score {result.score:.0f} of 100",
        score_zh="缺少报表，无得分" if result.score is None else f"得分 {result.score:.0f}/100",
        reasons=", ".join(one.en for one in reasons[:4]),
        reasons_zh="、".join(one.zh for one in reasons[:4]),
        confidence=result.confidence.value,
        confidence_zh=_CONFIDENCE_ZH[result.confidence.value],
    )


def partner_event(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag each adverse event reported about a partner; stage and age lower the likelihood, a cleared one passes.

    Options: ``years`` after which an event is old.
    """
    if context.news == 0:
        yield not_evaluated(
            record.id,
            "No news is stored, so no reported event could be looked for.",
            "未存入任何报道，无法查找负面事件。",
        )
        return
    flags = 0
    for event in sorted(context.events, key=lambda e: (e.document, e.event.start, e.event.type)):
        tie = next((link for link in event.links if link.partner == record.id), None)
        if tie is None or event.event.stage is Stage.CLEARED:
            continue
        flags += 1
        stage, kinds = event.event.stage, concept("event-types", event.event.type).labels
        stages = concept("event-stages", stage.value).labels if stage is not None else NO_STAGE
        old = age_shift(event, context.as_of, number(rule, "years"))
        day = event.event.date or event.published
        yield flag(
            record.id,
            Evidence(event.document, event.event.start, event.event.end, event.quote),
            key=f"{event.title}:{event.event.type}",
            level_shift=stage_shift(stage) + old + (0 if tie.same else -1),
            party=record.name,
            event=kinds["en"],
            event_zh=kinds["zh"],
            stage=stages["en"],
            stage_zh=stages["zh"],
            title=event.title,
            date=day.isoformat() if day is not None else "day not stated",
            date_zh=day.isoformat() if day is not None else "日期不明",
            certainty="linked by a second fact" if tie.same else "linked by name only",
            certainty_zh="有第二项事实佐证" if tie.same else "仅名称相同",
        )
    if not flags:
        yield passed(record.id)
