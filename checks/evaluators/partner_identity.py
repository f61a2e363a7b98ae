"""Evaluators about who a partner is: lists, place, identifiers, people behind it. Subject: a stored partner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.list_hits import dismissed_pass, entry_of, hit_flag, row_of
from checks.evaluators.options import texts
from checks.evaluators.partner_record import PartnerRecord, high_risk, listed_now, own_hits, person_hits, unstated
from checks.rule import PythonEvaluator
from kb.register_facts import columns

CERTAIN: Final = 2
"""Steps of likelihood that a person's "true match" adds: from the lowest of three to the highest."""
LIST_AGE: Final = 366
"""Days after which a published list of places is told to be old; they are renewed three times a year."""


def _no_list(record: PartnerRecord) -> Answer:
    return not_evaluated(
        record.id,
        "No watch list is stored, so nobody could be screened.",
        "未存入任何清单，无法筛查。",
    )


def partner_listed(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a partner that matches an entry of a stored list, or was said by a person to be it.

    Options: ``outcome`` "listed" (an entry in force on the day) or "former" (one that was taken off, or a register that
    says the partner was once listed).
    """
    former = rule.options.get("outcome", "listed") == "former"
    told = record.answers("former-listing") if former else ()
    if context.screening is None and not told:
        yield _no_list(record)
        return
    answers = 0
    for hit in own_hits(record, context):
        if not (hit.matches or hit.dismissed):
            continue
        entry = entry_of(context, hit.candidate)
        if listed_now(entry, context.as_of) is former:
            continue
        answers += 1
        evidence = (record.cell(hit.name), *row_of(hit.candidate, context))
        if hit.dismissed:
            yield dismissed_pass(record.id, hit, *evidence)
            continue
        until = entry.delisted_on.isoformat() if entry is not None and entry.delisted_on is not None else ""
        yield hit_flag(record.id, hit, evidence, party=record.name, until=until)
    for stated, place in told:
        if stated.answer:
            answers += 1
            yield flag(
                record.id,
                place,
                key="register",
                party=record.name,
                matched=stated.cell,
                list=stated.header,
                score="-",
                until=stated.cell,
                decision="",
                decision_zh="",
            )
    if not answers:
        yield passed(record.id)


def officer_listed(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a partner whose officer, legal representative or owner bears the name of a listed person or body.

    A name is no identity, so the likelihood is the rule's own for a name; only a person who says that it is the entry
    makes it certain.
    """
    del rule
    people = record.people()
    if not people:
        yield unstated(record, "legal-representative", "officers", "owners")
        return
    if context.screening is None:
        yield _no_list(record)
        return
    own = {name.text for name in record.facts.partner.names}
    answers = 0
    for person, meaning, place in people:
        if person in own:
            continue
        for hit in person_hits(record, context, person):
            if not (hit.matches or hit.dismissed) or not listed_now(entry_of(context, hit.candidate), context.as_of):
                continue
            answers += 1
            evidence = (place, *row_of(hit.candidate, context))
            if hit.dismissed:
                yield dismissed_pass(record.id, hit, *evidence)
                continue
            yield hit_flag(
                record.id,
                hit,
                evidence,
                key=f"{person}:{hit.key}",
                level_shift=CERTAIN if hit.ruling.same else 0,
                party=record.name,
                person=person,
                role=columns()[meaning].en,
                role_zh=columns()[meaning].zh,
                identity="" if hit.ruling.same else "; a name is no identity",
                identity_zh="" if hit.ruling.same else "；同名不等于同一人",
            )
    if not answers:
        yield passed(record.id)


def pep(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a partner whose register says that it, an officer or an owner is a politically exposed person."""
    del context, rule
    told = record.answers("pep")
    if not told:
        yield unstated(record, "pep")
        return
    yes = [(stated, place) for stated, place in told if stated.answer]
    for stated, place in yes:
        yield flag(record.id, place, party=record.name, stated=f"{stated.header}: {stated.cell}")
    if not yes:
        yield passed(record.id, *(place for _, place in told))


def high_risk_place(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a partner in a place that a published list names; the finding says which list, of which day.

    Options: ``outcome`` "severe" (a call for action) or "care" (increased monitoring).
    """
    severe = rule.options.get("outcome", "severe") == "severe"
    country = record.facts.partner.country
    if country is None:
        yield not_evaluated(record.id, "The partner's country is not known.", "合作方所在国家或地区不明。")
        return
    found = [one for one in high_risk(country) if one.severe is severe]
    for one in found:
        old = (context.as_of - one.published).days > LIST_AGE
        note = (
            "; the list is more than a year old, look up the present one" if old else "",
            "；该名单已逾一年，请查阅最新名单" if old else "",
        )
        yield flag(
            record.id,
            record.cell(country),
            key=one.id,
            party=record.name,
            country=country,
            list=one.en,
            list_zh=one.zh,
            published=one.published.isoformat(),
            note=note[0],
            note_zh=note[1],
        )
    if not found:
        yield passed(record.id)


def missing_identifier(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag an organisation without any identifier that tells it from others of its name.

    Options: ``schemes``, the schemes that do.
    """
    del context
    partner = record.facts.partner
    if partner.kind == "person":
        return  # people are told apart by dates of birth and papers, which registers of partners rarely hold
    if partner.kind is None:
        yield not_evaluated(
            record.id,
            "The register does not say whether the partner is an organisation.",
            "登记册未载明该合作方是否为组织。",
        )
        return
    schemes = frozenset(texts(rule, "schemes"))
    known = [one for one in partner.identifiers if one.scheme in schemes]
    if known:
        yield passed(record.id, *(record.cell(one.value) for one in known[:1]))
        return
    other = ", ".join(sorted({one.scheme for one in partner.identifiers}))
    stated = other or "none"
    yield flag(record.id, record.row, party=record.name, stated=stated, stated_zh=other or "无")


def invalid_identifier(record: PartnerRecord, context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag each identifier that cannot be one of its scheme: wrong check digit, length or characters."""
    del context, rule
    identifiers = record.facts.partner.identifiers
    checked = [one for one in identifiers if one.valid is not None]
    if not checked:
        yield not_evaluated(
            record.id,
            "The register states no identifier that can be checked.",
            "登记册未载明可校验的证照号码。",
        )
        return
    wrong = [one for one in checked if one.valid is False]
    for one in wrong:
        yield flag(
            record.id, record.cell(one.value), key=one.scheme, party=record.name, scheme=one.scheme, value=one.value
        )
    if not wrong:
        yield passed(record.id, *(record.cell(one.value) for one in checked[:1]))
