"""Evaluators that hold a contract against what registers say of its parties: name, dates, capital, clauses it needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from checks.context import CheckContext, PartnerFacts
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.list_hits import entry_of
from checks.evaluators.options import number, patterns, texts
from checks.evaluators.partner_record import PartnerRecord, high_risk, listed_now, own_hits
from checks.peers import plain
from checks.reading import Reading
from checks.rule import PythonEvaluator
from kb.cells import Money
from kb.model import Evidence, Link, Party, Span, Value
from kb.names.chinese import simplified
from kb.register_facts import columns

SIGNED = "Agreement Date"
_FACTORS_OF_A_NAME = frozenset({"listed"})


def _tied(contract: Reading, context: CheckContext) -> Iterator[tuple[Party, Link, PartnerFacts]]:
    """Yield the parties that are a stored partner by more than their name."""
    by_place = {(k.start, k.end): k for k in context.links if k.document == contract.document and k.same}
    for party in contract.parties:
        link = by_place.get((party.start, party.end))
        partner = context.partners.get(link.partner) if link is not None else None
        if link is not None and partner is not None:
            yield party, link, partner


def _nobody(contract: Reading) -> Answer:
    return not_evaluated(
        contract.document,
        "No party of the contract is tied to a stored partner by a second fact.",
        "合同当事人均未以第二项事实与已存合作方关联。",
    )


def name_differs(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a party whose name in the contract is none of the names its register gives for the same identifier."""
    del rule
    asked = flags = 0
    for party, link, partner in _tied(contract, context):
        asked += 1
        names = partner.partner.names
        current = [name.text for name in names if name.kind != "fka"]
        written = _letters(party.name)
        if any(_letters(name) == written for name in current):
            continue
        former = any(_letters(name.text) == written for name in names if name.kind == "fka")
        flags += 1
        yield flag(
            contract.document,
            contract.evidence(party.start, party.end),
            PartnerRecord(partner).cell(names[0].text if names else ""),
            key=partner.id,
            party=party.name,
            registered=names[0].text if names else partner.id,
            why=link.why,
            former=" (a former name)" if former else "",
            former_zh="（曾用名）" if former else "",
        )
    if not asked:
        yield _nobody(contract)
    elif not flags:
        yield passed(contract.document)


def _letters(name: str) -> str:
    return plain(simplified(name))


def signed_outside_life(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract signed before its party was founded, or on or after the day it was dissolved."""
    del rule
    signed = next(((d, v) for v in contract.values if v.type == SIGNED and (d := _day(v)) is not None), None)
    if signed is None:
        yield not_evaluated(
            contract.document, "The contract does not state the day it was made.", "合同未载明签订日期。"
        )
        return
    day, value = signed
    asked = known = flags = 0
    for party, _, partner in _tied(contract, context):
        asked += 1
        record = PartnerRecord(partner)
        founded, dissolved = record.days("founded"), record.days("dissolved")
        known += bool(founded or dissolved)
        for when, early, place in (
            *((d, True, p) for d, p in founded[:1] if day < d),
            *((d, False, p) for d, p in dissolved[:1] if day >= d),
        ):
            flags += 1
            yield flag(
                contract.document,
                contract.evidence(value.start, value.end),
                place,
                key=partner.id,
                party=party.name,
                signed=day.isoformat(),
                day=when.isoformat(),
                what="before the party was founded on" if early else "after the party was dissolved on",
                what_zh="早于该方成立日期" if early else "晚于该方注销日期",
            )
    if not asked:
        yield _nobody(contract)
    elif not known:
        yield not_evaluated(
            contract.document,
            "No register states when the party was founded or dissolved.",
            "登记册未载明当事人的成立或注销日期。",
        )
    elif not flags:
        yield passed(contract.document)


def _day(value: Value) -> date | None:
    try:
        return date.fromisoformat(value.value) if value.value is not None else None
    except ValueError:
        return None


def beyond_capital(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract worth many times the registered capital of a party.

    Options: ``multiple`` of the capital; ``price``, patterns of which one stands in the sentence that states the worth.
    """
    worth = worth_of(contract, rule)
    if worth is None:
        yield not_evaluated(
            contract.document,
            "The contract does not state its worth with a currency in words that are known.",
            "未能识别合同总价及其币种。",
        )
        return
    money, value = worth
    asked = known = flags = 0
    for party, _, partner in _tied(contract, context):
        asked += 1
        for stated, place in PartnerRecord(partner).stated.get("capital", ()):
            capital = stated.money
            if capital is None or capital.currency != money.currency or capital.amount <= 0:
                continue
            known += 1
            times = money.amount / capital.amount
            if times > Decimal(str(number(rule, "multiple"))):
                flags += 1
                yield flag(
                    contract.document,
                    contract.evidence(value.start, value.end),
                    place,
                    key=partner.id,
                    party=party.name,
                    worth=f"{money.amount:,f}".rstrip("0").rstrip(".")
                    if "." in f"{money.amount:f}"
                    else f"{money.amount:,f}",
                    currency=money.currency or "",
                    capital=stated.cell,
                    times=f"{times:.0f}",
                )
    if not asked:
        yield _nobody(contract)
    elif not known:
        yield not_evaluated(
            contract.document,
            "No register states the capital of a party with its unit, in the currency of the contract.",
            "登记册未以合同币种载明当事人的注册资本及其单位。",
        )
    elif not flags:
        yield passed(contract.document)


def worth_of(contract: Reading, rule: PythonEvaluator) -> tuple[Money, Value] | None:
    """Return the largest amount in a sentence that speaks of the price, with its currency."""
    price = patterns(rule, "price")
    best: tuple[Money, Value] | None = None
    for value in contract.values:
        if value.type != "money" or value.value is None or value.unit is None:
            continue
        if contract.find(price, contract.sentence_at(value.start)) is None:
            continue
        try:
            money = Money(Decimal(value.value), value.unit)
        except InvalidOperation:
            continue
        if best is None or money.amount > best[0].amount:
            best = (money, value)
    return best


def clause_for_risk(contract: Reading, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a contract that lacks a clause its party's risk calls for.

    Options: ``factors`` that call for it: columns of yes and no, "severe-place" and "care-place" (a party in a place a
    published list names), "listed" (a name that matches an entry, now or formerly); ``clause``, patterns that show the
    clause; ``min_clauses`` below which absence says nothing.
    """
    if len(contract.clauses) < number(rule, "min_clauses"):
        yield not_evaluated(
            contract.document,
            "The text has too few clauses to say that one is missing.",
            "文本条款过少，无法判断是否缺少条款。",
        )
        return
    found = contract.find(patterns(rule, "clause"), contract.whole)
    asked = flags = known = 0
    for party, _, partner in _tied(contract, context):
        asked += 1
        record = PartnerRecord(partner)
        reasons, looked = _factors(record, context, texts(rule, "factors"))
        known += looked
        if not reasons or found is not None:
            continue
        flags += 1
        yield flag(
            contract.document,
            contract.evidence(party.start, party.end),
            *(place for _, _, place in reasons),
            key=partner.id,
            party=party.name,
            factors="; ".join(en for en, _, _ in reasons),
            factors_zh="；".join(zh for _, zh, _ in reasons),
        )
    if flags:
        return
    if found is not None:
        yield passed(contract.document, _words(contract, found))
    elif not asked:
        yield _nobody(contract)
    elif not known:
        yield not_evaluated(
            contract.document,
            "Nothing is stated about the party that would show whether its risk calls for the clause.",
            "未载明当事人的任何风险因素，无法判断是否需要该条款。",
        )
    else:
        yield passed(contract.document)


def _words(contract: Reading, span: Span) -> Evidence:
    return contract.evidence(span.start, span.end)


def _factors(
    record: PartnerRecord, context: CheckContext, wanted: tuple[str, ...]
) -> tuple[list[tuple[str, str, Evidence]], bool]:
    """Return the factors that hold, in both languages with their place, and whether any could be looked at."""
    reasons: list[tuple[str, str, Evidence]] = []
    looked = False
    country = record.facts.partner.country
    for factor in wanted:
        if factor in {"severe-place", "care-place"}:
            looked = looked or country is not None
            for one in high_risk(country):
                if one.severe is (factor == "severe-place"):
                    day = one.published.isoformat()
                    where = (f"{country}: {one.en} ({day})", f"{country}：{one.zh}（{day}）")
                    reasons.append((*where, record.cell(country or "")))
        elif factor in _FACTORS_OF_A_NAME:
            looked = looked or context.screening is not None
            for hit in own_hits(record, context):
                if not hit.matches:
                    continue
                now, listed = listed_now(entry_of(context, hit.candidate), context.as_of), hit.candidate.list
                en = f"{'matches' if now else 'formerly on'} list {listed}"
                zh = f"{'匹配' if now else '曾被列入'}清单 {listed}"
                reasons.append((en, zh, record.cell(hit.name)))
        else:
            for stated, place in record.answers(factor):
                looked = True
                if stated.answer:
                    column = columns()[factor]
                    reasons.append((column.en, column.zh, place))
    return reasons, looked
