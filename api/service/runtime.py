"""Starting up: versions, the knowledge base, and the parts that must exist."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kb.base import KnowledgeBase
    from kb.settings import Settings

DISTRIBUTION = "duegraph"


def version() -> str:
    """Return the version of Duegraph."""
    return metadata.version(DISTRIBUTION)


@lru_cache(maxsize=1)
def tool_version() -> str:
    """Return the version of everything that shapes facts: Duegraph, its ontology and its models.

    The same bytes read under another tool version are read again.
    """
    from ingest.models import fingerprint
    from ontology import VERSION

    return f"duegraph {version()}; ontology {VERSION}; models {fingerprint()}"


@contextmanager
def knowledge_base(settings: Settings, *, write: bool) -> Iterator[KnowledgeBase]:
    """Open the data directory and close it again.

    Raises:
        StoreOwnedError: another process owns it and ``write`` is wanted.
        NotFoundError: there is no data yet and ``write`` is not wanted.
    """
    from kb.base import KnowledgeBase

    with KnowledgeBase.open(settings.data, write=write, settings=settings) as kb:
        yield kb
