"""The parts of a DOCX: unpacked within limits and parsed without entities, network or DTD."""

from __future__ import annotations

import posixpath
import zipfile
from typing import Final

from lxml import etree

from ingest.readers.limits import Limits
from ingest.readers.zips import open_archive, read_entry
from kb.errors import LimitError, UnreadableError

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
R_ID: Final = f"{{{_RELATIONSHIPS}}}id"
# ISO 29500 Strict says the same things under other names; they are put back so that one reader serves both.
_STRICT: Final = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", _RELATIONSHIPS.encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", b"http://schemas.openxmlformats.org/officeDocument/2006/math"),
)
_PROLOG: Final = 2_048


class Package:
    """An opened DOCX."""

    def __init__(self, data: bytes, limits: Limits, *, name: str) -> None:
        self.name = name
        self._limits = limits
        self._archive = open_archive(data, limits, name=name)
        self._entries = {entry.filename.lstrip("/").lower(): entry for entry in self._archive.infolist()}

    def part(self, path: str) -> etree._Element | None:
        """Return the root of a part, or None when the package has no such part.

        Raises:
            UnreadableError: "damaged", or "entities" when the part declares any.
            LimitError: "zip-size" for a part over its limit, "too-deep".
        """
        entry = self._entries.get(path.lstrip("/").lower())
        return None if entry is None else self._parse(entry)

    def content(self, path: str) -> bytes | None:
        """Return the bytes of a part to be streamed, or None when the package has no such part.

        Raises:
            UnreadableError: "encrypted" or "damaged".
            LimitError: "zip-size" for a part over what a whole package may have; its size in memory is its own.
        """
        entry = self._entries.get(path.lstrip("/").lower())
        return None if entry is None else read_entry(self._archive, entry, self._limits.zip_total_bytes, name=self.name)

    def _parse(self, entry: zipfile.ZipInfo) -> etree._Element:
        raw = read_entry(self._archive, entry, self._limits.zip_part_bytes, name=self.name)
        if b"<!DOCTYPE" in raw[:_PROLOG] or b"<!ENTITY" in raw or b"<\0!\0D\0O\0C\0T" in raw[:_PROLOG]:
            raise UnreadableError(
                f"{entry.filename!r} declares a document type or entities, which no word processor writes.",
                code="entities",
                place=self.name,
            )
        if b"purl.oclc.org/ooxml" in raw[: 4 * _PROLOG]:
            for strict, usual in _STRICT:
                raw = raw.replace(strict, usual)
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            return etree.fromstring(raw, parser)
        except etree.XMLSyntaxError as error:
            if "depth" in str(error).lower():
                raise LimitError(f"{entry.filename!r} is nested too deep.", code="too-deep", place=self.name) from error
            raise UnreadableError(
                f"{entry.filename!r} is damaged: {error}.", code="damaged", place=self.name
            ) from error

    def relationships(self, path: str) -> dict[str, tuple[str, str]]:
        """Return id to (kind, target path) for the part at ``path``; kind is the last word of the type's IRI."""
        folder, _, base = path.rpartition("/")
        root = self.part(f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels")
        found: dict[str, tuple[str, str]] = {}
        if root is None:
            return found
        for element in root:
            target = element.get("Target", "")
            if element.get("TargetMode") == "External":
                continue
            resolved = target if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[element.get("Id", "")] = element.get("Type", "").rpartition("/")[2], resolved.lstrip("/")
        return found

    def main_part(self) -> str:
        """Return the path of the main document.

        Raises:
            UnreadableError: the package names none.
        """
        for kind, target in self.relationships("").values():
            if kind == "officeDocument" and target.lower() in self._entries:
                return target
        if "word/document.xml" in self._entries:
            return "word/document.xml"
        raise UnreadableError("The file has no Word document in it.", code="damaged", place=self.name)


def val(element: etree._Element | None, name: str = "val") -> str | None:
    """Return a w: attribute of an element, or None when the element or the attribute is absent."""
    return None if element is None else element.get(W + name)


def integer(text: str | None) -> int | None:
    """Return a decimal attribute as a number, or None when it is absent or is none."""
    stripped = (text or "").strip()
    body = stripped.removeprefix("-")
    return int(stripped) if 0 < len(body) <= 9 and body.isascii() and body.isdigit() else None


def is_on(element: etree._Element | None) -> bool:
    """Return a toggle property: present without a value, or with one that is not off."""
    return element is not None and val(element) not in {"0", "false", "off", "none"}
