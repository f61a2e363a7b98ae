"""A mapping that is read when it is first looked into: most questions about law need the provisions of few acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


class Deferred(Mapping[str, T]):
    """A read-only mapping made by ``load`` on first use; what ``load`` reads from must still be open then."""

    __slots__ = ("_load", "_read")

    def __init__(self, load: Callable[[], Mapping[str, T]]) -> None:
        self._load = load
        self._read: Mapping[str, T] | None = None

    def _all(self) -> Mapping[str, T]:
        if self._read is None:
            self._read = self._load()
        return self._read

    def __getitem__(self, key: str) -> T:
        return self._all()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __contains__(self, key: object) -> bool:
        return key in self._all()
