"""The laws that cite an act, as they are shown: one row per citing version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from checks.impact import ImpactLevel
from checks.impact_levels import heaviest
from checks.law_reading import LawReading
from checks.ledger_load import laws_citing
from checks.ledger_model import Citing
from kb.law_numbers import base_number, enclosing_number
from kb.snapshot import Snapshot


def cited_by(snapshot: Snapshot, law: LawReading, act: str, day: date) -> list[dict[str, Any]]:
    """Return the stored laws that cite an act and apply on a day, or will, by id."""
    return citing_laws_json(laws_citing(snapshot, law, act, day))


def places_citing(snapshot: Snapshot, law: LawReading, act: str, number: str, day: date) -> list[dict[str, Any]]:
    """Return the places of such laws that cite a provision, or a part of it, by that number.

    Numbers change: these are the places that write it, whatever version they mean; ``law impact`` follows each.
    """
    return [
        {"version": each.law, "title": each.title, **_place(each)}
        for each in laws_citing(snapshot, law, act, day)
        if each.citation.provision is not None and _is_within(each.citation.provision, number)
    ]


def _is_within(cited: str, number: str) -> bool:
    """Return whether a cited number is a provision or lies in it; the article cited alone covers its paragraphs."""
    outer: str | None = cited
    while outer is not None:
        if outer == number:
            return True
        outer = enclosing_number(outer)
    return cited == base_number(number)


def citing_laws_json(laws: Iterable[Citing], changes: Iterable[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """Return the laws that cite an act, one row per citing version, those a change touches hardest first.

    Args:
        laws: places of laws that cite the act.
        changes: the changes of a ledger in JSON; their items about laws give the states.
    """
    items: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for change in changes:
        for item in change["items"]:
            if item["type"] == "law":
                items[item["version"]].append(item)
    grouped: dict[str, list[Citing]] = defaultdict(list)
    for each in laws:
        grouped[each.law or ""].append(each)
    order = list(ImpactLevel)
    rows = [
        {
            "act": version.rpartition("@")[0],
            "version": version,
            "title": places[0].title,
            "document": places[0].document,
            "citations": len(places),
            "provisions": list(dict.fromkeys(each.citation.provision for each in places if each.citation.provision)),
            "state": heaviest(tuple(ImpactLevel(item["state"]) for item in items[version])).value,
            "items": [item["id"] for item in items[version]],
            "places": [_place(each) for each in places],
        }
        for version, places in grouped.items()
    ]
    return sorted(rows, key=lambda row: (-order.index(ImpactLevel(str(row["state"]))), str(row["version"])))


def _place(each: Citing) -> dict[str, Any]:
    return {
        "in": each.clause.number if each.clause is not None else None,
        "cited": each.citation.provision,
        "document": each.document,
        "start": each.citation.start,
        "end": each.citation.end,
        "quote": each.citation.text,
    }
