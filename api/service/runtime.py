"""Starting up: versions, the knowledge base, and the parts that must exist."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kb.base import KnowledgeBase
    from kb.settings import Settings

DISTRIBUTION = "duegraph"
REGISTRY = "registry.sqlite"
"""The file that makes a directory a data directory; see ``kb.base``."""


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


def settings_for(data: Path) -> Settings:
    """Return the settings of the environment with another data directory.

    Raises:
        CannotRunError: an environment variable has a value that means nothing.
    """
    from pydantic import ValidationError

    from kb.errors import CannotRunError
    from kb.settings import Settings

    try:
        return Settings(data=data)
    except ValidationError as error:
        wrong = error.errors()[0]
        name = "DUEGRAPH_" + "_".join(str(part) for part in wrong["loc"]).upper()
        raise CannotRunError(
            f"the setting {name} is wrong: {wrong['msg']}", code="settings", remedy="Correct or unset the variable."
        ) from error


@contextmanager
def knowledge_base(
    settings: Settings, *, write: bool, create: bool = False, repair: bool = False
) -> Iterator[KnowledgeBase]:
    """Open the data directory and close it again.

    Args:
        settings: where it is.
        write: become its owner.
        repair: open it even if a batch cannot be undone, because a rebuild comes next.
        create: make it when there is none yet; otherwise that is an error.

    Raises:
        StoreOwnedError: another process owns it and ``write`` is wanted.
        NotFoundError: there is no data yet and none is to be made.
    """
    from kb.base import KnowledgeBase
    from kb.errors import NotFoundError

    if write and not create and not (settings.data / REGISTRY).is_file():
        raise NotFoundError(
            f"there is no Duegraph data in {settings.data}.",
            code="no-data",
            place=str(settings.data),
            remedy="Ingest something first, or name another directory with --data.",
        )
    with KnowledgeBase.open(settings.data, write=write, settings=settings, repair=repair) as kb:
        yield kb
