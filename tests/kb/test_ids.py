from __future__ import annotations

import hashlib

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st

from kb import ids
from kb.errors import RecordError

# Everything but lone surrogates, which no file can hold.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(TEXT)
@example("cn/公司法@2023-12-29#15")
@example('a%2Fb c\u200e\ue000[x]|"<>\\^`{}\U000e0001\uffff')
def test_an_id_comes_back_from_its_iri(text: str) -> None:
    for kind in ("act", "version", "provision", "document", "run"):
        iri = ids.iri(kind, text)
        assert ids.parse_iri(iri) == ids.Name(kind, text)
    assert ids.unquote_id(ids.quote_id(text)) == text


@given(TEXT)
def test_every_iri_is_accepted_by_the_engine(text: str) -> None:
    for iri in (
        ids.iri("act", text),
        ids.fragment_iri(text, text),
        ids.derived_graph_iri(text),
        ids.entry_iri(text, text),
    ):
        line = f"<{iri}> <{iri}> <{iri}> .\n"
        assert next(iter(ox.parse(line.encode(), ox.RdfFormat.N_TRIPLES))).subject == ox.NamedNode(iri)


@given(TEXT, TEXT)
def test_scoped_ids_do_not_run_together(scope: str, key: str) -> None:
    name = ids.parse_iri(ids.partner_iri(scope, key))
    assert name is not None
    quoted, _, rest = name.id.partition("/")
    assert (ids.unquote_id(quoted), rest) == (scope, key)


@given(TEXT, TEXT)
def test_fragments_come_back(document: str, fragment: str) -> None:
    assert ids.parse_iri(ids.fragment_iri(document, fragment)) == ids.Name("document", document, fragment)


def test_chinese_ids_stay_readable() -> None:
    assert ids.provision_iri("cn/公司法@2023-12-29#15") == "urn:duegraph:provision:cn/公司法@2023-12-29%2315"
    assert rdflib.URIRef(ids.act_iri("cn/公司法")).n3() == "<urn:duegraph:act:cn/公司法>"


def test_spans_and_clauses_are_fragments_of_their_document() -> None:
    assert ids.clause_iri("doc-1", "c12") == "urn:duegraph:document:doc-1#c12"
    assert ids.span_iri("doc-1", 120, 340) == "urn:duegraph:document:doc-1#s120-340"
    with pytest.raises(ValueError, match="not a span"):
        ids.span_iri("doc-1", 5, 4)


@pytest.mark.parametrize("text", ["", "\ud800"])
def test_what_cannot_be_named_is_refused(text: str) -> None:
    with pytest.raises(RecordError):
        ids.iri("act", text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://example.org/",
        "urn:duegraph:",
        "urn:duegraph:act",
        "urn:duegraph:act:",
        "urn:duegraph:act:%FF",
        "urn:duegraph:A:x",
    ],
)
def test_foreign_iris_stand_for_nothing(text: str) -> None:
    assert ids.parse_iri(text) is None


def test_document_ids_depend_on_kind_and_bytes_only() -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    assert ids.document_id("contract", digest) == ids.document_id("contract", digest.upper())
    assert ids.document_id("contract", digest) != ids.document_id("news", digest)
    assert len(ids.document_id("contract", digest)) == 24


def test_source_keys_name_places() -> None:
    assert ids.source_key("a.pdf") == ids.source_key("./x/../a.pdf")
    keys = {
        ids.source_key("a.zip"),
        ids.source_key("a.zip", member="b"),
        ids.source_key("a.zip/b"),
        ids.source_key(upload="a.zip"),
    }
    assert len(keys) == 4
    assert ids.source_key("e\u0301.txt") == ids.source_key("\u00e9.txt")
    assert ids.source_key("bad\udcff.txt") != ids.source_key("bad\udcfe.txt")
    with pytest.raises(ValueError, match="either"):
        ids.source_key()
