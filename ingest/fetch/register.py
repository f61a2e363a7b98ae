"""The register of followed sources: one row per act, list, feed or folder that is looked at again and again.

CSV with a header line, or JSON (a list of objects, or an object with the list under "sources"). Every row stands for
itself: one that cannot be used is one error naming file and line, the others count.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ingest.readers.encoding import decode
from kb.errors import InputError, LimitError, RecordError, UnreadableError
from kb.model import Kind

MAX_BYTES: Final = 8 << 20
MAX_ROWS: Final = 10_000
"""Sources of one register; an organisation follows hundreds."""
SHORTEST: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(days=3660)
DEFAULT_INTERVAL: Final = "daily"
FORMATS: Final = (
    "txt",
    "md",
    "html",
    "pdf",
    "docx",
    "xlsx",
    "csv",
    "tsv",
    "json",
    "jsonl",
    "xml",
    "rss",
    "atom",
    "eml",
    "zip",
)
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]{1,30}):")  # one letter and a colon is a Windows drive
_NUMBERED: Final = re.compile(r"(\d{1,6})\s{0,3}([^\W\d_]{1,10})")
_ISO: Final = re.compile(r"P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?)?")


@dataclass(frozen=True, slots=True)
class Followed:
    """One followed source.

    Attributes:
        id: short name, unique in the register.
        kind: what is fetched from it; a ``kb.model.Kind``.
        name: the act, list or feed in words; "" when the row does not say.
        location: a file, folder or glob pattern (absolute), or an http(s) address.
        interval: how often it is due, as written; see ``parse_interval``.
        format: suffix of what it delivers where its address does not show it ("csv"), or "".
        language: "en" or "zh" when what is fetched must be in it, or "".
        items: of a feed: "feed" stores each item as the feed gives it, "page" fetches the page each item links to.
    """

    id: str
    kind: str
    location: str
    name: str = ""
    interval: str = DEFAULT_INTERVAL
    format: str = ""
    language: str = ""
    items: str = "feed"

    @property
    def is_web(self) -> bool:
        """Whether it is fetched over the network."""
        return is_address(self.location)

    @property
    def every(self) -> timedelta:
        """How often it is due."""
        return parse_interval(self.interval)


class _Row(BaseModel):
    """One row as it stands in a file or a request."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    id: str = Field(pattern=r"^[A-Za-z0-9\u3400-\u9fff][\w.\-]{0,63}$")
    kind: Kind
    location: str = Field(min_length=1, max_length=2000)
    name: str = Field(default="", max_length=500)
    interval: str = Field(default=DEFAULT_INTERVAL, max_length=40)
    format: str = Field(default="", max_length=10)
    language: Literal["en", "zh", ""] = ""
    items: Literal["feed", "page", ""] = ""

    @field_validator("kind", "language", "items", "format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("location")
    @classmethod
    def _place(cls, value: str) -> str:
        if any(not c.isprintable() for c in value):
            raise ValueError("the location holds a character that cannot be seen")
        scheme = _SCHEME.match(value)
        if scheme is None:
            return value
        if scheme.group(1).lower() not in {"http", "https"}:
            raise ValueError(f"only http and https addresses are fetched, not {scheme.group(1)}")
        try:
            url = httpx.URL(value)
        except httpx.InvalidURL as error:
            raise ValueError(f"not an address: {error}") from error
        if not url.host or not value[len(scheme.group(1)) :].startswith("://"):
            raise ValueError("the address names no host")
        if url.userinfo:
            raise ValueError("the address holds a user name or password; take it out")
        return value

    @field_validator("interval")
    @classmethod
    def _often(cls, value: str) -> str:
        parse_interval(value or DEFAULT_INTERVAL)
        return value or DEFAULT_INTERVAL

    @field_validator("format")
    @classmethod
    def _known(cls, value: str) -> str:
        suffix = value.removeprefix(".")
        if suffix and suffix not in FORMATS:
            raise ValueError(f"unknown format; use one of {', '.join(FORMATS)}")
        return suffix


def is_address(location: str) -> bool:
    """Say whether a location is fetched over the network."""
    return location[:8].lower().startswith(("http://", "https://"))


def parse_interval(text: str) -> timedelta:
    """Return the time an interval stands for: "daily", "6h", "2 weeks", "每周", "P1D", "PT12H".

    Raises:
        ValueError: it means nothing, or lies outside one minute to ten years.
    """
    names, units = _intervals()
    word = text.strip()
    seconds: int | None = names.get(word.lower())
    if seconds is None and (numbered := _NUMBERED.fullmatch(word)) is not None:
        unit = units.get(numbered.group(2).lower())
        seconds = None if unit is None else int(numbered.group(1)) * unit
    if seconds is None and (iso := _ISO.fullmatch(word.upper())) is not None and any(iso.groups()):
        weeks, days, hours, minutes = (int(part or 0) for part in iso.groups())
        seconds = ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60
    if seconds is None or not SHORTEST <= timedelta(seconds=seconds) <= LONGEST:
        raise ValueError(f"{text!r} is no interval between a minute and ten years; write daily, 6h, P1D …")
    return timedelta(seconds=seconds)


@cache
def _intervals() -> tuple[Mapping[str, int], Mapping[str, int]]:
    raw = tomllib.loads((files("ingest.fetch") / "intervals.toml").read_text("utf-8"))
    return raw["names"], raw["units"]


def followed_of(row: Mapping[str, Any], *, folder: Path, place: str = "") -> Followed:
    """Return the source a row describes.

    Args:
        row: its fields; empty ones count as absent.
        folder: what relative paths are relative to.
        place: file and line, for the error.

    Raises:
        RecordError: a field is missing, unknown or wrong (code "register-row").
    """
    try:
        read = _Row.model_validate({key: value for key, value in row.items() if value not in (None, "")})
    except ValidationError as error:
        wrong = error.errors()[0]
        field = ".".join(str(part) for part in wrong["loc"])
        said = str(wrong.get("input"))[:80]
        shown = "" if "@" in said else f" ({said!r})"  # it may hold a password
        raise RecordError(
            f"the column {field!r} is wrong: {wrong['msg'].removeprefix('Value error, ')}{shown}.",
            code="register-row",
            place=place,
            remedy="Correct the row; docs/operator.md describes the columns.",
        ) from error
    location = read.location
    if not is_address(location):
        location = os.path.abspath(folder / Path(location).expanduser())  # noqa: PTH100 - links stay as they are
    return Followed(
        read.id, read.kind.value, location, read.name, read.interval, read.format, read.language, read.items or "feed"
    )


def followed_json(source: Followed) -> dict[str, str]:
    """Return the fields of a source; ``followed_of`` is the inverse."""
    return asdict(source)


def read_register(path: Path) -> tuple[tuple[Followed, ...], tuple[InputError, ...]]:
    """Return the sources of a register file and what is wrong with its other rows.

    Raises:
        UnreadableError: the file cannot be opened or is neither CSV nor JSON.
        LimitError: it is far larger than a register can be.
    """
    shown = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(
            f"the register cannot be opened: {error.strerror}.",
            code="register",
            place=shown,
            remedy="Check the path given with --register or DUEGRAPH_MONITOR_REGISTER.",
        ) from error
    if len(data) > MAX_BYTES:
        raise LimitError(f"the register is larger than {MAX_BYTES:,} bytes.", code="too-large", place=shown)
    text = decode(data, name=shown).text
    rows = _json_rows(text, shown) if text.lstrip()[:1] in {"[", "{"} else _csv_rows(text, shown)
    return _sources(rows, path.parent)


def _sources(
    rows: Iterable[tuple[str, Mapping[str, Any] | None]], folder: Path
) -> tuple[tuple[Followed, ...], tuple[InputError, ...]]:
    found: dict[str, Followed] = {}
    errors: list[InputError] = []
    for number, (place, row) in enumerate(rows):
        if number >= MAX_ROWS:
            errors.append(LimitError(f"a register has at most {MAX_ROWS:,} rows; the rest is left out.", place=place))
            break
        try:
            if row is None:
                raise RecordError("the row is no object of columns.", code="register-row", place=place)
            source = followed_of(row, folder=folder, place=place)
            if source.id in found:
                raise RecordError(
                    f"the id {source.id!r} stands in an earlier row already.",
                    code="register-row",
                    place=place,
                    remedy="Give every source an id of its own.",
                )
        except InputError as error:
            errors.append(error)
            continue
        found[source.id] = source
    return tuple(found.values()), tuple(errors)


def _csv_rows(text: str, shown: str) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    reader = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in text.partition("\n")[0] else ",")
    header: list[str] | None = None
    try:
        for cells in reader:
            place = f"{shown}:{reader.line_num}"
            if not any(cell.strip() for cell in cells) or cells[0].lstrip().startswith("#"):
                continue
            if header is None:
                header = [cell.strip().lower() for cell in cells]
                if not {"id", "kind", "location"} <= set(header):
                    raise UnreadableError(
                        "the register has no columns id, kind and location.",
                        code="register",
                        place=place,
                        remedy="Begin it with a header line; docs/operator.md describes the columns.",
                    )
                continue
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                yield place, {"": "more cells than the header has columns"}
            else:
                yield place, {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name}
    except csv.Error as error:
        raise UnreadableError(
            f"the register is no CSV file: {error}.", code="register", place=f"{shown}:{reader.line_num}"
        ) from error


def _json_rows(text: str, shown: str) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"the register is no JSON: {error}.", code="register", place=shown) from error
    rows = raw.get("sources") if isinstance(raw, dict) else raw
    if not isinstance(rows, list):
        raise UnreadableError("the register holds no list of sources.", code="register", place=shown)
    for number, row in enumerate(rows, 1):
        yield f"{shown}: source {number}", row if isinstance(row, dict) else None
