"""The kept screening index: the answers of one made anew, never one of other lists, and nothing lost without it."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from checks import screening_load
from checks.screening import ScreeningIndex, ScreeningList, ScreenQuery, screen
from checks.screening_load import load_partner_lists, load_screening_lists, stored_partners, stored_screening
from kb.base import KnowledgeBase
from kb.cache import verify_cache
from kb.model import Identifier, ListEntry, Name
from kb.packed import PackedFile, write_packed
from kb.settings import Settings
from tests.holdings import register, store, watchlist


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    data = tmp_path / "data"
    with KnowledgeBase.open(data, write=True, settings=Settings(data=data)) as opened:
        yield opened


def fill(kb: KnowledgeBase, *names: str) -> None:
    entries = [(f"e{number}", name, None) for number, name in enumerate(names)]
    store(kb, "sdn", watchlist("OFAC-SDN", entries, identifiers={"e0": (("LEI", "5493001KJTIIGC8Y1R12"),)}), link=False)


def forget_open() -> None:
    screening_load._kept.clear()


def test_every_field_of_an_entry_survives(tmp_path: Path) -> None:
    entry = ListEntry(
        id="x/1",
        names=(Name("鹭", "aka", "zh"), Name("\ud800", "weak")),
        kind="person",
        start=3,
        end=9,
        countries=("IR",),
        programs=("P",),
        identifiers=(Identifier("LEI", "1", False), Identifier("IMO", "2")),
        birth_dates=("1968~",),
        addresses=("A",),
        remarks="r",
        listed_on=date(2020, 1, 2),
        delisted_on=date(2021, 1, 2),
    )
    empty = ListEntry(id="y", names=(Name("n"),), kind=None, start=0, end=1)
    assert all(getattr(entry, one.name) != getattr(empty, one.name) for one in dataclasses.fields(ListEntry))
    made = ScreeningIndex.build([ScreeningList("L", "v", 2, None, (entry, empty), "doc-1")])
    write_packed(tmp_path / "x.packed", *screening_load._packed(made))
    again = screening_load._unpacked(PackedFile(tmp_path / "x.packed"))
    assert list(again.lists[0].entries) == [entry, empty]
    assert again.entry("L/x/1") == (again.lists[0], entry)
    assert again.entry("L/absent") is None
    assert made.entry("L/y") == (made.lists[0], empty)


def test_the_kept_index_answers_like_one_made_anew(kb: KnowledgeBase) -> None:
    fill(kb, "Anselm Varga", "灰鹭航运有限公司", "Grey Heron Shipping Ltd")
    store(kb, "register", register([("k1", "Anselm Varga Holding", None), ("k2", "Grey Heron Ltd", None)]), link=False)
    with kb.snapshot() as snapshot:
        anew = ScreeningIndex.build([*load_screening_lists(snapshot), *load_partner_lists(snapshot)])
        for _ in range(2):
            kept = stored_screening(snapshot, partners=True)
            assert kept is not None
            for query in (
                ScreenQuery("Anselm Warga", "person"),
                ScreenQuery("灰鹭航运", None, "CN"),
                ScreenQuery("somebody else", identifiers=(("LEI", "5493001KJTIIGC8Y1R12"),)),
            ):
                assert screen(query, kept).json() == screen(query, anew).json()
            assert screen(ScreenQuery("Anselm Varga"), kept).candidates
            forget_open()  # the second time it is read from its file
    files = list((kb.data / "cache").glob("screening-*.packed"))
    assert len(files) == 2


def test_an_index_is_never_of_other_lists_than_the_snapshot(kb: KnowledgeBase) -> None:
    fill(kb, "Anselm Varga")
    with kb.snapshot() as before:
        assert stored_screening(before) is stored_screening(before)
        fill(kb, "Anselm Varga", "Berta Quill")
        with kb.snapshot() as after:
            old, new = stored_screening(before), stored_screening(after)
    assert old is not None
    assert new is not None
    assert not [c for c in screen(ScreenQuery("Berta Quill"), old).candidates if c.match]
    assert [c.entity for c in screen(ScreenQuery("Berta Quill"), new).candidates if c.match] == ["e1"]


def test_a_lost_or_damaged_file_is_made_again(kb: KnowledgeBase) -> None:
    fill(kb, "Anselm Varga")
    with kb.snapshot() as snapshot:
        stored_screening(snapshot)
        (path,) = (kb.data / "cache").iterdir()
        content = path.read_bytes()
        for damage in (None, b"", content[:-1], content.replace(b"Anselm", b"Bertha")):
            forget_open()
            path.unlink()
            if damage is not None:
                path.write_bytes(damage)
                assert [name for name, _ in verify_cache(kb.data)] == [path.name]
            again = stored_screening(snapshot)
            assert again is not None
            assert again.lists[0].entries[0].names[0].text == "Anselm Varga"
            assert path.read_bytes() == content


def test_without_lists_there_is_no_index(kb: KnowledgeBase) -> None:
    with kb.snapshot() as snapshot:
        assert stored_screening(snapshot, partners=True) is None
        assert stored_partners(snapshot) is None
    assert not (kb.data / "cache").exists()


def test_many_threads_make_one_index(kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(kb, "Anselm Varga")
    made: list[int] = []
    build = screening_load._made
    monkeypatch.setattr(screening_load, "_made", lambda *asked: made.append(1) or build(*asked))
    found: list[ScreeningIndex | None] = []
    forget_open()
    with kb.snapshot() as snapshot:
        threads = [threading.Thread(target=lambda: found.append(stored_screening(snapshot))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(made) == 1
    assert len(found) == 8
    assert len({id(one) for one in found}) == 1


def test_known_partners_do_not_push_listed_ones_out() -> None:
    listed = ScreeningList("L", "v", 1, None, (ListEntry("e", (Name("Jon Smyth"),), "person", 0, 1),))
    rows = tuple(ListEntry(f"p{n}", (Name("John Smith"),), "person", 0, 1) for n in range(200))
    known = ScreeningList("partners", "v", 200, None, rows, kind="register")
    found = screen(ScreenQuery("John Smith", "person"), ScreeningIndex.build([listed, known]), limit=250)
    assert "e" in [one.entity for one in found.candidates]
    assert [one["list"] for one in json.loads(json.dumps(found.json()))["screened"]] == ["L", "partners"]
