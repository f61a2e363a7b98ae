"""Long texts stay what they are in pieces, and damage is told."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import NotFoundError, StoreDamagedError
from kb.long_text import LongText, TextPacker, pack_text
from kb.settings import Settings
from kb.text import TextStore
from kb.triples import TripleWriter

TEXTS = st.text(alphabet=st.sampled_from(list("a甲\n\u2028 .")), max_size=400)


@given(st.lists(TEXTS, max_size=8), st.integers(1, 50))
def test_a_text_is_the_same_in_portions_that_end_with_a_line(pieces: list[str], size: int) -> None:
    packer = TextPacker()
    for piece in pieces:
        packer.write(piece)
    packed, text = packer.done(), "".join(pieces)
    portions = list(packed.portions(size))
    assert b"".join(portions).decode() == packed.read() == text
    assert all(portion.endswith(b"\n") and len(portion) >= 1 for portion in portions[:-1])
    assert (packed.size, packed.lines) == (len(text.encode()), text.count("\n"))
    assert packed.head(7) == text.encode()[:7]


def test_a_text_that_packs_a_thousandfold_comes_in_bounded_portions() -> None:
    packed = pack_text("gray heron\n" * 2_000_000)
    assert packed.packed_size < 200_000
    assert max(len(portion) for portion in packed.portions(1 << 20)) < 9 << 20
    assert sum(portion.count(b"\n") for portion in packed.portions(1 << 20)) == packed.lines == 2_000_000


BROKEN = {
    "cut off": lambda packed: replace(packed, parts=(packed.parts[-1][:-3],)),
    "not packed": lambda packed: replace(packed, parts=(b"gray heron\n",)),
    "followed by more": lambda packed: replace(packed, parts=(*packed.parts, b"x")),
    "longer than it says": lambda packed: replace(packed, size=packed.size - 1),
    "shorter than it says": lambda packed: replace(packed, size=packed.size + 1),
    "another text": lambda packed: replace(packed, parts=(zlib.compress(b"x" * packed.size),)),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_damage_is_told_at_the_end_at_the_latest(fault: str) -> None:
    packed = pack_text("gray heron\n" * 1000)
    with pytest.raises(StoreDamagedError):
        list(BROKEN[fault](packed).portions(100))


def test_a_stored_long_text_is_read_in_portions_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.text.LONG_TEXT", 1000)
    texts = TextStore(tmp_path, Settings())
    text = "甲方 gray heron\n" * 1000
    packed = pack_text(text)
    assert texts.put([("facts", packed), ("facts", text.encode())]) == [packed.digest] * 2
    found = texts.facts(packed.digest)
    assert isinstance(found, LongText)
    assert found.read() == texts.get("facts", packed.digest).decode() == text
    assert b"".join(texts.portions("facts", packed.digest)).decode() == text
    assert texts.head("facts", packed.digest, 50) == text.encode()[:50]
    assert texts.verify("facts", packed.digest) is None
    path = texts.path("facts", packed.digest)
    path.write_bytes(path.read_bytes()[:-4])
    assert texts.verify("facts", packed.digest) is not None
    with pytest.raises(StoreDamagedError, match="facts is damaged"):
        list(texts.portions("facts", packed.digest))
    with pytest.raises(NotFoundError):
        texts.facts("0" * 64)


def test_a_writer_hands_its_triples_to_a_packer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.triples._PACKED_AT_ONCE", 5)
    monkeypatch.setattr("kb.triples._MOST_KNOWN", 3)
    plain, packing = TripleWriter(), TripleWriter(TextPacker())
    for out in (plain, packing):
        for number in range(23):
            out.text(f"urn:s{number}", "urn:p", f'"{number}" 甲\n')
            out.integer(f"urn:s{number}", "urn:q", number)
    assert packing.packed().read() == plain.getvalue()
    with pytest.raises(ValueError, match="packer"):
        plain.packed()
