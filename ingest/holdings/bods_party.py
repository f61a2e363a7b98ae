"""Entities and persons of the Beneficial Ownership Data Standard 0.4 as partners: names, identifiers, places.

Source: standard.openownership.org, version 0.4, ``entity-record`` and ``person-record``.
"""

from __future__ import annotations

from typing import Any, Final

from ingest.holdings.stated import words
from kb.ids import normalise, validate
from kb.model import Identifier, Name, Partner
from kb.names.fold import has_han

_DATES: Final = (("birthDate", "birth date"), ("foundingDate", "founding date"), ("dissolutionDate", "dissolved"))
_MAX: Final = 500  # names or identifiers of one party


def read_party(record: str, kind: str, details: dict[str, Any], start: int, end: int) -> Partner:
    """Return a party as a partner.

    Args:
        record: id of its record, which relationships name.
        kind: "entity" or "person".
        details: its ``recordDetails``; what does not have the form of the standard is passed over.
        start: place of its statement.
        end: likewise.
    """
    table = words()["bods"]
    names: list[Name] = []
    if isinstance(details.get("name"), str) and details["name"].strip():
        names.append(_name(details["name"], "primary"))
    for stated in _objects(details, "names"):
        full = stated.get("fullName")
        if isinstance(full, str) and full.strip():
            known = table["names"].get(stated.get("type"), "aka")
            names.append(_name(full, "aka" if known == "primary" and names else known))
    names.extend(_name(text, "aka") for text in _texts(details, "alternateNames"))
    if names and all(name.kind != "primary" for name in names):
        names[0] = Name(names[0].text, "primary", names[0].language)
    addresses = [one["address"] for one in _objects(details, "addresses") if isinstance(one.get("address"), str)]
    jurisdiction = details.get("jurisdiction", details.get("incorporatedInJurisdiction"))
    nationalities = [one.get("code") for one in _objects(details, "nationalities")]
    country = jurisdiction.get("code") if isinstance(jurisdiction, dict) else next(iter(nationalities), None)
    attributes = {}
    for name, header in (
        ("birthDate", "birth date"),
        ("foundingDate", "founding date"),
        ("dissolutionDate", "dissolved"),
    ):
        if isinstance(details.get(name), str) and details[name]:
            attributes[header] = details[name]
    if any(one.get("status") == "isPep" for one in _objects(details.get("politicalExposure"), "details")) or (
        isinstance(details.get("politicalExposure"), dict) and details["politicalExposure"].get("status") == "isPep"
    ):
        attributes["topics"] = "role.pep"
    entity_type = details.get("entityType")
    return Partner(
        id=record,
        names=tuple(dict.fromkeys(names)),
        kind="person" if kind == "person" else "organization",
        start=start,
        end=end,
        country=country[:2].upper() if isinstance(country, str) and len(country) >= 2 else None,
        identifiers=tuple(dict.fromkeys(_identifiers(details, table["schemes"]))),
        legal_form=entity_type["subtype"] if isinstance(entity_type, dict) and _said(entity_type, "subtype") else None,
        status="dissolved" if "dissolved" in attributes else None,
        address=next(iter(addresses), None),
        attributes=attributes,
    )


def _identifiers(details: dict[str, Any], schemes: dict[str, str]) -> list[Identifier]:
    found = []
    for stated in _objects(details, "identifiers"):
        value = stated.get("id")
        if not isinstance(value, str) or not value.strip():
            continue
        said = f"{stated.get('scheme') or ''} {stated.get('schemeName') or ''}".casefold()
        scheme = next((known for mark, known in schemes.items() if mark in said), "registration")
        plain = normalise(scheme, value)
        if plain:
            found.append(Identifier(scheme, plain, validate(scheme, value)))
    return found


def _name(text: str, kind: str) -> Name:
    return Name(text.strip(), kind, "zh" if has_han(text) else None)


def _objects(value: Any, name: str) -> list[dict[str, Any]]:
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found[:_MAX] if isinstance(one, dict)] if isinstance(found, list) else []


def _texts(value: dict[str, Any], name: str) -> list[str]:
    found = value.get(name)
    return [one for one in found[:_MAX] if isinstance(one, str) and one.strip()] if isinstance(found, list) else []


def _said(value: dict[str, Any], name: str) -> bool:
    return isinstance(value.get(name), str) and bool(value[name])
