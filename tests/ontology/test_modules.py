"""The Turtle files themselves: labels, definitions, style of ids, and that every foreign term exists."""

import csv
import re
from pathlib import Path

import pytest
from rdflib import DCTERMS, FOAF, OWL, RDF, RDFS, SH, SKOS, XSD, Graph, URIRef
from rdflib.namespace import DefinedNamespace

from ontology import NAMESPACE, SCHEMES, VERSION, VOCABULARY_BASE, load
from ontology.files import MODULES, ONTOLOGY_FILES, SHAPES, parse, scheme_file, shape_file

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT.parent / "shared/data/regulations/ontologies"
TERM_KINDS = {OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.NamedIndividual}
# Namespaces rdflib itself knows the terms of.
BUILT_IN: dict[str, type[DefinedNamespace]] = {
    str(each): each for each in (DCTERMS, FOAF, OWL, RDF, RDFS, SH, SKOS, XSD)
}

# Turtle writes lists with these; no one else does.
LIST_TERMS = (str(RDF.first), str(RDF.rest), str(RDF.nil))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return load()


def own_terms(graph: Graph) -> list[URIRef]:
    return sorted(
        subject
        for subject in set(graph.subjects(RDF.type))
        if isinstance(subject, URIRef) and subject.startswith(NAMESPACE) and subject != URIRef(NAMESPACE)
    )


def languages(graph: Graph, subject: URIRef, predicate: URIRef) -> list[str]:
    return sorted(str(getattr(each, "language", "")) for each in graph.objects(subject, predicate))


def test_every_listed_file_exists_and_no_other() -> None:
    on_disk = {path.relative_to(ROOT / "ontology").as_posix() for path in (ROOT / "ontology").rglob("*.ttl")}
    assert on_disk == {*ONTOLOGY_FILES, *(shape_file(each) for each in SHAPES)}
    assert len(MODULES) == 9
    assert len(SCHEMES) == 19


def test_version_of_the_code_is_the_version_of_the_file(graph: Graph) -> None:
    assert str(graph.value(URIRef(NAMESPACE.rstrip("#")), OWL.versionInfo)) == VERSION


def test_every_own_term_has_one_label_in_each_language_and_says_what_it_means(graph: Graph) -> None:
    terms = own_terms(graph)
    assert len(terms) >= 180
    wrong = [
        term
        for term in terms
        if languages(graph, term, RDFS.label) != ["en", "zh"]
        or "en" not in languages(graph, term, RDFS.comment)
        or graph.value(term, RDFS.isDefinedBy) is None
        or not TERM_KINDS & set(graph.objects(term, RDF.type))
    ]
    assert wrong == []


def test_chinese_labels_are_chinese(graph: Graph) -> None:
    # Names such as "PROV-O" or "RDF" stay as they are; every term itself has a Han label.
    foreign = [
        (subject, label)
        for subject, label in graph.subject_objects(RDFS.label)
        if getattr(label, "language", "") == "zh"
        and not re.search(r"[\u4e00-\u9fff]", str(label))
        and (subject, RDF.type, OWL.Ontology) not in graph
    ]
    assert foreign == []


def test_local_names_follow_the_style(graph: Graph) -> None:
    for term in own_terms(graph):
        local = term.removeprefix(NAMESPACE)
        kinds = set(graph.objects(term, RDF.type))
        first = "[A-Z]" if kinds & {OWL.Class, OWL.NamedIndividual} else "[a-z]"
        assert re.fullmatch(rf"{first}[A-Za-z0-9]{{1,40}}", local), term


def test_labels_carry_no_stray_white_space(graph: Graph) -> None:
    for predicate in (RDFS.label, RDFS.comment, SKOS.prefLabel, SKOS.altLabel, SKOS.definition, SKOS.notation):
        for subject, text in graph.subject_objects(predicate):
            assert str(text) == str(text).strip(), subject
            assert "  " not in str(text), subject
            assert str(text), subject


def test_no_two_own_terms_share_a_label_in_one_language(graph: Graph) -> None:
    seen: dict[tuple[str, str, bool], URIRef] = {}
    for term in own_terms(graph):
        is_class = (term, RDF.type, OWL.Class) in graph
        for label in graph.objects(term, RDFS.label):
            key = (str(label), str(getattr(label, "language", "")), is_class)
            assert seen.setdefault(key, term) == term, key


def test_no_term_is_used_that_is_not_stated(graph: Graph) -> None:
    shapes = [parse(shape_file(each)) for each in SHAPES]
    stated = set(graph.subjects(RDF.type))
    used = {node for part in (graph, *shapes) for triple in part for node in triple if isinstance(node, URIRef)}
    known = ("https://w3id.org/duegraph/shapes#", "https://www.apache.org/", str(SH), *LIST_TERMS)
    assert {node for node in used if node not in stated and not str(node).startswith(known)} == set()


def test_domain_and_range_are_classes_or_datatypes(graph: Graph) -> None:
    fit = {OWL.Class, RDFS.Datatype}
    for predicate in (RDFS.domain, RDFS.range, RDFS.subClassOf):
        for subject, target in graph.subject_objects(predicate):
            assert fit & set(graph.objects(target, RDF.type)), (subject, target)


def test_class_and_property_hierarchies_have_no_cycle(graph: Graph) -> None:
    for predicate in (RDFS.subClassOf, RDFS.subPropertyOf):
        for subject in set(graph.subjects(predicate)):
            parents = set(graph.transitive_objects(graph.value(subject, predicate), predicate))
            assert subject not in parents


def test_nothing_is_imported(graph: Graph) -> None:
    assert list(graph.subject_objects(OWL.imports)) == []


def reused_terms() -> list[URIRef]:
    graph = parse("reused.ttl")
    return sorted(
        subject
        for subject in set(graph.subjects(RDFS.isDefinedBy))
        if isinstance(subject, URIRef) and not str(subject).startswith((NAMESPACE, VOCABULARY_BASE))
    )


def test_every_reused_term_has_one_label_in_each_language() -> None:
    graph = parse("reused.ttl")
    terms = reused_terms()
    assert len(terms) >= 230
    for term in terms:
        assert languages(graph, term, RDFS.label) == ["en", "zh"], term


def test_terms_of_w3c_and_dublin_core_exist_in_rdflib() -> None:
    checked = 0
    for term in reused_terms():
        for namespace, defined in BUILT_IN.items():
            local = term.removeprefix(namespace)
            if term.startswith(namespace) and re.fullmatch(r"\w+", local):
                assert local in defined, term
                checked += 1
    assert checked >= 50


@pytest.mark.shared
@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="../shared/data/regulations/ontologies is absent")
def test_every_reused_term_exists_in_the_published_vocabulary() -> None:
    with (PUBLISHED / "reuse_iris_checked.csv").open(encoding="utf-8", newline="") as rows:
        checked = {row["iri"] for row in csv.DictReader(rows)}
    texts = [path.read_text("utf-8") for path in sorted(PUBLISHED.rglob("*")) if path.suffix in {".ttl", ".rdf"}]
    assert len(texts) == 51
    missing = [
        term
        for term in map(str, reused_terms())
        if term not in checked
        and not term.startswith(tuple(BUILT_IN))
        and not any(states(term, each) for each in texts)
    ]
    assert missing == []


def states(term: str, text: str) -> bool:
    """Whether a Turtle or RDF/XML file states this term as a subject, in short or long form."""
    cut = max(term.rfind("#"), term.rfind("/")) + 1
    namespace, local = term[:cut], re.escape(term[cut:])
    prefix = re.search(rf"@prefix ([\w-]*): *<{re.escape(namespace)}>", text)
    short = prefix is not None and re.search(rf"^{prefix[1]}:{local}\b", text, re.MULTILINE)
    return bool(short) or f"<{term}>" in text or f'rdf:about="{term}"' in text


def test_the_check_for_published_terms_can_fail() -> None:
    assert not states("http://example.org/a#Missing", "@prefix a: <http://example.org/a#> .\na:Missin a a:B .")
    assert states("http://example.org/a#Here", "@prefix a: <http://example.org/a#> .\na:Here a a:B .")


def test_files_of_schemes_are_named_by_their_scheme() -> None:
    for scheme in SCHEMES:
        assert (URIRef(VOCABULARY_BASE + scheme), RDF.type, SKOS.ConceptScheme) in parse(scheme_file(scheme))
