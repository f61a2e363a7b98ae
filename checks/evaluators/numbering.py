"""Clause numbers of a contract, brought to one form: "Section 2.1", "2.1." and "第二条" become tuples of numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kb.law_numbers import chinese_number, roman_number
from kb.model import Clause

_LATIN = re.compile(
    r"(?:(?:section|clause|article|paragraph|sec\.?|art\.?)\s{0,3})?(\d{1,3}(?:\.\d{1,3}){0,5})", re.IGNORECASE
)
_ROMAN = re.compile(r"(?:article|section)\s{0,3}([ivxlc]{1,8})\b", re.IGNORECASE)
_CHINESE = re.compile(r"第\s{0,2}([一二三四五六七八九十百零〇两\d]{1,8})\s{0,2}条")
Number = tuple[int, ...]

LARGEST_GAP: Final = 1
"""Numbers that may be missing from a run of top-level clauses that still counts as read completely."""


def number_of(text: str) -> Number | None:
    """Return a clause number in canonical form, or None when it is a letter or an item."""
    plain = text.strip().rstrip(".:、．")
    if (chinese := _CHINESE.fullmatch(plain)) is not None:
        value = chinese_number(chinese.group(1))
        return (value,) if value is not None else None
    if (roman := _ROMAN.fullmatch(plain)) is not None:
        value = roman_number(roman.group(1))
        return (value,) if value is not None else None
    latin = _LATIN.fullmatch(plain)
    return tuple(int(part) for part in latin.group(1).split(".")) if latin is not None else None


@dataclass(frozen=True)
class Numbering:
    """The numbers a contract's own clauses carry."""

    numbers: frozenset[Number]

    @classmethod
    def of(cls, clauses: Iterable[Clause]) -> Numbering:
        """Return the numbering of clauses; the outer parts of "2.1.3" exist with it."""
        found = (number_of(clause.number) for clause in clauses if clause.number is not None)
        whole = {number for number in found if number is not None}
        return cls(frozenset(number[:depth] for number in whole for depth in range(1, len(number) + 1)))

    @cached_property
    def last(self) -> int:
        """The highest number of a top-level clause; 0 when none is numbered."""
        return max((number[0] for number in self.numbers), default=0)

    @cached_property
    def complete(self) -> bool:
        """Whether the top-level clauses run from 1 to the last with hardly a gap, so that absence can be judged."""
        missing = sum(1 for each in range(1, self.last + 1) if (each,) not in self.numbers)
        return self.last > 1 and missing <= LARGEST_GAP

    def lacks(self, number: Number) -> bool:
        """Say whether a number is certainly not there.

        A top-level number lies behind the last one; a deeper one lies behind its numbered sisters. A number whose
        sisters are not numbered cannot be judged.
        """
        if not self.complete or number in self.numbers:
            return False
        if number[:1] not in self.numbers:
            return number[0] > self.last + LARGEST_GAP or len(number) > 1
        for depth in range(2, len(number) + 1):
            if number[:depth] in self.numbers:
                continue
            sisters = [
                each[depth - 1] for each in self.numbers if len(each) == depth and each[:-1] == number[: depth - 1]
            ]
            # A run of at least two sisters from 1 on: the next numbers would have been read too.
            return len(sisters) > 1 and min(sisters) == 1 and number[depth - 1] > max(sisters)
        return False
