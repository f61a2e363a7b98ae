"""Ties the names in documents to stored partners.

An equal name is never enough: companies share names across places, people everywhere. A tie counts as "same" only when
a second fact backs it: an identifier of the partner in the words around the name, or the full legal name, form
included, in a language and a jurisdiction where such a name is given once. All else is a candidate, with both names
and the reasons, for a person to decide.

Source: 企业名称登记管理规定 (regulation on enterprise name registration) arts. 4 and 6: one registered name, unique
within the registering division, which its head states.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol

from kb.ids import normalise
from kb.model import Link, Partner
from kb.names import MATCH, NameIndex, NameKind, NameMatch, compare
from kb.names.chinese import company, is_company, simplified
from kb.names.fold import fold, has_han, words_of
from kb.names.parse import ORGANIZATION, parse

SAME_IDENTIFIER: Final = 0.99
_NEAR: Final = 400  # characters around a name in which its identifier is expected (party blocks of contracts)
_MIN_IDENTIFIER: Final = 8  # shorter numbers occur by chance
_LIMIT: Final = 5  # candidates per name
SEARCHES: Final = 4096
"""Names whose candidates are kept while linking: one's own company is a party of nearly every contract."""
_WORD: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-]{6,34}[0-9A-Za-z]")
_SIMPLE: Final = re.compile(r"[^0-9A-Z]+")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a document that may stand for a partner.

    Attributes:
        kind: "person", "organization" or None when the text does not show it.
        language: the document's language.
        identifiers: (scheme, value) the document states for it, when already known.
    """

    document: str
    name: str
    start: int
    end: int
    kind: str | None = None
    language: str = "und"
    identifiers: tuple[tuple[str, str], ...] = field(default=())


class KnownPartner(Protocol):
    """A partner with its id over all registers, "<register>/<key>"."""

    @property
    def id(self) -> str:
        """Return the id."""
        ...

    @property
    def partner(self) -> Partner:
        """Return what the register states."""
        ...


def link_mentions(
    mentions: Iterable[Mention], partners: Iterable[KnownPartner], text: Callable[[str], str]
) -> Iterator[Link]:
    """Yield the ties between names and partners, best first for each name.

    Args:
        mentions: names in documents.
        partners: the stored partners.
        text: returns a document's text; asked for each document once in a row.
    """
    known = {stored.id: stored.partner for stored in partners}
    index = NameIndex.build((key, name.text) for key, partner in known.items() for name in partner.names)
    numbers = _numbers(known)
    shared = _shared_names(known)

    @lru_cache(maxsize=SEARCHES)
    def search(name: str, kind: NameKind | None) -> list[NameMatch]:
        return index.search(name, kind=kind, limit=_LIMIT)

    current, content = "", ""
    for mention in mentions:
        if mention.document != current:
            current, content = mention.document, text(mention.document)
        yield from _links(mention, known, search, numbers, shared, content)


def _numbers(known: dict[str, Partner]) -> dict[str, list[tuple[str, str]]]:
    """Return which partners carry an identifier, with its scheme."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, partner in known.items():
        for identifier in partner.identifiers:
            value = _plain(identifier.scheme, identifier.value)
            if len(value) >= _MIN_IDENTIFIER and identifier.valid is not False:
                found[value].append((key, identifier.scheme))
    return found


def _shared_names(known: dict[str, Partner]) -> frozenset[str]:
    """Return the names that more than one partner bears."""
    bearers: dict[str, set[str]] = defaultdict(set)
    for key, partner in known.items():
        for name in partner.names:
            bearers[_exact(name.text)].add(key)
    return frozenset(name for name, keys in bearers.items() if len(keys) > 1)


def _links(
    mention: Mention,
    known: dict[str, Partner],
    search: Callable[[str, NameKind | None], list[NameMatch]],
    numbers: dict[str, list[tuple[str, str]]],
    shared: frozenset[str],
    content: str,
) -> Iterator[Link]:
    kind: NameKind | None = (
        "person" if mention.kind == "person" else "organization" if mention.kind == "organization" else None
    )
    found: dict[str, Link] = {}
    for key, scheme, value in _stated_numbers(mention, numbers, content):
        best = max((compare(mention.name, name.text) for name in known[key].names), key=lambda m: m.score)
        if best.score >= MATCH:
            why = f"{scheme} {value} stands beside the name; {_reasons(best)}"
            found[key] = _link(mention, key, best.matched_name, SAME_IDENTIFIER, why, same=True)
    for hit in search(mention.name, kind):
        if not hit.match or hit.entity in found:
            continue
        partner = known[hit.entity]
        if kind is not None and partner.kind is not None and partner.kind != kind:
            continue
        fact = _second_fact(mention.name, hit.matched_name, partner, shared)
        why = f"{fact}; {_reasons(hit)}" if fact else f"by name only; {_reasons(hit)}"
        found[hit.entity] = _link(mention, hit.entity, hit.matched_name, hit.score, why, same=bool(fact))
    yield from sorted(found.values(), key=lambda link: (-link.same, -link.score, link.partner))


def _stated_numbers(
    mention: Mention, numbers: dict[str, list[tuple[str, str]]], content: str
) -> Iterator[tuple[str, str, str]]:
    around = content[max(0, mention.start - _NEAR // 4) : mention.end + _NEAR]
    for scheme, value in mention.identifiers:
        for key, known_scheme in numbers.get(_plain(scheme, value), ()):
            yield key, known_scheme, value
    for word in _WORD.findall(around):
        for key, scheme in numbers.get(_SIMPLE.sub("", word.upper()), ()):
            yield key, scheme, word


def _second_fact(name: str, matched: str, partner: Partner, shared: frozenset[str]) -> str:
    """Return what besides likeness of names ties them, "" when nothing does.

    The full registered name of an organisation is such a fact where the name says its jurisdiction or law gives it
    once: a Chinese name with place or distinctive name and legal form, or a name with the legal form of the partner's
    own jurisdiction. A name borne by two partners is none.
    """
    exact = _exact(name)
    if exact != _exact(matched) or exact in shared or partner.kind == "person":
        return ""
    if has_han(name):
        parts = company(name)
        if (
            is_company(name)
            and parts.core
            and (parts.form or (partner.kind == "organization" and _is_public(parts.whole)))
        ):
            return "the full registered name, character by character"
        return ""
    parsed = parse(name, ORGANIZATION)
    if parsed.forms and partner.country is not None and partner.kind == "organization":
        return f"the full legal name with its legal form, in the register as of {partner.country}"
    return ""


_PUBLIC: Final = (
    "局",
    "委员会",
    "人民政府",
    "法院",
    "检察院",
    "厅",
    "大学",
    "医院",
)  # authorities and public institutions


def _is_public(name: str) -> bool:
    return name.endswith(_PUBLIC)


def _exact(name: str) -> str:
    """Return a name without case, punctuation, script variant and spacing, legal form included."""
    if has_han(name):
        return "".join(c for c in simplified(name) if c.isalnum()).casefold()
    return " ".join(words_of(fold(name)))


def _plain(scheme: str, value: str) -> str:
    return _SIMPLE.sub("", normalise(scheme, value).upper())


def _reasons(found: NameMatch) -> str:
    return "; ".join(detail for _, _, detail in found.explanation[:3])


def _link(mention: Mention, key: str, name: str, score: float, why: str, *, same: bool) -> Link:
    return Link(mention.document, mention.name, mention.start, mention.end, key, name, round(score, 4), same, why)
