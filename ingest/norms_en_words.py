"""The words of an English sentence that matter for norms: binding verbs, names of parties, triggers and exceptions.

Patterns are tried only at words that may begin one of them, in one pass over the words of a sentence: a search for each
pattern would cost three times as much (measured).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from ingest.lang import grammar
from kb.model import Party

KINDS: Final = ("must_not", "free", "may", "must", "grant")
_LONGEST_ROLE: Final = 40
_WORD: Final = re.compile(r"\w+")
_THE: Final = re.compile(r"(?i)\bthe\s{1,4}$")
_MODAL, _NAME, _GROUP, _CONDITION, _EXCEPTION, _PARTIES = 1, 2, 4, 8, 16, 32  # what a word may begin


class Name(NamedTuple):
    """A party as a sentence calls it."""

    start: int
    end: int
    text: str
    mutual: bool


class Cue(NamedTuple):
    """A word that begins a trigger or exception."""

    start: int
    end: int
    is_exception: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """The patterns of ``norms.toml``; ``first`` says what a word in lower case may begin."""

    first: dict[str, int]
    modal: re.Pattern[str]
    subject: dict[str, re.Pattern[str]]
    beneficiary: dict[str, re.Pattern[str]]
    condition: re.Pattern[str]
    exception: re.Pattern[str]
    cap: dict[str, re.Pattern[str]]
    group: re.Pattern[str]
    roles: tuple[str, ...]


@cache
def load_rules() -> Rules:
    """Return the patterns, compiled once.

    Raises:
        MissingPartError: the data file is absent.
    """
    data = grammar("en", "norms")
    subject: dict[str, Any] = dict(data["subject"])
    names = {name: subject.pop(name) for name in ("mutual", "other", "roles", "first")}
    first: dict[str, int] = {"parties": _PARTIES}
    for words, flag in (
        (data["modal"]["first"], _MODAL),
        (names["first"], _GROUP),
        (data["condition"]["first"], _CONDITION),
        (data["exception"]["first"], _EXCEPTION),
    ):
        for word in words:
            first[word] = first.get(word, 0) | flag
    return Rules(
        first=first,
        modal=re.compile("|".join(rf"(?P<{kind}>\b(?:{data['modal'][kind]})\b)" for kind in KINDS), re.IGNORECASE),
        subject={name: re.compile(pattern) for name, pattern in subject.items()},
        beneficiary={name: re.compile(pattern) for name, pattern in data["beneficiary"].items()},
        condition=re.compile(data["condition"]["cue"]),
        exception=re.compile(data["exception"]["cue"]),
        cap={name: re.compile(pattern) for name, pattern in data["cap"].items() if isinstance(pattern, str)},
        group=re.compile(rf"(?i)(?P<mutual>{names['mutual']}\b)|\b(?:{names['other']})"),
        roles=tuple(names["roles"]),
    )


class Words:
    """Finds what matters in the sentences of one contract.

    Args:
        parties: the contract's parties; their labels and names are looked for besides the usual ones.
    """

    def __init__(self, parties: Sequence[Party]) -> None:
        self.rules = load_rules()
        labels = {party.role for party in parties if party.role is not None and len(party.role) <= _LONGEST_ROLE}
        labels |= {party.name for party in parties if len(party.name) <= _LONGEST_ROLE}
        self.first = dict(self.rules.first)
        self.labels: dict[str, list[str]] = {}
        for label in sorted({*labels, *self.rules.roles}, key=lambda name: (-len(name), name)):
            for form in dict.fromkeys((label, label.upper())):
                word = _WORD.match(form)
                if word is not None:
                    self.labels.setdefault(word[0], []).append(form)
                    self.first[word[0].lower()] = self.first.get(word[0].lower(), 0) | _NAME

    def scan(self, text: str, start: int, end: int) -> tuple[list[re.Match[str]], list[Name], list[Cue]]:
        """Return the binding verbs, the names and the cues of a sentence; patterns are tried only where they may begin.

        One pass over the words: a search for each pattern would cost four times as much (measured).
        """
        rules, known = self.rules, self.first
        modals: list[re.Match[str]] = []
        names: list[Name] = []
        cues: list[Cue] = []
        for word in _WORD.finditer(text, start, end):
            flags = known.get(word[0].lower())
            if flags is None:
                continue
            at = word.start()
            if flags & _MODAL and (not modals or at >= modals[-1].end()):
                modal = rules.modal.match(text, at, end)
                if modal is not None:
                    modals.append(modal)
            if flags & _EXCEPTION and (cue := rules.exception.match(text, at, end)) is not None:
                cues.append(Cue(at, cue.end(), is_exception=True))
            elif flags & _CONDITION and (cue := rules.condition.match(text, at, end)) is not None:
                cues.append(Cue(at, cue.end(), is_exception=False))
            if flags & (_NAME | _GROUP | _PARTIES) and (not names or at >= names[-1].end):
                name = self._name(text, word, flags, start, end)
                if name is not None:
                    names.append(name)
        return modals, names, cues

    def _name(self, text: str, word: re.Match[str], flags: int, start: int, end: int) -> Name | None:
        at = word.start()
        if flags & _NAME and (at == start or text[at - 1] != "-"):
            for label in self.labels.get(word[0], ()):
                stop = at + len(label) if text.startswith(label, at) else _spaced(text, at, label)
                if stop is not None and stop <= end and not text[stop : stop + 1].isalnum():
                    return Name(at, stop, " ".join(label.split()), mutual=False)
        if flags & _PARTIES:
            article = _THE.search(text, max(start, at - 8), at)
            if article is None:
                return None
            at = article.start()
        elif not flags & _GROUP:
            return None
        match = self.rules.group.match(text, at, end)
        if match is None:
            return None
        return Name(at, match.end(), " ".join(match[0].split()), match["mutual"] is not None)


def _spaced(text: str, start: int, label: str) -> int | None:
    """Return the end of a label of several words at a place, whatever blanks divide its words."""
    position = start
    words = label.split()
    for index, word in enumerate(words):
        if not text.startswith(word, position):
            return None
        position += len(word)
        if index + 1 < len(words):
            blanks = _BLANKS.match(text, position)
            if blanks is None:
                return None
            position = blanks.end()
    return position


_BLANKS: Final = re.compile(r"\s{1,4}")
