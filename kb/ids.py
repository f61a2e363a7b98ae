"""Names: ids of documents and sources, and the IRIs under which they stand in the graph.

Every data IRI is ``urn:duegraph:<kind>:<id>``, an id being percent-encoded only where an IRI forbids the character, so
that a Chinese id stays readable: ``urn:duegraph:provision:cn/公司法@2023-12-29%2315``. Things inside a document are
fragments of it: ``urn:duegraph:document:doc-…#c12``. ``parse_iri`` is the inverse of all of them.

Source: RFC 3987 (IRIs; ``ucschar`` in §2.2, directional characters in §4.1), RFC 8141 (URN syntax).
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final
from urllib.parse import unquote

from kb.errors import RecordError
from kb.identifiers import normalise, validate

__all__ = [
    "GRAPH_BASE",
    "URN",
    "Name",
    "act_iri",
    "clause_iri",
    "derived_graph_iri",
    "document_id",
    "document_iri",
    "entry_iri",
    "event_iri",
    "fragment_iri",
    "graph_iri",
    "iri",
    "normalise",
    "parse_iri",
    "partner_iri",
    "provision_id",
    "provision_iri",
    "quote_id",
    "run_iri",
    "source_key",
    "span_iri",
    "unquote_id",
    "validate",
    "version_iri",
]

URN: Final = "urn:duegraph:"
GRAPH_BASE: Final = URN + "graph:"
DERIVED: Final = "derived:"

_ID_DIGITS: Final = 20
"""Hex digits of an id: 80 bits, so a collision among 10^9 documents has a probability below 10^-6."""

# What may stand in the path of an IRI as it is: RFC 3986 "pchar" and "/", without "%", which always starts an escape.
_PLAIN_ASCII: Final = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/]*")
_KINDS: Final = re.compile(r"[a-z][a-z-]{0,30}")
# Categories an IRI must not carry or a reader cannot see: controls, format characters (bidi marks), surrogates,
# private use, unassigned, separators.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Name:
    """What a data IRI stands for.

    Attributes:
        kind: "document", "graph", "act", "version", "provision", "partner", "entry", "run", …
        id: the id, decoded.
        fragment: the part of a document ("c12", "s120-340"), decoded, or None.
    """

    kind: str
    id: str
    fragment: str | None = None


def document_id(kind: str, sha256: str) -> str:
    """Return the id of the document that these bytes are when read as ``kind``.

    Args:
        kind: a ``kb.model.Kind``; the same file read as a contract and as news is two documents.
        sha256: hex digest of the original bytes.
    """
    return "doc-" + hashlib.sha256(f"{kind}\n{sha256.lower()}".encode()).hexdigest()[:_ID_DIGITS]


def source_key(path: str | PurePath | None = None, *, member: str | None = None, upload: str | None = None) -> str:
    """Return the stable key of one source, the place that revisions come from.

    Args:
        path: a file; taken as an absolute path without following links, so that "a.pdf" and "./a.pdf" are one source.
        member: name of the file inside the archive ``path`` (or inside the upload).
        upload: name under which bytes were handed in without a file; exactly one of ``path`` and ``upload`` is given.

    Returns:
        ``src-`` and 20 hex digits; a hash, so that exported graphs do not reveal the folders of a machine.
    """
    if (path is None) == (upload is None):
        raise ValueError("a source is either a path or an upload")
    # fsencode keeps file names that are not valid UTF-8 apart; NFC makes one source of what macOS and Linux write.
    if path is not None:
        place = b"file:" + os.fsencode(unicodedata.normalize("NFC", os.path.abspath(path)))  # noqa: PTH100 - see doc
    else:
        place = b"upload:" + os.fsencode(unicodedata.normalize("NFC", str(upload)))
    if member is not None:
        place += b"\0" + os.fsencode(unicodedata.normalize("NFC", member))
    return "src-" + hashlib.sha256(place).hexdigest()[:_ID_DIGITS]


def quote_id(text: str) -> str:
    """Return ``text`` as it stands in an IRI: percent-encoded where it must be, readable otherwise.

    Raises:
        RecordError: the text holds half of a surrogate pair, which no IRI and no UTF-8 file can carry.
    """
    if _PLAIN_ASCII.fullmatch(text):
        return text
    return "".join(c if _is_plain(c) else _escape(c) for c in text)


def unquote_id(text: str) -> str:
    """Return the id that ``quote_id`` made ``text`` of."""
    return unquote(text, errors="strict")


def _is_plain(character: str) -> bool:
    if character < "\x80":
        return _PLAIN_ASCII.fullmatch(character) is not None
    code = ord(character)
    if 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE or code < 0xA0:
        return False
    return code < 0xE0000 and unicodedata.category(character) not in _HIDDEN


def _escape(character: str) -> str:
    try:
        encoded = character.encode()
    except UnicodeEncodeError:
        raise RecordError(
            f"an id holds the lone surrogate U+{ord(character):04X}, which cannot be stored.",
            code="surrogate",
            remedy="Correct the encoding of the file it was read from.",
        ) from None
    return "".join(f"%{byte:02X}" for byte in encoded)


def iri(kind: str, *parts: str) -> str:
    """Return the data IRI of the thing of ``kind`` with this id.

    Args:
        kind: lower-case word.
        parts: the id; of several parts each but the last has its "/" encoded, so that they cannot run together.
    """
    if not _KINDS.fullmatch(kind):
        raise ValueError(f"not a kind of thing: {kind!r}")
    if not parts or any(part == "" for part in parts):
        raise RecordError(f"an empty id cannot name a {kind}.", code="empty-id")
    scopes = [quote_id(part).replace("/", "%2F") for part in parts[:-1]]
    return f"{URN}{kind}:{'/'.join([*scopes, quote_id(parts[-1])])}"


def fragment_iri(document: str, fragment: str) -> str:
    """Return the IRI of a part of a document ("c12", "value-3")."""
    return f"{URN}document:{quote_id(document)}#{quote_id(fragment)}"


def document_iri(document: str) -> str:
    """Return the IRI of a document."""
    return f"{URN}document:{quote_id(document)}"


def clause_iri(document: str, clause: str) -> str:
    """Return the IRI of clause ``clause`` ("c12") of a document."""
    return fragment_iri(document, clause)


def span_iri(document: str, start: int, end: int) -> str:
    """Return the IRI of the stretch ``[start, end)`` of a document's text."""
    if not 0 <= start <= end:
        raise ValueError(f"not a span: {start}-{end}")
    return f"{URN}document:{quote_id(document)}#s{start}-{end}"


def event_iri(document: str, event: str) -> str:
    """Return the IRI of an event ("e3") that a document reports."""
    return fragment_iri(document, event)


def graph_iri(document: str) -> str:
    """Return the IRI of the named graph that holds a document's facts."""
    return GRAPH_BASE + quote_id(document)


def derived_graph_iri(name: str) -> str:
    """Return the IRI of the derived graph ``name`` ("links", "findings")."""
    return GRAPH_BASE + DERIVED + quote_id(name)


def run_iri(run: str) -> str:
    """Return the IRI of one extraction run (a ``prov:Activity``)."""
    return iri("run", run)


def act_iri(act: str) -> str:
    """Return the IRI of an act over all its versions ("cn/公司法")."""
    return iri("act", act)


def version_iri(version: str) -> str:
    """Return the IRI of one version of an act ("cn/公司法@2023-12-29")."""
    return iri("version", version)


def provision_id(version: str, number: str) -> str:
    """Return the id of a provision: version id, "#", canonical number."""
    return f"{version}#{number}"


def provision_iri(provision: str) -> str:
    """Return the IRI of a provision, given its id ("cn/公司法@2023-12-29#15")."""
    return iri("provision", provision)


def partner_iri(scope: str, key: str) -> str:
    """Return the IRI of a partner: ``key`` is unique within ``scope`` (the register's source key or name)."""
    return iri("partner", scope, key)


def entry_iri(list_id: str, entry: str) -> str:
    """Return the IRI of a row of a watch list, the same over all loads of that list."""
    return iri("entry", list_id, entry)


def parse_iri(text: str) -> Name | None:
    """Return what a data IRI stands for, or None when it is not one of ours.

    The id of a partner or entry comes back as ``scope/key`` with "/" in the scope still written "%2F".
    """
    if not text.startswith(URN):
        return None
    kind, colon, rest = text[len(URN) :].partition(":")
    if not colon or not _KINDS.fullmatch(kind):
        return None
    local, hash_, fragment = rest.partition("#")
    if local == "":
        return None
    try:
        if kind in _SCOPED:
            scope, slash, key = local.partition("/")
            decoded = scope + slash + unquote_id(key)
        else:
            decoded = unquote_id(local)
        return Name(kind, decoded, unquote_id(fragment) if hash_ else None)
    except UnicodeDecodeError:
        return None


_SCOPED: Final = frozenset({"partner", "entry"})
