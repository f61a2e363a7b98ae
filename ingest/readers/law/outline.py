"""How the structure of a law travels from its reader to ``ingest.law``: an outline beside the readable text.

A structured source states what a printed text only shows: which words are an article, what it is called, when the text
took effect. The reader writes all of it into the text as a person would read it and keeps, under one key of the
document's metadata, where each unit stands. Offsets index into ``Document.text``.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

from ingest.readers.builder import DocumentBuilder
from kb.errors import LimitError
from kb.model import BlockKind, Provision

METADATA_KEY: Final = "law"
MOST_PROVISIONS: Final = 200_000
"""Provisions of one text; the longest codes have about 50,000."""
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_DOUBLE: Final = re.compile(r"/{2,}")


@dataclass(slots=True)
class Outline:
    """What a structured source states about the law it holds.

    Attributes:
        format: "akn", "regml", "eli" or "act-json".
        kind: what the source says it is ("act", "bill", "regulation", "judgment"); ``law`` tells whether that is law.
        act: canonical id, or None when only the title names it.
        edition: the publisher's number of this text, where several texts bear one date.
        dates: by role ("version", "adopted", "published", "in_force", "no_longer_in_force"): day, start, end.
        provisions: number, label, heading, level, start, end, parent.
    """

    format: str
    kind: str
    law: bool = True
    act: str | None = None
    title: str = ""
    jurisdiction: str | None = None
    short_titles: list[str] = field(default_factory=list)
    unit: str = "Article"
    edition: str | None = None
    part: str | None = None
    dates: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    provisions: list[tuple[str, str, str | None, str, int, int, str | None]] = field(default_factory=list)

    def dump(self) -> str:
        """Return the outline as it stands in the metadata."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    def read_provisions(self) -> tuple[Provision, ...]:
        """Return the provisions as domain objects."""
        return tuple(Provision(*each) for each in self.provisions)


def load_outline(metadata: Mapping[str, str]) -> Outline | None:
    """Return the outline a document carries, or None when its source was no structured law."""
    stated = metadata.get(METADATA_KEY)
    if stated is None:
        return None
    raw: dict[str, Any] = json.loads(stated)
    raw["dates"] = {role: (day, start, end) for role, (day, start, end) in raw["dates"].items()}
    raw["provisions"] = [tuple(each) for each in raw["provisions"]]
    return Outline(**raw)


@cache
def law_data() -> dict[str, Any]:
    """Return the data of the readers of structured law (``data/law.toml``)."""
    return tomllib.loads((files("ingest.readers") / "data" / "law.toml").read_text("utf-8"))


def act_id(identifier: str) -> str | None:
    """Return the canonical id of the act an identifier (FRBR or ELI URI) names, or None."""
    for entry in law_data()["ids"]:
        match = re.search(entry["pattern"], identifier)
        if match is not None:
            groups = [group for group in match.groups() if group is not None]
            return _DOUBLE.sub("/", entry["act"].format(*groups)).strip("/")
    return None


def iso_day(stated: str | None) -> str | None:
    """Return the day a value begins with ("2014-11-14Z"), or None when it is no day of the calendar."""
    match = _DAY.match((stated or "").strip())
    if match is None:
        return None
    try:
        return date.fromisoformat(match[0]).isoformat()
    except ValueError:
        return None


class OutlineBuilder:
    """Writes units into a document and notes where they stand."""

    def __init__(self, builder: DocumentBuilder, outline: Outline) -> None:
        self.builder = builder
        self.outline = outline
        self._taken: set[str] = set()

    def line(self, name: str, value: str) -> tuple[int, int] | None:
        """Add a line "name: value" to the head and return where the value stands; None for a blank value."""
        block = self.builder.add(BlockKind.PARAGRAPH, f"{name}: {value}") if value.strip() else None
        if block is None:
            return None
        width = len(self.builder.cleaner.clean(value).strip(" \t\n"))
        return block.end - width, block.end

    def date_line(self, name: str, value: str | None, role: str | None) -> None:
        """Add a dated line; the first one of a role is the date's evidence."""
        day = iso_day(value)
        if value is None or day is None:
            return
        place = self.line(name, day)
        if place is not None and role is not None and role not in self.outline.dates:
            self.outline.dates[role] = (day, *place)

    def free(self, number: str) -> bool:
        """Return whether no unit has this number yet."""
        return number not in self._taken

    def unique(self, number: str) -> str:
        """Return the number, told apart from an earlier equal one by "#2"."""
        found, count = number, 1
        while found in self._taken:
            count += 1
            found = f"{number}#{count}"
        return found

    def open(self, number: str) -> int:
        """Reserve a number and the place of a unit in reading order; ``close`` completes it."""
        if len(self.outline.provisions) >= MOST_PROVISIONS:
            raise LimitError(
                f"The text has more than {MOST_PROVISIONS:,} provisions.",
                code="too-many-blocks",
                place=self.builder.name,
            )
        self._taken.add(number)
        self.outline.provisions.append((number, "", None, "", -1, -1, None))
        return len(self.outline.provisions) - 1

    def close(
        self, place: int, label: str, heading: str | None, level: str, *, start: int | None, parent: str | None
    ) -> None:
        """Complete the unit opened at ``place``: it ends where the text now ends. Units without words are dropped."""
        number = self.outline.provisions[place][0]
        end = self.builder.length
        if start is None or end <= start:
            start = end = -1
        self.outline.provisions[place] = (number, label, heading, level, start, end, parent)

    def finish(self) -> None:
        """Put the outline into the document's metadata."""
        self.outline.provisions = [each for each in self.outline.provisions if each[4] >= 0]
        kept = {each[0] for each in self.outline.provisions}
        self.outline.provisions = [
            (*each[:6], each[6] if each[6] in kept else None) for each in self.outline.provisions
        ]
        self.builder.metadata[METADATA_KEY] = self.outline.dump()
