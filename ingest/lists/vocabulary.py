"""What the words of watch lists mean: countries, dates, kinds, parts of remarks (data in lists.toml)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

from ingest.lang import table
from kb.errors import MissingPartError
from kb.ids import validate
from kb.model import Identifier, Name

_PAREN: Final = re.compile(r"\s*\([^()]{0,200}\)\s*$")
_DAY: Final = re.compile(r"^(\d{1,2})\s+([A-Za-z]{3,9})\.?\s+(\d{4})$")
_MONTH: Final = re.compile(r"^([A-Za-z]{3,9})\.?\s+(\d{4})$")
_YEAR: Final = re.compile(r"^(\d{4})$")
_ISO: Final = re.compile(r"^(\d{4})-(\d{2})(?:-(\d{2}))?$")
_RANGE: Final = re.compile(r"^(.{4,20}?)\s*(?:to|-|and)\s*(.{4,20})$")


@cache
def data() -> dict[str, Any]:
    """Return lists.toml.

    Raises:
        MissingPartError: the file is absent.
    """
    source = resources.files("ingest.lists") / "lists.toml"
    if not source.is_file():
        raise MissingPartError(
            "the list vocabulary is absent", place="ingest/lists/lists.toml", remedy="Reinstall duegraph."
        )
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _country_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for row in table("places"):
        if "-" in row["code"]:
            continue
        for language in ("en", "zh"):
            for name in row[language].split(";"):
                names.setdefault(name.strip().casefold(), row["code"])
    names.update(data()["countries"])
    return names


@cache
def _codes() -> frozenset[str]:
    return frozenset(row["code"] for row in table("places") if "-" not in row["code"])


def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country named in English or Chinese or by its code; None when unknown."""
    name = text.strip().strip(".").strip()
    if name.upper() in _codes() and len(name) == 2:
        return name.upper()
    key = name.casefold().removeprefix("region: ").removeprefix("the ")
    return _country_names().get(key) or _country_names().get(_PAREN.sub("", key))


def kind_of(text: str) -> str | None:
    """Return "person", "organization", "vessel" or "aircraft" for what a list calls a kind, else None."""
    word = text.strip().casefold()
    return next((kind for kind, names in data()["kinds"].items() if word in names), None)


def birth_date(text: str) -> str | None:
    """Return a date of birth as far as stated: "1968-05-03", "1968-05", "1968", "1955/1958", "1968~" (about).

    Source: ISO 8601-2 (extended date format) for "~" and "/".
    """
    value = text.strip().strip(".").strip()
    plain = re.sub(data()["dates"]["about"], "", value).strip()
    about = "~" if plain != value and "between" not in value.casefold() else ""
    single = _one_date(plain)
    if single is not None:
        return single + about
    both = _RANGE.match(plain)
    if both is not None:
        start, end = _one_date(both.group(1).strip()), _one_date(both.group(2).strip())
        if start is not None and end is not None:
            return f"{start}/{end}"
    return None


def _one_date(text: str) -> str | None:
    months = data()["dates"]["months"]
    if (found := _YEAR.match(text)) is not None:
        return found.group(1)
    if (found := _ISO.match(text)) is not None:
        return text
    if (found := _DAY.match(text)) is not None and found.group(2).casefold() in months:
        return f"{found.group(3)}-{months[found.group(2).casefold()]:02d}-{int(found.group(1)):02d}"
    if (found := _MONTH.match(text)) is not None and found.group(1).casefold() in months:
        return f"{found.group(2)}-{months[found.group(1).casefold()]:02d}"
    return None


@dataclass(slots=True)
class Remarks:
    """What the parts of a remark say; parts nothing is known about stay in the remark's own text only."""

    names: list[Name] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    birth_dates: list[str] = field(default_factory=list)


@cache
def _patterns() -> tuple[dict[str, re.Pattern[str]], list[tuple[str, re.Pattern[str]]]]:
    remarks = data()["remarks"]
    single = {key: re.compile(value) for key, value in remarks.items() if isinstance(value, str)}
    return single, [(entry["scheme"], re.compile(entry["pattern"])) for entry in remarks["identifiers"]]


def read_remarks(text: str) -> Remarks:
    """Read the facts OFAC puts into remarks: "DOB 03 May 1968; nationality Russia; Passport 123 (Russia)."."""
    found = Remarks()
    patterns, schemes = _patterns()
    for part in text.split(";"):
        piece = part.strip()
        if not piece:
            continue
        if (hit := patterns["birth"].match(piece)) is not None:
            day = birth_date(hit["value"])
            if day is not None:
                found.birth_dates.append(day)
        elif (hit := patterns["country"].match(piece)) is not None:
            code = country_code(hit["value"])
            if code is not None:
                found.countries.append(code)
        elif (hit := patterns["alias"].match(piece)) is not None:
            name = (hit["weak"] or hit["value"] or "").strip()
            kind = "fka" if hit["kind"].casefold() == "f.k.a." else ("weak" if hit["weak"] else "aka")
            if name:
                found.names.append(Name(name, kind))
        else:
            for scheme, pattern in schemes:
                if (hit := pattern.match(piece)) is not None:
                    value = hit["value"].rstrip(".,")
                    if any(c.isdigit() for c in value) or scheme in {"BIC", "crypto"}:
                        found.identifiers.append(Identifier(scheme, value, validate(scheme, value)))
                    break
    return found


def unique(values: list[str]) -> tuple[str, ...]:
    """Return values without repeats, in order."""
    return tuple(dict.fromkeys(v for v in values if v))
