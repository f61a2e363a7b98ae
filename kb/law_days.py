"""Which text of one provision applies on a day, where the provision begins on another day than its act.

A new text of an article may wait longer than the act that brings it, or apply sooner. Until it does, the text before it
stands, if the article kept its number; a number that another provision bore before is not followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from kb.law_force import Force, ForceState, force_on
from kb.law_numbers import base_number
from kb.law_versions import StoredVersion

if TYPE_CHECKING:
    from kb.law import LawIndex


@dataclass(frozen=True, slots=True)
class Standing:
    """The version whose text of a provision applies on a day.

    Attributes:
        version: that version; the one that is yet to apply when ``waits`` is set.
        waits: the provision is not law yet, and nothing stood in its place before.
        note: what a reader must know, or "".
    """

    version: StoredVersion
    waits: bool = False
    note: str = ""


def standing(law: LawIndex, meant: StoredVersion | None, act: str, day: date, number: str) -> Standing | None:
    """Return which version gives the text of a provision on a day.

    Args:
        law: index that holds the act.
        meant: the version of the act that applies on the day, or None when none does yet.
        act: id of the act.
        day: the day asked about.
        number: number of the provision, as cited.

    Returns:
        None when no provision has a day of its own that matters here.
    """
    line = law.versions(act)
    first = -1 if meant is None else line.index(meant)
    for version in reversed(line[first + 1 :]):
        apart = _apart(law, version, number)
        if apart is not None and apart[0] is not None and apart[0] <= day and _kept(law, meant, version, number):
            return Standing(version, note=f"{number} of version {version.name} applies from {apart[0]}")
    if meant is None:
        return None
    apart = _apart(law, meant, number)
    if apart is None or (apart[0] is not None and apart[0] <= day):
        return None
    if apart[0] is None:
        return Standing(meant, note=f"the day on which {number} of version {meant.name} begins to apply is not stated")
    begins = f"{number} of version {meant.name} applies from {apart[0]}"
    before = line[first - 1] if first > 0 else None
    if before is not None and law.place_of(before, number) is not None and _kept(law, before, meant, number):
        return Standing(before, note=f"{begins}; until then the text of {before.name} stands")
    return Standing(meant, waits=True, note=begins)


def provision_force(law: LawIndex, version: StoredVersion, number: str, day: date) -> Force:
    """Return whether one provision of a stored version applies on a day.

    Args:
        law: index that holds the version.
        version: one of ``law.versions(act)``.
        number: canonical number of the provision.
        day: the day asked about.
    """
    whole = force_on(law, version, day)
    apart = version.begins_apart(number)
    if apart is not None and whole.state in {ForceState.IN_FORCE, ForceState.NOT_YET, ForceState.UNKNOWN}:
        (begins,) = apart
        if begins is None:
            return whole if whole.state is ForceState.NOT_YET else Force(ForceState.UNKNOWN)
        return Force(ForceState.NOT_YET if begins > day else ForceState.IN_FORCE, begins)
    if whole.state is ForceState.NO_LONGER and whole.by is not None:
        after = next((each for each in law.versions(version.act) if each.version == whole.by), None)
        later = after.begins_apart(number) if after is not None else None
        waits = later is not None and later[0] is not None and later[0] > day
        if after is not None and waits and _kept(law, version, after, number):
            return Force(ForceState.IN_FORCE, version.in_force)
    return whole


def _apart(law: LawIndex, version: StoredVersion, number: str) -> tuple[date | None] | None:
    if not version.begins:
        return None
    place = law.place_of(version, number)
    return None if place is None else version.begins_apart(place)


def _kept(law: LawIndex, older: StoredVersion | None, newer: StoredVersion, number: str) -> bool:
    """Return whether a number names the same provision in both versions; one that nothing stood for before counts."""
    if older is None or law.place_of(older, number) is None:
        return True
    became = law.successor(number, older, newer)
    return became is not None and base_number(number) in {base_number(each) for each in became.numbers}
