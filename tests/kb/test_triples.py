from __future__ import annotations

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st

from kb.errors import RecordError
from kb.triples import TripleWriter, escape_iri

S, P = "urn:duegraph:document:doc-1", "https://example.org/p"
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def parse_both(text: str) -> tuple[list[ox.Triple], list[tuple[object, ...]]]:
    graph = rdflib.Graph().parse(data=text.encode(), format="nt")
    return list(ox.parse(text.encode(), ox.RdfFormat.N_TRIPLES)), list(graph)  # type: ignore[arg-type]


@given(TEXT, st.sampled_from([None, "en", "zh-Hans"]))
@example('quote " back \\ tab \t line \n return \r', None)
@example("".join(map(chr, range(0x20))) + "\x7f\x85\u2028\u2029\ufeff\U0001f600\uffff", "en")
@example(" .\n<urn:x> <urn:y> <urn:z> .\n", None)
@example("\\u0041 \\", None)
def test_any_text_comes_back_from_both_parsers(value: str, lang: str | None) -> None:
    out = TripleWriter()
    out.text(S, P, value, lang)
    assert out.getvalue().count("\n") == 1
    (triple,), ((_, _, term),) = parse_both(out.getvalue())
    assert triple.object.value == value  # type: ignore[union-attr]
    assert str(term) == value
    language = triple.object.language  # type: ignore[union-attr]
    assert (None if language is None else language.lower()) == (None if lang is None else lang.lower())


@given(TEXT)
@example("100% [a] {b} #c# <d>\u00e9 \ue000")
def test_wild_iris_are_repaired_and_read_by_both(value: str) -> None:
    out = TripleWriter()
    out.iri(S, P, escape_iri("http://example.org/" + value))
    (triple,), ((_, _, term),) = parse_both(out.getvalue())
    assert triple.object.value == str(term)  # type: ignore[union-attr]


@given(st.text(max_size=30))
def test_an_iri_the_writer_takes_is_an_iri_to_the_engine(value: str) -> None:
    out = TripleWriter()
    try:
        out.iri(S, P, value)
    except RecordError:
        assert len(out) == 0
        return
    assert next(iter(ox.parse(out.getvalue().encode(), ox.RdfFormat.N_TRIPLES))).object == ox.NamedNode(value)


@pytest.mark.parametrize(
    "bad", ["x", "", "http://a b", "http://a>", "urn:a\n", "http://h:x/", "urn:\ud800", "http://[bad"]
)
def test_what_is_no_iri_is_refused(bad: str) -> None:
    out = TripleWriter()
    for place in range(3):
        with pytest.raises(RecordError):
            out.iri(*[bad if index == place else S for index in range(3)])
    with pytest.raises(RecordError):
        out.text(bad, P, "x")
    with pytest.raises(RecordError):
        out.typed(S, P, "1", bad)


def test_lone_surrogates_and_bad_tags_are_refused() -> None:
    out = TripleWriter()
    with pytest.raises(RecordError, match="surrogate"):
        out.text(S, P, "a\ud800")
    with pytest.raises(RecordError, match="language tag"):
        out.text(S, P, "a", "en .")
    with pytest.raises(RecordError):
        escape_iri("http://x/\udc00")


def test_types_integers_and_other_writers_are_added() -> None:
    first, second = TripleWriter(), TripleWriter()
    first.type(S, "urn:T")
    second.integer(S, P, -7)
    first.extend(second)
    triples, _ = parse_both(first.getvalue())
    assert len(first) == 2
    assert triples[1].object == ox.Literal(-7)
