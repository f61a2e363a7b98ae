"""Financial statements as stated: items, periods and figures, each with its cell; and the names items go by."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Final

from kb.errors import MissingPartError
from kb.model import Identifier

_BRACKETED: Final = re.compile(r"[(（\[【][^()（）\[\]【】]{0,60}[)）\]】]")
_NUMBERING: Final = re.compile(
    r"^\s*(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[、.．)]\s*)+"
)
# "less:", "add:", "of which:", before the name of a line
_LEAD: Final = re.compile(r"^\s*(?:减|加|其中|其他|less|add|of which|including)\s*[:：]\s*", re.IGNORECASE)
_SPACED_HYPHEN: Final = re.compile(r"[-‐‑–—/]")
_NOT_NAME: Final = re.compile(r"[^\w ]+")
_MAX_LABEL: Final = 160  # characters; longer cells are sentences, not names of lines


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a statement.

    Attributes:
        item: what the line says, a key of ``statement_items.toml``.
        label: the line's name as written.
        period: the period's last day ("2023-12-31"), its year where only that is stated ("2023"), or None.
        months: length of the period in months (12 a year, 6 a half), None where it is not stated.
        amount: the number as written, before ``scale``; a share as a fraction.
        scale: what the number is to be multiplied with (1, 1000, 10000, …); None where the table does not say.
        currency: ISO 4217, None where the table does not say.
        cell: row and column in the table, as spreadsheets name them ("C7").
        start: span of the cell in the text.
    """

    item: str
    label: str
    period: str | None
    months: int | None
    amount: Decimal
    scale: Decimal | None
    currency: str | None
    cell: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """The figures one table states about one company.

    Attributes:
        subject: the company as written.
        start: span of that name in the text.
        identifiers: what the table states beside the name.
    """

    subject: str
    start: int
    end: int
    identifiers: tuple[Identifier, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a statement; ``expense`` lines are costs, whichever sign they are printed with."""

    key: str
    en: str
    zh: str
    kind: str
    expense: bool
    names: tuple[str, ...]


@cache
def items() -> Mapping[str, Item]:
    """Return every known item by its key, in the order of a statement.

    Raises:
        MissingPartError: the vocabulary is absent or empty.
    """
    source = resources.files("kb") / "statement_items.toml"
    if not source.is_file():
        raise MissingPartError(
            "the vocabulary of statement items is absent",
            place="kb/statement_items.toml",
            remedy="Reinstall duegraph.",
        )
    data: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))
    return {
        key: Item(key, row["en"], row["zh"], row["kind"], bool(row.get("expense", False)), tuple(row["names"]))
        for key, row in data.items()
    }


@cache
def _by_name() -> Mapping[str, str]:
    return {_plain(name): key for key, item in items().items() for name in item.names}


def _plain(label: str) -> str:
    text = unicodedata.normalize("NFKC", label).casefold()
    text = _SPACED_HYPHEN.sub(" ", text).replace("'", "").replace("’", "")
    return "".join(_NOT_NAME.sub(" ", text).split())


def item_of(label: str) -> str | None:
    """Return the item a line's name stands for, None for any other text.

    Numbering, lead-ins ("其中：", of which) and bracketed notes are left out before the names are compared whole: a
    name that merely contains another one is another line ("other current assets").
    """
    if len(label) > _MAX_LABEL:
        return None
    text = _BRACKETED.sub(" ", label)
    # "减：" before "一、" and the other way round are both printed
    text = _LEAD.sub("", _NUMBERING.sub("", _LEAD.sub("", text)))
    return _by_name().get(_plain(text))
