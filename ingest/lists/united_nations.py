"""The UN Security Council's consolidated list in XML: one element per person or entity.

Each element is parsed alone, so one damaged entry does not lose the list, and its place in the text is known.

Source: UN Security Council, consolidated list XML schema (sc-sanctions.xsd).
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from ingest.lists.vocabulary import birth_date, country_code, unique
from kb.ids import validate
from kb.model import Document, Identifier, ListEntry, Name, WatchList

_OPENING: Final = re.compile(r"<(INDIVIDUAL|ENTITY)>")
MAX_ENTRY: Final = 200_000  # characters of one entry; the longest real one has about 20,000
_NAME_PARTS: Final = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")


def is_un_list(text: str) -> bool:
    """Say whether a text is the UN's consolidated list."""
    return "<CONSOLIDATED_LIST" in text[:2000]


def read_un(document: Document, list_id: str, title: str) -> WatchList:
    """Read every person and entity of the list."""
    text = document.text
    entries: list[ListEntry] = []
    rejected: list[str] = []
    rows = 0
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    position = 0
    while (opening := _OPENING.search(text, position)) is not None:
        rows += 1
        closing = f"</{opening.group(1)}>"
        found = text.find(closing, opening.end(), opening.start() + MAX_ENTRY)
        line = f"entry {rows}"
        if found < 0:
            rejected.append(f"{line}: its end is missing")
            position = opening.end()
            continue
        end = found + len(closing)
        position = end
        try:
            element = etree.fromstring(text[opening.start() : end], parser)
        except etree.XMLSyntaxError as error:
            rejected.append(f"{line}: {error.msg}")
            continue
        entry = _entry(element, opening.start(), end)
        if entry is None:
            rejected.append(f"{line}: it has no id or no name")
        else:
            entries.append(entry)
    return WatchList(list_id, title, tuple(entries), rows, tuple(rejected))


def _text(element: etree._Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _entry(element: etree._Element, start: int, end: int) -> ListEntry | None:
    number = _text(element, "DATAID") or _text(element, "REFERENCE_NUMBER")
    name = " ".join(part for part in (_text(element, tag) for tag in _NAME_PARTS) if part)
    if not number or not name:
        return None
    person = element.tag == "INDIVIDUAL"
    prefix = "INDIVIDUAL" if person else "ENTITY"
    names = [Name(name)]
    original = _text(element, "NAME_ORIGINAL_SCRIPT")
    if original:
        names.append(Name(original, "primary"))
    for alias in element.findall(f"{prefix}_ALIAS"):
        text = _text(alias, "ALIAS_NAME")
        quality = _text(alias, "QUALITY").casefold()
        kind = "weak" if quality == "low" else "fka" if "f.k.a" in quality else "aka"
        names.extend(Name(part.strip(), kind) for part in text.split(";") if part.strip())
    dates: list[str] = []
    for birth in element.findall("INDIVIDUAL_DATE_OF_BIRTH"):
        stated = birth_date(_text(birth, "DATE") or _text(birth, "YEAR"))
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
