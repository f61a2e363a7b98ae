"""FollowTheMoney entities, one JSON object per line or in an array: parties, who owns whom, sanctions.

What the schemata and properties mean is data (ftm.toml). The same file can be read as a watch list (those it calls
targets or gives a topic of risk) or as a register (every party, with the holdings between them).

Source: followthemoney.tech (model and JSON form), OpenSanctions "Entity JSON".
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

from ingest.holdings.table import read_share
from ingest.jsonitems import Item, is_json, json_items
from ingest.lists.drafts import Draft, stated_birth, stated_day
from ingest.lists.vocabulary import country_code
from kb.errors import MissingPartError
from kb.model import Document, Holding, ListEntry, Partner, Register, WatchList
from kb.names.fold import has_han

_LOOKED_AT: Final = 20_000
MAX_VALUES: Final = 2_000  # of one property; more is no entity but an attack
_RISK: Final = ("sanction", "debarment", "crime", "export.", "role.", "reg.", "wanted", "poi")


@dataclass(slots=True)
class _File:
    """What a file holds, by id of the party."""

    drafts: dict[str, Draft] = field(default_factory=dict)
    risky: set[str] = field(default_factory=set)
    stated: dict[str, dict[str, str]] = field(default_factory=dict)
    edges: list[tuple[Item, Mapping[str, str], dict[str, list[str]]]] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rows: int = 0
    incomplete: str | None = None


@cache
def _data() -> dict[str, Any]:
    source = resources.files("ingest.lists") / "ftm.toml"
    if not source.is_file():
        raise MissingPartError(
            "the vocabulary of FollowTheMoney is absent", place="ingest/lists/ftm.toml", remedy="Reinstall duegraph."
        )
    return tomllib.loads(source.read_text(encoding="utf-8"))


@cache
def _kinds() -> dict[str, str]:
    return {schema: kind for kind, schemata in _data()["kinds"].items() for schema in schemata}


def is_ftm(document: Document) -> bool:
    """Say whether a text holds FollowTheMoney entities."""
    head = document.text[:_LOOKED_AT]
    return is_json(head) and '"schema"' in head and '"properties"' in head


def lists_parties(document: Document) -> bool:
    """Say whether the file calls some party a target or gives it a topic of risk, so that it is a watch list."""
    head = document.text.replace(" ", "")[: _LOOKED_AT * 10]
    return '"target":true' in head or any(f'"{mark}' in head for mark in _RISK)


def read_ftm_list(document: Document, list_id: str, title: str) -> WatchList:
    """Read the parties a file lists, with their sanctions; parties that only own or are owned are left out."""
    read = _read(document, list_id)
    entries: list[ListEntry] = []
    listed: dict[str, str] = {}
    for key, draft in read.drafts.items():
        entry = draft.entry(list_id)
        if entry is None:
            read.rejected.append(f"{draft.where}: it has no name")
        elif key in read.risky:
            entries.append(entry)
            listed[key] = entry.id
    holdings, left = _holdings(read, listed)
    if left:
        read.notes.append(
            f"{left[0].where}: {len(left)} statements of ownership, this one first, concern parties not listed; "
            "read the file as a register to keep them"
        )
    return WatchList(
        list_id,
        title,
        tuple(entries),
        read.rows,
        tuple(read.rejected),
        tuple(read.notes),
        incomplete=read.incomplete,
        holdings=tuple(holdings),
    )


def read_ftm_register(document: Document, source_name: str) -> Register:
    """Read every party of a file as a partner, with the holdings between them."""
    read = _read(document, source_name)
    partners: list[Partner] = []
    for key, draft in read.drafts.items():
        entry = draft.entry("")
        if entry is None:
            read.rejected.append(f"{draft.where}: it has no name")
            continue
        stated = read.stated.get(key, {})
        more = {"topics": "; ".join(entry.programs)} if entry.programs else {}
        births = {"birth date": "; ".join(entry.birth_dates)} if entry.birth_dates else {}
        partners.append(
            Partner(
                id=key,
                names=entry.names,
                kind=entry.kind if entry.kind in {"person", "organization"} else None,
                start=draft.start,
                end=draft.end,
                country=next(iter(entry.countries), None),
                identifiers=entry.identifiers,
                legal_form=stated.get("legal_form"),
                status=stated.get("status"),
                address=next(iter(entry.addresses), None),
                attributes={**more, **births},
            )
        )
    known = {partner.id: partner.id for partner in partners}
    holdings, unknown = _holdings(read, known)
    if unknown:
        read.notes.append(
            f"{unknown[0].where}: {len(unknown)} statements of ownership, this one first, concern parties "
            "the file does not hold"
        )
    return Register(
        tuple(partners),
        read.rows,
        tuple(read.rejected),
        tuple(read.notes),
        incomplete=read.incomplete,
        holdings=tuple(holdings),
    )


def _read(document: Document, place: str) -> _File:
    read = _File()
    later: list[tuple[Mapping[str, Any], dict[str, list[str]]]] = []
    last: Item | None = None
    for item in json_items(document.text, place=place):
        read.rows += 1
        last = item
        schema, key = item.value.get("schema"), item.value.get("id")
        if item.problem is not None or not isinstance(schema, str) or not isinstance(key, str) or not key:
            read.rejected.append(f"{item.where}: {item.problem or 'it has no schema or no id'}")
            continue
        properties = _properties(item.value.get("properties"))
        if schema in _data()["edges"]:
            if _data()["edges"][schema]["owner"]:
                read.edges.append((item, _data()["edges"][schema], properties))
        elif schema in _data()["papers"]:
            later.append((_data()["papers"][schema], properties))
        elif schema in _kinds():
            _party(read, item, key, schema, properties)
    for rule, properties in later:
        for key in properties.get(rule["party"], ()):
            draft = read.drafts.get(key)
            if draft is not None:
                _paper(draft, rule, properties)
                if "delisted" in rule:
                    read.risky.add(key)
    if last is not None and last.problem is not None and last.last:
        read.incomplete = f"it breaks off at {last.where}"
    return read


def _properties(value: Any) -> dict[str, list[str]]:
    """Return the properties as lists of texts; values of other kinds are passed over, nested entities become ids."""
    found: dict[str, list[str]] = {}
    for name, values in value.items() if isinstance(value, dict) else ():
        several = values if isinstance(values, list) else [values]
        texts = [v["id"] if isinstance(v, dict) and isinstance(v.get("id"), str) else v for v in several[:MAX_VALUES]]
        found[str(name)] = [text for text in texts if isinstance(text, str) and text.strip()]
    return found


def _party(read: _File, item: Item, key: str, schema: str, properties: dict[str, list[str]]) -> None:
    if key in read.drafts:
        read.rejected.append(f"{item.where}: the id {key[:60]} was used before")
        return
    data = _data()
    draft = read.drafts[key] = Draft(key, item.start, item.end, item.where, _kinds()[schema] or None)
    caption = item.value.get("caption")
    texts = properties.get("name", [])
    main = caption if isinstance(caption, str) and caption in texts else next(iter(texts), None)
    for name, kind in data["names"].items():
        for text in properties.get(name, ()):
            other = kind if kind != "primary" or text == main else "original" if _own_script(text, main) else "aka"
            draft.name(text, other, "zh" if has_han(text) else None)
    if not draft.names and isinstance(caption, str):
        draft.name(caption)
    for name, scheme in data["identifiers"].items():
        for text in properties.get(name, ()):
            draft.identifier(scheme, text)
    for name in data["facts"]["countries"]:
        for text in properties.get(name, ()):
            if not draft.country(text) and country_code(text) is None:
                read.notes.append(f"{item.where}, column {name}: '{text[:60]}' is no known country")
    for name in data["facts"]["births"]:
        for text in properties.get(name, ()):
            day = stated_birth(text)
            if day is None:
                read.notes.append(f"{item.where}, column {name}: '{text[:60]}' is no date")
            else:
                draft.births.append(day)
    for name in data["facts"]["programs"]:
        draft.programs.extend(properties.get(name, ()))
    for name in data["facts"]["addresses"]:
        draft.addresses.extend(properties.get(name, ()))
    for name in data["facts"]["remarks"]:
        draft.remarks.extend(properties.get(name, ()))
    topics = set(properties.get("topics", ()))
    if item.value.get("target") is True or topics & set(data["topics"]["listed"]):
        read.risky.add(key)
    read.stated[key] = {
        name: properties[source][0]
        for name in ("status", "legal_form")
        for source in data["facts"][name]
        if properties.get(source)
    }


def _own_script(text: str, main: str | None) -> bool:
    """Say whether a name is the main one in another script (one is plain Latin, the other is not)."""
    return main is not None and text.isascii() != main.isascii() and any(ord(c) > 0x24F for c in text + main)


def _paper(draft: Draft, rule: Mapping[str, Any], properties: dict[str, list[str]]) -> None:
    for name in rule.get("programs", ()):
        draft.programs.extend(properties.get(name, ()))
    for name in rule.get("listed", ()):
        days = [day for text in properties.get(name, ()) if (day := stated_day(text)) is not None]
        if days:
            draft.listed_on = min([*days, *([] if draft.listed_on is None else [draft.listed_on])])
            break
    ends = [day for name in rule.get("delisted", ()) for text in properties.get(name, ()) if (day := stated_day(text))]
    if ends:
        draft.delisted_on = max([*ends, *([] if draft.delisted_on is None else [draft.delisted_on])])
    for name in rule.get("number", ()):
        for text in properties.get(name, ()):
            said = " ".join(properties.get("type", [])).casefold()
            scheme = rule.get("scheme") or ("passport" if "passport" in said else "national-id")
            draft.identifier(scheme, text)


def _holdings(read: _File, known: Mapping[str, str]) -> tuple[list[Holding], list[Item]]:
    """Return the holdings between known parties, and the statements that concern others."""
    found: list[Holding] = []
    others: list[Item] = []
    for item, rule, properties in read.edges:
        pairs = [
            (known[owner], known[owned])
            for owner in properties.get(rule["owner"], ())
            for owned in properties.get(rule["owned"], ())
            if owner in known and owned in known
        ]
        if not pairs:
            others.append(item)
        low, high = (1.0, 1.0) if rule["measure"] == "control" else _share(read, item, properties)
        for owner, owned in pairs:
            found.append(
                Holding(
                    owner,
                    owned,
                    low,
                    high,
                    item.start,
                    item.end,
                    rule["measure"],
                    _day(properties, "startDate"),
                    _day(properties, "endDate"),
                    next(iter(properties.get("publisher", ())), "") or _dataset(item),
                )
            )
    return found, others


def _share(read: _File, item: Item, properties: dict[str, list[str]]) -> tuple[float, float]:
    """Return the share of an edge; 0-1 when it states none or one that cannot be read, which is noted."""
    for text in properties.get("percentage", ()):
        bounds = read_share(text)
        if bounds is not None:
            return bounds
        read.notes.append(f"{item.where}, column percentage: '{text[:60]}' is no share")
    return 0.0, 1.0


def _day(properties: dict[str, list[str]], name: str) -> date | None:
    return next((day for text in properties.get(name, ()) if (day := stated_day(text)) is not None), None)


def _dataset(item: Item) -> str:
    datasets = item.value.get("datasets")
    return str(datasets[0]) if isinstance(datasets, list) and datasets and isinstance(datasets[0], str) else ""
