"""The concept schemes: integrity, agreement with the domain model, and the risk matrix."""

import csv
import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import RDF, RDFS, SKOS, Graph, URIRef

from kb.alerts import AlertKind
from kb.model import CitationStatus, Kind, Stage, ValueType
from ontology import SCHEMES, VOCABULARY_BASE, OntologyError, TermNotFoundError, concept, concepts, risk_level, terms
from ontology.files import MATRIX, SHAPES, parse, scheme_file, shape_file
from ontology.vocabulary import slug

DATA = Path(__file__).parents[3] / "shared/data"
CATEGORIES = DATA / "contracts/cuad/category_descriptions.csv"
RISK = DATA / "regulations/ontologies/dpv/risk_risk.ttl"


def notations(scheme: str) -> set[str]:
    return {each.notation for each in concepts(scheme)}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_scheme_is_well_formed(scheme: str) -> None:
    graph = parse(scheme_file(scheme))
    base = URIRef(VOCABULARY_BASE + scheme)
    nodes = set(graph.subjects(RDF.type, SKOS.Concept))
    assert nodes
    for node in nodes:
        assert list(graph.objects(node, SKOS.inScheme)) == [base]
        for predicate in (SKOS.prefLabel, SKOS.definition):
            assert sorted(str(getattr(each, "language", "")) for each in graph.objects(node, predicate)) == ["en", "zh"]
        broader = list(graph.objects(node, SKOS.broader))
        is_top = (node, SKOS.topConceptOf, base) in graph
        assert is_top == (not broader)
        assert set(broader) <= nodes
        assert node not in set(graph.transitive_objects(broader[0], SKOS.broader)) if broader else True
        assert str(node) == f"{base}#{slug(str(graph.value(node, SKOS.notation)))}"
    listed = concepts(scheme)
    assert len({each.notation.casefold() for each in listed}) == len(listed) == len(nodes)
    for language in ("en", "zh"):
        assert len({each.label(language) for each in listed}) == len(listed)
    assert (base, RDF.type, SKOS.ConceptScheme) in graph
    assert len(list(graph.objects(base, RDFS.label))) == 2


@pytest.mark.parametrize("scheme", SCHEMES)
def test_chinese_labels_hold_chinese(scheme: str) -> None:
    for each in concepts(scheme):
        assert re.search(r"[\u4e00-\u9fff]", each.label("zh")), each.notation
        assert all(re.search(r"[\u4e00-\u9fff]", alt) for alt in each.alt_labels["zh"])


def test_an_alternative_name_stands_for_one_concept_only() -> None:
    # Roles are excepted: "Vendor" may be a supplier or a seller, and "提供方" a service provider or a discloser.
    for scheme in (each for each in SCHEMES if each != "party-roles"):
        taken: dict[str, str] = {}
        for each in concepts(scheme):
            for name in {each.notation.casefold(), *(alt.casefold() for alt in each.alt_labels["en"])}:
                assert taken.setdefault(name, each.notation) == each.notation, (scheme, name)


@pytest.mark.shared
@pytest.mark.skipif(not CATEGORIES.is_file(), reason="../shared/data/contracts/cuad is absent")
def test_clause_types_hold_the_cuad_categories_letter_for_letter() -> None:
    with CATEGORIES.open(encoding="utf-8", newline="") as rows:
        names = [row[0].removeprefix("Category:").strip() for row in csv.reader(rows)][1:]
    assert len(names) == 41
    assert set(names) - notations("clause-types") == set()


@pytest.mark.parametrize(
    ("scheme", "values"),
    [
        ("source-kinds", [each.value for each in Kind]),
        ("event-stages", [each.value for each in Stage]),
        ("citation-status", [each.value for each in CitationStatus]),
        ("outcomes", ["flag", "pass", "not_evaluated"]),
        ("levels", ["high", "medium", "low"]),
        ("likelihood", ["1", "2", "3"]),
        ("severity", ["1", "2", "3"]),
        ("finding-status", ["open", "accepted", "mitigated", "rejected", "stale"]),
        ("alert-kinds", [each.value for each in AlertKind]),
        ("impact-levels", ["none", "informational", "action", "blocking", "unknown"]),
        (
            "change-kinds",
            ["inserted", "modified", "deleted", "renumbered", "renumbered_modified", "split", "merged", "commenced"],
        ),
    ],
)
def test_closed_sets_of_the_model_are_exactly_the_scheme(scheme: str, values: list[str]) -> None:
    assert [each.notation for each in concepts(scheme)] == values


def test_value_types_cover_the_model_and_name_their_clause_type() -> None:
    assert {each.value for each in ValueType} <= notations("value-types")
    roles = notations("value-types") - {each.value for each in ValueType}
    assert len(roles) == 7
    assert roles <= notations("clause-types")


def test_event_types_of_the_model_exist() -> None:
    assert {"insolvency", "sanction", "corruption", "fraud", "penalty", "litigation"} <= notations("event-types")


@pytest.mark.parametrize(
    ("scheme", "label", "notation"),
    [
        ("event-types", "失信被执行人", "dishonest-debtor"),  # dishonest judgment debtor
        ("event-types", "经营异常", "abnormal-operation"),  # abnormal operation
        ("event-types", "行政处罚", "penalty"),  # administrative penalty
        ("clause-types", "违约责任", "Breach Liability"),  # liability for breach
        ("clause-types", "格式条款", "Standard Terms"),  # standard terms
        ("clause-types", "定金", "Deposit"),  # deposit
    ],
)
def test_chinese_legal_terms_have_their_concept(scheme: str, label: str, notation: str) -> None:
    assert concept(scheme, notation).label("zh") == label


def test_civil_code_essentials_are_clause_types() -> None:
    # 民法典 (Civil Code), article 470: what a contract generally states.
    essentials = {
        "Parties",
        "Subject Matter",
        "Quantity",
        "Quality",
        "Price",
        "Performance Term and Place",
        "Breach Liability",
        "Dispute Resolution",
    }
    assert essentials <= notations("clause-types")


def test_concept_lookup_ignores_case_and_takes_the_other_spelling() -> None:
    assert concept("clause-types", "GOVERNING LAW").notation == "Governing Law"
    assert (
        concept("clause-types", "Notice Period To Terminate Renewal").notation == "Notice Period to Terminate Renewal"
    )
    assert concept("clause-types", "limitation of liability").notation == "Cap on Liability"


def test_unknown_scheme_and_notation_are_refused_with_near_misses() -> None:
    with pytest.raises(TermNotFoundError) as error:
        concept("clause-types", "Goverening Law")
    assert error.value.suggestions[0] == "Governing Law"
    with pytest.raises(TermNotFoundError) as unknown:
        concepts("clause-type")
    assert unknown.value.suggestions[0] == "clause-types"
    assert isinstance(unknown.value, OntologyError)
    again = pickle.loads(pickle.dumps(error.value))  # noqa: S301 - our own bytes
    assert (again.name, again.suggestions) == ("Goverening Law", error.value.suggestions)


def test_concepts_survive_the_trip_between_processes() -> None:
    for each in concepts("levels"):
        assert pickle.loads(pickle.dumps(each)) == each  # noqa: S301 - our own bytes
        assert hash(each) == hash(concept("levels", each.notation))


def test_broader_of_a_concept_is_a_notation_of_its_scheme() -> None:
    for scheme in SCHEMES:
        assert {each.broader for each in concepts(scheme)} - {None} <= notations(scheme)


def test_every_shape_that_lists_concepts_lists_the_whole_scheme() -> None:
    listed: dict[str, set[str]] = {}
    for shape in SHAPES:
        graph = parse(shape_file(shape))
        for head in graph.objects(None, URIRef("http://www.w3.org/ns/shacl#in")):
            for item in graph.items(head):
                if str(item).startswith(VOCABULARY_BASE):
                    scheme = str(item).removeprefix(VOCABULARY_BASE).partition("#")[0]
                    listed.setdefault(scheme, set()).add(str(item))
    assert len(listed) == 9
    for scheme, iris in listed.items():
        assert iris == {each.iri for each in concepts(scheme)}


@pytest.mark.parametrize(
    ("likelihood", "impact", "level"),
    [
        (1, 1, "low"),
        (2, 1, "low"),
        (3, 1, "medium"),
        (1, 2, "low"),
        (2, 2, "medium"),
        (3, 2, "high"),
        (1, 3, "medium"),
        (2, 3, "high"),
        (3, 3, "high"),
    ],
)
def test_risk_level_reads_the_matrix(likelihood: int, impact: int, level: str) -> None:
    assert risk_level(likelihood, impact) == level


@given(st.integers(), st.integers())
def test_risk_level_refuses_what_is_off_the_scale(likelihood: int, impact: int) -> None:
    if 1 <= likelihood <= 3 and 1 <= impact <= 3:
        assert risk_level(likelihood, impact) in {"high", "medium", "low"}
    else:
        with pytest.raises(ValueError, match="from 1 to 3"):
            risk_level(likelihood, impact)


@pytest.mark.shared
@pytest.mark.skipif(not RISK.is_file(), reason="../shared/data/regulations/ontologies is absent")
def test_matrix_cells_are_the_published_ones() -> None:
    published = RISK.read_text("utf-8")
    head = "\n".join(line for line in published.splitlines() if line.startswith("@prefix"))
    cells = [block for block in re.split(r"\n\n", published) if block.startswith("risk:RM3x3S")]
    assert len(cells) == 9
    theirs = Graph().parse(data=head + "\n" + "\n".join(cells), format="turtle")
    ours = parse(MATRIX)
    values = (terms.DPV_hasSeverity, terms.DPV_hasLikelihood, terms.DPV_hasRiskLevel)
    for predicate in map(URIRef, values):
        assert set(ours.subject_objects(predicate)) == set(theirs.subject_objects(predicate))
    assert len(set(ours.subjects())) == 9
