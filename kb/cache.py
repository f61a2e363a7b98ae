"""What is kept beside the store to save making it again: ``<data>/cache``.

A file here is named by what it was made of (``<sort>-<hex>.packed``), so it fits or it is not asked for; it can never
be out of date. Deleting the folder loses nothing but the seconds it takes to make its files again.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from numpy.typing import NDArray

from kb.errors import StoreDamagedError
from kb.packed import PackedFile, write_packed

FOLDER: Final = "cache"
KEPT: Final = 8
"""Files of one sort that are kept, the newest: lists and registers, with and without own aliases, of two moments."""
_NAME: Final = re.compile(r"([a-z]+)-[0-9a-f]{16,64}\.packed")

log = logging.getLogger(__name__)


def open_cached(folder: Path, sort: str, key: str) -> PackedFile | None:
    """Return a kept file, or None when there is none that can be used; a damaged one is reported and removed."""
    path = _path(folder, sort, key)
    try:
        return PackedFile(path)
    except FileNotFoundError:
        return None
    except (OSError, StoreDamagedError) as error:
        log.warning("event=cache.unusable file=%s why=%s", path.name, error)
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return None


def keep_cached(
    folder: Path, sort: str, key: str, about: Mapping[str, Any], sections: Mapping[str, bytes | NDArray[Any]]
) -> PackedFile | None:
    """Write a file and return it opened; None when the folder cannot be written to (that only costs time)."""
    try:
        folder.mkdir(exist_ok=True)
        write_packed(_path(folder, sort, key), about, sections)
        kept = sorted(_files(folder, sort), key=lambda path: -path.stat().st_mtime_ns)
        for path in kept[KEPT:]:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("event=cache.not-kept sort=%s why=%s", sort, error)
        return None
    return open_cached(folder, sort, key)


def verify_cache(data: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each file of a data directory's cache that cannot be used, and why."""
    folder = data / FOLDER
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if _NAME.fullmatch(path.name) is None:
            if not path.name.startswith("."):  # of a writer at work
                yield path.name, "it is no file of the cache."
            continue
        try:
            PackedFile(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            yield path.name, f"it cannot be read: {error}."
        except StoreDamagedError as error:
            yield path.name, error.detail


def clear_cache(data: Path) -> None:
    """Remove every file of a data directory's cache.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder = data / FOLDER
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if _NAME.fullmatch(path.name) is not None or path.name.endswith(".part"):
            path.unlink(missing_ok=True)


def _files(folder: Path, sort: str) -> list[Path]:
    return [path for path in folder.glob(f"{sort}-*.packed") if _NAME.fullmatch(path.name) is not None]


def _path(folder: Path, sort: str, key: str) -> Path:
    return folder / f"{sort}-{key}.packed"
