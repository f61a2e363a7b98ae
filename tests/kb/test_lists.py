"""Lists and registers over time: versions, which one counts, and what changed between two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingest.map import Origin, facts_of
from kb import ids
from kb.base import KnowledgeBase
from kb.commit import sha256
from kb.errors import NotFoundError, QueryError
from kb.list_delta import compare_facts, list_delta
from kb.lists import find_version, list_versions, load_of, row_error, superseded_documents
from kb.model import Annotations, Document, Identifier, Kind, ListEntry, Name, Partner, Register, WatchList
from kb.records import Revision

TEXT = "VARGA, Anselm\nGREY HERON\n远山公司\nlast row"
ORIGIN = Origin("a/suppliers.csv", "0" * 64, "t", datetime(2026, 1, 2, tzinfo=UTC))


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(tmp_path, write=True) as base:
        yield base


def entry(key: str, name: str = "VARGA, Anselm", **more: object) -> ListEntry:
    return replace(ListEntry(key, (Name(name), Name("Vee", "weak")), "person", 0, 5), **more)  # type: ignore[arg-type]


def store(kb: KnowledgeBase, found: WatchList | Register, source: str = "a/list.csv", text: str = TEXT) -> str:
    """Store one load and return the id of its document; ``text`` tells versions apart."""
    data = f"{text}{found!r}".encode()
    kind = Kind.WATCHLIST if isinstance(found, WatchList) else Kind.REGISTER
    document = ids.document_id(kind, sha256(data))
    model = Document(TEXT, (), "text/csv", "en")
    parts = {"watchlist": found} if isinstance(found, WatchList) else {"register": found}
    facts = facts_of(
        document,
        model,
        Annotations(kind, **parts),  # type: ignore[arg-type]
        replace(ORIGIN, source=source, content_hash=sha256(data)),
    )
    kb.commit([Revision(ids.source_key(upload=source), source, kind, data, model, facts)])
    return document


def watchlist(*entries: ListEntry, list_id: str = "OFAC-SDN", published: date | None = None) -> WatchList:
    return WatchList(
        list_id, "Title “quoted” \\ 名单", entries, len(entries) + 1, ("line 9: it has no name",), (), published
    )


def test_every_load_is_a_version_with_its_counts_and_its_date(kb: KnowledgeBase) -> None:
    first = store(kb, watchlist(entry("1")))
    second = store(kb, watchlist(entry("1"), entry("2"), published=date(2026, 3, 4)))
    old, new = list_versions(kb.registry, kb.texts)
    assert [old.document, new.document] == [first, second]
    assert (old.number, old.current, new.number, new.current) == (1, False, 2, True)
    assert old.superseded is not None
    assert new.superseded is None
    assert new.version == new.sha256[:12]
    assert (new.load.rows, new.load.entries, new.load.rejected) == (3, 2, 1)
    assert new.load.published == date(2026, 3, 4)
    assert new.load.title == "Title “quoted” \\ 名单"
    assert new.retrieved > old.retrieved


def test_loads_of_a_published_list_from_two_places_are_one_series_and_the_later_day_counts(kb: KnowledgeBase) -> None:
    newer = store(kb, watchlist(entry("1"), published=date(2026, 3, 4)), "b/sdn.xml")
    older = store(kb, watchlist(entry("1"), published=date(2025, 3, 4)), "a/sdn.xml")
    versions = list_versions(kb.registry, kb.texts)
    assert [v.document for v in versions if v.current] == [newer]
    assert superseded_documents(versions) == {older}


def test_lists_of_one_file_name_in_two_folders_are_two_lists(kb: KnowledgeBase) -> None:
    one = store(kb, watchlist(entry("1"), list_id="names"), "a/names.csv")
    two = store(kb, watchlist(entry("2"), list_id="names"), "b/names.csv")
    versions = list_versions(kb.registry, kb.texts)
    assert {v.document for v in versions if v.current} == {one, two}
    with pytest.raises(QueryError, match="several"):
        find_version(versions, "names")
    assert find_version(versions, "names", two).document == two


def test_the_same_bytes_read_again_are_the_same_version(kb: KnowledgeBase) -> None:
    found = watchlist(entry("1"))
    store(kb, found)
    (before,) = list_versions(kb.registry, kb.texts)
    record = kb.documents_now()[0]
    kb.commit(
        [
            Revision(
                before.source_key, before.source, record.kind, kb.texts.get("original", record.original),
                Document(TEXT, (), "text/csv", "en"), kb.texts.get("facts", record.facts).decode(),
                tool_version="newer",
            )
        ]
    )  # fmt: skip
    (after,) = list_versions(kb.registry, kb.texts)
    assert (after.number, after.retrieved, after.current) == (1, before.retrieved, True)


def test_a_delta_names_what_was_added_changed_and_removed(kb: KnowledgeBase) -> None:
    one = entry("OFAC-1", programs=("X",), identifiers=(Identifier("LEI", "a"),))
    store(kb, watchlist(one, entry("OFAC-2", "GREY HERON"), entry("OFAC-3", "SAME")))
    changed = replace(
        one, programs=("X", "Y"), names=(Name("VARGA, Anselm"), Name("Ves", "aka")), birth_dates=("1960",)
    )
    moved = replace(entry("OFAC-3", "SAME"), start=7, end=9)
    store(kb, watchlist(changed, moved, entry("OFAC-4/远", "NEW")))
    delta = list_delta(kb, "ofac-sdn")
    assert [(c.change, c.entry, c.name) for c in delta.changes] == [
        ("added", "OFAC-4/远", "NEW"),
        ("changed", "OFAC-1", "VARGA, Anselm"),
        ("removed", "OFAC-2", "GREY HERON"),
    ]
    (change,) = delta.of("changed")
    assert change.fields == ("birth_dates", "names", "programs")
    assert change.before["programs"] == ("X",)
    assert change.after["programs"] == ("X", "Y")
    assert change.before["birth_dates"] == ()
    assert change.after["names"] == ("VARGA, Anselm", "Ves [aka]")
    assert delta.old is not None
    assert (delta.old.number, delta.new.number) == (1, 2)
    back = list_delta(kb, "OFAC-SDN", "2", "1")
    assert sorted(c.change for c in back.changes) == ["added", "changed", "removed"]
    assert [c.entry for c in back.of("added")] == ["OFAC-2"]


def test_the_first_version_adds_everything_and_an_unknown_one_is_an_error(kb: KnowledgeBase) -> None:
    store(kb, watchlist(entry("1"), entry("2")))
    assert [c.change for c in list_delta(kb, "OFAC-SDN").changes] == ["added", "added"]
    with pytest.raises(NotFoundError, match="no list 'EU'"):
        list_delta(kb, "EU")
    with pytest.raises(NotFoundError, match="no version '7'"):
        list_delta(kb, "OFAC-SDN", "7")


def test_registers_have_versions_and_deltas_too(kb: KnowledgeBase) -> None:
    def partner(key: str, status: str) -> Partner:
        return Partner(key, (Name("远山公司"),), "organization", 0, 3, "CN", status=status, attributes={"note": "x"})

    store(kb, Register((partner("1", "存续"), partner("2", "存续")), 2), "a/suppliers.csv")
    store(kb, Register((partner("1", "注销"), partner("2", "存续")), 2), "a/suppliers.csv")
    delta = list_delta(kb, "suppliers")
    (change,) = delta.changes
    assert (change.entry, change.fields, change.before["status"], change.after["status"]) == (
        "1",
        ("status",),
        ("存续",),
        ("注销",),
    )


def test_aliases_in_another_order_are_no_change() -> None:
    def facts(names: tuple[Name, ...]) -> str:
        found = watchlist(ListEntry("1", names, None, 0, 5))
        return facts_of(
            "doc-1", Document(TEXT, (), "text/csv", "en"), Annotations(Kind.WATCHLIST, watchlist=found), ORIGIN
        )

    a, b, c = Name("A"), Name("B", "aka"), Name("C", "aka")
    prefix = ids.iri("entry", "OFAC-SDN", "x")[:-1]
    assert compare_facts(facts((a, b, c)), facts((a, c, b)), prefix, prefix) == ()


def test_facts_of_other_documents_are_no_load() -> None:
    assert load_of('<urn:x> <http://purl.org/dc/terms/title> "t" .\n', Kind.WATCHLIST, "a.csv") is None


def test_a_sentence_about_a_cell_comes_apart_again() -> None:
    assert row_error("line 7, column DOB: '0/0' is no date: left out") == {
        "row": "line 7",
        "column": "DOB",
        "reason": "'0/0' is no date: left out",
    }
    assert row_error("Sheet1!A7: it has no name") == {"row": "Sheet1!A7", "column": None, "reason": "it has no name"}
