"""Original bytes, read texts and facts as files named by their content.

``<root>/<section>/<first two hex digits>/<sha256>`` holds one item: a tag byte ("r" raw, "z" zlib), its length as eight
bytes, and the data. Files are written beside their place, flushed to disk and renamed, so a name that exists is
complete; what it says is checked against the name on every read. Nothing is ever changed or removed, so readers need no
lock.

A text file is the text, a NUL (no text holds one) and the layout as JSON, so that a document can be put together again
without reading its source.

Compression: zlib 3 packs 4,200 triples (604 kB) to 43 kB in 1.6 ms, zlib 6 to 37 kB in 12 ms; 16 documents with three
files each are flushed by four threads in 20 ms, one after the other in 95 ms (2-core machine, ext4).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Literal

from kb.errors import LimitError, NotFoundError, RecordError, StoreDamagedError
from kb.long_text import LongText
from kb.model import Block, BlockKind, Document
from kb.search import IndexRow
from kb.settings import MIB, Settings

Section = Literal["original", "text", "facts", "rows"]
SECTIONS: Final[tuple[Section, ...]] = ("original", "text", "facts", "rows")

_RAW: Final = b"r"
_ZLIB: Final = b"z"
_HEADER: Final = 9
_SLACK: Final = 1024
"""More than zlib adds to data that does not compress; a longer file is damaged and need not be read to its end."""
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_FLUSH_THREADS: Final = 4
"""Flushes wait for the disk together; more threads than this measured no faster."""
_TEMPORARY: Final = ".part"
_OTHER_CONTENT: Final = "its content does not have the SHA-256 of its name"
LONG_TEXT: Final = 8 * MIB
"""Bytes from which a stored text is handled in portions: some 60,000 facts."""


class TextStore:
    """The content-addressed files below one directory."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root: Final = root
        self._settings: Final = settings

    def path(self, section: Section, digest: str) -> Path:
        """Return where the item with this SHA-256 is, or would be.

        Raises:
            StoreDamagedError: ``digest`` is not one, so the registry it came from is damaged.
        """
        if _HASH.fullmatch(digest) is None:
            raise StoreDamagedError(
                f"{digest[:80]!r} is not a SHA-256 digest.", code="registry-damaged", remedy="Restore from a backup."
            )
        return self.root / section / digest[:2] / digest

    def has(self, section: Section, digest: str) -> bool:
        """Return whether an item is stored; its content is not looked at."""
        return self.path(section, digest).is_file()

    def put(self, items: Sequence[tuple[Section, bytes | LongText]]) -> list[str]:
        """Store items durably and return their SHA-256 digests in order.

        Raises:
            StoreDamagedError: the disk is full or fails; what was written is complete and harmless.
        """
        digests = [data.digest if isinstance(data, LongText) else hashlib.sha256(data).hexdigest() for _, data in items]
        wanted: dict[Path, bytes | LongText] = {}
        for (section, data), digest in zip(items, digests, strict=True):
            path = self.path(section, digest)
            if path not in wanted and not path.is_file():
                wanted[path] = data
        if not wanted:
            return digests
        try:
            folders = {path.parent for path in wanted}
            created = [folder for folder in sorted(folders) if self._make(folder)]
            with ThreadPoolExecutor(min(_FLUSH_THREADS, len(wanted))) as pool:
                list(pool.map(lambda item: self._write(*item), wanted.items()))
                list(pool.map(flush_directory, sorted(folders)))
            for parent in sorted({folder.parent for folder in created}):
                flush_directory(parent)
            if created:
                flush_directory(self.root)
        except OSError as error:
            raise StoreDamagedError(
                f"a file could not be stored: {error}",
                code="file-write",
                place=str(self.root),
                remedy="Free disk space or repair the disk, then run the command again.",
            ) from error
        return digests

    @staticmethod
    def _make(folder: Path) -> bool:
        if folder.is_dir():
            return False
        folder.mkdir(parents=True, exist_ok=True)
        return True

    def _write(self, path: Path, data: bytes | LongText) -> None:
        temporary = path.with_name(f"{path.name}.{os.getpid()}{_TEMPORARY}")
        try:
            with temporary.open("wb") as file:
                if isinstance(data, LongText):
                    file.write(_ZLIB + data.size.to_bytes(8, "big"))
                    file.writelines(data.parts)
                else:
                    file.write(self._pack(data))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise

    def _pack(self, data: bytes) -> bytes:
        length = len(data).to_bytes(8, "big")
        if len(data) >= self._settings.compress_from and self._settings.compress_level > 0:
            packed = zlib.compress(data, self._settings.compress_level)
            if len(packed) < len(data):
                return _ZLIB + length + packed
        return _RAW + length + data

    def get(self, section: Section, digest: str) -> bytes:
        """Return an item, checked against its digest.

        Raises:
            NotFoundError: no such item.
            StoreDamagedError: the file does not hold what its name says.
            LimitError: it is larger than ``max_stored_mib``.
        """
        tag, length, body = self._body(section, digest)
        data = _unpack(tag, length, body)
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            raise self._damage(section, self.path(section, digest), _OTHER_CONTENT)
        return data

    def facts(self, digest: str) -> str | LongText:
        """Return stored facts; see ``get_packed``."""
        found = self.get_packed("facts", digest)
        return found if isinstance(found, LongText) else found.decode()

    def get_packed(self, section: Section, digest: str) -> bytes | LongText:
        """Return a text as it is best handled: a long one packed, to be read in portions, a short one as it is.

        A packed one is checked against its digest while it is read, a short one here.

        Raises:
            NotFoundError: no such item.
            StoreDamagedError: the file does not hold what its name says.
            LimitError: it is larger than ``max_stored_mib``.
        """
        tag, length, body = self._body(section, digest)
        if tag == _ZLIB and length >= LONG_TEXT:
            return LongText((body,), length, digest)
        data = _unpack(tag, length, body)
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            raise self._damage(section, self.path(section, digest), _OTHER_CONTENT)
        return data

    def portions(self, section: Section, digest: str) -> Iterator[bytes]:
        """Yield a text in portions that end with a line feed, each of some megabytes.

        Raises:
            NotFoundError: no such item.
            StoreDamagedError: the file does not hold what its name says; found out at the last portion, perhaps.
            LimitError: it is larger than ``max_stored_mib``.
        """
        found = self.get_packed(section, digest)
        if not isinstance(found, LongText):
            yield found
            return
        try:
            yield from found.portions()
        except StoreDamagedError as error:
            raise self._damage(section, self.path(section, digest), error.detail.rstrip(".")) from error

    def _body(self, section: Section, digest: str) -> tuple[bytes, int, bytes]:
        """Return the tag of a file, the length it says and its body; a tag that is unknown for a file cut short."""
        path = self.path(section, digest)
        try:
            with path.open("rb") as file:
                header = file.read(_HEADER)
                length = int.from_bytes(header[1:], "big")
                if len(header) < _HEADER:
                    return b"", 0, b""
                if length > self._settings.max_stored_mib * MIB:
                    # The name is checked for all other sizes; this one would not fit to be checked.
                    raise LimitError(
                        f"the stored item says it has {length} bytes.",
                        code="stored-too-large",
                        place=str(path),
                        remedy="If that is right, raise DUEGRAPH_MAX_STORED_MIB; else the file is damaged.",
                    )
                return header[:1], length, file.read(length + _SLACK)
        except FileNotFoundError:
            raise NotFoundError(f"no {section} is stored under {digest}.", place=str(path)) from None
        except OSError as error:
            raise self._damage(section, path, str(error)) from error

    def head(self, section: Section, digest: str, size: int) -> bytes:
        """Return the first ``size`` bytes of an item, or all of a shorter one; they are not checked against its digest.

        For what stands at the beginning of large items; whatever evidence rests on is read with ``get``.

        Raises:
            NotFoundError: no such item.
            StoreDamagedError: the file cannot be unpacked.
        """
        path = self.path(section, digest)
        try:
            with path.open("rb") as file:
                tag = file.read(_HEADER)[:1]
                body = file.read(size)  # packed is never longer than unpacked
            return zlib.decompressobj().decompress(body, size) if tag == _ZLIB else body
        except FileNotFoundError:
            raise NotFoundError(f"no {section} is stored under {digest}.", place=str(path)) from None
        except (OSError, zlib.error) as error:
            raise self._damage(section, path, str(error)) from error

    @staticmethod
    def _damage(section: Section, path: Path, why: str) -> StoreDamagedError:
        remedy = "Ingest its source again" if section in {"original", "text", "facts"} else "Run the checks again"
        return StoreDamagedError(
            f"a stored {section} is damaged: {why}.",
            code="file-damaged",
            place=str(path),
            remedy=f"Remove the file; then {remedy[0].lower()}{remedy[1:]}, or restore it from a backup.",
        )

    def verify(self, section: Section, digest: str) -> str | None:
        """Return what is wrong with an item in words, or None when it is sound."""
        try:
            for _ in self.portions(section, digest):
                pass
        except NotFoundError:
            return "missing"
        except (StoreDamagedError, LimitError) as error:
            return error.detail
        return None

    def remove(self, section: Section, digest: str) -> None:
        """Remove a damaged item, so that ``put`` writes it again."""
        self.path(section, digest).unlink(missing_ok=True)

    def names(self, section: Section) -> Iterator[str]:
        """Yield the digests of all items of a section."""
        for folder in sorted((self.root / section).glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if _HASH.fullmatch(path.name) is not None:
                    yield path.name

    def strangers(self) -> Iterator[Path]:
        """Yield files that no item explains: leftovers of killed writers and things put there by hand."""
        known = {self.root / section for section in SECTIONS}
        for top in sorted(self.root.iterdir()) if self.root.is_dir() else ():
            if top not in known:
                yield top
                continue
            for path in sorted(top.rglob("*")):
                if path.is_dir() and not path.is_symlink():
                    continue
                if _HASH.fullmatch(path.name) is None or path.parent != top / path.name[:2] or path.is_symlink():
                    yield path

    def sweep(self) -> int:
        """Remove leftovers of killed writers and return how many there were; only the owner may."""
        leftovers = [path for path in self.strangers() if path.name.endswith(_TEMPORARY)]
        for path in leftovers:
            path.unlink(missing_ok=True)
        return len(leftovers)


def _unpack(tag: bytes, length: int, body: bytes) -> bytes | None:
    """Return the data, never more than ``length`` bytes of it; None when the file is malformed."""
    if tag == _RAW:
        return body if len(body) == length else None
    if tag != _ZLIB:
        return None
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(body, length + 1)
    except zlib.error:
        return None
    return data if len(data) == length and unpacker.eof and not unpacker.unused_data else None


def flush_directory(folder: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# --- documents ---------------------------------------------------------------------------------------------------


def pack_document(document: Document) -> bytes:
    """Return a document as the text section keeps it.

    Raises:
        RecordError: the text holds a NUL or half of a surrogate pair, which no reader may leave in.
    """
    blocks = [
        [b.kind.value, b.start, b.end, b.level, b.number, b.page, None if b.cell is None else list(b.cell), b.change]
        for b in document.blocks
    ]
    layout = {
        "media_type": document.media_type,
        "language": document.language,
        "title": document.title,
        "metadata": dict(sorted(document.metadata.items())),
        "warnings": list(document.warnings),
        "blocks": blocks,
    }
    try:
        text = document.text.encode()
        tail = json.dumps(layout, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise RecordError(f"a text holds a lone surrogate: {error.reason}.", code="surrogate") from error
    if b"\0" in text:
        raise RecordError("a text must not hold NUL characters.", code="nul")
    return text + b"\0" + tail


def unpack_text(data: bytes) -> str:
    """Return the text of a packed document, without its layout."""
    return data[: data.index(b"\0")].decode()


def unpack_document(data: bytes) -> Document:
    """Return the document that ``pack_document`` packed."""
    cut = data.index(b"\0")
    layout: dict[str, Any] = json.loads(data[cut + 1 :])
    return Document(
        text=data[:cut].decode(),
        blocks=tuple(
            Block(BlockKind(kind), start, end, level, number, page, None if cell is None else tuple(cell), change)
            for kind, start, end, level, number, page, cell, change in layout["blocks"]
        ),
        media_type=layout["media_type"],
        language=layout["language"],
        title=layout["title"],
        metadata=layout["metadata"],
        warnings=tuple(layout["warnings"]),
    )


def pack_rows(rows: Iterable[IndexRow]) -> bytes:
    """Return search rows as JSON Lines; only rows of derived graphs are kept, others are made again from documents."""
    lines = []
    for row in rows:
        record = {**asdict(row), "facets": dict(sorted(row.facets.items()))}
        if not row.keywords:
            del record["keywords"]  # rows without them have kept their digest since before there were any
        lines.append(json.dumps(record, ensure_ascii=False))
    return "".join(f"{line}\n" for line in lines).encode()


def unpack_rows(data: bytes) -> tuple[IndexRow, ...]:
    """Return the search rows that ``pack_rows`` packed."""
    return tuple(IndexRow(**json.loads(line)) for line in data.decode().split("\n") if line)
