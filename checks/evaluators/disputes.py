"""Evaluators of how disputes are settled: arbitration agreements, governing law and forum."""

from __future__ import annotations

from collections.abc import Iterator

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, not_evaluated, passed
from checks.evaluators.options import patterns, texts
from checks.reading import Reading
from checks.rule import PythonEvaluator
from kb.model import Clause, Span, Value

_COUNTRY_CODE = 2
"""Letters of an ISO 3166 country code; a forum value that is longer names an institution."""


def arbitration(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag an agreement to arbitrate that names no institution, or leaves the choice between arbitration and courts.

    Options (patterns by language): ``agrees`` words of an agreement to arbitrate; ``institution`` names of bodies,
    rules or of someone who appoints; ``open_institution`` words that leave the body open; ``court`` words that open the
    courts as an alternative; ``court_unless`` words in their sentence that show the courts are for something else;
    ``hidden`` marks of a name that was blacked out.
    """
    agrees = patterns(rule, "agrees")
    clauses = contract.holding(agrees)
    if not clauses:
        yield not_evaluated(contract.document, "No agreement to arbitrate was found.", "未发现仲裁约定。")
        return
    for clause in clauses:
        if (alternative := _court_too(contract, clause, rule)) is not None:
            yield flag(
                contract.document,
                contract.evidence(alternative.start, alternative.end),
                key="court",
                clause=contract.label(clause),
                defect="the parties may arbitrate or go to court, so neither forum is agreed",
                defect_zh="约定可仲裁也可诉讼，仲裁协议一般无效",
            )
            return
    named = contract.find(patterns(rule, "institution"), contract.whole)
    for clause in clauses if named is None else ():
        span = Span(clause.start, clause.end)
        left_open = contract.find(patterns(rule, "open_institution"), span)
        if left_open is None:
            continue
        sentence = contract.sentence_at(left_open.start)
        yield flag(
            contract.document,
            contract.evidence(sentence.start, sentence.end),
            key="open",
            clause=contract.label(clause),
            defect="the arbitration body is left open",
            defect_zh="未选定具体的仲裁机构",
        )
        return
    first = clauses[0]
    if named is not None:
        yield passed(contract.document, contract.evidence(named.start, named.end))
        return
    agreed = contract.find(agrees, Span(first.start, first.end))
    sentence = contract.sentence_at(agreed.start if agreed is not None else first.start)
    if contract.find(patterns(rule, "hidden"), Span(first.start, first.end)) is not None:
        yield not_evaluated(
            contract.document,
            f"{contract.label(first)} agrees on arbitration, but the institution is blacked out.",
            f"{contract.label(first)} 约定仲裁，但仲裁机构已被隐去。",
        )
        return
    yield flag(
        contract.document,
        contract.evidence(sentence.start, sentence.end),
        key="none",
        clause=contract.label(first),
        defect="no arbitration institution, rules or appointing body is named",
        defect_zh="未约定仲裁机构、仲裁规则或指定仲裁员的机构",
    )


def _court_too(contract: Reading, clause: Clause, rule: PythonEvaluator) -> Span | None:
    agrees, court = patterns(rule, "agrees"), patterns(rule, "court")
    for sentence in contract.sentences(clause.start, clause.end):
        if (
            contract.find(court, sentence) is None
            or contract.find(patterns(rule, "court_unless"), sentence) is not None
        ):
            continue
        # In Chinese contracts the two halves of the choice are often separate sentences of one clause.
        if contract.language == "zh" or contract.find(agrees, sentence) is not None:
            return sentence
    return None


def law_and_forum(contract: Reading, _context: CheckContext, rule: PythonEvaluator) -> Iterator[Answer]:
    """Flag a governing law outside the playbook's list, and a forum in another country than the law.

    Options: ``standard_en`` and ``standard_zh``, ISO 3166 codes accepted for contracts in that language (a country code
    covers its subdivisions); ``governs`` and ``forum``, patterns that must be found in the sentence of the law and of
    the forum, so that a country named for another reason is not taken for one; ``court``, words of a chosen
    court, which must not pass where its country is not known.
    """
    stated = [v for v in contract.values if v.type == "Governing Law"]
    choosing = [
        v for v in stated if contract.find(patterns(rule, "governs"), contract.sentence_at(v.start)) is not None
    ]
    if not choosing:
        yield not_evaluated(contract.document, "The contract does not state a governing law.", "合同未约定适用法律。")
        return
    laws = [v for v in choosing if v.value is not None]
    if not laws:
        yield not_evaluated(
            contract.document,
            "The place in the governing-law clause could not be read.",
            "未能识别适用法律条款中的法域。",
        )
        return
    law, accepted, flags = laws[0], texts(rule, f"standard_{contract.language}"), 0
    sentence = contract.sentence_at(law.start)
    evidence = contract.evidence(min(sentence.start, law.start), max(sentence.end, law.end))
    label = contract.label(clause) if (clause := contract.clause_at(law.start)) is not None else ""
    place = contract.text[law.start : law.end]
    if _country(law) not in accepted and law.value not in accepted:
        flags += 1
        yield flag(
            contract.document,
            evidence,
            key="law",
            clause=label,
            defect=f"the law of {place} ({law.value}) is not on the list of accepted laws",
            defect_zh=f"{place}（{law.value}）法律不在可接受的适用法律范围内",
        )
    forum = _forum(contract, rule)
    if forum is not None and _country(forum) not in {_country(each) for each in laws}:
        flags += 1
        where, at = contract.text[forum.start : forum.end], contract.sentence_at(forum.start)
        yield flag(
            contract.document,
            evidence,
            contract.evidence(at.start, at.end),
            key="forum",
            clause=label,
            defect=f"the law is that of {place}, but disputes go to {where}",
            defect_zh=f"适用{place}法律，而争议提交{where}处理",
        )
    court = contract.find(patterns(rule, "court"), contract.whole) if forum is None else None
    if not flags and court is not None and not _any_forum(contract):
        named = contract.sentence_at(court.start)
        words = " ".join(contract.text[named.start : named.end].split())
        yield not_evaluated(
            contract.document,
            f"The law is that of {place}; in which country the chosen court lies could not be read: “{words}”.",
            f"适用{place}法律，但未能识别所选法院所在国家或地区：“{words}”。",
        )
    elif not flags:
        yield passed(contract.document, evidence)


def _any_forum(contract: Reading) -> bool:
    return any(value.type == "Forum" and value.value is not None for value in contract.values)


def _country(value: Value) -> str:
    return (value.value or "").split("-", 1)[0]


def _forum(contract: Reading, rule: PythonEvaluator) -> Value | None:
    """Return the one country disputes go to, or None when none or several are named."""
    wanted = patterns(rule, "forum")
    found = [
        v
        for v in contract.values
        if v.type == "Forum"
        and v.value is not None
        and len(_country(v)) == _COUNTRY_CODE
        and contract.find(wanted, contract.sentence_at(v.start)) is not None
    ]
    return found[0] if len({_country(v) for v in found}) == 1 else None
