"""Parties in Chinese contracts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from ingest.lang import grammar
from kb.model import Party

_LONGEST_NAME: Final = 60
_HEAD: Final = 4000
_AROUND: Final = 160  # characters after a name that may hold an identity number
_PARTY_LABELS: Final = ("甲方", "乙方", "丙方", "丁方", "戊方", "己方")  # party A to F


_SPACED: Final = "[ \\t\u3000]{0,4}"


@dataclass(frozen=True, slots=True)
class _Rules:
    line: re.Pattern[str]
    named: re.Pattern[str]
    named_person: re.Pattern[str]
    organization: re.Pattern[str]
    suffix: re.Pattern[str]
    lead: re.Pattern[str]
    name_end: re.Pattern[str]
    blank: re.Pattern[str]
    not_names: re.Pattern[str]
    not_roles: frozenset[str]
    person: re.Pattern[str]
    person_cues: re.Pattern[str]


@cache
def _rules() -> _Rules:
    data = grammar("zh", "parties")
    suffixes = "|".join(sorted(data["suffixes"], key=len, reverse=True))
    organization = data["organization"].replace("SUFFIX", suffixes)
    # 甲  方 is printed with blanks inside to line up with longer labels.
    labels = "|".join(_SPACED.join(label) for label in sorted(data["labels"], key=len, reverse=True))
    return _Rules(
        line=re.compile(data["line"].replace("LABELS", labels), re.MULTILINE),
        named=re.compile(data["named"].replace("ORGANIZATION", organization)),
        named_person=re.compile(data["named_person"]),
        organization=re.compile(organization),
        suffix=re.compile(f"(?:{suffixes})(?:[（(][^）)]{{1,8}}[）)])?$"),
        lead=re.compile(data["lead"]),
        name_end=re.compile(data["name_end"]),
        blank=re.compile(data["blank"]),
        not_names=re.compile(data["not_names"]),
        not_roles=frozenset(data["not_roles"]),
        person=re.compile(data["person"]),
        person_cues=re.compile(data["person_cues"]),
    )


_ROLE_AFTER: Final = re.compile(
    r"[ \t]{0,3}[（(，,][^（）()\n]{0,40}?(?:简称|称为?|下称)[ \t]{0,3}[“\"「『‘]?"  # for short, called
    r"(?P<role>[^”\"」』’）)，,。\n“]{1,20})"
)


def role_after(text: str, position: int) -> tuple[str, int, int] | None:
    """Return the role label right after a name as (label, start, end), or None."""
    match = _ROLE_AFTER.match(text, position)
    return None if match is None else (match["role"], match.start("role"), match.end("role"))


def find(text: str, head: int) -> list[Party]:
    """Return the parties from labelled lines and from （以下简称…） in running text.

    A label that is left blank in the head is filled from the signature block when the name stands there.

    Args:
        text: the contract.
        head: end of title and preamble.
    """
    rules = _rules()
    stop = min(len(text), max(head, _HEAD))
    found = _lines(rules, text, 0, stop)
    running = _running(rules, text, min(len(text), _HEAD))
    roles = {party.role for party in found}
    names = {party.name for party in found}
    for party in running:
        if party.name not in names and party.role not in roles:
            found.append(party)
            names.add(party.name)
            roles.add(party.role)
    for party in _lines(rules, text, stop, len(text)) if len(found) < 2 else ():
        if party.name not in names and party.role not in roles:
            found.append(party)
            names.add(party.name)
            roles.add(party.role)
    return sorted(found, key=lambda party: party.start)


def _lines(rules: _Rules, text: str, start: int, stop: int) -> list[Party]:
    found: list[Party] = []
    taken: set[str] = set()
    for match in rules.line.finditer(text, start, stop):
        label = "".join(match["label"].split()) + match["ordinal"]
        role_start, role_end = match.start("label"), match.end("ordinal")
        if label in taken:
            continue
        span = _line_name(rules, text, match.end(), min(len(text), match.end() + _LONGEST_NAME + 20))
        if span is None:
            continue
        name = text[span[0] : span[1]]
        taken.add(label)
        if (
            any(party.name == name and party.role not in _PARTY_LABELS for party in found)
            and label not in _PARTY_LABELS
        ):
            continue
        if any(party.name == name for party in found):
            continue
        found.append(Party(name, label, span[0], span[1], _kind(rules, text, name, span[1]), role_start, role_end))
    return found


def _line_name(rules: _Rules, text: str, start: int, limit: int) -> tuple[int, int] | None:
    newline = text.find("\n", start, limit)
    line_end = newline if newline >= 0 else limit
    end = line_end
    stop = rules.name_end.search(text, start, line_end)
    if stop is not None:
        end = stop.start()
    whole = rules.organization.match(text, start, end)
    if whole is not None and whole.end() < end and text[whole.end()] in "的将应作为与和是":
        return None  # 甲方：… should be a sentence, not a party line
    while end > start and text[end - 1] in " \t\u3000":
        end -= 1
    name = text[start:end]
    if len(name) < 2 or len(name) > _LONGEST_NAME or rules.blank.match(name) is not None:
        return None
    if rules.not_names.match(name) is not None or "_" in name or "：" in name:
        return None
    if rules.suffix.search(name) is None and not _may_be_name(rules, name):
        return None
    return start, end


def _may_be_name(rules: _Rules, name: str) -> bool:
    return rules.person.match(name) is not None or (name[0].isascii() and name[0].isalpha())


def _kind(rules: _Rules, text: str, name: str, end: int) -> str | None:
    if rules.suffix.search(name) is not None:
        return "organization"
    if rules.person.match(name) is not None:
        return "person"
    if rules.person_cues.search(text[end : end + _AROUND].split("\n\n", 1)[0]) is not None:
        return "person"
    return "organization" if re.search(r"(?i)\b(?:inc|ltd|llc|limited|corp|co|gmbh|plc)\b", name) else None


def _running(rules: _Rules, text: str, stop: int) -> list[Party]:
    found: list[Party] = []
    for pattern in (rules.named, rules.named_person):
        for match in pattern.finditer(text, 0, stop):
            role = match["role"].strip(" “”\"'‘’「」")
            if role in rules.not_roles or not role:
                continue
            start, end = match.span("name")
            lead = rules.lead.match(match["name"])
            if lead is not None and lead.end() < len(match["name"]) - 1:
                start += lead.end()
            name = text[start:end]
            if pattern is rules.named_person and rules.person.match(name) is None:
                continue
            if any(party.start < end and start < party.end for party in found):
                continue
            left = match.start("role") + match["role"].index(role)
            found.append(Party(name, role, start, end, _kind(rules, text, name, end), left, left + len(role)))
    return found
