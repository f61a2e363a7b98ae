"""Norms in English sentences: the verb that binds, its subject, whom it is owed to, its cap, trigger and exception."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from ingest.lang import grammar
from ingest.norms_en_words import Cue, Name, Words
from ingest.segment.sentences import sentences
from kb.model import ContractNorm, Modality, Party, Span, Value, ValueType
from kb.numerals import english_number_words

_LONGEST_SENTENCE: Final = 3000  # characters; what follows in a longer one is a list or a table
_MOST_IN_SENTENCE: Final = 6
_SUBJECT: Final = 160  # characters before a verb in which its subject may stand
_OBJECT: Final = 300  # characters after it in which the other side may be named
_AGENT: Final = 100  # characters after a passive verb in which its agent may be named
_KINDS: Final = {
    "must_not": Modality.MUST_NOT,
    "free": Modality.MAY,
    "may": Modality.MAY,
    "must": Modality.MUST,
    "grant": Modality.MAY,
}


class _Part(NamedTuple):
    """A trigger or exception inside a sentence; a fronted one stands before the main clause."""

    start: int
    end: int
    is_exception: bool
    fronted: bool


@dataclass(frozen=True, slots=True)
class _Verb:
    kind: str
    start: int
    end: int
    bearer: Name | None
    beneficiary: Name | None
    passive: bool
    limits: bool


class Reader:
    """Reads the norms of one contract's sentences.

    Args:
        parties: the contract's parties; their labels and names are looked for besides the usual ones.
    """

    def __init__(self, parties: Sequence[Party]) -> None:
        self.words = Words(parties)
        self.rules = self.words.rules

    def read(self, text: str, start: int, end: int, clause: str, values: Sequence[Value]) -> Iterator[ContractNorm]:
        """Yield the norms of ``text[start:end]``; ``values`` are those of the whole text, in text order."""
        for left, right in sentences(text, start, end, "en"):
            right = min(right, left + _LONGEST_SENTENCE)
            yield from self._sentence(text, left, right, clause, values)

    def _sentence(
        self, text: str, start: int, end: int, clause: str, values: Sequence[Value]
    ) -> Iterator[ContractNorm]:
        rules = self.rules
        if rules.subject["not_norm"].match(text[start : start + 120]) is not None:
            return
        modals, names, cues = self.words.scan(text, start, end)
        if not modals:
            return
        parts = self._parts(text, start, end, modals, names, cues)
        verbs = list(self._verbs(text, start, names, modals, parts))[:_MOST_IN_SENTENCE]
        for index, verb in enumerate(verbs):
            left = start if index == 0 else verb.start if verb.bearer is None else min(verb.start, verb.bearer.start)
            if index and verb.bearer is not None and verb.bearer.start < verbs[index - 1].end:
                left = verb.start
            following = verbs[index + 1] if index + 1 < len(verbs) else None
            right = end if following is None else self._begin(following, verb)
            own = [part for part in parts if left <= part.start < right and not self._frees(text, verb, part)]
            condition = next((part for part in own if not part.is_exception), None)
            exception = next((part for part in own if part.is_exception), None)
            beneficiary = verb.beneficiary or self._beneficiary(text, verb, names, right, own)
            trimmed = right
            while trimmed > left and text[trimmed - 1] in " \t\n,;":
                trimmed -= 1
            bearer = verb.bearer
            yield ContractNorm(
                clause=clause,
                modality=self._modality(text, verb, left),
                start=left,
                end=trimmed,
                bearer=None if bearer is None else bearer.text,
                beneficiary=None if beneficiary is None else beneficiary.text,
                mutual=bearer is not None and bearer.mutual,
                cap=self._cap(text, verb, right, values),
                condition=None if condition is None else Span(condition.start, condition.end),
                exception=None if exception is None else Span(exception.start, exception.end),
                bearer_start=-1 if bearer is None else bearer.start,
                bearer_end=-1 if bearer is None else bearer.end,
                beneficiary_start=-1 if beneficiary is None else beneficiary.start,
                beneficiary_end=-1 if beneficiary is None else beneficiary.end,
            )

    @staticmethod
    def _frees(text: str, verb: _Verb, part: _Part) -> bool:
        """Say whether words add to a right: "may assign without the consent of …" takes nothing out of it."""
        return verb.kind in ("may", "free") and part.is_exception and text.startswith("without", part.start)

    @staticmethod
    def _begin(verb: _Verb, before: _Verb) -> int:
        if verb.bearer is not None and before.end <= verb.bearer.start < verb.start:
            return verb.bearer.start
        return verb.start

    def _modality(self, text: str, verb: _Verb, begin: int) -> Modality:
        bounded = self.rules.cap["limit_verb"].match(text[verb.end : verb.end + 60]) is not None
        if verb.limits or (bounded and verb.kind in ("must_not", "must")):
            return Modality.MUST  # "shall not exceed": owed, up to there
        negative = verb.bearer is not None and self.rules.subject["negative"].match(verb.bearer.text) is not None
        inverted = self.rules.subject["inverted"].search(text[max(0, verb.start - 40) : verb.start]) is not None
        opening = text[begin : begin + 20]
        nothing = verb.passive and self.rules.subject["no_thing"].match(opening) is not None
        return Modality.MUST_NOT if negative or inverted or nothing else _KINDS[verb.kind]

    # --- trigger and exception -----------------------------------------------------------------------------------

    def _parts(
        self,
        text: str,
        start: int,
        end: int,
        modals: Sequence[re.Match[str]],
        names: Sequence[Name],
        cues: Sequence[Cue],
    ) -> list[_Part]:
        parts: list[_Part] = []
        for left, cue_end, is_exception in cues:
            if parts and left < parts[-1].end:
                continue
            opening = text[start:left].strip(' \t\n"“”(),;:')
            fronted = not opening or (
                bool(parts) and parts[-1].fronted and not text[parts[-1].end : left].strip(" ,\n")
            )
            fronted = fronted or text[start:left].rstrip().endswith((".", ":"))
            fronted = fronted or (len(opening) < 25 and not any(m.start() < left for m in modals))
            right = self._part_end(text, (cue_end, end), modals, names, fronted=fronted)
            if text.startswith(("at ", "At "), left):  # "will, at the Buyer's request, provide": the cue is all of it
                right = cue_end
            while right > left and text[right - 1] in " \t\n,;.":
                right -= 1
            parts.append(_Part(left, right, is_exception, fronted))
        return parts

    def _part_end(
        self,
        text: str,
        window: tuple[int, int],
        modals: Sequence[re.Match[str]],
        names: Sequence[Name],
        *,
        fronted: bool,
    ) -> int:
        """Return where a trigger or exception ends: before the main clause, or at a comma that starts another."""
        left, end = window
        commas = [match.start() for match in _COMMA.finditer(text, left, end)]
        for comma in commas:
            modal = next((m for m in modals if m.start() > comma), None)
            if fronted:
                if modal is None:
                    return comma
                between = text[comma + 1 : modal.start()]
                if len(between) <= _SUBJECT and (between.count(",") in (0, 2) or "(" in between):
                    return comma
            elif (
                text[comma] == ";"
                or self._new_clause(text, comma, modal, names)
                or _NEXT_PART.match(text, comma) is not None
            ):
                return comma
        return end if not fronted or not commas else commas[0]

    @staticmethod
    def _new_clause(text: str, comma: int, modal: re.Match[str] | None, names: Sequence[Name]) -> bool:
        if modal is None or _AND.match(text, comma) is None or modal.start() - comma > _SUBJECT:
            return False
        named = any(comma <= name.start < modal.start() for name in names)
        return named or text[comma : modal.start()].count(" ") <= 2

    # --- who -----------------------------------------------------------------------------------------------------

    def _verbs(
        self,
        text: str,
        start: int,
        names: Sequence[Name],
        modals: Sequence[re.Match[str]],
        parts: Sequence[_Part],
    ) -> Iterator[_Verb]:
        rules = self.rules
        last: _Verb | None = None
        for match in modals:
            at = match.start()
            if any(part.start <= at < part.end for part in parts):
                continue
            kind = match.lastgroup or "must"
            floor = max([start, *(part.end for part in parts if part.fronted and part.end <= at)])
            before = text[max(floor, at - _SUBJECT) : at]
            if rules.subject["relative"].search(before) is not None:
                continue
            if last is not None and match.start() < last.end:
                continue
            bearer = self._bearer(text, floor, match, names)
            limits = self._limits(text, floor, match)
            if limits:
                bearer = self._liable(text, start, match, names) or bearer
            stated = bearer is not None
            after = text[match.end() : match.end() + 80]
            passive = rules.subject["passive"].match(after) is not None
            beneficiary: Name | None = None
            if kind == "grant":
                given = next((n for n in names if match.end() <= n.start <= match.end() + 60), None)
                if given is None or bearer is None:
                    continue
                bearer, beneficiary = given, bearer
            elif bearer is None and not limits:
                if rules.subject["joined"].search(before) is not None and last is not None and last.kind != "grant":
                    if last.kind == kind:
                        continue  # "shall deliver and shall insure": one duty more of the same bearer
                    bearer = last.bearer
                elif passive and rules.subject["stative"].match(after) is None:
                    bearer = self._agent(text, match.end(), names)
                if bearer is None and (
                    kind not in ("must", "must_not") or not passive or rules.subject["stative"].match(after)
                ):
                    continue
                if bearer is None and _THINGS.search(before) is not None:
                    continue
            if kind in ("may", "must") and bearer is None and not limits and "be" not in after[:12].split():
                continue
            if bearer is not None and beneficiary is None and stated:
                beneficiary = self._towards(text, bearer, at, names)
            last = _Verb(kind, at, match.end(), bearer, beneficiary, passive, limits)
            yield last

    def _bearer(self, text: str, floor: int, match: re.Match[str], names: Sequence[Name]) -> Name | None:
        rules = self.rules.subject
        at = match.start()
        if rules["inverted"].search(text[max(floor, at - 40) : at]) is not None:
            return next((n for n in names if match.end() <= n.start <= match.end() + 60), None)
        window = [name for name in names if max(floor, at - _SUBJECT) <= name.start and name.end <= at]
        for name in reversed(window):
            head = text[max(floor, name.start - 60) : name.start]
            between = text[name.end : at]
            owed = rules["owed_by"].search(head) is not None
            if owed:
                return name
            if between.startswith(("'", "’")):
                if rules["possessed_duty"].match(between) is not None and rules["preposition"].search(head) is None:
                    return name
                continue
            if rules["preposition"].search(head) is not None:
                continue
            others = [(n.start, n.end) for n in window if n.start >= name.end]
            if rules["gap"].match(_bare(text, name.end, at, others)) is not None:
                return self._joint(text, name, window)
        if rules["pronoun"].search(text[max(floor, at - 40) : at]) is not None:
            earlier = [name for name in names if name.end <= at and not name.mutual]
            return earlier[0] if earlier else None
        return None

    def _joint(self, text: str, name: Name, window: Sequence[Name]) -> Name:
        """Read "BP and the Company shall" as one bearer whom the norm binds alike."""
        before = next((other for other in reversed(window) if other.end <= name.start), None)
        if before is None or self.rules.subject["joint"].match(text[before.end : name.start]) is None:
            return name
        return Name(before.start, name.end, " ".join(text[before.start : name.end].split()), mutual=True)

    def _limits(self, text: str, floor: int, match: re.Match[str]) -> bool:
        """Say whether a verb bounds what someone is liable for: "the liability of … shall not exceed"."""
        rules = self.rules
        limited = "limited" in match[0].lower() or "capped" in match[0].lower()
        after = text[match.end() : match.end() + _OBJECT]
        if rules.subject["inverted"].search(text[max(floor, match.start() - 40) : match.start()]) is None:
            if not limited and rules.cap["limit_verb"].match(after) is None:
                return False
            return rules.cap["owed"].search(text, max(floor, match.start() - _OBJECT), match.start()) is not None
        exceeds = rules.cap["liable"].match(after)
        return exceeds is not None and rules.cap["owed"].search(exceeds[0]) is not None

    def _liable(self, text: str, floor: int, match: re.Match[str], names: Sequence[Name]) -> Name | None:
        """Return whose liability a sentence bounds, wherever its subject stands."""
        for name in names:
            if not max(floor, match.start() - 2 * _OBJECT) <= name.start <= match.end() + _OBJECT:
                continue
            if self.rules.subject["owed_by"].search(text[max(floor, name.start - 40) : name.start]) is not None:
                return name
            if self.rules.subject["possessed_duty"].match(text[name.end : name.end + 60]) is not None:
                return name
        return None

    def _agent(self, text: str, position: int, names: Sequence[Name]) -> Name | None:
        """Return who does what a passive verb says: "shall be paid by the Customer"."""
        for name in names:
            if position <= name.start <= position + _AGENT:
                head = text[max(position, name.start - 12) : name.start]
                if self.rules.subject["agent_before"].search(head) is not None:
                    # "an instrument signed by both parties": the second "by" is not that of the verb
                    return name if len(_BY.findall(text, position, name.start)) == 1 else None
        return None

    def _towards(self, text: str, bearer: Name, at: int, names: Sequence[Name]) -> Name | None:
        """Read "the liability of the Licensor to the Licensee"."""
        for name in names:
            if bearer.end <= name.start and name.end <= at:
                head = text[max(bearer.end, name.start - 16) : name.start]
                if self.rules.beneficiary["towards"].search(head) is not None and name.text != bearer.text:
                    return name
        return None

    def _beneficiary(
        self, text: str, verb: _Verb, names: Sequence[Name], end: int, parts: Sequence[_Part]
    ) -> Name | None:
        rules = self.rules
        asked: Name | None = None
        for name in names:
            near = verb.end <= name.start < min(end, verb.end + _OBJECT)
            if not near and not any(part.start <= name.start < part.end for part in parts):
                continue
            if verb.bearer is not None and (
                name.text.lower() == verb.bearer.text.lower() or name.start == verb.bearer.start
            ):
                continue
            head = text[max(0, name.start - 60) : name.start]
            inside = next((part for part in parts if part.start <= name.start < part.end), None)
            if inside is None:
                if name.start < verb.end or name.mutual or rules.subject["agent_before"].search(head) is not None:
                    continue
                return name
            tail = text[name.end : name.end + 60]
            is_asked = rules.beneficiary["asked"].search(head) or rules.beneficiary["asked_after"].match(tail)
            if asked is None and not name.mutual and is_asked is not None:
                asked = name
        return asked

    # --- how far -------------------------------------------------------------------------------------------------

    def _cap(self, text: str, verb: _Verb, end: int, values: Sequence[Value]) -> Value | None:
        rules = self.rules.cap
        cue = rules["cue"].search(text, max(0, verb.start - 2), end)
        if cue is None:
            return None
        limit = min(end, cue.end() + int(grammar("en", "norms")["cap"]["reach"]))
        times = rules["times"].search(text, cue.end(), limit)
        first = bisect_left(values, cue.end(), key=lambda value: value.start)
        for value in values[first : first + 12]:
            if value.start >= limit:
                break
            if value.type == ValueType.MONEY:
                return value
            if value.type == ValueType.PERCENTAGE and value.value is not None:
                return Value("multiple", value.value, None, value.start, limit_of(text, value.end, limit))
        if times is not None:
            count = Decimal(2) if times["twice"] else english_number_words(times["count"]) or _decimal(times["count"])
            known = None if count is None else format(Decimal(count).normalize(), "f")
            return Value("multiple", known, None, times.start(), limit_of(text, times.end(), limit))
        whole = rules["whole"].search(text, cue.end(), limit)
        if whole is None:
            return None
        return Value("multiple", "1", None, whole.start(), whole.end())


def _bare(text: str, start: int, end: int, names: Sequence[tuple[int, int]]) -> str:
    """Return the words between a subject and its verb without other names, asides and brackets."""
    words = text[start:end]
    for left, right in reversed(names):
        words = f"{words[: left - start]} {words[right - start :]}"
    return _PARENTHESIS.sub(" ", _ASIDE.sub(" ", words))


def limit_of(text: str, start: int, end: int) -> int:
    """Return the end of the words that say of what a multiple is taken: the next comma or the end of the sentence."""
    stop = _CLOSE.search(text, start, end)
    right = stop.start() if stop is not None else end
    while right > start and text[right - 1].isspace():
        right -= 1
    return right


def _decimal(figures: str) -> Decimal | None:
    return Decimal(figures) if figures.replace(".", "", 1).isdigit() else None


_BY: Final = re.compile(r"\bby\b")
_COMMA: Final = re.compile(r"[,;](?!\d)")
_CLOSE: Final = re.compile(r"[,;)]|\.(?:\s|$)")
_AND: Final = re.compile(r"[,;]\s{0,3}(?:and|but|or|then)\b")
_NEXT_PART: Final = re.compile(
    r"(?i),\s{0,3}(?:and\s|or\s|but\s)?(?:if|unless|except|provided|subject\s+to|in\s+which\s+case|save|other\s+than)\b"
)
_PARENTHESIS: Final = re.compile(r"\([^()]{0,200}\)|\[[^\[\]]{0,200}\]")
_ASIDE: Final = re.compile(r",[^,;]{1,120},")
_THINGS: Final = re.compile(
    r"(?i)\b(?:this\s+(?:\w+\s+){0,2}agreement|the\s+(?:initial\s+)?term|provisions?|section|paragraph|article|headings?)"
    r"\s+(?:\([^)]{0,40}\)\s*)?$"
)
