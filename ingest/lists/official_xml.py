"""The XML forms of official lists: OFAC (sdn.xml, consolidated.xml), European Union (1.1), United Kingdom.

Sources: OFAC, "SDN list XML format" (sdn.xsd); European Commission, "Consolidated financial sanctions list: XML 1.1"
(export.xsd); FCDO, "UK Sanctions List" XML. OFAC's other form, SDN_ADVANCED.XML, is recognised and not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from lxml import etree

from ingest.lists.drafts import Draft, joined, stated_birth, stated_day
from ingest.lists.elements import cut_elements, head_of, many, unclosed, words
from ingest.lists.vocabulary import data, kind_of, read_remarks
from kb.errors import UnsupportedError
from kb.model import WatchList

_ADVANCED: Final = re.compile(r"<(?:\w+:)?Sanctions\s[^>]*ADVANCED_XML", re.IGNORECASE)
_OFAC: Final = re.compile(r"<(?:\w+:)?sdnList[\s>]")
_EU: Final = re.compile(r"<(?:\w+:)?export\s[^>]*(?:/fpi/fsd/export|globalFileId)")
_UK: Final = re.compile(r"<Designations[\s>]")
_EU_DATE: Final = re.compile(r'generationDate="([^"]{10})')
_UK_DATE: Final = re.compile(r"<DateGenerated>([^<]{8,30})<")
_OFAC_DATE: Final = re.compile(r"<Publish_Date>([^<]{8,20})<")
_OFAC_COUNT: Final = re.compile(r"<Record_Count>\s*(\d{1,9})\s*<")

Notes = list[str]
_Read = Callable[[etree._Element, Draft, Notes], None]  # noqa: SLF001 - lxml names its type so


def official_xml(text: str) -> str | None:
    """Return "ofac", "eu" or "uk" when a text is a list in their XML, else None.

    Raises:
        UnsupportedError: it is OFAC's advanced form.
    """
    head = head_of(text)
    if _ADVANCED.search(head) is not None:
        raise UnsupportedError(
            "OFAC's advanced XML is not read.", remedy="Take sdn.xml or consolidated.xml, which list the same parties."
        )
    return next((name for name, mark in (("ofac", _OFAC), ("eu", _EU), ("uk", _UK)) if mark.search(head)), None)


def read_official_xml(text: str, publisher: str, list_id: str, title: str) -> WatchList:
    """Read a list that ``official_xml`` recognised."""
    tag, root, prefix, read = _PUBLISHERS[publisher]
    notes: Notes = []
    rejected: list[str] = []
    entries = []
    seen: set[str] = set()
    rows = 0
    for cut in cut_elements(text, tag):
        rows += 1
        problem = cut.problem
        entry = None
        if cut.element is not None:
            draft = Draft("", cut.start, cut.end, cut.where)
            found: Notes = []
            read(cut.element, draft, found)
            entry = draft.entry(prefix)
            if not draft.key:
                problem = "it has no id"
            elif entry is None:
                problem = "it has no name"
            elif draft.key in seen:
                problem = f"the id {draft.key} was used before"
            else:
                notes.extend(f"{cut.where}, column {note}" for note in found)
            seen.add(draft.key)
        if problem is not None or entry is None:
            rejected.append(f"{cut.where}: {problem}")
        else:
            entries.append(entry)
    return WatchList(
        list_id,
        title,
        tuple(entries),
        rows,
        tuple(rejected),
        tuple(notes),
        _published(text, publisher),
        unclosed(text, root) or _miscounted(text, publisher, rows),
    )


def _published(text: str, publisher: str) -> date | None:
    pattern, order = {"ofac": (_OFAC_DATE, "mdy"), "eu": (_EU_DATE, "dmy"), "uk": (_UK_DATE, "dmy")}[publisher]
    found = pattern.search(head_of(text))
    return None if found is None else stated_day(found[1], order)


def _miscounted(text: str, publisher: str, rows: int) -> str | None:
    found = _OFAC_COUNT.search(head_of(text)) if publisher == "ofac" else None
    if found is None or int(found[1]) == rows:
        return None
    return f"it announces {int(found[1]):,} entries and has {rows:,}"


def _birth(draft: Draft, notes: Notes, field: str, text: str) -> None:
    day = stated_birth(text)
    if day is not None:
        draft.births.append(day)
    elif text:
        notes.append(f"{field}: '{text[:60]}' is no date")


def _country(draft: Draft, notes: Notes, field: str, text: str) -> None:
    if not draft.country(text):
        notes.append(f"{field}: '{text[:60]}' is no known country")


# --- OFAC ------------------------------------------------------------------------------------------------------------


def _ofac(element: etree._Element, draft: Draft, notes: Notes) -> None:
    draft.key = words(element, "uid")
    stated = words(element, "sdnType").casefold()
    draft.kind = data()["ofac"]["types"].get(stated, "organization")
    draft.name(_ofac_name(element))
    for alias in element.iterfind("akaList/aka"):
        kind = "fka" if words(alias, "type").casefold().startswith("f") else "aka"
        draft.name(_ofac_name(alias), "weak" if words(alias, "category").casefold() == "weak" else kind)
    draft.programs.extend(many(element, "programList/program"))
    for paper in element.iterfind("idList/id"):
        # The same words as in the remarks of the CSV form, so that one vocabulary reads both.
        said = read_remarks(f"{words(paper, 'idType').rstrip('.')} {words(paper, 'idNumber')}")
        draft.identifiers.extend(said.identifiers)
    for path in ("nationalityList/nationality/country", "citizenshipList/citizenship/country", "vesselInfo/vesselFlag"):
        for text in many(element, path):
            _country(draft, notes, path, text)
    for text in many(element, "dateOfBirthList/dateOfBirthItem/dateOfBirth"):
        _birth(draft, notes, "dateOfBirth", text)
    for address in element.iterfind("addressList/address"):
        parts = ("address1", "address2", "address3", "city", "stateOrProvince", "postalCode", "country")
        draft.addresses.append(joined(words(address, part) for part in parts))
        _country(draft, notes, "address", words(address, "country"))
    draft.remarks.extend([words(element, "title"), words(element, "remarks")])


def _ofac_name(element: etree._Element) -> str:
    return joined((words(element, "lastName"), words(element, "firstName")))


# --- European Union --------------------------------------------------------------------------------------------------


def _eu(element: etree._Element, draft: Draft, notes: Notes) -> None:
    draft.key = element.get("logicalId", "")
    subject = element.find("subjectType")
    if subject is not None:
        draft.kind = kind_of(subject.get("code", "")) or kind_of(subject.get("classificationCode", ""))
    for alias in element.iterfind("nameAlias"):
        whole = alias.get("wholeName", "") or joined(
            (alias.get(part, "") for part in ("firstName", "middleName", "lastName")), " "
        )
        weak = alias.get("strong", "true").casefold() in {"false", "0"}
        kind = "weak" if weak and draft.names else "aka" if draft.names else "primary"
        draft.name(whole, kind, alias.get("nameLanguage", "").lower()[:2] or None)
        draft.remarks.append(alias.get("function", ""))
    for regulation in element.iterfind("regulation"):
        draft.programs.append(regulation.get("programme", ""))
        day = stated_day(regulation.get("entryIntoForceDate", "") or regulation.get("publicationDate", ""))
        if day is not None and (draft.listed_on is None or day < draft.listed_on):
            draft.listed_on = day
    draft.listed_on = stated_day(element.get("designationDate", "")) or draft.listed_on
    for birth in element.iterfind("birthdate"):
        _eu_birth(birth, draft, notes)
    for path in ("citizenship", "address", "identification"):
        for stated in element.iterfind(path):
            code = stated.get("countryIso2Code", "")
            _country(draft, notes, path, "" if code == "00" else code)  # 00: unknown
    for address in element.iterfind("address"):
        parts = ("street", "poBox", "zipCode", "city", "region", "countryDescription")
        draft.addresses.append(joined(address.get(part, "") for part in parts))
    for paper in element.iterfind("identification"):
        scheme = _EU_PAPERS.get(paper.get("identificationTypeCode", "").casefold(), "registration")
        draft.identifier(scheme, paper.get("number", "") or paper.get("latinNumber", ""))
    draft.remarks.extend([element.get("euReferenceNumber", ""), element.get("designationDetails", "")])
    draft.remarks.extend(many(element, "remark"))


_EU_PAPERS: Final[Mapping[str, str]] = {
    "passport": "passport",
    "id": "national-id",
    "ssn": "national-id",
    "fiscalcode": "tax-id",
    "tax": "tax-id",
    "regnumber": "registration",
    "swiftbic": "BIC",
    "imo": "IMO",
}


def _eu_birth(birth: etree._Element, draft: Draft, notes: Notes) -> None:
    first, last = birth.get("yearRangeFrom", ""), birth.get("yearRangeTo", "")
    year = birth.get("year", "")
    stated = birth.get("birthdate", "") or ("" if year in {"", "0"} else year)
    if not stated and first and last:
        stated = f"{first} to {last}"
    if stated:
        circa = birth.get("circa", "").casefold() == "true" and " to " not in stated
        _birth(draft, notes, "birthdate", f"circa {stated}" if circa else stated)


# --- United Kingdom --------------------------------------------------------------------------------------------------

_UK_NAMES: Final = ("Name1", "Name2", "Name3", "Name4", "Name5", "Name6")
_UK_ADDRESS: Final = (*(f"AddressLine{n}" for n in range(1, 7)), "AddressPostalCode", "AddressCountry")


def _uk(element: etree._Element, draft: Draft, notes: Notes) -> None:
    draft.key = words(element, "UniqueID")
    draft.kind = kind_of(words(element, "IndividualEntityShip"))
    for name in element.iterfind("Names/Name"):
        stated = words(name, "NameType").casefold()
        weak = "low" in words(name, "AliasStrength").casefold()
        kind = "primary" if stated == "primary name" else "weak" if weak else "aka"
        draft.name(joined((words(name, part) for part in _UK_NAMES), " "), kind)
    for text in many(element, "NonLatinNames/NonLatinName/NameNonLatinScript"):
        draft.name(text, "original")
    draft.programs.extend(many(element, "RegimeName"))
    draft.listed_on = stated_day(words(element, "DateDesignated"))
    for text in many(element, ".//DOBs/DOB"):
        _birth(draft, notes, "DOB", text)
    for text in [*many(element, ".//Nationalities/Nationality"), *many(element, ".//AddressCountry")]:
        _country(draft, notes, "country", text)
    for address in element.iterfind("Addresses/Address"):
        draft.addresses.append(joined(words(address, part) for part in _UK_ADDRESS))
    for path, scheme in (
        (".//PassportNumber", "passport"),
        (".//NationalIdentifierNumber", "national-id"),
        (".//BusinessRegistrationNumber", "registration"),
        (".//IMONumber", "IMO"),
    ):
        for text in many(element, path):
            draft.identifier(scheme, text)
    draft.remarks.extend(
        words(element, path) for path in ("UNReferenceNumber", "OtherInformation", "UKStatementofReasons")
    )


_PUBLISHERS: Final[Mapping[str, tuple[str, str, str, _Read]]] = {
    "ofac": ("sdnEntry", "sdnList", "OFAC", _ofac),
    "eu": ("sanctionEntity", "export", "EU", _eu),
    "uk": ("Designation", "Designations", "UK", _uk),
}
