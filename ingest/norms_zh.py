"""Norms in Chinese sentences: the word that binds, who is bound, towards whom, the cap, the trigger and the exception.

A sentence is read segment by segment (between commas): a later segment without a subject of its own keeps the earlier
one's, as Chinese drops repeated subjects.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple

from ingest.lang import grammar
from kb.model import ContractNorm, Modality, Party, Span, Value, ValueType
from kb.numerals import chinese_number

_SENTENCE: Final = re.compile(r"[^。；;！\n]{2,800}")
_SEGMENT: Final = re.compile(r"[^，,：:]+")
_LONGEST_ROLE: Final = 12
_MOST_IN_SENTENCE: Final = 6
_CAP_REACH: Final = 60
_OWED: Final = re.compile("赔偿|责任|违约金")  # damages, liability, penalty
_KINDS: Final = {
    "must_not": Modality.MUST_NOT,
    "free": Modality.MAY,
    "may": Modality.MAY,
    "must": Modality.MUST,
    "grant": Modality.MAY,
}


class Name(NamedTuple):
    """A party as a sentence calls it."""

    start: int
    end: int
    text: str
    mutual: bool


class _Part(NamedTuple):
    start: int
    end: int
    is_exception: bool


@dataclass(slots=True)
class _Draft:
    kind: Modality
    start: int
    verb: int
    verb_end: int
    bearer: Name | None
    beneficiary: Name | None
    cap: Value | None = None


@dataclass(frozen=True, slots=True)
class _Rules:
    modal: re.Pattern[str]
    subject: dict[str, re.Pattern[str]]
    condition: dict[str, re.Pattern[str]]
    exception: re.Pattern[str]
    object: re.Pattern[str]
    cap: dict[str, re.Pattern[str]]
    mutual: tuple[str, ...]
    other: tuple[str, ...]
    roles: tuple[str, ...]


@cache
def _rules() -> _Rules:
    data = grammar("zh", "norms")
    subject: dict[str, Any] = dict(data["subject"])
    names = {name: tuple(subject.pop(name)) for name in ("mutual", "other", "roles")}
    return _Rules(
        modal=re.compile("|".join(f"(?P<{kind}>{data['modal'][kind]})" for kind in _KINDS)),
        subject={name: re.compile(pattern) for name, pattern in subject.items()},
        condition={name: re.compile(pattern) for name, pattern in data["condition"].items()},
        exception=re.compile(data["exception"]["cue"]),
        object=re.compile(data["beneficiary"]["object"]),
        cap={name: re.compile(pattern) for name, pattern in data["cap"].items()},
        mutual=names["mutual"],
        other=names["other"],
        roles=names["roles"],
    )


class Reader:
    """Reads the norms of one contract's sentences.

    Args:
        parties: the contract's parties; their labels are looked for besides the usual ones.
    """

    def __init__(self, parties: Sequence[Party]) -> None:
        rules = self.rules = _rules()
        labels = {party.role for party in parties if party.role is not None and len(party.role) <= _LONGEST_ROLE}
        listed = sorted(
            {*labels, *rules.mutual, *rules.other, *rules.roles} - {""}, key=lambda name: (-len(name), name)
        )
        self.names = re.compile("|".join(re.escape(name) for name in listed))

    def read(self, text: str, start: int, end: int, clause: str, values: Sequence[Value]) -> Iterator[ContractNorm]:
        """Yield the norms of ``text[start:end]``; ``values`` are those of the whole text, in text order."""
        for match in _SENTENCE.finditer(text, start, end):
            left, right = match.span()
            while left < right and text[left].isspace():
                left += 1
            yield from self._sentence(text, left, right, clause, values)

    def _sentence(
        self, text: str, start: int, end: int, clause: str, values: Sequence[Value]
    ) -> Iterator[ContractNorm]:
        rules = self.rules
        if rules.subject["defined"].search(text, start, end) is not None:
            return
        segments = [match.span() for match in _SEGMENT.finditer(text, start, end)]
        parts = self._parts(text, start, end, segments)
        names = [
            Name(match.start(), match.end(), match[0], match[0] in rules.mutual)
            for match in self.names.finditer(text, start, end)
        ]
        drafts: list[_Draft] = []
        for left, right in segments:
            self._segment(text, (left, right), names, parts, drafts, values)
            if len(drafts) >= _MOST_IN_SENTENCE:
                break
        for index, draft in enumerate(drafts):
            left = start if index == 0 else draft.start
            right = end if index + 1 == len(drafts) else drafts[index + 1].start
            while right > left and text[right - 1] in "，,、 \t\n":
                right -= 1
            own = [part for part in parts if left <= part.start < right]
            condition = next((part for part in own if not part.is_exception), None)
            exception = next((part for part in own if part.is_exception), None)
            beneficiary = draft.beneficiary or self._asked(text, draft, names, exception)
            bearer = draft.bearer
            yield ContractNorm(
                clause=clause,
                modality=draft.kind,
                start=left,
                end=right,
                bearer=None if bearer is None else bearer.text,
                beneficiary=None if beneficiary is None else beneficiary.text,
                mutual=bearer is not None and bearer.mutual,
                cap=draft.cap,
                condition=None if condition is None else Span(condition.start, condition.end),
                exception=None if exception is None else Span(exception.start, exception.end),
                bearer_start=-1 if bearer is None else bearer.start,
                bearer_end=-1 if bearer is None else bearer.end,
                beneficiary_start=-1 if beneficiary is None else beneficiary.start,
                beneficiary_end=-1 if beneficiary is None else beneficiary.end,
            )

    def _parts(self, text: str, start: int, end: int, segments: Sequence[tuple[int, int]]) -> list[_Part]:
        rules = self.rules
        parts = [_Part(*match.span(), True) for match in rules.exception.finditer(text, start, end)]
        for left, right in segments:
            if any(part.start < right and left < part.end for part in parts):
                continue
            words = text[left:right]
            last = right == end
            whole = rules.condition["opening"].search(words) or rules.condition["closing"].search(words.rstrip())
            if whole is not None and not last:
                parts.append(_Part(left + len(words) - len(words.lstrip()), right, False))
                continue
            inside = rules.condition["inside"].search(text, left, right)
            if inside is not None:
                parts.append(_Part(*inside.span(), False))
        return sorted(parts)

    def _segment(
        self,
        text: str,
        segment: tuple[int, int],
        names: Sequence[Name],
        parts: Sequence[_Part],
        drafts: list[_Draft],
        values: Sequence[Value],
    ) -> None:
        rules = self.rules
        left, right = segment
        match = next(
            (
                found
                for found in rules.modal.finditer(text, left, right)
                if not any(part.start <= found.start() < part.end for part in parts)
            ),
            None,
        )
        cap = self._cap(text, left, right, values)
        if match is None and cap is None:
            return
        verb, verb_end = (right, right) if match is None else match.span()
        kind = Modality.MUST if match is None else _KINDS[match.lastgroup or "must"]
        here = [name for name in names if left <= name.start < right]
        explicit = self._subject(text, [n for n in here if n.end <= verb], parts)
        if cap is not None and drafts and (explicit is None or drafts[-1].bearer in (None, explicit)):
            drafts[-1].cap = drafts[-1].cap or cap
            return
        if match is None and not drafts and _OWED.search(text, left, right) is None:
            return
        if match is not None and cap is not None and match.lastgroup == "must_not" and match[0] == "不得":
            kind = Modality.MUST  # 不得超过: owed, up to there
        bearer = explicit
        if bearer is None:
            bearer = drafts[-1].bearer if drafts else self._implied(text, left, names, parts)
        if drafts and explicit is None and drafts[-1].kind is kind:
            return  # 应…，并应…: one duty more of the same bearer
        if bearer is None and (match is None or self._binds_nobody(text, left, match)):
            return
        beneficiary = self._beneficiary(text, left, right, verb, here, bearer, parts)
        if match is not None and match.lastgroup == "grant":
            if beneficiary is None or bearer is None:
                return
            bearer, beneficiary = beneficiary, bearer
        drafts.append(_Draft(kind, left, verb, verb_end, bearer, beneficiary, cap))

    def _binds_nobody(self, text: str, left: int, match: re.Match[str]) -> bool:
        opening = text[left : match.start()]
        return match.lastgroup not in ("must", "must_not") or self.rules.subject["not_norm"].match(opening) is not None

    def _subject(self, text: str, before: Sequence[Name], parts: Sequence[_Part]) -> Name | None:
        rules = self.rules.subject
        found: Name | None = None
        for name in before:
            if any(part.start <= name.start < part.end for part in parts):
                continue
            head = text[max(0, name.start - 4) : name.start]
            if rules["by"].search(head) is not None:
                return name
            if rules["towards"].search(head) is not None:
                continue
            tail = text[name.end : name.end + 24]
            if rules["possessive"].match(tail) is not None and rules["owed"].match(tail) is None:
                continue
            found = found or name
        return found

    def _implied(self, text: str, position: int, names: Sequence[Name], parts: Sequence[_Part]) -> Name | None:
        """Return the subject of the trigger or of an earlier segment, which a main clause without its own shares."""
        for name in names:
            if name.start >= position:
                break
            if any(part.is_exception and part.start <= name.start < part.end for part in parts):
                continue
            if self.rules.subject["towards"].search(text[max(0, name.start - 4) : name.start]) is None:
                return name
        return None

    def _beneficiary(
        self,
        text: str,
        left: int,
        right: int,
        verb: int,
        here: Sequence[Name],
        bearer: Name | None,
        parts: Sequence[_Part],
    ) -> Name | None:
        others = [
            name
            for name in here
            if (bearer is None or name.text != bearer.text)
            and not (name.mutual and name.text != "一方")
            and not any(part.start <= name.start < part.end for part in parts)
            and self.rules.subject["by"].search(text[max(left, name.start - 2) : name.start]) is None
        ]
        directed = [name for name in others if self.rules.object.search(text[max(left, name.start - 3) : name.start])]
        after = [name for name in others if name.start >= verb and name.end <= right]
        return next(iter((*directed, *after)), None)

    def _asked(self, text: str, draft: _Draft, names: Sequence[Name], exception: _Part | None) -> Name | None:
        """Return whose consent lifts a prohibition: 未经甲方书面同意, without the consent of party A."""
        if exception is None or not text.startswith(("未经", "未取得", "未获"), exception.start):
            return None
        for name in names:
            inside = exception.start <= name.start < exception.end
            if inside and not name.mutual and (draft.bearer is None or name.text != draft.bearer.text):
                return name
        return None

    def _cap(self, text: str, left: int, right: int, values: Sequence[Value]) -> Value | None:
        rules = self.rules.cap
        cue = rules["cue"].search(text, left, right)
        if cue is None:
            return None
        if rules["bounded"].search(text[max(left, cue.start() - 40) : cue.start()]) is None:
            return None
        limit = min(right, cue.end() + _CAP_REACH)
        first = bisect_left(values, cue.end(), key=lambda value: value.start)
        for value in values[first : first + 6]:
            if value.start >= limit:
                break
            if value.type == ValueType.MONEY:
                return value
            if value.type == ValueType.PERCENTAGE and value.value is not None:
                return Value("multiple", value.value, None, cue.end(), value.end)
        times = rules["times"].search(text, cue.end(), limit)
        if times is not None:
            count = chinese_number(times["count"])
            known = None if count is None else format(Decimal(count).normalize(), "f")
            return Value("multiple", known, None, cue.end(), times.end())
        whole = rules["whole"].search(text, cue.end(), limit)
        return None if whole is None else Value("multiple", "1", None, whole.start(), whole.end())
