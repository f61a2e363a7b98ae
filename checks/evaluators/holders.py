"""Who has a right or a duty: the side a stretch of a sentence names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from checks.phrases import expanded
from checks.reading import Reading
from kb.model import Span

BOTH: Final = "*"
"""Key of a holder that means both sides alike."""
NOBODY: Final = ""
"""Key of a subject that denies the act ("neither party may …")."""
REACH: Final = 140
"""Characters before a modal in which its subject stands."""

_NEITHER: Final = re.compile(r"\b(?:neither|no)\b[^,;]{0,60}$", re.IGNORECASE)
# A capitalised name of up to four words; words that begin a sentence and name no side are left out below.
_NAME: Final = re.compile(r"\b(?:[Tt]he\s+)?([A-Z][\w&’'-]{0,30}(?:\s+(?:&\s+)?[A-Z][\w&’'-]{0,30}){0,3})(?:[’']s?)?")
_JOINED: Final = re.compile(r"\b(?:or|and|nor)\s+(?:the\s+)?$", re.IGNORECASE)
_BY: Final = re.compile(r"\bby\s+", re.IGNORECASE)
_OURS: Final = re.compile(r"\b(we|you|us)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Holder:
    """A side: its folded key and its name as written."""

    key: str
    name: str


@cache
def _phrase(name: str, language: str) -> re.Pattern[str]:
    return re.compile(expanded(f"@{{{name}}}", language), re.IGNORECASE)


def holder_before(contract: Reading, words: str) -> Holder | None:
    """Return the side that the words before a modal name as its subject; None when they name none."""
    words = words[-REACH:]
    if contract.language == "zh":
        if _phrase("both", "zh").search(words) is not None:
            return Holder(BOTH, words.strip())
        named = list(_phrase("party", "zh").finditer(words))
        return Holder(named[-1].group(), named[-1].group()) if named else None
    if _NEITHER.search(words) is not None:
        return Holder(NOBODY, "")
    both = next(reversed(list(_phrase("both", "en").finditer(words))), None)
    side = _last_side(contract, words)
    if both is not None and (side is None or side[1] <= both.end() or _JOINED.search(words[: side[0]]) is not None):
        return Holder(BOTH, both.group())
    if side is None:
        return None
    start, _, name = side
    other = _last_side(contract, words[:start]) if _JOINED.search(words[:start]) is not None else None
    if other is not None and start - other[1] <= len(" and the  "):  # "the Company or the Consultant"
        return Holder(BOTH, f"{other[2]} / {name}")
    return Holder(_key(name), name)


def holder_after(contract: Reading, span: Span) -> Holder | None:
    """Return the side a passive names with "by" behind it; None when it names none."""
    words = contract.text[span.start : span.end]
    by = _BY.search(words)
    if by is None:
        return None
    after = words[by.end() : by.end() + REACH]
    both = _phrase("both", "en").match(after)
    if both is not None:
        return Holder(BOTH, both.group())
    for start, _, name in _sides(contract, after, known_only=True):
        if not after[:start].strip().lower().removesuffix("the").strip():
            joined = re.match(rf".{{{start + len(name)},{start + len(name) + 5}}}\s+or\s", after)
            return Holder(BOTH if joined else _key(name), name)
    return None


def same_holder(one: str | None, other: str | None) -> bool:
    """Say whether two keys mean the same side: the same words, or one the short form of the other."""
    if one is None or other is None:
        return False
    return one == other or (BOTH not in (one, other) and (one in other.split() or other in one.split()))


def _key(name: str) -> str:
    plain = " ".join(name.split()).casefold().removeprefix("the ")
    return re.sub(r"[’']s?$", "", plain)


def _last_side(contract: Reading, words: str) -> tuple[int, int, str] | None:
    sides = _sides(contract, words)
    return sides[-1] if sides else None


def _sides(contract: Reading, words: str, *, known_only: bool = False) -> list[tuple[int, int, str]]:
    """Return (start, end, name) of what may be sides in a stretch, in order.

    Args:
        contract: the contract, whose parties are known.
        words: the stretch.
        known_only: leave out capitalised names that are no party's name or role.
    """
    found: dict[int, tuple[int, int, str]] = {}
    for match in re.finditer(rf"\b(?:the\s+)?(?:{_phrase('role', 'en').pattern})\b", words, re.IGNORECASE):
        found[match.end()] = (match.start(), match.end(), match.group())
    for match in _OURS.finditer(words):
        found[match.end()] = (match.start(), match.end(), match.group())
    known = {_key(p.role) for p in contract.parties if p.role is not None}
    names = " ".join(_key(p.name) for p in contract.parties)
    # Where everything is in capitals, capitals name nobody.
    known_only = known_only or words.isupper()
    for match in _NAME.finditer(words):
        name = match.group(1)
        parts = name.split()
        while parts and _is_no_side(parts[0]):
            parts = parts[1:]
        if not parts or (_is_no_side(parts[-1]) and _key(name) not in known):
            continue
        if known_only and _key(" ".join(parts)) not in known and _key(" ".join(parts)) not in names:
            continue
        found[match.end()] = (match.start(), match.end(), " ".join(parts))
    return [found[end] for end in sorted(found)]


def _is_no_side(word: str) -> bool:
    return _phrase("no_side", "en").fullmatch(word) is not None
