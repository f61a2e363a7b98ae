"""Published views: immutable copies of graph and index from one moment, which every reader uses.

``views/<n>/graph`` and ``views/<n>/index`` are hard links to the files of the live store and the live index, which
their engines never change once written, plus copies of the few small files that they do change. Publishing therefore
costs milliseconds and next to no space. A view is

* what readers open, in this process or another: nothing ever changes in it;
* what an unfinished batch is undone from: the live files are thrown away and linked again from the view;
* checkable: ``manifest.json`` holds size and hash of every file.

A reader holds a shared ``flock`` on the view's lock file; the owner removes only views that nobody holds.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from kb.errors import StoreDamagedError
from kb.search import SearchIndex
from kb.store import EvidenceStore
from kb.text import flush_directory

_IMMUTABLE: Final = frozenset({".sst", ".seg"})
"""File types that Oxigraph (RocksDB) and Whoosh write once: these are linked, everything else is copied."""
_TRANSIENT: Final = ("LOCK", "WRITELOCK", ".tmp", ".part")
_LOCK: Final = "lock"
_MANIFEST: Final = "manifest.json"
_PART: Final = ".part"
_GONE: Final = ".gone"
_FLUSH_THREADS: Final = 4
_CHUNK: Final = 1 << 20

_Stamp = tuple[int, int, int]


class View:
    """One published view, open for reading until it is closed or forgotten.

    Attributes:
        users: how many snapshots of this process use it; counted by ``kb.base``.
    """

    def __init__(self, path: Path, number: int) -> None:
        """Open the view.

        Raises:
            FileNotFoundError: it has been removed; a newer one exists.
            StoreDamagedError: its graph cannot be opened.
        """
        self.path: Final = path
        self.number: Final = number
        self.users = 0
        handle = os.open(path / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)
            # The owner may have renamed the directory between the two calls; then the lock guards nothing.
            if os.fstat(handle).st_ino != (path / _LOCK).stat().st_ino:
                raise FileNotFoundError(path)
            self.graph: Final = EvidenceStore.reader(path / "graph")
            self._index: SearchIndex | None = None
            self._opening = threading.Lock()
        except BaseException:
            os.close(handle)
            raise
        self._finalizer = weakref.finalize(self, os.close, handle)

    @property
    def index(self) -> SearchIndex:
        """The search index of the same moment, opened when first asked for."""
        with self._opening:
            if self._index is None:
                self._index = SearchIndex.open(self.path / "index", create=False)
            return self._index

    def close(self) -> None:
        """Release its files and let the owner remove it."""
        self.graph.close()
        if self._index is not None:
            self._index.close()
            self._index = None
        self._finalizer()


class Views:
    """The published views below one directory, as their owner sees them."""

    def __init__(self, root: Path) -> None:
        self.root: Final = root
        self._hashes: dict[_Stamp, str] = {}

    def path(self, number: int) -> Path:
        """Return the directory of view ``number``."""
        return self.root / str(number)

    def is_superseded(self, number: int) -> bool:
        """Return whether a newer view has been published, so that nobody will ask for this one again."""
        return any(
            path.name.isdecimal() and int(path.name) > number
            for path in (self.root.iterdir() if self.root.is_dir() else ())
        )

    def publish(self, number: int, graph: EvidenceStore, index: Path) -> None:
        """Make view ``number`` from the live graph and the directory of the live index, durably.

        Nothing may change graph or index meanwhile. The view counts only once the registry names it.

        Raises:
            StoreDamagedError: the disk is full or fails.
        """
        part = self.root / f"{number}{_PART}"
        try:
            self.root.mkdir(exist_ok=True)
            _remove(part)
            _remove(self.path(number))
            part.mkdir()
            graph.copy_to(part / "graph")
            _copy_tree(index, part / "index")
            (part / _LOCK).touch()
            self._seal(part)
            flush_directory(index)
            part.rename(self.path(number))
            flush_directory(self.root)
        except OSError as error:
            with contextlib.suppress(OSError):
                _remove(part)
            raise StoreDamagedError(
                f"the new state could not be published: {error}",
                code="view-write",
                place=str(self.root),
                remedy="Free disk space or repair the disk, then run the command again.",
            ) from error

    def _seal(self, part: Path) -> None:
        """Flush all files that are new since the last view, and write the manifest."""
        paths = sorted(_files(part))
        known: dict[_Stamp, str] = {}

        def record(path: Path) -> tuple[str, int, str]:
            status = path.stat()
            key = (status.st_ino, status.st_size, status.st_mtime_ns)
            digest = self._hashes.get(key)
            if digest is None:
                with path.open("rb") as file:
                    digest = _digest(file.fileno())
                    os.fsync(file.fileno())
            known[key] = digest
            return path.relative_to(part).as_posix(), status.st_size, digest

        with ThreadPoolExecutor(_FLUSH_THREADS) as pool:
            entries = list(pool.map(record, paths))
        self._hashes = known
        manifest = part / _MANIFEST
        with manifest.open("w", encoding="utf-8") as file:
            json.dump({name: [size, digest] for name, size, digest in entries}, file)
            file.flush()
            os.fsync(file.fileno())
        for folder in (part / "graph", part / "index", part):
            flush_directory(folder)

    def verify(self, number: int) -> Iterator[tuple[str, str]]:
        """Yield (file, what is wrong with it) for every file of a view that is not as published."""
        path = self.path(number)
        try:
            expected = self._manifest(number)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            yield _MANIFEST, f"cannot be read ({error})"
            return
        present = {file.relative_to(path).as_posix() for file in _files(path)} - {_MANIFEST, _LOCK}
        for name, (size, digest) in sorted(expected.items()):
            if name == _LOCK:
                continue
            file = path / name
            if name not in present:
                yield name, "is missing"
            elif file.stat().st_size != size:
                yield name, "has another size than when it was published"
            else:
                with file.open("rb") as opened:
                    if _digest(opened.fileno()) != digest:
                        yield name, "has other content than when it was published"
        for name in sorted(present - expected.keys()):
            # Opening a store for reading may leave an empty lock or a log behind.
            if not name.startswith("graph/LOG") and not name.endswith("LOCK"):
                yield name, "does not belong there"

    def compare(self, number: int, part: str, live: Path) -> Iterator[tuple[str, str]]:
        """Yield (file, what is wrong with it) for the files of ``live`` that are not those of the view's ``part``."""
        try:
            expected = self._manifest(number)
        except (OSError, ValueError, TypeError, AttributeError):
            return  # ``verify`` reports it
        wanted = {
            name.removeprefix(f"{part}/"): value for name, value in expected.items() if name.startswith(f"{part}/")
        }
        present = {path.relative_to(live).as_posix(): path for path in _files(live)}
        for name, (_, digest) in sorted(wanted.items()):
            path = present.pop(name, None)
            if path is None:
                yield name, "is missing"
                continue
            with path.open("rb") as file:
                if _digest(file.fileno()) != digest:
                    yield name, "is not the published one"
        for name in sorted(present):
            if not name.endswith(_TRANSIENT):
                yield name, "is not part of the published state"

    def _manifest(self, number: int) -> dict[str, tuple[int, str]]:
        manifest = json.loads((self.path(number) / _MANIFEST).read_text(encoding="utf-8"))
        return {str(name): (int(size), str(digest)) for name, (size, digest) in manifest.items()}

    def restore(self, number: int | None, graph: Path, index: Path) -> None:
        """Replace the live graph and index by the state of view ``number``, or by nothing when it is None.

        Raises:
            StoreDamagedError: the view is missing, or the disk is full or fails.
        """
        try:
            for target, name in ((graph, "graph"), (index, "index")):
                part = target.with_name(target.name + _PART)
                _remove(part)
                if number is None:
                    part.mkdir(parents=True)
                else:
                    _copy_tree(self.path(number) / name, part)
                _remove(target)
                part.rename(target)
            flush_directory(graph.parent)
        except OSError as error:
            raise StoreDamagedError(
                f"an unfinished batch could not be undone: {error}",
                code="undo-failed",
                place=str(self.root),
                remedy="Free disk space, then run the command again; if a view is missing, run `duegraph rebuild`.",
            ) from error

    def prune(self, current: int | None, keep: int) -> None:
        """Remove leftovers, views newer than ``current``, and older ones that nobody holds, except ``keep`` views."""
        if not self.root.is_dir():
            return
        numbers = []
        for path in self.root.iterdir():
            if path.name.isdecimal():
                numbers.append(int(path.name))
            elif path.name.endswith((_PART, _GONE)):
                _remove(path)
        old = sorted((n for n in numbers if current is not None and n <= current), reverse=True)
        newer = [n for n in numbers if current is None or n > current]
        for number in [*old[keep:], *newer]:
            self._remove_unless_held(number)

    def _remove_unless_held(self, number: int) -> None:
        path = self.path(number)
        try:
            handle = os.open(path / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            _remove(path)
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        else:
            gone = path.with_name(path.name + _GONE)
            _remove(gone)
            path.rename(gone)
            _remove(gone)
        finally:
            os.close(handle)


def _files(path: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(path):
        for name in names:
            yield Path(folder, name)


def _copy_tree(source: Path, target: Path) -> None:
    """Link what its engine never changes, copy the rest, leave out locks and temporary files."""
    target.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        if path.name.endswith(_TRANSIENT):
            continue
        if path.is_dir():
            _copy_tree(path, target / path.name)
        elif path.suffix in _IMMUTABLE:
            _link(path, target / path.name)
        else:
            shutil.copyfile(path, target / path.name)


def _link(path: Path, target: Path) -> None:
    try:
        target.hardlink_to(path)
    except OSError:  # a file system without hard links, or too many of them
        shutil.copyfile(path, target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _digest(handle: int) -> str:
    found = hashlib.blake2b(digest_size=20)
    offset = 0
    while chunk := os.pread(handle, _CHUNK, offset):
        found.update(chunk)
        offset += len(chunk)
    return found.hexdigest()
