"""The search index of one data directory: apply a batch, search, count."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from kb.search.model import IndexRow, SearchResult, Sort


class SearchIndex:
    """Full-text index over everything stored; derived data, rebuilt from the store when in doubt."""

    @classmethod
    def open(cls, path: Path, *, create: bool) -> SearchIndex:
        """Open the index in directory ``path``; with ``create`` an absent one is made."""
        raise NotImplementedError

    def apply(self, *, remove: Collection[str], rows: Iterable[IndexRow]) -> None:
        """Remove every row of the owners in ``remove``, add ``rows``, in one commit; safe to repeat."""
        raise NotImplementedError

    def count(self) -> int:
        """Number of rows."""
        raise NotImplementedError

    def owners(self) -> dict[str, int]:
        """Number of rows of every owner."""
        raise NotImplementedError

    def search(
        self,
        query: str,
        *,
        type: str | None = None,  # noqa: A002 - the name callers and the command line use
        language: str | None = None,
        filters: Mapping[str, str | Sequence[str]] | None = None,
        limit: int = 20,
        offset: int = 0,
        sort: Sort = "relevance",
    ) -> SearchResult:
        """Find rows; an empty query matches every row the filters leave."""
        raise NotImplementedError

    def optimize(self) -> None:
        """Merge everything into one segment."""
        raise NotImplementedError

    def close(self) -> None:
        """Release all files."""
        raise NotImplementedError
