"""The shipped rules: what they claim in their examples they do, and what they refer to exists."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from api.service.ruletest import evaluate_example
from checks.evaluators.partner_registry import PARTNER_EVALUATORS
from checks.evaluators.registry import CONTRACT_EVALUATORS
from checks.finding import Level, Outcome
from checks.rule import MIN_EXAMPLES, Example, PythonEvaluator, Rule, load_rules, parse_rule
from kb.errors import MissingPartError
from kb.model import CitationStatus
from ontology import concept, concepts
from tests.checks.hostile import patterns_of

RULES = load_rules()
EXAMPLES = [
    (rule, example, flags, f"{rule.id}-{'flags' if flags else 'passes'}-{number}-{example.lang}")
    for rule in RULES
    for flags, examples in ((True, rule.flags), (False, rule.passes))
    for number, example in enumerate(examples, 1)
]
STORED = [pytest.param(*each[:3], id=each[3]) for each in EXAMPLES if each[1].given]
PLAIN = [pytest.param(*each[:3], id=each[3]) for each in EXAMPLES if not each[1].given]
BY_ID = pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
PLACEHOLDER = re.compile(r"\{(\w+)\}")

HIT = {"decision", "decision_zh", "hit", "hit_status", "list", "matched", "score"}
PROVIDED = {
    "clause_pattern": {"clause", "matched"},
    "missing_clause": {"searched"},
    "value_threshold": {"clause", "value"},
    "adverse_event": {"party", "event", "event_zh", "stage", "stage_zh", "date", "title", "certainty", "certainty_zh"},
    "amount_in_words": {"clause", "words", "digits"},
    "arbitration": {"clause", "defect", "defect_zh"},
    "blanks": {"clause", "blank", "count"},
    "citation_status": {"citation", "status", "status_zh", "note", "note_zh", "target"},
    "court_without_connection": {"clause", "court", "place"},
    "dangling_reference": {"clause", "reference", "last"},
    "law_and_forum": {"clause", "defect", "defect_zh"},
    "listed_owners": {
        "certainty",
        "certainty_zh",
        "chain",
        "chain_zh",
        "owners",
        "party",
        "rules",
        "rules_zh",
        "share",
    },
    "listed_party": {*HIT, "party"},
    "missing_annex": {"annexes", "count"},
    "one_sided_right": {"clause", "matched", "holder"},
    "unilateral_right": {"clause", "matched", "holder"},
    "asymmetric_cap": {"clause", "matched", "holder"},
    "cap_without_exceptions": {"clause", "matched", "holder"},
    "indemnity_own_fault": {"clause", "matched", "holder", "other"},
    "interest_above": {"clause", "value", "rate"},
    "low_cap": {"clause", "matched", "holder"},
    "undated": set(),
    "question": {"answer", "says", "says_zh"},
    "short_notice_renewal": {"clause", "value", "value_zh"},
    "undefined_term": {"clause", "term", "uses"},
    "unfair_term": {"clause", "matched"},
    "unknown_owners": {"ends", "hidden", "party", "reasons"},
    "beyond_capital": {"capital", "currency", "party", "times", "worth"},
    "clause_for_risk": {"factors", "factors_zh", "party"},
    "circular_owners": {"party", "ring"},
    "concentration": {"of", "of_zh", "party", "party_zh", "share"},
    "credit_level": {"confidence", "confidence_zh", "party", "reasons", "reasons_zh", "score", "score_zh"},
    "high_risk_place": {"country", "list", "list_zh", "note", "note_zh", "party", "published"},
    "invalid_identifier": {"party", "scheme", "value"},
    "licence": {"days", "party", "until"},
    "missing_identifier": {"party", "stated", "stated_zh"},
    "name_differs": {"former", "former_zh", "party", "registered", "why"},
    "officer_listed": {*HIT, "identity", "identity_zh", "party", "person", "role", "role_zh"},
    "partner_event": {
        "certainty",
        "certainty_zh",
        "date",
        "date_zh",
        "event",
        "event_zh",
        "party",
        "stage",
        "stage_zh",
        "title",
    },
    "partner_listed": {*HIT, "party", "until"},
    "pep": {"party", "stated"},
    "register_records": {"party", "record", "record_zh", "stated"},
    "register_status": {"party", "stated", "status", "status_zh"},
    "shell_signs": {"count", "party", "signs", "signs_zh"},
    "signed_outside_life": {"day", "party", "signed", "what", "what_zh"},
}
"""What the messages of a kind of evaluation may name; that each is really given is seen in the examples."""


def test_there_are_rules_and_examples_of_every_kind() -> None:
    assert len(RULES) >= 36
    assert len(PLAIN) >= 214
    assert len(STORED) >= 56
    assert Counter(rule.family for rule in RULES).keys() == {
        "citation",
        "clause",
        "document",
        "missing",
        "nda",
        "ownership",
        "party",
        "unfair",
    }


def _check(rule: Rule, example: Example, flags: bool) -> None:
    findings = evaluate_example(rule, example)
    assert findings, "the rule said nothing about the example"
    flagged = [finding for finding in findings if finding.outcome is Outcome.FLAG]
    assert bool(flagged) is flags, [(finding.outcome, finding.reason) for finding in findings]
    for finding in flagged:
        for text in (finding.message.en, finding.message.zh, finding.remedy.en, finding.remedy.zh):
            assert text.strip()
            assert PLACEHOLDER.search(text) is None, f"{text} was not filled in"
        assert finding.evidence
        assert finding.level is not None
    for finding in findings:
        if finding.outcome is Outcome.NOT_EVALUATED:
            assert finding.why.en.endswith(".")
            assert finding.why.zh.endswith("。")


@pytest.mark.parametrize(("rule", "example", "flags"), PLAIN)
def test_an_example_does_what_its_file_says(rule: Rule, example: Example, flags: bool) -> None:
    _check(rule, example, flags)


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "example", "flags"), STORED)
def test_an_example_with_stored_law_lists_or_news_does_what_its_file_says(
    rule: Rule, example: Example, flags: bool
) -> None:
    _check(rule, example, flags)


@BY_ID
def test_a_rule_refers_only_to_concepts_that_exist(rule: Rule) -> None:
    assert concept("risk-categories", rule.risk).notation == rule.risk
    for contract_type in (*rule.applies.contract_types, *rule.applies.except_types):
        assert concept("contract-types", contract_type).notation == contract_type
    evaluate = rule.evaluate
    known = {each.notation for each in concepts("clause-types")}
    named = {*getattr(evaluate, "types", ()), *getattr(evaluate, "when_types", ())}
    assert named <= known, named - known
    if (value_type := getattr(evaluate, "value_type", None)) is not None:
        assert concept("value-types", value_type).notation == value_type
    if isinstance(evaluate, PythonEvaluator) and evaluate.name == "adverse_event":
        events = evaluate.options.get("types", [])
        assert isinstance(events, list)
        assert {concept("event-types", str(each)).notation for each in events} == set(events)
    if isinstance(evaluate, PythonEvaluator) and evaluate.name == "citation_status":
        assert {CitationStatus(str(each)) for each in evaluate.options["statuses"]}  # type: ignore[union-attr]


@BY_ID
def test_a_message_names_only_what_its_evaluator_gives(rule: Rule) -> None:
    evaluate = rule.evaluate
    provided = PROVIDED[evaluate.name if isinstance(evaluate, PythonEvaluator) else evaluate.kind]
    for text in (rule.message, rule.remedy):
        for words in (text.en, text.zh):
            assert set(PLACEHOLDER.findall(words)) <= provided


@BY_ID
def test_a_rule_speaks_both_languages(rule: Rule) -> None:
    for text in (rule.title, rule.message, rule.remedy, *((rule.known_problems,) if rule.known_problems else ())):
        assert re.search(r"[\u4e00-\u9fff]", text.zh), "the Chinese text has no Chinese"
        assert re.search(r"[A-Za-z]{3}", text.en)
    for language in rule.applies.languages:
        for examples in (rule.flags, rule.passes):
            assert sum(1 for example in examples if example.lang == language) >= MIN_EXAMPLES


@BY_ID
def test_a_rule_rests_on_a_canonical_provision_or_names_its_source(rule: Rule) -> None:
    assert rule.basis or rule.source, "neither a legal basis nor a source"
    for basis in rule.basis:
        assert re.fullmatch(r"(?:cn|eu|ie|gb|us)/\S+", basis.act), basis.act
        assert basis.provision is None or re.fullmatch(r"\d+[A-Z]?(?:-\d+)?(?:\(\w+\))*", basis.provision)
        assert basis.note, "a basis says in a few words what the provision rules"


@BY_ID
def test_a_rule_has_patterns_in_every_language_it_claims(rule: Rule) -> None:
    languages = {language for _, language, _ in patterns_of(rule)}
    if languages:
        assert languages >= set(rule.applies.languages)


def test_every_evaluator_exists_and_is_used() -> None:
    used = {rule.evaluate.name for rule in RULES if isinstance(rule.evaluate, PythonEvaluator)}
    assert used == {*CONTRACT_EVALUATORS, *PARTNER_EVALUATORS}


def test_ids_are_unique_and_ordered() -> None:
    ids = [rule.id for rule in RULES]
    assert ids == sorted(set(ids))


@pytest.mark.slow
def test_no_pattern_is_slow_on_two_hundred_thousand_hostile_characters() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.checks.hostile", "200000"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=600,  # some twenty seconds; a quadratic pattern would need hours
        check=True,
    )
    assert int(run.stdout) >= 300


GOOD = (Path(__file__).parents[2] / "checks" / "rules" / "clause" / "pay-when-paid.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (('risk = "liquidity"', 'riks = "liquidity"'), "riks"),
        (("likelihood = 3", "likelihood = 4"), "likelihood"),
        (('version = "1.2.0"', 'version = "one"'), "version"),
        (('kind = "clause_pattern"', 'kind = "guess"'), "evaluate"),
        (("背靠背'", "背靠背('"), "evaluate"),
        (('[[passes]]\nlang = "zh"', '[[passes]]\nlang = "en"'), "passes"),
        (('en = "Payment depends on a third party paying first"\n', ""), "title.en"),
    ],
)
def test_a_malformed_rule_is_refused_with_its_field(change: tuple[str, str], field: str) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(MissingPartError) as caught:
        parse_rule(text, "rules/clause/pay-when-paid.toml")
    assert field in caught.value.detail
    assert caught.value.place == "rules/clause/pay-when-paid.toml"


def test_an_id_that_is_not_its_path_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clause").mkdir()
    (tmp_path / "clause" / "other.toml").write_text(GOOD, "utf-8")
    with pytest.raises(MissingPartError, match="not its path"):
        load_rules(tmp_path)


def test_no_rules_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingPartError, match="no rule"):
        load_rules(tmp_path)


def test_what_a_provision_says_is_told_in_both_languages() -> None:
    half = [f"{r.id}: {b.act}" for r in load_rules() for b in r.basis if (b.note == "") != (b.note_zh == "")]
    assert half == []


def test_every_partner_rule_says_what_to_do_at_each_tier_of_due_diligence() -> None:
    rules = [rule for rule in RULES if rule.subject == "partner" and rule.family == "party"]
    assert len(rules) >= 17
    for rule in rules:
        assert rule.tiers is not None, rule.id
        assert len({rule.tiers.at(level).en for level in Level}) == len(Level), rule.id
