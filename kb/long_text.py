"""Long texts in a small space: packed as they are written, and unpacked piece by piece.

The facts of a list of 100,000 rows are 300 MB of N-Triples, which zlib packs to a fifteenth, faster than they are
written. So they are never held whole: the mapper writes into a ``TextPacker``, and store, files and checks read a
``LongText`` in portions that end with a line.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from kb.errors import StoreDamagedError

LEVEL: Final = 3
"""zlib level of texts packed while they are written; that of stored items by default (``kb.settings``)."""
PORTION: Final = 4 << 20
"""Bytes unpacked at a time, about: enough for the engines to work on, little to hold."""
_FEED: Final = 64 << 10
"""Packed bytes handed to zlib at a time."""


@dataclass(frozen=True, slots=True)
class LongText:
    """A text in UTF-8, packed as one zlib stream.

    Attributes:
        parts: the stream, in pieces.
        size: bytes of the text.
        digest: SHA-256 of the text, hex; what names it in the store.
        lines: line feeds it holds, None when nobody counted them.
    """

    parts: tuple[bytes, ...]
    size: int
    digest: str
    lines: int | None = None

    @property
    def packed_size(self) -> int:
        """Bytes it takes packed."""
        return sum(len(part) for part in self.parts)

    def portions(self, size: int = PORTION) -> Iterator[bytes]:
        """Yield the text in portions of at least ``size`` bytes (but the last) that end with a line feed.

        Raises:
            StoreDamagedError: it is not what ``size`` and ``digest`` say; told at its end, after the portions.
        """
        return _checked(_lines(_unpacked(self.parts), size), self.size, self.digest)

    def read(self) -> str:
        """Return the whole text; for what is known to be short, and for tests."""
        return b"".join(self.portions()).decode()

    def head(self, size: int) -> bytes:
        """Return the first ``size`` bytes, or all of a shorter text."""
        found = b""
        for piece in _unpacked(self.parts):
            found += piece
            if len(found) >= size:
                break
        return found[:size]


class TextPacker:
    """Packs a text while it is written."""

    def __init__(self, level: int = LEVEL) -> None:
        """Begin an empty text.

        Args:
            level: of zlib, 0 to 9.
        """
        self._packer = zlib.compressobj(level)
        self._digest = hashlib.sha256()
        self._parts: list[bytes] = []
        self._size = 0
        self._lines = 0

    def write(self, text: str) -> None:
        """Add text; it is best given in pieces of some hundred thousand characters."""
        data = text.encode()
        self._digest.update(data)
        self._size += len(data)
        self._lines += data.count(b"\n")
        if piece := self._packer.compress(data):
            self._parts.append(piece)

    def done(self) -> LongText:
        """Return what was written; nothing may be written afterwards."""
        self._parts.append(self._packer.flush())
        return LongText(tuple(self._parts), self._size, self._digest.hexdigest(), self._lines)


def pack_text(text: str) -> LongText:
    """Return a text packed."""
    packer = TextPacker()
    packer.write(text)
    return packer.done()


def _unpacked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what a zlib stream holds, in pieces of up to some megabytes."""
    unpacker = zlib.decompressobj()
    try:
        for part in parts:
            for start in range(0, len(part), _FEED):
                waiting = part[start : start + _FEED]
                while waiting:
                    yield unpacker.decompress(waiting, PORTION)
                    waiting = unpacker.unconsumed_tail
        while not unpacker.eof and (rest := unpacker.decompress(b"", PORTION)):
            yield rest
    except zlib.error as error:
        raise _damaged(str(error)) from error
    if not unpacker.eof or unpacker.unused_data:
        raise _damaged("it does not end where it should")


def _lines(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Join pieces to portions of at least ``size`` bytes that end with a line feed; a last one may not."""
    waiting: list[bytes] = []
    held = 0
    for piece in pieces:
        waiting.append(piece)
        held += len(piece)
        if held >= size:
            whole = b"".join(waiting)
            cut = whole.rfind(b"\n") + 1
            if cut:
                yield whole[:cut]
            waiting, held = [whole[cut:]], len(whole) - cut
    if held:
        yield b"".join(waiting)


def _checked(portions: Iterable[bytes], length: int, digest: str) -> Iterator[bytes]:
    """Yield portions as they are, and see that all together they are the text that was meant."""
    seen, total = hashlib.sha256(), 0
    for portion in portions:
        total += len(portion)
        if total > length:  # no more of it is read: a damaged stream may unpack without end
            break
        seen.update(portion)
        yield portion
    if total != length or seen.hexdigest() != digest:
        raise _damaged("its content does not have the SHA-256 of its name")


def _damaged(why: str) -> StoreDamagedError:
    return StoreDamagedError(
        f"a packed text is damaged: {why}.",
        code="file-damaged",
        remedy="Run `duegraph verify`, which names the file.",
    )
