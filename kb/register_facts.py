"""What a partner's register rows say beyond name and identifiers: capital, dates, people, records of courts.

A register keeps its further columns under their own headers; here they are read by meaning (register_facts.toml). A
column that is absent or empty says nothing: no record is not the same as a record of nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

from kb.cells import DAYS, Money, answer_of, day_of, key_of, matched_day, money_of, number_of
from kb.errors import MissingPartError
from kb.model import Partner

_NOTE: Final = re.compile(r"[(（][^()（）]{0,40}[)）]")
_PEOPLE: Final = re.compile(r"[;；|\n]|、|，|,(?!\s*(?:Ltd|Inc|LLC|Co|Jr|Sr|S\.A|GmbH|PLC|LP)\b)", re.IGNORECASE)
# "Jane Roe (CEO)", "张三（执行董事）", "Jane Roe 60%": what stands behind a name is not part of it
_BEHIND: Final = re.compile(r"[(（][^()（）]{0,60}[)）]|\b\d{1,3}(?:\.\d+)?\s*%|[:：]\s*\d{1,3}(?:\.\d+)?\s*%")
_MAX_PEOPLE: Final = 200
STATUS: Final = "status"


@dataclass(frozen=True, slots=True)
class Stated:
    """One thing a register row states.

    Attributes:
        meaning: a key of register_facts.toml ("capital", "dishonest").
        header: the column's header as written.
        cell: the cell as written.
        answer: for columns of yes and no; None where the cell says neither.
        number: for counts, days and shares (a fraction).
        money: for amounts with a stated scale.
        day: for dates.
        people: names, for columns of people.
    """

    meaning: str
    header: str
    cell: str
    answer: bool | None = None
    number: Decimal | None = None
    money: Money | None = None
    day: date | None = None
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One meaning: its kind and its labels."""

    key: str
    kind: str
    en: str
    zh: str


@cache
def _data() -> dict[str, Any]:
    source = resources.files("kb") / "register_facts.toml"
    if not source.is_file():
        raise MissingPartError(
            "the vocabulary of register columns is absent",
            place="kb/register_facts.toml",
            remedy="Reinstall duegraph.",
        )
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def columns() -> Mapping[str, Column]:
    """Return every meaning a column can have, by its key."""
    rows = {key: row for key, row in _data().items() if key != STATUS}
    return {key: Column(key, row["kind"], row["en"], row["zh"]) for key, row in rows.items()}


@cache
def _by_header() -> Mapping[str, str]:
    rows = [(key, row) for key, row in _data().items() if key != STATUS]
    return {key_of(name): key for key, row in rows for name in (*row["headers"], row["en"], row["zh"])}


def meaning_of(header: str) -> str | None:
    """Return the meaning of a column by its header, None for any other column."""
    return _by_header().get(key_of(header)) or _by_header().get(key_of(_NOTE.sub("", header[:200])))


@lru_cache(maxsize=4096)
def is_answer(header: str) -> bool:
    """Say whether a column is one of yes and no, in which "none" is an answer and no empty cell."""
    meaning = meaning_of(header)
    return meaning is not None and columns()[meaning].kind == "answer"


def stated_by(partner: Partner) -> Iterator[Stated]:
    """Yield what the further columns of a partner's row state, in the order of the columns."""
    for header, cell in partner.attributes.items():
        meaning = meaning_of(header)
        if meaning is not None:
            yield _read(columns()[meaning], header, cell)


def _read(column: Column, header: str, cell: str) -> Stated:
    key, kind = column.key, column.kind
    if kind == "answer":
        return Stated(key, header, cell, answer=answer_of(cell))
    if kind == "money":
        return Stated(key, header, cell, money=money_of(cell, header))
    if kind == "day":
        return Stated(key, header, cell, day=day_of(cell))
    if kind == "last-day":
        return Stated(key, header, cell, day=_last_day(cell))
    if kind in {"count", "days", "share"}:
        number = number_of(cell.removesuffix("人").strip())  # persons
        if number is not None and (number < 0 or (kind == "share" and number > 100)):
            number = None
        if number is not None and kind == "share" and number > 1:
            number /= 100  # "12" in a column of shares is 12 %
        return Stated(key, header, cell, number=number)
    if kind == "people":
        return Stated(key, header, cell, people=people_of(cell))
    return Stated(key, header, cell)


def people_of(cell: str) -> tuple[str, ...]:
    """Return the names a cell lists, without roles and shares behind them."""
    names = (_BEHIND.sub(" ", part).strip(" .:：-") for part in _PEOPLE.split(cell[:20_000])[:_MAX_PEOPLE])
    return tuple(dict.fromkeys(name for name in names if len(name) > 1))


def _last_day(cell: str) -> date | None:
    days = [
        day for pattern in DAYS for found in pattern.finditer(cell[:400]) if (day := matched_day(found)) is not None
    ]
    return max(days, default=None)


@cache
def _status_words() -> tuple[tuple[str, str], ...]:
    pairs = [(word.casefold(), kind) for kind, words in _data()[STATUS].items() for word in words]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


@cache
def _status_pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word))


def status_kinds(status: str | None) -> frozenset[str]:
    """Return what a register's status says: "active", "dissolved", "revoked", "liquidation", "abnormal".

    Empty when nothing is stated or the words are not known; longer words count before shorter ones they hold.
    """
    if status is None:
        return frozenset()
    text, found = status[:200].casefold(), set()
    for word, kind in _status_words():
        if _status_pattern(word).search(text) is not None:
            found.add(kind)
            text = _status_pattern(word).sub(" ", text)
    return frozenset(found - {"lifted"})
