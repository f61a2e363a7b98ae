"""Trained weights and packaged pipelines; every folder has a MODEL.md with data, licence, command and metrics."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Return a short digest of every shipped model file: facts made with other weights are other facts."""
    digest = hashlib.sha256()
    for path, data in sorted(_files(resources.files("ingest.models"), "")):
        digest.update(path.encode() + b"\0" + hashlib.sha256(data).digest())
    return digest.hexdigest()[:12]


def _files(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        path = f"{prefix}/{entry.name}"
        if entry.is_dir():
            found += [] if entry.name == "__pycache__" else _files(entry, path)
        elif not entry.name.endswith((".py", ".md")):
            found.append((path, entry.read_bytes()))
    return found
