"""What a source states about holdings, before anything is computed with it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

from kb.errors import MissingPartError
from kb.model import Partner

# A bound that is itself excluded ("more than 25 %") is moved inwards by this much. It is a hundred millionth of the
# whole per cent and a power of ten above what two sums may differ by and still be equal (checks.ownership), so that
# "less than 50 %" never reaches a test for 50 % and "more than 50 %" passes one for more than 50 %.
OPEN_BOUND: Final = 1e-9


@dataclass(frozen=True, slots=True)
class StatedHolding:
    """One holding as a source states it; the fields are those ``checks.ownership.Holding`` has.

    Attributes:
        low: smallest the share can be, fraction 0-1. An excluded bound is moved inwards by ``OPEN_BOUND``.
        high: largest it can be.
        measure: "shares", "votes", "control" (which has no size: 0-1) or "indirect" (a holding through others that the
            same source states as a chain too).
        valid_from: first day, None when open.
        valid_to: day from which it is held no more, None when open.
        source: rows of one source about one pair are separate blocks of shares.
        place: where it stands: "line 3", or the id of the statement.
    """

    owner: str
    owned: str
    low: float
    high: float
    measure: str = "shares"
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A party of whom the source says that an owner is not named, with its reason."""

    owned: str
    reason: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class HoldingsFile:
    """One load of holdings.

    Attributes:
        names: display name by id of a party, where the source gives one.
        kinds: "person" or "organization" by id, where the source says.
        rows: rows or relationship statements read, rejected ones included.
        rejected: a reason for each that could not be read.
        notes: what was read differently from how it stands, as sentences.
        spans: place of each row or statement in the text, by the ``place`` of its holdings and gaps.
        parties: what the source says of the parties themselves, beyond names and kinds.
        incomplete: what shows that the file is not whole, else None.
    """

    holdings: tuple[StatedHolding, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    rows: int = 0
    rejected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    parties: tuple[Partner, ...] = ()
    incomplete: str | None = None


@cache
def words() -> Mapping[str, Any]:
    """Return words.toml.

    Raises:
        MissingPartError: the file is absent.
    """
    source = resources.files("ingest.holdings") / "words.toml"
    if not source.is_file():
        raise MissingPartError(
            "the vocabulary of holdings is absent", place="ingest/holdings/words.toml", remedy="Reinstall duegraph."
        )
    return tomllib.loads(source.read_text(encoding="utf-8"))
