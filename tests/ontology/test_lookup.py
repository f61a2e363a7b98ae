"""Asking what a term means, in English and Chinese."""

import pytest

from ontology import TermNotFoundError, describe, terms


@pytest.mark.parametrize(
    ("asked", "curie"),
    [
        ("https://w3id.org/duegraph#Finding", "due:Finding"),
        ("due:Finding", "due:Finding"),
        ("finding", "due:Finding"),
        ("  FINDING ", "due:Finding"),
        ("发现", "due:Finding"),  # finding
        ("legal basis", "due:basis"),
        ("法律依据", "due:basis"),  # legal basis
        ("统一社会信用代码", "due:unifiedSocialCreditCode"),  # unified social credit code
        ("prov:wasGeneratedBy", "prov:wasGeneratedBy"),
        ("合同条款", "dpv:ContractualClause"),  # contractual clause
        ("event-types:insolvency", "event-types:insolvency"),
        ("insolvency", "event-types:insolvency"),
        ("破产重整", "event-types:insolvency"),  # reorganisation in bankruptcy, an alternative label
        ("失信被执行人", "event-types:dishonest-debtor"),  # dishonest judgment debtor
        ("Rofr/Rofo/Rofn", "clause-types:rofr-rofo-rofn"),
        ("clause-types", "clause-types"),
        ("条款类型", "due:clauseType"),  # clause type: the property of ours comes before the scheme of that name
        ("RM3x3S2L3", "risk:RM3x3S2L3"),
    ],
)
def test_a_term_is_found_by_any_of_its_names(asked: str, curie: str) -> None:
    assert describe(asked).curie == curie


def test_a_class_is_described_with_its_relations() -> None:
    found = describe("due:Finding")
    assert found.iri == terms.DUE_Finding
    assert (found.kind, found.labels["zh"], found.file) == ("class", "发现", "ontology/assess.ttl")
    assert found.defined_in == "https://w3id.org/duegraph/assess"
    assert {each.curie for each in found.broader} == {"oa:Annotation", "prov:Entity"}
    assert {"due:rule", "due:outcome", "due:evidence"} <= {each.curie for each in found.usage}
    assert "en" in found.definition
    assert found.notation is None


def test_a_property_is_described_with_domain_and_range() -> None:
    found = describe("due:evidence")
    assert found.kind == "property"
    assert [each.curie for each in found.domain] == ["due:Finding"]
    assert [each.labels["zh"] for each in found.range] == ["特定资源"]  # specific resource
    assert [each.curie for each in found.broader] == ["oa:hasTarget"]


def test_a_concept_is_described_with_its_scheme_and_matches() -> None:
    found = describe("levels:medium")
    assert (found.kind, found.notation) == ("concept", "medium")
    assert found.defined_in == "https://w3id.org/duegraph/vocab/levels"
    assert [each.curie for each in found.matches] == ["risk:ModerateRisk"]
    assert found.alt_labels["zh"] == ("中等", "中风险")


def test_a_scheme_lists_its_top_concepts() -> None:
    assert [each.curie for each in describe("outcomes").narrower] == [
        "outcomes:flag",
        "outcomes:not-evaluated",
        "outcomes:pass",
    ]


def test_other_bearers_of_a_name_are_shown() -> None:
    found = describe("Governing Law")
    assert found.curie == "clause-types:governing-law"
    assert "value-types:governing-law" in {each.curie for each in found.also}


@pytest.mark.parametrize(("asked", "suggestion"), [("Findng", "Finding"), ("失信被执行", "失信被执行人")])
def test_near_misses_are_suggested(asked: str, suggestion: str) -> None:
    with pytest.raises(TermNotFoundError) as error:
        describe(asked)
    assert suggestion in error.value.suggestions
    assert suggestion in str(error.value)


@pytest.mark.parametrize("asked", ["", "   ", "no such thing at all", "https://example.org/x"])
def test_unknown_names_are_refused(asked: str) -> None:
    with pytest.raises(TermNotFoundError):
        describe(asked)


def test_every_term_of_ours_can_be_described() -> None:
    constants = [value for name, value in vars(terms).items() if name.startswith("DUE_")]
    assert len(constants) >= 180
    for iri in constants:
        found = describe(iri)
        assert found.iri == iri
        assert set(found.labels) == {"en", "zh"}
