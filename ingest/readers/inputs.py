"""From paths to inputs: files, folders, archives and standard input, each readable on its own."""

from __future__ import annotations

import os
import stat
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from ingest.readers.limits import DEFAULT_LIMITS, Limits
from ingest.readers.media import extension
from ingest.readers.zips import is_link, open_archive, read_entry, unsafe_name
from kb.errors import InputError, LimitError, UnreadableError, UnsupportedError
from kb.ids import source_key

STDIN: Final = "-"
MEMBER: Final = "!/"
# Left behind by archivers of macOS and Windows; nobody means to ingest them.
_LITTER: Final = frozenset({"__macosx", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to read.

    Attributes:
        name: what to show to the user: the path as it was given, ``path.zip!/member`` for members, "-" for stdin.
        source_key: identifies the source between runs, see ``kb.ids.source_key``.
        size: bytes, or None when not known before reading.
        error: why it cannot be read, when that is known without reading.
    """

    name: str
    source_key: str
    size: int | None = None
    error: InputError | None = None
    _load: Callable[[], bytes] | None = field(default=None, repr=False, compare=False)

    def read(self) -> bytes:
        """Return the bytes.

        Raises:
            InputError: the input's own error, or what went wrong on reading it.
        """
        if self.error is not None:
            raise self.error
        if self._load is None:
            raise UnreadableError("The input has no content.", code="empty", place=self.name)
        return self._load()


def of_bytes(data: bytes, name: str) -> Input:
    """Return an input for bytes at hand, such as an upload; its name is never used as a path."""
    return Input(name, source_key(upload=name), len(data), None, lambda: data)


def discover(paths: Sequence[str], *, limits: Limits = DEFAULT_LIMITS) -> Iterator[Input]:
    """Yield every input below ``paths`` in a stable order.

    Folders are searched recursively in sorted order, hidden files and symbolic links in them are left out; a ZIP
    archive yields its members, while office files, which are archives too, are one document. Whatever cannot be read
    is yielded once with its ``error`` set, so one bad path never ends a batch. The same file is yielded once.
    """
    seen: set[str] = set()
    for path in paths:
        for item in _of_path(path, limits):
            if item.source_key not in seen:
                seen.add(item.source_key)
                yield item


def _of_path(path: str, limits: Limits) -> Iterator[Input]:
    if path == STDIN:
        yield Input(STDIN, source_key(upload=STDIN), None, None, lambda: _read_stdin(limits))
        return
    if "\0" in path:
        shown = path.replace("\0", "\\0")
        error = UnreadableError("The path holds a NUL character.", code="not-found", place=shown)
        yield Input(shown, source_key(upload=shown), None, error)
        return
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - the path stays as the user gave it
    except OSError as error:
        yield _failed(path, _os_error(error, path))
        return
    if stat.S_ISDIR(mode):
        yield from _of_folder(path, limits)
    elif stat.S_ISREG(mode):
        yield from _of_file(path, limits)
    else:
        yield _failed(path, UnreadableError("It is neither a file nor a folder.", code="not-a-file", place=path))


def _of_folder(folder: str, limits: Limits) -> Iterator[Input]:
    errors: list[OSError] = []
    for current, folders, names in os.walk(folder, onerror=errors.append):
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        for name in sorted(names):
            path = os.path.join(current, name)  # noqa: PTH118 - keeps the user's spelling ("./x" stays "./x")
            if not _is_hidden(name) and not os.path.islink(path):  # noqa: PTH114
                yield from _of_path(path, limits)
    for error in errors:
        yield _failed(str(error.filename), _os_error(error, str(error.filename)))


def _of_file(path: str, limits: Limits) -> Iterator[Input]:
    try:
        size = Path(path).stat().st_size
        with Path(path).open("rb") as stream:
            is_archive = extension(path) == ".zip" or (extension(path) == "" and stream.read(4) == b"PK\x03\x04")
    except OSError as error:
        yield _failed(path, _os_error(error, path))
        return
    if is_archive:
        yield from _of_archive(path, size, limits)
    else:
        yield Input(_shown(path), source_key(path), size, None, lambda: _read_file(path, limits))


def _of_archive(path: str, size: int, limits: Limits) -> Iterator[Input]:
    try:
        data = _read_file(path, limits, most=limits.zip_total_bytes)
        if not data.startswith((b"PK\x03\x04", b"PK\x05\x06")) or b"[Content_Types].xml" in data:
            # Not an archive of documents after all: the reader will say what it is.
            yield Input(_shown(path), source_key(path), size, None, lambda: _read_file(path, limits))
            return
        archive = open_archive(data, limits, name=_shown(path))
    except InputError as error:
        yield _failed(path, error)
        return
    del data
    entries = sorted((entry for entry in archive.infolist() if not entry.is_dir()), key=lambda entry: entry.filename)
    if not entries:
        yield _failed(path, UnreadableError("The archive is empty.", code="empty", place=_shown(path)))
    for entry in entries:
        yield from _of_member(path, archive, entry, limits)


def _of_member(path: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits) -> Iterator[Input]:
    member = _member_name(entry)
    shown = f"{_shown(path)}{MEMBER}{member}"
    key = source_key(path, member=member)
    parts = member.replace("\\", "/").split("/")
    if any(_is_hidden(part) or part.lower() in _LITTER for part in parts if part not in {"", ".", ".."}):
        return
    reason = unsafe_name(member)
    problem: InputError | None = None
    if reason is not None:
        problem = UnreadableError(f"The member's name {reason}.", code="unsafe-name", place=shown)
    elif is_link(entry):
        problem = UnreadableError("The member is a link, not a file.", code="unsafe-link", place=shown)
    elif extension(member) == ".zip":
        problem = UnsupportedError(
            "An archive inside an archive is not opened.",
            code="nested-zip",
            place=shown,
            remedy="Unpack the outer archive first.",
        )
    if problem is not None:
        yield Input(shown, key, entry.file_size, problem)
        return
    yield Input(shown, key, entry.file_size, None, lambda: read_entry(archive, entry, limits.input_bytes, name=shown))


def _member_name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; without the UTF-8 flag Chinese Windows writes GB18030, which zipfile reads as CP437."""
    utf8_flag = 0x800
    if entry.flag_bits & utf8_flag or entry.filename.isascii():
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for codec in ("utf-8", "gb18030"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _read_file(path: str, limits: Limits, *, most: int | None = None) -> bytes:
    bound = limits.input_bytes if most is None else most
    try:
        with Path(path).open("rb") as stream:
            return _bounded(stream, bound, _shown(path))
    except OSError as error:
        raise _os_error(error, path) from error


def _read_stdin(limits: Limits) -> bytes:
    return _bounded(sys.stdin.buffer, limits.input_bytes, STDIN)


def _bounded(stream: BinaryIO, most: int, name: str) -> bytes:
    data = stream.read(most + 1)
    if len(data) > most:
        raise LimitError(
            f"The input is larger than {most:,} bytes.",
            code="too-large",
            place=name,
            remedy="Split it, or raise the limit.",
        )
    return data


def _failed(path: str, error: InputError) -> Input:
    return Input(_shown(path), source_key(path), None, error)


def _os_error(error: OSError, path: str) -> InputError:
    code = "not-found" if isinstance(error, FileNotFoundError | NotADirectoryError) else "no-access"
    reason = "There is no such file or folder" if code == "not-found" else f"It cannot be opened: {error.strerror}"
    return UnreadableError(f"{reason}.", code=code, place=_shown(path), remedy="Check the path and its permissions.")


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$"))


def _shown(path: str) -> str:
    """Return the path with undecodable bytes made visible, so that it can be printed and stored."""
    return path.replace(os.sep, "/").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
