"""Parties in English contracts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from ingest.lang import grammar
from kb.model import Party

_LONGEST_NAME: Final = 130
_MOST_PARTIES: Final = 60
_SIGNATURE_REACH: Final = 40_000
_DESCRIPTION: Final = 200  # characters after a name that may describe the person or entity


@dataclass(frozen=True, slots=True)
class _Rules:
    head: int
    longest_list: int
    role_reach: int
    opening: re.Pattern[str]
    listing: re.Pattern[str]
    closing: re.Pattern[str]
    connector: re.Pattern[str]
    name_end: re.Pattern[str]
    role: re.Pattern[str]
    role_bare: re.Pattern[str]
    role_open: re.Pattern[str]
    not_roles: frozenset[str]
    not_names: re.Pattern[str]
    not_in_names: re.Pattern[str]
    person: re.Pattern[str]
    person_cues: re.Pattern[str]
    and_inside: re.Pattern[str]
    organisation: re.Pattern[str]
    legal_form: re.Pattern[str]
    suffixed: re.Pattern[str]
    signature: re.Pattern[str]
    by: re.Pattern[str]
    on_behalf: re.Pattern[str]
    witness: re.Pattern[str]


@cache
def _rules() -> _Rules:
    data = grammar("en", "parties")
    commas = "|".join(re.escape(form) for form in sorted(data["comma_suffixes"], key=len, reverse=True))
    forms = "|".join(re.escape(form) for form in sorted(data["suffixes"], key=len, reverse=True))
    return _Rules(
        head=int(data["head"]),
        longest_list=int(data["longest_list"]),
        role_reach=int(data["role_reach"]),
        opening=re.compile(data["opening"]),
        listing=re.compile(data["listing"]),
        closing=re.compile(data["closing"]),
        connector=re.compile(data["connector"]),
        name_end=re.compile(data["name_end"].replace("SUFFIX", commas)),
        role=re.compile(data["role"]),
        role_bare=re.compile(data["role_bare"]),
        role_open=re.compile(data["role_open"]),
        not_roles=frozenset(data["not_roles"]),
        not_names=re.compile(data["not_names"]),
        not_in_names=re.compile(data["not_in_names"]),
        person=re.compile(data["person"]),
        person_cues=re.compile(data["person_cues"]),
        and_inside=re.compile(data["and_inside"]),
        legal_form=re.compile(rf"(?<![\w.])(?:{commas})(?![A-Za-z])"),
        organisation=re.compile(rf"(?i)(?<![\w.])(?:{forms})(?![A-Za-z])"),
        suffixed=re.compile(
            rf"(?<![\w.])(?:[A-Z0-9][\w&.'’/-]{{0,30}},?[ \t\n]{{1,3}}|(?:of|and|&|the|for)[ \t\n]{{1,2}}){{1,9}}"
            rf"(?:{commas}|Company|COMPANY|Bank|BANK|Association|University|Trust|Partnership)(?![A-Za-z])\.?"
        ),
        signature=re.compile(data["signature"]["block"]),
        by=re.compile(data["signature"]["by"]),
        on_behalf=re.compile(data["signature"]["for"]),
        witness=re.compile(data["signature"]["witness"]),
    )


def role_after(text: str, position: int) -> tuple[str, int, int] | None:
    """Return the role label right after a name as (label, start, end), or None."""
    return _role(_rules(), text, position, min(len(text), position + _rules().role_reach))


def organisation_names(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans of organisation names that carry a legal form, inside a window."""
    found: list[tuple[int, int]] = []
    for match in _rules().suffixed.finditer(text, start, end):
        left, right = match.span()
        while (lead := _LEAD.match(text, left, right)) is not None:
            left = lead.end()
        if right - left > 3 and " " in text[left:right] and _rules().not_in_names.search(text, left, right) is None:
            found.append((left, right))
    return found


_LEAD: Final = re.compile(r"(?:and|of|the|The|for|&|THE|AND|In|By|On|At|When|While|After|Before|But|And|That|This)\s+")


def _role(rules: _Rules, text: str, start: int, end: int) -> tuple[str, int, int] | None:
    best: re.Match[str] | None = None
    for pattern in (rules.role, rules.role_bare, rules.role_open):
        position = start
        while (match := pattern.search(text, position, end)) is not None:
            label = " ".join(match["role"].split()).strip(" ,.")
            if label.lower() not in rules.not_roles and any(sign.isalpha() for sign in label):
                if best is None or match.start("role") < best.start("role"):
                    best = match
                break
            position = match.end()
    if best is None:
        return None
    left, right = best.span("role")
    while right > left and text[right - 1] in " ,.\n\t":
        right -= 1
    while left < right and text[left] in " \n\t":
        left += 1
    return " ".join(text[left:right].split()), left, right


def find(text: str, head: int) -> list[Party]:
    """Return the parties named in the preamble; the organisations that sign when the preamble names fewer than two.

    Args:
        text: the contract.
        head: end of title and preamble.
    """
    rules = _rules()
    stop = min(len(text), max(head, 600), rules.head)
    best: list[Party] = []
    tried = 0
    for pattern in (rules.opening, rules.listing):
        for match in pattern.finditer(text, 0, stop):
            tried += 1
            if tried > 12:
                break
            found = _listed(rules, text, match.end(), stop)
            if _worth(found) > _worth(best):
                best = found
    if len(best) < 2:
        labelled = _labelled(rules, text, stop)
        if len(labelled) > len(best) or (len(labelled) == len(best) and _worth(labelled) > _worth(best)):
            best = _merged(best, labelled)
    if len(best) < 2 or all(party.role is None for party in best):
        # Joint filings and consortia name their members only where they sign.
        best = _merged(best, _signing(rules, text))[:_MOST_PARTIES]
    return best


def _worth(parties: list[Party]) -> int:
    """Rank readings of the head: parties with roles prove the reading, names alone count half."""
    return sum(2 + (party.role is not None) * 2 + (party.kind is not None) for party in parties[:6])


def _merged(first: list[Party], second: list[Party]) -> list[Party]:
    found = list(first)
    names = {party.name.lower().rstrip(".") for party in first}
    for party in second:
        if party.name.lower().rstrip(".") not in names:
            names.add(party.name.lower().rstrip("."))
            found.append(party)
    return sorted(found, key=lambda party: party.start)


def _listed(rules: _Rules, text: str, start: int, stop: int) -> list[Party]:
    """Read a list of parties that begins at ``start``."""
    limit = min(len(text), start + rules.longest_list, max(stop, start + 1500))
    closing = rules.closing.search(text, start, limit)
    end = closing.start() if closing is not None else limit
    found: list[Party] = []
    names: set[str] = set()
    position = start
    while position < end and len(found) < _MOST_PARTIES:
        connector = rules.connector.match(text, position, end)
        position = connector.end() if connector is not None else position
        name = _name(rules, text, position, end)
        if name is None:
            break
        name_start, name_end = name
        following = _next_party(rules, text, name_end, end)
        role = _role(rules, text, name_end, min(following, name_end + rules.role_reach))
        words = " ".join(text[name_start:name_end].split())
        if words.lower() not in names:
            names.add(words.lower())
            found.append(_party(rules, text, words, name_start, name_end, role))
        if following >= end:
            break
        position = following
    if all(party.role is None and party.kind is None for party in found):
        return []  # "between Monday and Friday"
    return found


def _party(rules: _Rules, text: str, words: str, start: int, end: int, role: tuple[str, int, int] | None) -> Party:
    label, left, right = role if role is not None else (None, -1, -1)
    return Party(words, label, start, end, _kind(rules, words, text[end : end + _DESCRIPTION]), left, right)


def _kind(rules: _Rules, name: str, after: str) -> str | None:
    described = re.split(r"[(\"“;]", after, maxsplit=1)[0]
    if rules.organisation.search(name) is not None:
        return "organization"
    if rules.person_cues.search(described) is not None and rules.person.match(name) is not None:
        return "person"
    if re.search(
        r"(?i)\b(?:corporation|company|partnership|organi[sz]ed|incorporated|association|entity|trust)\b", described
    ):
        return "organization"
    return None


_FIRST: Final = re.compile(r"[A-Z0-9\"“]|[a-z]{1,2}[-A-Z]|[a-z]+_")


def _name(rules: _Rules, text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the span of a name that begins at ``start``."""
    quoted = text[start : start + 1] in ('"', "“")
    if quoted or _FIRST.match(text, start) is None:
        return None
    limit = min(end, start + _LONGEST_NAME)
    stop = rules.name_end.search(text, start + 1, limit)
    finish = stop.start() if stop is not None else limit
    while (
        stop is not None
        and stop.start() < len(text)
        and text[stop.start()] == "."
        and rules.organisation.search(text, start, finish) is not None
    ):
        # "Adams Golf, Inc. (" keeps its full stop; a stop after a legal form and before a new sentence ends the name.
        finish += 1
        break
    pieces = re.split(r"(\s+(?:and|AND)\s+)", text[start:finish])
    if len(pieces) > 1:
        first = pieces[0]
        rest = "".join(pieces[2:])
        complete = rules.legal_form.search(first) is not None
        named = rules.organisation.search(first) is not None and rules.and_inside.match(rest) is None
        if complete or named or rules.organisation.search(rest) is None:
            finish = start + len(first)
    if (
        finish < end
        and text[finish] == "."
        and re.search(r"(?:[A-Z]\.[A-Z]|Inc|Corp|Ltd|Co|INC|CORP|LTD|CO|Pte|Pty)$", text[start:finish])
    ):
        finish += 1
    while finish > start and text[finish - 1] in " ,;:\n\t":
        finish -= 1
    words = " ".join(text[start:finish].split())
    if not 2 <= len(words) <= _LONGEST_NAME or not any(sign.isalpha() for sign in words):
        return None
    if rules.not_names.match(words) is not None or rules.not_in_names.search(words) is not None:
        return None
    return start, finish


_BOUNDARY: Final = re.compile(
    r"[)\]\"”]\s{0,3}[,;]?\s{0,20}(?:\band\b|AND\b|&|\n|;)|;\s{0,4}(?:and\b|AND\b)?"
    r"|,?\s{1,20}(?:and|AND)\s{1,20}(?=[A-Z0-9])|\n\s{0,40}(?:and|AND|-and-|- and -|&)\s{0,10}\n"
    r"|[)\]]\s{0,4},\s{1,4}(?=[A-Z0-9])|\n\s{0,30}\(\s?(?:\d|[a-e])\s?\)"
    r"|\s\(\s?(?:\d|[a-e]|i{1,3}|iv|v)\s?\)\s(?=[A-Z])"
)


def _next_party(rules: _Rules, text: str, position: int, end: int) -> int:
    """Return where the next party may begin after the name that ends at ``position``; ``end`` when there is none."""
    for match in _BOUNDARY.finditer(text, position, end):
        connector = rules.connector.match(text, match.end(), end)
        begin = connector.end() if connector is not None else match.end()
        if text[match.start()] == "(" or text[match.start() : match.end()].strip().startswith("("):
            begin = match.end()
        name = _name(rules, text, begin, end)
        if name is None:
            continue
        words = text[name[0] : name[1]]
        described = match[0].strip(" ,\n").lower() == "and" and text[position : match.start()].strip(" .,\n")
        if described and rules.legal_form.search(words) is None:
            continue  # "… under the laws of England and Wales (…)": only a legal form shows another party here
        if _looks_like_party(rules, text, words, name[1]):
            return begin
    return end


def _looks_like_party(rules: _Rules, text: str, words: str, after: int) -> bool:
    """Tell a party from "and Recitals" or an address: it has a legal form, a role, or is described right after."""
    if rules.organisation.search(words) is not None:
        return True
    following = text[after : after + 300]
    if re.match(r"\s{0,3},?\s{0,3}(?:an?|the|having|with|whose|organized|residing|individually)\b", following):
        return True
    role = _role(rules, text, after, min(len(text), after + 300))
    return role is not None and "\n\n" not in text[after : role[1]]


def _labelled(rules: _Rules, text: str, stop: int) -> list[Party]:
    """Return organisations of the head that are given a role, wherever they stand: Acme, Inc. (the "Company")."""
    found: list[Party] = []
    names: set[str] = set()
    for match in rules.suffixed.finditer(text, 0, min(len(text), stop, rules.head)):
        start, end = match.span()
        while (lead := _LEAD.match(text, start, end)) is not None:
            start = lead.end()
        role = _role(rules, text, end, min(len(text), end + 260))
        words = " ".join(text[start:end].split())
        if role is None or words.lower() in names or rules.not_in_names.search(words) is not None:
            continue
        if re.search(r"\.\s+[A-Z]", text[end : role[1]].replace("Inc. ", "")) is not None:
            continue
        names.add(words.lower())
        found.append(_party(rules, text, words, start, end, role))
    return found


def _signing(rules: _Rules, text: str) -> list[Party]:
    """Return the organisations that sign: the names that stand before "By:" in the closing block."""
    first = max(0, len(text) - _SIGNATURE_REACH)
    blocks = list(rules.signature.finditer(text, first))
    if not blocks:
        return []
    witnessed = [block for block in blocks if rules.witness.match(block[0]) is not None]
    opening = (witnessed or blocks)[-1].end()  # "signature page" in the footers of later pages begins no new block
    found: list[Party] = []
    names: set[str] = set()
    for match in rules.by.finditer(text, opening):
        window_start = max(opening, match.start() - 200)
        names_before = list(rules.suffixed.finditer(text, window_start, match.start()))
        if not names_before:
            continue
        last = names_before[-1]
        words = " ".join(last[0].split())
        if words.lower() in names or rules.not_in_names.search(words) is not None:
            continue
        names.add(words.lower())
        found.append(_party(rules, text, words, last.start(), last.end(), None))
        if len(found) >= _MOST_PARTIES:
            return found
    for match in rules.on_behalf.finditer(text, opening):
        name = _name(rules, text, match.end(), min(len(text), match.end() + _LONGEST_NAME))
        words = "" if name is None else " ".join(text[name[0] : name[1]].split())
        if name is None or words.lower() in names or rules.organisation.search(words) is None:
            continue
        names.add(words.lower())
        found.append(_party(rules, text, words, *name, None))
        if len(found) >= _MOST_PARTIES:
            break
    return found
