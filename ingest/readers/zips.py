"""ZIP archives are measured by their directory before a byte is unpacked, and unpacked with a bound in case it lies."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from typing import Final

from ingest.readers.limits import Limits
from kb.errors import LimitError, UnreadableError

_ENCRYPTED_FLAG: Final = 0x1
_CHUNK: Final = 1 << 20
_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError)


def open_archive(data: bytes, limits: Limits, *, name: str) -> zipfile.ZipFile:
    """Return the archive once its directory is within the limits.

    Raises:
        UnreadableError: it is damaged.
        LimitError: "zip-entries", "zip-size" or "zip-ratio".
    """
    declared = _declared_entries(data)
    if declared > limits.zip_entries:
        raise LimitError(
            f"The archive has {declared:,} entries, more than {limits.zip_entries:,}.", code="zip-entries", place=name
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _UNREADABLE as error:
        raise UnreadableError(f"The archive is damaged: {error}.", code="damaged", place=name) from error
    entries = archive.infolist()
    if len(entries) > limits.zip_entries:
        raise LimitError(
            f"The archive has {len(entries):,} entries, more than {limits.zip_entries:,}.",
            code="zip-entries",
            place=name,
        )
    total = sum(entry.file_size for entry in entries)
    if total > limits.zip_total_bytes:
        raise LimitError(
            f"The archive unpacks to {total:,} bytes, more than {limits.zip_total_bytes:,}.",
            code="zip-size",
            place=name,
        )
    for entry in entries:
        if entry.file_size > limits.zip_ratio_from_bytes and (
            entry.file_size > limits.zip_ratio * max(1, entry.compress_size)
        ):
            raise LimitError(
                f"{entry.filename!r} unpacks {entry.compress_size:,} bytes to {entry.file_size:,}, like a bomb.",
                code="zip-ratio",
                place=name,
            )
    return archive


def _declared_entries(data: bytes) -> int:
    """Return the number of entries the end record declares, so that a huge directory is not even parsed."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - 66_000))
    return int.from_bytes(data[at + 10 : at + 12], "little") if at >= 0 and len(data) >= at + 12 else 0


def read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int, *, name: str) -> bytes:
    """Return the bytes of one entry, never unpacking more than ``most`` whatever its header says.

    Raises:
        UnreadableError: "encrypted" or "damaged".
        LimitError: "zip-size".
    """
    if entry.flag_bits & _ENCRYPTED_FLAG:
        raise UnreadableError(
            f"{entry.filename!r} is encrypted.", code="encrypted", place=name, remedy="Give it without a password."
        )
    too_big = LimitError(f"{entry.filename!r} unpacks to more than {most:,} bytes.", code="zip-size", place=name)
    if entry.file_size > most:
        raise too_big
    chunks: list[bytes] = []
    size = 0
    try:
        with archive.open(entry) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > most:
                    raise too_big
                chunks.append(chunk)
    except (*_UNREADABLE, RuntimeError) as error:
        raise UnreadableError(f"{entry.filename!r} is damaged: {error}.", code="damaged", place=name) from error
    return b"".join(chunks)


def is_link(entry: zipfile.ZipInfo) -> bool:
    """Return whether an entry is a symbolic link or another special file rather than a file or folder."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return kind not in {0, stat.S_IFREG, stat.S_IFDIR}


def unsafe_name(filename: str) -> str | None:
    """Return why an entry's name could point outside its archive, or None when it is safe."""
    path = filename.replace("\\", "/")
    if path.startswith("/") or (len(path) > 1 and path[1] == ":"):
        return "is absolute"
    if ".." in path.split("/"):
        return "leads outside the archive"
    if any(character < " " or character == "\x7f" for character in path):
        return "holds control characters"
    return None
