"""Facts as N-Triples text: one fast, strict writer that every engine can read.

The text is what the store keeps and loads, so it is written in one canonical form: one triple per line, ended by
``" ."`` and a line feed, no blank nodes, no comments.

Source: RDF 1.1 N-Triples, https://www.w3.org/TR/n-triples/ (§2 grammar, §4 canonical form).
"""

from __future__ import annotations

import re
from typing import Final

from kb.errors import RecordError
from kb.long_text import LongText, TextPacker

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

# RFC 3987 as the engines enforce it, without IP literals in brackets. ``ucschar`` leaves out controls, private use and
# the last two code points of every plane; white space is left out as well, because rdflib's reader ends an IRI there.
_UCSCHAR: Final = (
    "\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ud7ff"
    "\uf900-\ufdcf\ufdf0-\uffef"
) + "".join(f"{chr(plane * 0x10000)}-{chr(plane * 0x10000 + 0xFFFD)}" for plane in range(1, 14))
_PCHAR: Final = rf"[A-Za-z0-9\-._~!$&'()*+,;=:@{_UCSCHAR}]|%[0-9A-Fa-f]{{2}}"
_HOST_CHAR: Final = rf"[A-Za-z0-9\-._~!$&'()*+,;={_UCSCHAR}]|%[0-9A-Fa-f]{{2}}"
_IRI: Final = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*:"
    rf"(?://(?:(?:{_HOST_CHAR}|:)*@)?(?:{_HOST_CHAR})*(?::[0-9]*)?(?=[/?#]|\Z)|(?!//))"
    rf"(?:{_PCHAR}|/)*(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?])*)?"
)
_NOT_IN_IRI: Final = re.compile(rf"[^A-Za-z0-9\-._~!$&'()*+,;=:@/?#%{_UCSCHAR}]|%(?![0-9A-Fa-f]{{2}})")
# What a quoted string must not hold as it is. Beyond the grammar (quote, backslash, line ends) the other controls and
# the Unicode line separators are escaped too, so that a line stays a line whatever reads the text.
_NEEDS_ESCAPE: Final = re.compile('[\x00-\x1f"\\\\\x7f\x85\u2028\u2029\ud800-\udfff]')
_SHORT: Final = {"\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f"}
_PACKED_AT_ONCE: Final = 4096
"""Triples handed to a packer at a time: some 500 kB of text."""
_MOST_KNOWN: Final = 50_000
"""IRIs remembered as checked by a writer with a packer: some megabytes."""
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def escape_iri(text: str) -> str:
    """Return ``text`` with the characters that no IRI may hold percent-encoded (for IRIs found in the wild).

    Raises:
        RecordError: it has no scheme, its host or port is malformed, or it holds half of a surrogate pair.
    """
    head, hash_, fragment = text.partition("#")
    fragment = fragment.replace("#", "%23")
    try:
        return _checked_iri(_NOT_IN_IRI.sub(_percent, head + hash_ + fragment))
    except UnicodeEncodeError:
        raise RecordError(f"{text[:200]!a} holds a lone surrogate and cannot be an IRI.", code="bad-iri") from None


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def _checked_iri(text: str) -> str:
    if _IRI.fullmatch(text) is None:
        raise RecordError(
            f"{text[:200]!a} cannot be an IRI.", code="bad-iri", remedy="IRIs found in the wild need escape_iri()."
        )
    return text


def _replacement(found: re.Match[str]) -> str:
    character = found[0]
    short = _SHORT.get(character)
    if short is not None:
        return short
    if "\ud800" <= character <= "\udfff":
        raise RecordError(
            f"a text holds the lone surrogate U+{ord(character):04X}, which cannot be stored.",
            code="surrogate",
            remedy="Correct the encoding of the file it was read from.",
        )
    return f"\\u{ord(character):04X}"


def escape_text(value: str) -> str:
    """Return ``value`` as it stands between the quotes of a literal.

    Raises:
        RecordError: it holds half of a surrogate pair.
    """
    if _NEEDS_ESCAPE.search(value) is None:
        return value
    return _NEEDS_ESCAPE.sub(_replacement, value)


class TripleWriter:
    """Collects triples as N-Triples lines, in the order written; duplicates are left to the store.

    Subjects, predicates and IRI objects are checked once each and remembered, since a document uses few different ones
    often; the check is what makes the text safe to hand to an engine.
    """

    __slots__ = ("_known", "_lines", "_packer")

    def __init__(self, packer: TextPacker | None = None) -> None:
        """Begin without a triple.

        Args:
            packer: where triples go from time to time, so that many take little memory; see ``packed``.
        """
        self._lines: list[str] = []
        self._known: set[str] = set()
        self._packer = packer

    def _check(self, *iris: str) -> None:
        if self._packer is not None and len(self._lines) >= _PACKED_AT_ONCE:
            self._hand_over(self._packer)
        for one in iris:
            if one not in self._known:
                self._known.add(_checked_iri(one))

    def _hand_over(self, packer: TextPacker) -> None:
        packer.write("".join(self._lines))
        self._lines.clear()
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()

    def iri(self, subject: str, predicate: str, value: str) -> None:
        """Add a triple whose object is an IRI.

        Raises:
            RecordError: one of the three is not an absolute IRI (``escape_iri`` repairs those found in the wild).
        """
        self._check(subject, predicate, value)
        self._lines.append(f"<{subject}> <{predicate}> <{value}> .\n")

    def type(self, subject: str, class_: str) -> None:
        """Add ``subject rdf:type class_``."""
        self.iri(subject, RDF_TYPE, class_)

    def text(self, subject: str, predicate: str, value: str, lang: str | None = None) -> None:
        """Add a triple whose object is a string, with a BCP 47 language tag when ``lang`` is given.

        Raises:
            RecordError: an IRI or the tag is malformed, or the text holds half of a surrogate pair.
        """
        self._check(subject, predicate)
        if lang is None:
            self._lines.append(f'<{subject}> <{predicate}> "{escape_text(value)}" .\n')
            return
        if _LANGUAGE.fullmatch(lang) is None:
            raise RecordError(f"{lang[:40]!r} is not a language tag.", code="bad-language-tag")
        self._lines.append(f'<{subject}> <{predicate}> "{escape_text(value)}"@{lang} .\n')

    def typed(self, subject: str, predicate: str, value: str, datatype: str) -> None:
        """Add a triple whose object is a literal of ``datatype`` (an IRI).

        The engine keeps the value, not its spelling ("01" becomes "1"): quoted words go into ``text`` beside it.
        """
        self._check(subject, predicate, datatype)
        self._lines.append(f'<{subject}> <{predicate}> "{escape_text(value)}"^^<{datatype}> .\n')

    def integer(self, subject: str, predicate: str, value: int) -> None:
        """Add a triple whose object is an ``xsd:integer``."""
        self._check(subject, predicate)
        self._lines.append(f'<{subject}> <{predicate}> "{value:d}"^^<{XSD}integer> .\n')

    def extend(self, other: TripleWriter) -> None:
        """Add everything ``other`` holds."""
        self._lines.extend(other._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def packed(self) -> LongText:
        """Return all triples as N-Triples text, packed; the writer must have been given a packer, and is done.

        Raises:
            ValueError: it was not.
        """
        if self._packer is None:
            raise ValueError("the writer was not given a packer")
        self._hand_over(self._packer)
        return self._packer.done()

    def getvalue(self) -> str:
        """Return the triples as N-Triples text; "" when there are none, without those handed to a packer."""
        return "".join(self._lines)
