"""Duties, permissions and prohibitions in English provisions, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from ingest.law.obligation_patterns import patterns
from ingest.values import find_values
from kb.model import LegalNorm, Modality, Span

_SENTENCE: Final = re.compile(r"(?<=[a-z0-9\])%’'”\"][.;])\s+(?=[A-Z(“\"‘'])|;\s+(?=[a-z(])|\n+(?=[^a-z\n])|\n\n+")
_INTRODUCES: Final = (":", "—", "–", ":—")
_EDGE: Final = " \t\n,;.:—–-"
_LONGEST: Final = 3_000
"""Characters of a sentence that are looked at; longer ones are tables."""
_MOST_WORDS: Final = 9
_SHORTEST_NAME: Final = 4
"""Characters of a name; shorter ones are left-over articles and marks."""
_LABEL: Final = re.compile(
    r"[\s*_]{0,6}(?:(?:\([0-9A-Za-z]{1,5}\)|\d{1,4}[A-Z]{0,2}\.(?!\d)|[ivxlA-Z]{1,4}\.)[\s*_—–-]{1,4}){0,4}"
)
_PLURAL: Final = re.compile(r"(?:ies|sses|ches|shes|xes|[^s]s)$")
_DEADLINE_REACH: Final = 44
_PRONOUNS: Final = frozenset({"it", "they", "he", "she", "he or she"})
_OF: Final = re.compile(r"\s(?:of|or|and)\s")


@dataclass(frozen=True, slots=True)
class Opening:
    """A sentence that leaves its norm to the list after it: who, how, and where its words stand."""

    norm: LegalNorm


@cache
def _compiled() -> dict[str, re.Pattern[str]]:
    raw = patterns("en")
    modal = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in raw["modal"].items())
    return {
        "modal": re.compile(rf"(?<![\w-])(?:{modal})(?![\w-])", re.IGNORECASE),
        "after": re.compile(rf"\s{raw['not_norm']['after']}", re.IGNORECASE),
        "sentence": re.compile(raw["not_norm"]["sentence"]),
        "before": re.compile(raw["not_norm"]["before"], re.IGNORECASE),
        "determiner": re.compile(raw["subject"]["determiner"], re.IGNORECASE),
        "negative": re.compile(raw["subject"]["negative"], re.IGNORECASE),
        "ends": re.compile(raw["subject"]["ends"]),
        "condition": re.compile(raw["leading"]["condition"]),
        "exception": re.compile(raw["leading"]["exception"]),
        "other": re.compile(raw["leading"]["other"]),
        "late_exception": re.compile(raw["trailing"]["exception"]),
        "late_condition": re.compile(raw["trailing"]["condition"]),
        "bound": re.compile(raw["opening"]["bound"]),
        "passive": re.compile(rf"\s{raw['passive']['verb']}"),
        "agent": re.compile(raw["passive"]["agent"]),
        "adverb": re.compile(rf"\s{raw['action']['adverb']}"),
        "object_ends": re.compile(raw["action"]["object_ends"]),
        "deadline": re.compile(raw["deadline"]["before"], re.IGNORECASE),
        "notice": re.compile(raw["deadline"]["after"]),
        "aside": re.compile(r",\s[^,;]{1,120},(?=\s)"),
    }


@cache
def _words() -> dict[str, Any]:
    raw = patterns("en")
    persons = "|".join(sorted(map(re.escape, raw["beneficiary"]["persons"]), key=len, reverse=True))
    person = rf"(?:{raw['subject']['determiner']})(?:(?!of\b|to\b|and\b)[\w-]+\s){{0,3}}?(?:{persons})\b(?!['’])"
    return {
        "things": frozenset(raw["subject"]["things"]),
        "persons": frozenset(raw["beneficiary"]["persons"]),
        "direct": frozenset(raw["beneficiary"]["direct"]),
        "person": re.compile(person, re.IGNORECASE),
        "to_person": re.compile(rf"\s(?:to|towards|upon)\s(?P<who>{person})", re.IGNORECASE),
    }


def plain_name(words: str) -> str:
    """Return the plain form of who is named: "The controllers" gives "controller"."""
    name = " ".join(words.split()).strip(_EDGE)
    for _ in range(2):  # "neither the keeper"
        lead = _compiled()["determiner"].match(name)
        name = name[lead.end() :] if lead is not None else name
    name = name.strip(_EDGE).lower()
    head, joint, rest = name.partition(" of ")
    last = head.rpartition(" ")[2]
    if len(last) > 3 and _PLURAL.search(last) is not None and not last.endswith(("ss", "us", "is")):
        single = (
            last[:-3] + "y"
            if last.endswith("ies")
            else last[:-2]
            if last.endswith(("sses", "ches", "shes", "xes"))
            else last[:-1]
        )
        head = head[: len(head) - len(last)] + single
    return head + joint + rest


class EnglishNorms:
    """Reads the norms of one act; what a pronoun stands for is remembered from sentence to sentence."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._last: tuple[str, int, int] | None = None

    def read(self, number: str, start: int, end: int) -> Iterator[LegalNorm | Opening]:
        """Yield the norms of a stretch of one provision; an introduction of a list comes as ``Opening``, last."""
        label = _LABEL.match(self.text, start, end)
        at = label.end() if label is not None else start
        for begin, stop in self._sentences(at, end):
            if stop - begin <= _LONGEST and _compiled()["sentence"].match(self.text, begin, stop) is None:
                yield from self._sentence(number, begin, stop)

    def continued(self, opening: LegalNorm, number: str, start: int, end: int) -> LegalNorm | None:
        """Return the norm a list item adds to the introduction before it."""
        label = _LABEL.match(self.text, start, end)
        at = label.end() if label is not None else start
        stop = at + len(self.text[at:end].rstrip(_EDGE))
        words = self.text[at:stop]
        if not words or not words[0].isalpha():
            return None
        action = Span(at, stop)
        norm = replace(opening, provision=number, start=at, end=stop, action=action, object=None)
        return self._details(norm, at, stop, own_action=action)

    def has_modal(self, start: int, end: int) -> bool:
        """Return whether a stretch states a norm by itself."""
        return _compiled()["modal"].search(self.text, start, end) is not None

    def _sentences(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        position = start
        for gap in _SENTENCE.finditer(self.text, start, end):
            if gap.start() > position:
                yield position, gap.start()
            position = gap.end()
        if position < end:
            yield position, end

    def _sentence(self, number: str, start: int, end: int) -> Iterator[LegalNorm | Opening]:
        text, rules = self.text, _compiled()
        end = start + len(text[start:end].rstrip())
        modals = [each for each in rules["modal"].finditer(text, start, end) if self._is_main(each, start, end)]
        if len(modals) > 1 and self._is_leading(modals[0], start):
            modals = modals[1:]
        position = start
        previous: LegalNorm | None = None
        for index, modal in enumerate(modals):
            until = self._clause_end(modals[index + 1], modal.end()) if index + 1 < len(modals) else end
            norm = self._norm(number, start, end, modal, position, until, previous)
            position = modal.end()
            if norm is None:
                continue
            previous = norm
            if norm.action is None and text[:end].endswith(_INTRODUCES):
                yield Opening(norm)
            elif norm.action is not None:
                yield norm
        if previous is not None and previous.modality is Modality.MUST and text[:end].endswith(_INTRODUCES):
            bound = rules["bound"].search(text, previous.modal.end, end)
            if bound is not None:
                begin, stop = bound.span("bearer")
                # what the list says binds the one it names; the rest of the sentence is about the paper
                named = replace(previous, bearer=plain_name(bound["bearer"]), bearer_start=begin, bearer_end=stop)
                bare = replace(named, beneficiary=None, beneficiary_start=-1, beneficiary_end=-1, exceptions=())
                yield Opening(replace(bare, deadline=None, deadline_unit=None, deadline_start=-1, deadline_end=-1))

    def _is_main(self, modal: re.Match[str], start: int, end: int) -> bool:
        """Return whether a modal binds somebody: not in a relative clause, not "shall apply"."""
        rules = _compiled()
        if rules["after"].match(self.text, modal.end(), end) is not None:
            return False
        before = self.text[max(start, modal.start() - 60) : modal.start()]
        if rules["before"].search(before) is not None and not self._opens_with_pronoun(modal, start):
            return False
        chunk = re.split(r"[,;:—]\s", self.text[start : modal.start()])[-1]
        if chunk.strip().lower() == "there":
            return False
        subordinate = re.search(r"\b(?:if|where|when|unless|whether|because|since|although|which|who|that)\s", chunk)
        return subordinate is None or chunk == self.text[start : modal.start()]

    def _opens_with_pronoun(self, modal: re.Match[str], start: int) -> bool:
        """Return whether the whole subject is a pronoun ("It shall …", "…, they shall …")."""
        chunk = re.split(r"[,;:—]\s", self.text[start : modal.start()])[-1].strip().lower()
        return chunk in _PRONOUNS

    def _is_leading(self, modal: re.Match[str], start: int) -> bool:
        """Return whether a modal stands in the condition that opens its sentence."""
        rules = _compiled()
        opened = rules["condition"].match(self.text, start) or rules["exception"].match(self.text, start)
        return opened is not None and "," not in self.text[start : modal.start()]

    def _clause_end(self, following: re.Match[str], after: int) -> int:
        """Return where a clause ends before the next modal: at the last comma or conjunction between them."""
        between = self.text[after : following.start()]
        cuts = [found.start() for found in re.finditer(r"[,;]\s|\s(?:and|but|or)\s", between)]
        return after + cuts[-1] if cuts else following.start()

    def _norm(
        self,
        number: str,
        start: int,
        end: int,
        modal: re.Match[str],
        position: int,
        until: int,
        previous: LegalNorm | None,
    ) -> LegalNorm | None:
        text, rules = self.text, _compiled()
        kind = modal.lastgroup or "obligation"
        subject, conditions, exceptions = self._subject(position, modal.start(), is_first=previous is None)
        if modal[0].lower().startswith("it ") and modal[0].endswith(" for"):
            whom = re.compile(r"\s(?P<who>[^,.;]{2,60}?)\sto\s").match(text, modal.end(), until)
            if whom is not None:  # "it is unlawful for a trader to …"
                subject = whom.span("who")
        modality = {"obligation": Modality.MUST, "prohibition": Modality.MUST_NOT}.get(kind, Modality.MAY)
        if subject is not None and rules["negative"].match(text, subject[0]) is not None:
            modality = Modality.MUST_NOT
        action = self._action(modal.end(), until)
        norm = LegalNorm(
            number, modality, start, end, Span(modal.start(), modal.end()), action=action,
            conditions=tuple(conditions), exceptions=tuple(exceptions),
        )  # fmt: skip
        passive = rules["passive"].match(text, modal.end(), until)
        if passive is not None:
            norm = self._passive(norm, subject, passive.end(), until)
        elif subject is not None:
            norm = self._with_bearer(norm, *subject)
        elif previous is not None:
            norm = replace(
                norm, bearer=previous.bearer, bearer_start=previous.bearer_start, bearer_end=previous.bearer_end
            )
        if norm.bearer is None and passive is None and subject is None and previous is None:
            return None
        return self._details(norm, start, end, own_action=action)

    def _subject(
        self, start: int, end: int, *, is_first: bool
    ) -> tuple[tuple[int, int] | None, list[Span], list[Span]]:
        """Return the subject before a modal and the adverbials before the subject."""
        text, rules = self.text, _compiled()
        start += len(text[start:end]) - len(text[start:end].lstrip())
        conditions: list[Span] = []
        exceptions: list[Span] = []
        words = text[start:end]
        stripped = words.rstrip(" ,")
        cut = start
        if not is_first:
            joints = list(
                re.finditer(
                    r"(?:[,;:]\s+|\s)(?:and|but|or|nor|then)?\s?(?=(?:the|a|an|any|each|every|no|such|that|it|they)\s|$)",
                    words,
                )
            )
            if (
                not stripped
                or re.search(r"(?:\b(?:and|but|or|nor)|,)(?:\s\w{2,14}ly|\sthen|\salso)?\s*$", words) is not None
            ):
                return None, conditions, exceptions
            cut = start + (joints[-1].end() if joints else 0)
            if not joints:
                return None, conditions, exceptions
        elif any(rules[name].match(text, start) for name in ("condition", "exception", "other")):
            commas = [found.end() for found in re.finditer(r",\s", stripped)]
            if commas:
                cut = start + commas[-1]
                if (
                    len(commas) > 1
                    and re.match(r"(?:where|if|as|in|on|at|by|to|or|and|for|when)\b", text[cut:end]) is not None
                ):
                    cut = start + commas[-2]
                lead = Span(start, start + commas[-1] - 2)
                if rules["exception"].match(text, start) is not None:
                    exceptions.append(lead)
                elif rules["condition"].match(text, start) is not None:
                    conditions.append(lead)
            elif rules["condition"].match(text, start) or rules["exception"].match(text, start):
                return None, conditions, exceptions
        chunk = text[cut:end]
        close = rules["ends"].search(chunk)
        stop = cut + (close.start() if close is not None else len(chunk.rstrip(" ,")))
        stop = cut + len(re.sub(r"(?:\s(?:and|or|but|also|then|only|\w{2,14}ly))+$", "", text[cut:stop].rstrip(_EDGE)))
        if stop <= cut or len(text[cut:stop].split()) > _MOST_WORDS:
            return None, conditions, exceptions
        return (cut, stop), conditions, exceptions

    def _with_bearer(self, norm: LegalNorm, start: int, end: int) -> LegalNorm:
        """Return the norm with its bearer, unless the subject is a thing; a pronoun is who was named last."""
        words = self.text[start:end]
        name = plain_name(words)
        if name in _PRONOUNS:
            if self._last is None:
                return norm
            known, begin, stop = self._last
            return replace(norm, bearer=known, bearer_start=begin, bearer_end=stop)
        if len(name) < _SHORTEST_NAME or not any(mark.isalpha() for mark in name) or self._is_thing(name):
            return norm if norm.object is not None else replace(norm, object=Span(start, end))
        lead = _compiled()["determiner"].match(self.text, start, end)
        begin = lead.end() if lead is not None else start
        self._last = (name, begin, end)
        return replace(norm, bearer=name, bearer_start=begin, bearer_end=end)

    def _is_thing(self, name: str) -> bool:
        head = _OF.split(name)[0].rpartition(" ")[2]
        return head in _words()["things"] or name in _words()["things"]

    def _passive(self, norm: LegalNorm, subject: tuple[int, int] | None, after: int, until: int) -> LegalNorm:
        """Return a passive norm: its subject is what is acted on, who acts comes after "by"."""
        agent = _compiled()["agent"].search(self.text, after - 1, until)
        if agent is not None:
            start, end = agent.span("agent")
            close = _compiled()["ends"].search(self.text, start, end)
            norm = self._with_bearer(norm, start, close.start() if close is not None else end)
        if subject is None:
            return norm
        name = plain_name(self.text[slice(*subject)])
        if name in _words()["persons"]:
            return replace(norm, beneficiary=name, beneficiary_start=subject[0], beneficiary_end=subject[1])
        return replace(norm, object=Span(*subject))

    def _action(self, start: int, until: int) -> Span | None:
        """Return the words of what is to be done, up to the conditions behind them."""
        aside = _compiled()["aside"].match(self.text, start)
        at = aside.end() if aside is not None else start
        until = max(until, at)
        adverb = _compiled()["adverb"].match(self.text, at, until)
        at = adverb.end() if adverb is not None else at
        stops = [until]
        for name in ("late_condition", "late_exception"):
            found = _compiled()[name].search(self.text, at + 1, until)
            if found is not None:
                stops.append(found.start())
        stop = at + len(self.text[at : min(stops)].rstrip(_EDGE))
        return Span(at, stop) if stop > at and self.text[at].isalpha() else None

    def _details(self, norm: LegalNorm, start: int, end: int, *, own_action: Span | None) -> LegalNorm:
        """Return the norm with conditions and exceptions behind it, object, beneficiary and deadline."""
        text, rules = self.text, _compiled()
        conditions, exceptions = list(norm.conditions), list(norm.exceptions)
        begin = own_action.start if own_action is not None else start
        for name, into in (("late_exception", exceptions), ("late_condition", conditions)):
            for found in rules[name].finditer(text, begin, end):
                stop = re.compile(r"[,;]\s").search(text, found.end(), end)
                close = stop.start() if stop is not None else end
                opened = found.start() + len(found[0]) - len(found[0].lstrip(", "))
                span = Span(opened, opened + len(text[opened:close].rstrip(_EDGE)))
                if span.end > span.start and not any(s.start <= span.start < s.end for s in (*conditions, *exceptions)):
                    into.append(span)
        norm = replace(norm, conditions=tuple(conditions), exceptions=tuple(exceptions))
        if own_action is not None:
            norm = self._towards(norm, own_action)
        return self._deadline(norm, start, end)

    def _towards(self, norm: LegalNorm, action: Span) -> LegalNorm:
        text, rules, known = self.text, _compiled(), _words()
        words = text[action.start : action.end]
        verb, _, rest = words.partition(" ")
        if rest and norm.object is None and verb.lower() != "be":
            begin = action.start + len(verb) + 1
            person = known["person"].match(text, begin, action.end) if verb.lower() in known["direct"] else None
            if person is not None:
                return self._with_beneficiary(norm, begin, person.end())
            close = rules["object_ends"].search(text, begin - 1, action.end)
            stop = close.start() if close is not None and close.start() >= begin else action.end
            target = text[begin:stop].rstrip(_EDGE)
            if target[:1].isalpha() and (close is None or close.start() >= begin):
                norm = replace(norm, object=Span(begin, begin + len(target)))
        if norm.beneficiary is None:
            for found in known["to_person"].finditer(text, action.start, action.end):
                return self._with_beneficiary(norm, *found.span("who"))
        return norm

    def _with_beneficiary(self, norm: LegalNorm, start: int, end: int) -> LegalNorm:
        name = plain_name(self.text[start:end])
        return replace(norm, beneficiary=name, beneficiary_start=start, beneficiary_end=end)

    def _deadline(self, norm: LegalNorm, start: int, end: int) -> LegalNorm:
        """Return the norm with its time allowed: the first stretch of time or day after a word that makes it one."""
        words = self.text[start:end]
        for value in find_values(words, "en", roles=False):
            if value.type not in ("duration", "date") or value.value is None:
                continue
            lead = words[max(0, value.start - _DEADLINE_REACH) : value.start]
            said = _compiled()["deadline"].search(lead)
            if said is not None and value.type == "duration" and said[0].lower().startswith("by"):
                continue  # "extended by two months"
            if said is None:
                notice = _compiled()["notice"].match(words, value.end)
                if notice is None or value.type != "duration":
                    continue
                return replace(
                    norm, deadline=value.value, deadline_unit=value.unit, deadline_start=start + value.start,
                    deadline_end=start + notice.end(),
                )  # fmt: skip
            return replace(
                norm, deadline=value.value, deadline_unit=value.unit,
                deadline_start=start + value.start - len(said[0].lstrip()), deadline_end=start + value.end,
            )  # fmt: skip
        return norm
