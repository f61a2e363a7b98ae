"""Packed files: what is written is read, and what was changed is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.cache import KEPT, clear_cache, keep_cached, open_cached, verify_cache
from kb.errors import StoreDamagedError
from kb.names import NameIndex
from kb.packed import PackedFile, PackedNumbers, PackedStrings, pack_numbers, pack_strings, write_packed

KEY = "0123456789abcdef"


@given(st.lists(st.text(st.characters(exclude_categories=[]), max_size=8), max_size=30))
def test_strings_survive_and_are_a_sequence(texts: list[str]) -> None:
    content, ends = pack_strings(texts)
    packed = PackedStrings(memoryview(content), ends)
    assert list(packed) == texts
    assert [packed[place] for place in range(len(texts))] == texts
    assert list(packed[1:3]) == texts[1:3]
    if texts:
        assert packed[-1] == texts[-1]
    with pytest.raises(IndexError):
        packed[len(texts)]


@given(st.dictionaries(st.text(max_size=5), st.lists(st.integers(0, 2**31 - 1), max_size=5), max_size=30))
def test_numbers_are_found_by_their_key(items: dict[str, list[int]]) -> None:
    packed = PackedNumbers(*pack_numbers(items))
    assert len(packed) == len(items)
    assert {key: packed[key].tolist() for key in items} == items
    assert packed.get("none of these") is None


def test_a_file_is_read_as_written_and_refused_when_any_byte_differs(tmp_path: Path) -> None:
    path = tmp_path / "x.packed"
    write_packed(path, {"who": "鹭"}, {"a": b"abc", "b": np.arange(5, dtype=np.int32), "c": b""})
    file = PackedFile(path)
    assert (file.about["who"], bytes(file.bytes("a")), file.array("b", np.int32).tolist()) == (
        "鹭",
        b"abc",
        [0, 1, 2, 3, 4],
    )
    with pytest.raises(StoreDamagedError):
        file.bytes("d")
    with pytest.raises(StoreDamagedError):
        file.array("a", np.int32)
    whole = path.read_bytes()
    refused = 0
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            PackedFile(path)
        except StoreDamagedError:
            refused += 1
    padding = whole.count(b"\0")
    assert refused >= len(whole) - padding
    for length in (0, 5, 30, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(StoreDamagedError):
            PackedFile(path)


def test_the_cache_keeps_the_newest_and_forgets_what_is_damaged(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert open_cached(folder, "sort", KEY) is None
    for number in range(KEPT + 3):
        assert keep_cached(folder, "sort", f"{number:016x}", {}, {"a": b"x"}) is not None
    assert len(list(folder.iterdir())) == KEPT
    assert list(verify_cache(tmp_path)) == []
    last = folder / f"sort-{KEPT + 2:016x}.packed"
    last.write_bytes(b"nonsense of some length, longer than a head")
    (folder / "stranger").write_text("x")
    assert [name for name, _ in verify_cache(tmp_path)] == [last.name, "stranger"]
    assert open_cached(folder, "sort", f"{KEPT + 2:016x}") is None
    assert not last.exists()
    clear_cache(tmp_path)
    assert [path.name for path in folder.iterdir()] == ["stranger"]


def test_a_folder_that_cannot_be_written_to_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert keep_cached(tmp_path / "cache", "sort", KEY, {}, {"a": b"x"}) is None


def test_a_packed_index_finds_what_the_one_in_memory_finds(tmp_path: Path) -> None:
    names = [
        (f"e{n}", name)
        for n, name in enumerate(["Anselm Varga", "灰鹭航运有限公司", "Grey Heron Shipping Ltd", "Ива́н Петро́в"] * 20)
    ]
    index = NameIndex.build(names)
    write_packed(tmp_path / "x.packed", {}, index.packed("p_"))
    again = NameIndex.unpacked(PackedFile(tmp_path / "x.packed"), "p_")
    assert len(again) == len(index) == 80
    for query in ("Anselm Warga", "灰鹭航运", "Heron Grey Shipping", "Ivan Petrov", "Nobody"):
        assert again.search(query) == index.search(query)
        assert again.candidates(query) == index.candidates(query)
