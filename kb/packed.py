"""Read-only tables in one file, opened by mapping it into memory: what takes seconds to make opens in milliseconds.

A file is a line that names the format, the length of a JSON head, the head, and named sections of bytes::

    "duegraph-packed 1", line feed · length of the head, 8 bytes, little endian · head · sections

The hash covers all sections. Nothing in a file is ever executed, so a file that somebody else wrote can at worst be
refused. Whoever keeps such files keeps the means to make them again; see ``kb.cache``.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from kb.errors import StoreDamagedError

_MAGIC: Final = b"duegraph-packed 1\n"
_LENGTH: Final = 8
_ALIGN: Final = 16
"""Sections begin at multiples of this, as arrays must."""
_MAX_HEAD: Final = 64 << 20
T = TypeVar("T")


class PackedFile:
    """One opened file; its sections stay readable while any array made of them is alive.

    Attributes:
        about: what its writer said of it.
    """

    def __init__(self, path: Path) -> None:
        """Map the file and compare it with its hash.

        Raises:
            FileNotFoundError: there is none.
            StoreDamagedError: it is not what was written.
        """
        self.path: Final = path
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < len(_MAGIC) + _LENGTH:
                raise _damaged(path, "it is too short")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._map[: len(_MAGIC)] != _MAGIC:
            raise _damaged(path, "it is of another format")
        begin = len(_MAGIC) + _LENGTH
        length = int.from_bytes(self._map[len(_MAGIC) : begin], "little")
        if length > min(_MAX_HEAD, size - begin):
            raise _damaged(path, "its head is cut off")
        try:
            head = json.loads(self._map[begin : begin + length])
            self.about: Final[Mapping[str, Any]] = head["about"]
            self._sections = {str(name): (int(place), int(count)) for name, (place, count) in head["sections"].items()}
            wanted = str(head["sha256"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _damaged(path, "its head cannot be read") from error
        self._body = _aligned(begin + length)
        if any(place < 0 or count < 0 or self._body + place + count > size for place, count in self._sections.values()):
            raise _damaged(path, "a section is cut off")
        if hashlib.sha256(memoryview(self._map)[self._body :]).hexdigest() != wanted:
            raise _damaged(path, "its content does not fit its hash")

    def bytes(self, name: str) -> memoryview:
        """Return a section as it was written.

        Raises:
            StoreDamagedError: it has no such section.
        """
        if name not in self._sections:
            raise _damaged(self.path, f"it has no section {name}")
        place, count = self._sections[name]
        return memoryview(self._map)[self._body + place : self._body + place + count]

    def array(self, name: str, kind: type[np.generic]) -> NDArray[Any]:
        """Return a section as a one-dimensional array.

        Raises:
            StoreDamagedError: it has no such section, or it is no whole number of items.
        """
        found = self.bytes(name)
        if len(found) % np.dtype(kind).itemsize:
            raise _damaged(self.path, f"section {name} is cut off")
        return np.frombuffer(found, dtype=kind)


def write_packed(path: Path, about: Mapping[str, Any], sections: Mapping[str, bytes | NDArray[Any]]) -> None:
    """Write a file; it appears under its name when it is whole, and not before.

    Raises:
        OSError: the folder cannot be written to.
    """
    places: dict[str, tuple[int, int]] = {}
    digest = hashlib.sha256()
    at = 0
    parts: list[bytes] = []
    for name, section in sections.items():
        content = section if isinstance(section, bytes) else section.tobytes()
        gap = b"\0" * (_aligned(at) - at)
        parts += [gap, content]
        at += len(gap)
        places[name] = (at, len(content))
        at += len(content)
    for part in parts:
        digest.update(part)
    head = json.dumps({"about": dict(about), "sections": places, "sha256": digest.hexdigest()}).encode()
    begin = len(_MAGIC) + _LENGTH
    part_path = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part_path.open("wb") as file:
            file.write(_MAGIC + len(head).to_bytes(_LENGTH, "little") + head)
            file.write(b"\0" * (_aligned(begin + len(head)) - begin - len(head)))
            file.writelines(parts)
        part_path.replace(path)
    finally:
        part_path.unlink(missing_ok=True)


def _aligned(place: int) -> int:
    return -(-place // _ALIGN) * _ALIGN


def _damaged(path: Path, what: str) -> StoreDamagedError:
    return StoreDamagedError(
        f"the file cannot be used: {what}.",
        code="cache-damaged",
        place=str(path),
        remedy="Remove it; it is made again.",
    )


class PackedItems(Sequence[T], Generic[T]):
    """Items kept as bytes one after another, each decoded when it is asked for."""

    def __init__(self, content: memoryview, ends: NDArray[np.int64]) -> None:
        self._content = content
        self._ends = ends
        if len(ends) and (int(ends[-1]) != len(content) or bool((np.diff(ends) < 0).any())):
            raise StoreDamagedError("the places of packed items do not fit their content.", code="cache-damaged")

    def decode(self, content: memoryview) -> T:
        """Return the item some bytes stand for."""
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = place + len(self) if place < 0 else place
        if not 0 <= number < len(self):
            raise IndexError(place)
        start = int(self._ends[number - 1]) if number else 0
        return self.decode(self._content[start : int(self._ends[number])])

    def __iter__(self) -> Iterator[T]:
        start = 0
        for end in self._ends.tolist():
            yield self.decode(self._content[start:end])
            start = end


class PackedStrings(PackedItems[str]):
    """Strings; lone surrogates survive."""

    def decode(self, content: memoryview) -> str:
        """Return the string."""
        return str(content, "utf-8", "surrogatepass")


def pack_items(items: Iterable[bytes]) -> tuple[bytes, NDArray[np.int64]]:
    """Return items as one stretch of bytes and where each ends."""
    kept = list(items)
    return b"".join(kept), np.cumsum(np.array([len(item) for item in kept], dtype=np.int64), dtype=np.int64)


def pack_strings(items: Iterable[str]) -> tuple[bytes, NDArray[np.int64]]:
    """Return strings for ``PackedStrings``."""
    return pack_items(item.encode("utf-8", "surrogatepass") for item in items)


class PackedNumbers(Mapping[str, NDArray[np.int32]]):
    """Numbers by key. Keys are kept as 64-bit hashes: they can be asked for and not be listed.

    Two of a million keys share a hash with a chance of one in thirty million; then each has the other's numbers, too.
    """

    def __init__(self, keys: NDArray[np.uint64], ends: NDArray[np.int64], numbers: NDArray[np.int32]) -> None:
        self._keys = keys
        self._ends = ends
        self._numbers = numbers
        if len(keys) != len(ends) or (len(ends) and int(ends[-1]) != len(numbers)):
            raise StoreDamagedError("the places of packed numbers do not fit their content.", code="cache-damaged")

    def __getitem__(self, key: str) -> NDArray[np.int32]:
        place = int(np.searchsorted(self._keys, np.uint64(_hash(key))))
        if place == len(self._keys) or int(self._keys[place]) != _hash(key):
            raise KeyError(key)
        return self._numbers[int(self._ends[place - 1]) if place else 0 : int(self._ends[place])]

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        raise TypeError("keys of packed numbers cannot be listed")


def pack_numbers(
    items: Mapping[str, Sequence[int] | NDArray[np.int32]],
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int32]]:
    """Return keys, ends and numbers for ``PackedNumbers``."""
    by_hash: dict[int, NDArray[np.int32]] = {}
    for key, numbers in items.items():
        found = np.asarray(numbers, dtype=np.int32)
        at = _hash(key)
        by_hash[at] = found if at not in by_hash else np.concatenate([by_hash[at], found])
    order = sorted(by_hash)
    ends = np.cumsum(np.array([len(by_hash[key]) for key in order], dtype=np.int64), dtype=np.int64)
    joined = np.concatenate([by_hash[key] for key in order]) if order else np.array([], dtype=np.int32)
    return np.array(order, dtype=np.uint64), ends, joined


def _hash(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
