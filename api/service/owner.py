"""Who owns a data directory, for commands started beside it."""

from __future__ import annotations

from pathlib import Path

from kb.errors import StoreOwnedError
from kb.owner import LOCK_FILE, read_holder


def owner_url(data: Path) -> str | None:
    """Return where the owner of a data directory serves requests, or None when it serves none."""
    url = read_holder(data / LOCK_FILE).get("url")
    return str(url) if url else None


def server_of(owned: StoreOwnedError, data: Path) -> str:
    """Return where the owner serves requests.

    Raises:
        StoreOwnedError: it serves none; the error of the caller goes on.
    """
    url = owner_url(data)
    if url is None:
        raise owned
    return url
