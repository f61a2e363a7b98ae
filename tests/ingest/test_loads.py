"""A load that lost a tenth of its entries, or breaks off, is refused unless it is forced; the version before stays."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.columns import NO_COLUMNS, parse_columns
from ingest.job import IngestOptions, IngestResult, ingest
from ingest.readers import discover, of_bytes
from kb.base import KnowledgeBase
from kb.errors import QueryError
from kb.facts import read_lists, read_partners
from kb.lists import list_versions
from kb.model import Kind


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(tmp_path, write=True) as base:
        yield base


def load(
    kb: KnowledgeBase, *files: tuple[str, str], force: bool = False, kind: Kind | None = None
) -> list[IngestResult]:
    inputs = [of_bytes(text.encode(), name) for name, text in files]
    return list(ingest(kb, inputs, IngestOptions(force=force, kind=kind), "test"))


def sdn(entries: int, *, end: str = "\n") -> str:
    rows = (
        f'{n},"HERON {n} LTD",-0- ,"X-TRADE",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"Registration Number {n}"'
        for n in range(1, entries + 1)
    )
    return "\n".join(rows) + end


def suppliers(entries: int) -> str:
    return "".join(["name,country\n", *(f"Grey Heron {n} Ltd,CN\n" for n in range(entries))])


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [("sdn.csv", sdn(100), sdn(89)), ("suppliers.csv", suppliers(100), suppliers(89))],
)
def test_a_load_that_lost_more_than_a_tenth_is_refused_until_forced(
    kb: KnowledgeBase, name: str, first: str, second: str
) -> None:
    assert load(kb, (name, first))[0].status == "ingested"
    (refused,) = load(kb, (name, second))
    assert refused.status == "rejected"
    assert refused.error is not None
    assert refused.error["code"] == "list-shrank"
    assert "89" in refused.error["detail"]
    assert "100" in refused.error["detail"]
    assert "--force" in refused.error["detail"]
    (held,) = [v for v in list_versions(kb.registry, kb.texts) if v.current]
    assert held.load.entries == 100
    assert load(kb, (name, second), force=True)[0].status == "replaced"
    (held,) = [v for v in list_versions(kb.registry, kb.texts) if v.current]
    assert (held.load.entries, held.number) == (89, 2)


def test_a_loss_of_just_a_tenth_is_taken(kb: KnowledgeBase) -> None:
    load(kb, ("sdn.csv", sdn(100)))
    assert load(kb, ("sdn.csv", sdn(90)))[0].status == "replaced"


def test_an_empty_load_never_replaces_a_list(kb: KnowledgeBase) -> None:
    load(kb, ("sdn.csv", sdn(10)), ("watch.csv", "name\nA B\n"), kind=Kind.WATCHLIST)
    for text in ("", "\n\n", "name\n"):
        for force in (False, True):
            (result,) = load(kb, ("watch.csv", text), force=force, kind=Kind.WATCHLIST)
            assert result.status == "rejected"
    with kb.snapshot() as snapshot:
        assert {one.list_id: len(one.entries) for one in read_lists(snapshot.query)} == {"OFAC-SDN": 10, "watch": 1}


def test_a_load_that_breaks_off_is_refused_even_the_first_time(kb: KnowledgeBase) -> None:
    text = sdn(10)
    cut = text[: text.rindex('"X-TRADE"') + 4]
    (refused,) = load(kb, ("sdn.csv", cut))
    assert refused.error is not None
    assert refused.error["code"] == "list-incomplete"
    assert "line 10" in refused.error["detail"]
    (forced,) = load(kb, ("sdn.csv", cut), force=True)
    assert forced.status == "ingested"
    assert any("breaks off" in warning for warning in forced.warnings)
    assert any("1 of 10 rows were left out: line 10" in warning for warning in forced.warnings)


def test_loads_of_one_list_in_one_batch_are_compared_with_each_other(kb: KnowledgeBase) -> None:
    first, second = load(kb, ("a/sdn.csv", sdn(100)), ("b/sdn.csv", sdn(50)))
    assert (first.status, second.status) == ("ingested", "rejected")
    assert second.error is not None
    assert second.error["code"] == "list-shrank"


def test_two_registers_of_one_file_name_are_not_compared(kb: KnowledgeBase) -> None:
    results = load(kb, ("a/suppliers.csv", suppliers(100)), ("b/suppliers.csv", suppliers(5)))
    assert [one.status for one in results] == ["ingested", "ingested"]


def test_columns_are_read_as_the_user_says(kb: KnowledgeBase) -> None:
    text = "Firma,HRB-Nr,geheim,Rating,name\nGrey Heron,77,x,A,nobody\n"
    pairs = ["Firma=name", "hrb nr=registration", "geheim=ignore", "name=attribute", "Rating=attribute"]
    options = IngestOptions(columns=parse_columns(pairs))
    (result,) = ingest(kb, [of_bytes(text.encode(), "s.csv")], options, "test")
    assert result.status == "ingested"
    with kb.snapshot() as snapshot:
        (stored,) = read_partners(snapshot.query)
    assert [n.text for n in stored.partner.names] == ["Grey Heron"]
    assert [(i.scheme, i.value) for i in stored.partner.identifiers] == [("registration", "77")]
    assert stored.partner.attributes == {"Rating": "A", "name": "nobody"}
    (again,) = ingest(
        kb, [of_bytes(text.encode(), "s.csv")], IngestOptions(columns=parse_columns(["Firma=name"])), "test"
    )
    assert again.status == "replaced"


def test_a_mapping_file_is_read_and_a_bad_mapping_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    file.write_text('[columns]\n"Firma" = "name"\n"Land, Staat" = "country"\n', encoding="utf-8")
    assert parse_columns([str(file)]).fields() == {"firma": "name", "land,staat": "country"}
    assert parse_columns([str(file), "FIRMA=name_en"]).fields()["firma"] == "name_en"
    assert parse_columns([]) == NO_COLUMNS
    for wrong in ("Firma=nam", "=name", str(tmp_path / "absent.toml"), "Firma"):
        with pytest.raises(QueryError):
            parse_columns([wrong])
    with pytest.raises(QueryError):
        parse_columns([str(file)], files=False)


def test_an_uploaded_archive_keeps_a_list_together_and_a_list_alone_says_what_is_missing(
    kb: KnowledgeBase, tmp_path: Path
) -> None:
    archive = tmp_path / "ofac.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("l/alt.csv", '1,1,"aka","EGRET LINES",-0- \n2,2,"aka","EGRET SEA",-0- \n')
        file.writestr("l/add.csv", '1,1,"4 Quay","Tehran","Iran",-0- \n2,1,"4 Quay","Tehran","Iran",-0- \n')
        file.writestr("l/sdn.csv", sdn(3))
        file.writestr("other/sdn.csv", sdn(3, end="\n\n"))
    results = {r.source: r for r in ingest(kb, discover([str(archive)]), IngestOptions(workers=1), "test")}
    assert [r.error for r in results.values()] == [None] * 4
    assert results[f"{archive}!/l/sdn.csv"].warnings == ()
    (warning,) = results[f"{archive}!/other/sdn.csv"].warnings
    assert "alt.csv" in warning
    assert "add.csv" in warning
    with kb.snapshot() as snapshot:
        names = {n.text for one in read_lists(snapshot.query) for e in one.entries for n in e.names}
    assert {"EGRET LINES", "EGRET SEA"} <= names
