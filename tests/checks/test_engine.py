"""What the engine makes of answers: outcomes, levels, ids, basis, scope, and what a failing rule does."""

from __future__ import annotations

import dataclasses
import logging
import random
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.context import CheckContext, PartnerFacts
from checks.engine import at_or_above, check, why_not_applicable
from checks.evaluators import registry
from checks.evaluators.answer import Answer, flag
from checks.finding import NO_TEXT, Finding, Level, Outcome
from checks.reading import Reading
from checks.rule import PythonEvaluator, load_rules
from kb.contract import ContractFacts
from kb.errors import MissingPartError
from kb.law import LawIndex, StoredProvision, StoredVersion
from kb.model import CitationStatus, Partner, Value
from ontology import risk_level
from tests.checks.facts import contract, rule

DAY = date(2026, 11, 23)
ENGLISH = """SUPPLY AGREEMENT

This Agreement is made on 1 June 2021 between Northwind Metals Ltd (the "Supplier") and
Kestrel Foods Inc. (the "Buyer").

1. Supply. The Supplier delivers the goods. This is risky business.

2. Price. The price is fifty thousand dollars ($55,000), payable within 120 days after receipt of the invoice.

3. Liability. The Supplier's liability shall be unlimited. Neither party may assign.

4. Renewal. This Agreement shall automatically renew for further periods of twelve months.

5. Law. This Agreement is governed by the laws of Ireland. See Section 14.3 and Exhibit A.
"""
CHINESE = """采购合同

甲方：杭州远山科技有限公司
乙方：宁波海岳贸易有限公司

第一条 标的
乙方供应办公设备，交付过程危险。

第二条 价款
合同总价为人民币伍拾万元整（¥550,000元）。甲方在验收合格后180日内支付全部价款。

第三条 违约责任
甲方逾期付款的，每逾期一日，应按未付金额的百分之一支付违约金。

第四条 争议解决
双方可以提交仲裁，也可以向人民法院起诉。
"""
SHIPPED = load_rules()


def run(*rules: object, contracts: tuple[ContractFacts, ...] = (), **more: object) -> tuple[Finding, ...]:
    return check(rules, CheckContext(as_of=DAY, contracts=contracts or (contract(ENGLISH),), **more))  # type: ignore[arg-type]


def test_a_risky_word_is_flagged_with_its_sentence_clause_and_filled_message() -> None:
    (finding,) = run(rule())
    assert finding.outcome is Outcome.FLAG
    assert finding.evidence[0].quote == "This is risky business."
    assert finding.message.en == "1 Supply: risky"
    assert finding.rule_version == "1.0.0"
    assert finding.why == NO_TEXT


def test_a_contract_without_the_word_passes() -> None:
    (finding,) = run(rule(), contracts=(contract(ENGLISH.replace("risky", "good")),))
    assert finding.outcome is Outcome.PASS
    assert finding.level is None
    assert finding.likelihood is None


@pytest.mark.parametrize("likelihood", [1, 2, 3])
@pytest.mark.parametrize("impact", [1, 2, 3])
def test_the_level_of_a_flag_is_read_from_the_risk_matrix(likelihood: int, impact: int) -> None:
    (finding,) = run(rule(likelihood=likelihood, impact=impact))
    assert finding.level == risk_level(likelihood, impact)
    assert (finding.likelihood, finding.impact) == (likelihood, impact)


def test_the_matrix_rises_with_likelihood_and_impact() -> None:
    levels = {(a, b): risk_level(a, b) for a in (1, 2, 3) for b in (1, 2, 3)}
    assert levels[1, 1] == "low"
    assert levels[3, 3] == "high"
    rank = {"low": 1, "medium": 2, "high": 3}
    assert all(rank[levels[a, b]] <= rank[levels[a + 1, b]] for a in (1, 2) for b in (1, 2, 3))
    assert all(rank[levels[a, b]] <= rank[levels[a, b + 1]] for a in (1, 2, 3) for b in (1, 2))


def _with_evaluator(monkeypatch: pytest.MonkeyPatch, evaluator: registry.ContractEvaluator) -> None:
    monkeypatch.setitem(registry.CONTRACT_EVALUATORS, "blanks", evaluator)


PYTHON = "kind = 'python'\nname = 'blanks'"


@pytest.mark.parametrize(("shift", "likelihood"), [(-5, 1), (-1, 1), (0, 2), (1, 3), (5, 3)])
def test_an_evaluator_shifts_the_likelihood_within_the_scale(
    monkeypatch: pytest.MonkeyPatch, shift: int, likelihood: int
) -> None:
    def evaluator(reading: Reading, _context: CheckContext, _rule: PythonEvaluator) -> Iterator[Answer]:
        yield flag(reading.document, reading.evidence(0, 10), level_shift=shift)

    _with_evaluator(monkeypatch, evaluator)
    (finding,) = run(rule(PYTHON))
    assert finding.likelihood == likelihood
    assert finding.level == risk_level(likelihood, 2)


def test_a_failing_rule_is_not_evaluated_and_silences_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def evaluator(reading: Reading, _context: CheckContext, _rule: PythonEvaluator) -> Iterator[Answer]:
        yield flag(reading.document, reading.evidence(0, 10))
        raise ZeroDivisionError("secret words of the contract")

    _with_evaluator(monkeypatch, evaluator)
    with caplog.at_level(logging.ERROR):
        findings = run(rule(PYTHON, name="clause/broken"), rule(name="clause/whole"))
    outcomes = {finding.rule: finding.outcome for finding in findings}
    assert outcomes == {"clause/broken": Outcome.NOT_EVALUATED, "clause/whole": Outcome.FLAG}
    broken = next(finding for finding in findings if finding.rule == "clause/broken")
    assert "ZeroDivisionError" in broken.why.en
    assert "ZeroDivisionError" in broken.why.zh
    assert "secret" not in broken.why.en
    assert "clause/broken failed" in caplog.text


def test_an_evaluator_that_does_not_exist_stops_the_run() -> None:
    with pytest.raises(MissingPartError, match="does not exist"):
        run(rule("kind = 'python'\nname = 'nothing'"))


def test_a_wrong_option_stops_the_run() -> None:
    bad = rule("kind = 'python'\nname = 'arbitration'\n[evaluate.options]\nagrees = 'words'")
    with pytest.raises(MissingPartError, match="agrees"):
        run(bad)


@pytest.mark.parametrize(
    ("applies", "law", "outcome"),
    [
        ("", None, Outcome.FLAG),
        ("languages = ['zh']", None, None),
        ("languages = ['en']", None, Outcome.FLAG),
        ("governing_law = ['IE']", "IE", Outcome.FLAG),
        ("governing_law = ['US']", "US-NY", Outcome.FLAG),
        ("governing_law = ['US']", "IE", None),
        ("governing_law = ['U']", "US-NY", None),
        ("governing_law = ['US']", None, Outcome.NOT_EVALUATED),
        ("governing_law = ['US']\nassume_language = 'en'", None, Outcome.FLAG),
        ("governing_law = ['US']\nassume_language = 'zh'", None, Outcome.NOT_EVALUATED),
        ("governing_law = ['US']\nassume_language = 'en'", "CN", None),
        ("effective_from = 2026-11-24", None, None),
        ("effective_from = 2026-11-23", None, Outcome.FLAG),
        ("effective_to = 2026-11-22", None, None),
        ("effective_to = 2026-11-23", None, Outcome.FLAG),
        ("contract_types = ['Supply']", None, "by type"),
    ],
)
def test_a_rule_is_asked_where_it_applies(applies: str, law: str | None, outcome: Outcome | str | None) -> None:
    values = (Value("Governing Law", law, None, 0, 6),) if law is not None else ()
    facts = dataclasses.replace(contract(ENGLISH), values=values)
    if outcome == "by type":
        for stated, expected in (("Supply", Outcome.FLAG), ("Lease", None), (None, Outcome.NOT_EVALUATED)):
            found = run(rule(applies=applies), contracts=(dataclasses.replace(facts, contract_type=stated),))
            assert [finding.outcome for finding in found] == ([expected] if expected is not None else [])
        return
    found = run(rule(applies=applies), contracts=(facts,))
    assert [finding.outcome for finding in found] == ([outcome] if outcome is not None else [])
    reason = why_not_applicable(rule(applies=applies).applies, facts, DAY)
    assert (reason is None) == (outcome is Outcome.FLAG)
    if outcome is Outcome.NOT_EVALUATED:
        assert "governing law" in found[0].why.en
        assert "适用法律" in found[0].why.zh


def _version(number: str, in_force: date, ended: date | None = None) -> StoredVersion:
    return StoredVersion(
        act="cn/示例法",
        version=f"cn/示例法@{in_force.isoformat()}",
        title="示例法",
        date=in_force,
        in_force=in_force,
        no_longer_in_force=ended,
        provisions={number: StoredProvision("第七条", None, "doc-law", 0, 5)},
    )


@pytest.mark.parametrize(
    ("law", "status", "version"),
    [
        (None, CitationStatus.UNKNOWN_ACT, None),
        (LawIndex.build([]), CitationStatus.UNKNOWN_ACT, None),
        (LawIndex.build([_version("7", date(2020, 1, 1))]), CitationStatus.RESOLVED, "cn/示例法@2020-01-01"),
        (LawIndex.build([_version("8", date(2020, 1, 1))]), CitationStatus.PHANTOM, "cn/示例法@2020-01-01"),
        (LawIndex.build([_version("7", date(2030, 1, 1))]), CitationStatus.NOT_YET_IN_FORCE, "cn/示例法@2030-01-01"),
        (
            LawIndex.build([_version("7", date(2020, 1, 1), date(2021, 1, 1))]),
            CitationStatus.REPEALED,
            "cn/示例法@2020-01-01",
        ),
    ],
    ids=["no-law", "not-stored", "resolved", "phantom", "not-yet", "repealed"],
)
def test_the_basis_is_resolved_on_the_day_and_never_dropped(
    law: LawIndex | None, status: CitationStatus, version: str | None
) -> None:
    top = "basis = [{ act = 'cn/示例法', provision = '7', note = 'what it rules' }]"
    (finding,) = run(rule(top=top), law=law)
    (basis,) = finding.basis
    assert (basis.act, basis.provision, basis.status, basis.version) == ("cn/示例法", "7", status, version)
    assert basis.note.en.startswith("what it rules")


def test_an_edit_elsewhere_keeps_the_id_and_an_edit_of_the_words_changes_it() -> None:
    before = contract(ENGLISH)
    elsewhere = contract(ENGLISH.replace("twelve months", "six months").replace("SUPPLY", "LONG SUPPLY"), "doc-other")
    edited = contract(ENGLISH.replace("risky business", "risky trade"), "doc-third")
    (one,), (two,), (three,) = (run(rule(), contracts=(each,)) for each in (before, elsewhere, edited))
    assert one.evidence[0].start != two.evidence[0].start
    assert one.id == two.id
    assert one.id != three.id


def test_the_same_words_in_another_contract_have_another_id() -> None:
    facts = contract(ENGLISH), contract(ENGLISH, "doc-b", "b.txt")
    assert len({finding.id for finding in run(rule(), contracts=facts)}) == 2


def test_every_quote_is_cut_from_its_place() -> None:
    contracts = (contract(ENGLISH), contract(CHINESE, "doc-zh", "zh.txt"))
    texts = {facts.document: facts.text for facts in contracts}
    findings = run(*SHIPPED, contracts=contracts)
    quoted = [evidence for finding in findings for evidence in finding.evidence]
    assert len([finding for finding in findings if finding.outcome is Outcome.FLAG]) >= 12
    assert len(quoted) >= 20
    for evidence in quoted:
        assert texts[evidence.document][evidence.start : evidence.end] == evidence.quote
        assert evidence.quote == evidence.quote.strip() != ""


@given(st.text(alphabet="ab 责任不设上限甲方。；\n第一二条1.2()[]_$%risky liable unlimited 30 days", max_size=400))
@settings(max_examples=60, deadline=None)
def test_quotes_are_cut_from_any_text(text: str) -> None:
    for language in ("en", "zh"):
        facts = ContractFacts("doc-x", "x", "x", language, text)
        for finding in run(*SHIPPED, contracts=(facts,)):
            assert "failed" not in finding.reason, finding.reason
            for evidence in finding.evidence:
                assert text[evidence.start : evidence.end] == evidence.quote


@given(st.integers())
@settings(max_examples=15, deadline=None)
def test_neither_the_order_of_facts_nor_of_rules_changes_the_report(seed: int) -> None:
    contracts = [contract(ENGLISH), contract(CHINESE, "doc-zh", "zh.txt")]
    shuffle = random.Random(seed)
    shuffled = [
        dataclasses.replace(
            facts,
            clauses=tuple(shuffle.sample(facts.clauses, len(facts.clauses))),
            values=tuple(shuffle.sample(facts.values, len(facts.values))),
            parties=tuple(shuffle.sample(facts.parties, len(facts.parties))),
            terms=tuple(shuffle.sample(facts.terms, len(facts.terms))),
            citations=tuple(shuffle.sample(facts.citations, len(facts.citations))),
        )
        for facts in contracts
    ]
    shuffle.shuffle(shuffled)
    rules = list(SHIPPED)
    shuffle.shuffle(rules)
    assert run(*rules, contracts=tuple(shuffled)) == run(*SHIPPED, contracts=tuple(contracts))


def test_flags_come_first_and_the_worst_of_them_before_all() -> None:
    findings = run(*SHIPPED, contracts=(contract(ENGLISH), contract(CHINESE, "doc-zh", "zh.txt")))
    outcomes = [finding.outcome for finding in findings]
    assert outcomes == sorted(outcomes, key=[Outcome.FLAG, Outcome.NOT_EVALUATED, Outcome.PASS].index)
    levels = [finding.level for finding in findings if finding.level is not None]
    assert levels == sorted(levels, key=[Level.HIGH, Level.MEDIUM, Level.LOW].index)


def test_at_or_above_asks_for_flags_of_a_level() -> None:
    (finding,) = run(rule(likelihood=1, impact=1))
    assert finding.level is Level.LOW
    assert at_or_above([finding], Level.LOW)
    assert not at_or_above([finding], Level.MEDIUM)
    assert not at_or_above([], Level.LOW)


QUERY = "kind = 'sparql'\nquery = 'Q'\npopulation = 'P'"


def test_a_query_flags_its_rows_and_passes_the_rest_of_its_population() -> None:
    answers = {
        "Q": [
            {"subject": "urn:duegraph:document:doc-a", "document": "doc-a", "start": "2", "end": "6", "quote": "bad"}
        ],
        "P": [{"subject": "doc-a"}, {"subject": "urn:duegraph:partner:r%2Fp.csv/7"}, {"subject": None}],
    }
    findings = run(rule(QUERY), select=answers.__getitem__)
    assert [(f.subject, f.outcome) for f in findings] == [("doc-a", Outcome.FLAG), ("r/p.csv/7", Outcome.PASS)]
    assert findings[0].evidence[0].quote == "bad"


def test_a_query_without_a_graph_is_not_evaluated_for_each_subject() -> None:
    (finding,) = run(rule(QUERY))
    assert (finding.subject, finding.outcome) == ("doc-test", Outcome.NOT_EVALUATED)
    partners = {"r/1": PartnerFacts("r/1", "doc-r", "row", Partner("1", (), None, 0, 1))}
    (other,) = run(rule(QUERY, name="partner/test", top="subject = 'partner'"), partners=partners)
    assert (other.subject, other.outcome) == ("r/1", Outcome.NOT_EVALUATED)


def test_a_query_that_fails_is_not_evaluated() -> None:
    def broken(_query: str) -> list[dict[str, str | None]]:
        raise ValueError("no")

    (finding,) = run(rule(QUERY), select=broken)
    assert finding.outcome is Outcome.NOT_EVALUATED
    assert "ValueError" in finding.reason
