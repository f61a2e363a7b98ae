"""The US Consolidated Screening List as JSON: one object with its entries under ``results``, or an array of them.

Source: International Trade Administration, "Consolidated Screening List API" (response fields).
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from ingest.jsonitems import Item, is_json, json_items
from ingest.lists.drafts import Draft, joined, stated_birth, stated_day
from ingest.lists.vocabulary import kind_of, read_remarks
from kb.model import Document, ListEntry, WatchList

_LOOKED_AT: Final = 20_000
_KEY_DIGITS: Final = 12
_ADDRESS: Final = ("address", "city", "state", "postal_code", "country")


def is_screening_json(document: Document) -> bool:
    """Say whether a text is this list."""
    head = document.text[:_LOOKED_AT]
    return is_json(head) and '"alt_names"' in head and '"source"' in head


def read_screening_json(document: Document, list_id: str, title: str) -> WatchList:
    """Read the entries of the list."""
    entries: dict[str, ListEntry] = {}
    rejected: list[str] = []
    notes: list[str] = []
    rows = 0
    incomplete = None
    for item in json_items(document.text, place=list_id):
        rows += 1
        found: list[str] = []
        entry = None if item.problem is not None else _entry(item, found)
        problem = item.problem or ("it has no name" if entry is None else None)
        if entry is not None and entry.id in entries:
            problem = f"the id {entry.id} was used before"
        if problem is not None or entry is None:
            rejected.append(f"{item.where}: {problem}")
            incomplete = f"it breaks off at {item.where}" if item.last and item.problem is not None else None
            continue
        notes.extend(f"{item.where}, column {note}" for note in found)
        entries[entry.id] = entry
    return WatchList(
        list_id, title, tuple(entries.values()), rows, tuple(rejected), tuple(notes), incomplete=incomplete
    )


def _entry(item: Item, notes: list[str]) -> ListEntry | None:
    value = item.value
    name, source = _text(value, "name"), _text(value, "source")
    key = _text(value, "id") or hashlib.sha256(f"{source}\0{name}".encode()).hexdigest()[:_KEY_DIGITS]
    draft = Draft(key, item.start, item.end, item.where, kind_of(_text(value, "type")))
    draft.name(name)
    for alias in _texts(value, "alt_names"):
        draft.name(alias, "aka")
    draft.programs.extend([source, *_texts(value, "programs")])
    for field in ("nationalities", "citizenships", "country"):
        unknown = [text for text in _texts(value, field) if not draft.country(text)]
        notes.extend(f"{field}: '{text[:60]}' is no known country" for text in unknown)
    for text in _texts(value, "dates_of_birth"):
        day = stated_birth(text)
        if day is None:
            notes.append(f"dates_of_birth: '{text[:60]}' is no date")
        else:
            draft.births.append(day)
    for address in _objects(value, "addresses"):
        draft.addresses.append(joined(_text(address, part) for part in _ADDRESS))
        draft.country(_text(address, "country"))
    for paper in _objects(value, "ids"):
        draft.identifiers.extend(
            read_remarks(f"{_text(paper, 'type').rstrip('.')} {_text(paper, 'number')}").identifiers
        )
    draft.listed_on = stated_day(_text(value, "start_date"))
    draft.delisted_on = stated_day(_text(value, "end_date"))
    draft.remarks.extend(
        _text(value, part) for part in ("title", "federal_register_notice", "license_policy", "remarks")
    )
    return draft.entry("CSL")


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _texts(value: dict[str, Any], name: str) -> list[str]:
    found = value.get(name)
    several = found if isinstance(found, list) else [found]
    return [text.strip() for text in several if isinstance(text, str) and text.strip()]


def _objects(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = value.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
