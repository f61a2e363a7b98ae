"""The UN Security Council's consolidated list in XML: one element per person or entity.

Each element is parsed alone, so one damaged entry does not lose the list, and its place in the text is known.

Source: UN Security Council, consolidated list XML schema (sc-sanctions.xsd).
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from ingest.lists.drafts import stated_day
from ingest.lists.elements import cut_elements, head_of, unclosed
from ingest.lists.vocabulary import birth_date, country_code, unique
from kb.ids import validate
from kb.model import Document, Identifier, ListEntry, Name, WatchList
from kb.names.fold import has_han

_GENERATED: Final = re.compile(r'dateGenerated="([^"]{10})')
_NAME_PARTS: Final = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")


def is_un_list(text: str) -> bool:
    """Say whether a text is the UN's consolidated list."""
    return "<CONSOLIDATED_LIST" in text[:2000]


def read_un(document: Document, list_id: str, title: str) -> WatchList:
    """Read every person and entity of the list."""
    text = document.text
    entries: list[ListEntry] = []
    rejected: list[str] = []
    notes: list[str] = []
    rows = 0
    for cut in cut_elements(text, "INDIVIDUAL", "ENTITY"):
        rows += 1
        found: list[str] = []
        entry = None if cut.element is None else _entry(cut.element, cut.start, cut.end, found)
        if entry is None:
            rejected.append(f"{cut.where}: {cut.problem or 'it has no id or no name'}")
        else:
            entries.append(entry)
            notes.extend(f"{cut.where}, column {note}" for note in found)
    stated = _GENERATED.search(head_of(text))
    return WatchList(
        list_id,
        title,
        tuple(entries),
        rows,
        tuple(rejected),
        tuple(notes),
        None if stated is None else stated_day(stated[1]),
        unclosed(text, "CONSOLIDATED_LIST"),
    )


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _entry(element: etree._Element, start: int, end: int, notes: list[str]) -> ListEntry | None:
    number = _text(element, "DATAID") or _text(element, "REFERENCE_NUMBER")
    name = " ".join(part for part in (_text(element, tag) for tag in _NAME_PARTS) if part)
    if not number or not name:
        return None
    person = element.tag == "INDIVIDUAL"
    prefix = "INDIVIDUAL" if person else "ENTITY"
    names = [Name(name)]
    original = _text(element, "NAME_ORIGINAL_SCRIPT")
    if original:
        names.append(Name(original, "original", "zh" if has_han(original) else None))
    for alias in element.findall(f"{prefix}_ALIAS"):
        text = _text(alias, "ALIAS_NAME")
        quality = _text(alias, "QUALITY").casefold()
        kind = "weak" if quality == "low" else "fka" if "f.k.a" in quality else "aka"
        names.extend(Name(part.strip(), kind) for part in text.split(";") if part.strip())
    dates: list[str] = []
    for birth in element.findall("INDIVIDUAL_DATE_OF_BIRTH"):
        said = _text(birth, "DATE") or _text(birth, "YEAR")
        stated = birth_date(said)
        if said and stated is None:
            notes.append(f"INDIVIDUAL_DATE_OF_BIRTH: '{said[:60]}' is no date")
        first, last = _text(birth, "FROM_YEAR"), _text(birth, "TO_YEAR")
        if stated is None and first and last:
            stated = birth_date(f"{first} to {last}")
        if stated is not None:
            about = (
                _text(birth, "TYPE_OF_DATE").casefold() == "approximately"
                and not stated.endswith("~")
                and "/" not in stated
            )
            dates.append(stated + ("~" if about else ""))
    countries = [country_code(v.text or "") for v in element.findall("NATIONALITY/VALUE")]
    addresses: list[str] = []
    for address in element.findall(f"{prefix}_ADDRESS"):
        parts = [_text(address, tag) for tag in ("STREET", "CITY", "STATE_PROVINCE", "COUNTRY")]
        addresses.append(", ".join(p for p in parts if p))
        countries.append(country_code(parts[3]))
    return ListEntry(
        id=f"UN-{number}",
        names=tuple(dict.fromkeys(names)),
        kind="person" if person else "organization",
        start=start,
        end=end,
        countries=unique([c for c in countries if c is not None]),
        programs=unique([_text(element, "UN_LIST_TYPE")]),
        identifiers=_documents(element),
        birth_dates=unique(dates),
        addresses=unique(addresses),
        remarks="; ".join(p for p in (_text(element, "REFERENCE_NUMBER"), _text(element, "COMMENTS1")) if p),
        listed_on=stated_day(_text(element, "LISTED_ON")),
        delisted_on=stated_day(_text(element, "DELISTED_ON")),
    )


def _documents(element: etree._Element) -> tuple[Identifier, ...]:
    found: list[Identifier] = []
    for paper in element.findall("INDIVIDUAL_DOCUMENT"):
        number = _text(paper, "NUMBER")
        scheme = "passport" if "passport" in _text(paper, "TYPE_OF_DOCUMENT").casefold() else "national-id"
        # "Indonesia travel document number XD253038": the number is the last word with a digit in it.
        value = next((w for w in reversed(re.split(r"[\s,;()]+", number)) if any(c.isdigit() for c in w)), "")
        if value:
            found.append(Identifier(scheme, value, validate(scheme, value)))
    return tuple(dict.fromkeys(found))
