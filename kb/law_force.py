"""Whether one version of an act applies on a day: in force, not yet, no longer, or not known.

An old text is never "in force": a version followed by one that has started is no longer in force, and one followed by a
later text whose commencement nobody states is unknown.

Source: the four states follow the European Legislation Identifier (``eli:in_force``), whose "not in force" is split
into "not yet" and "no longer", because the two ask for different things.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from kb.law_versions import StoredVersion, version_order

if TYPE_CHECKING:
    from kb.law import LawIndex


class ForceState(StrEnum):
    """Whether a text of law applies on a day."""

    IN_FORCE = "in_force"
    NOT_YET = "not_yet"
    NO_LONGER = "no_longer"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Force:
    """The state of one version on one day.

    Attributes:
        since: the day the state began; for ``NOT_YET`` the day it will end; None when no source states it.
        by: id of the version or act that replaced or repealed it, or None.
    """

    state: ForceState
    since: date | None = None
    by: str | None = None


def force_on(law: LawIndex, version: StoredVersion, day: date) -> Force:
    """Return whether a stored version applies on a day.

    Args:
        law: index that holds the version.
        version: one of ``law.versions(act)``.
        day: the day asked about.
    """
    if version.in_force is not None and version.in_force > day:
        return Force(ForceState.NOT_YET, version.in_force)
    repeal = law.repeal_of(version.act, day)
    if repeal is not None:
        return Force(ForceState.NO_LONGER, repeal.day, repeal.by)
    if version.no_longer_in_force is not None and version.no_longer_in_force <= day:
        return Force(ForceState.NO_LONGER, version.no_longer_in_force, version.repealed_by)
    later = [each for each in law.versions(version.act) if version_order(each) > version_order(version)]
    started = next((each for each in later if each.in_force is not None and each.in_force <= day), None)
    if started is not None:
        return Force(ForceState.NO_LONGER, started.in_force, started.version)
    undated = next((each for each in later if each.in_force is None and (each.date is None or each.date <= day)), None)
    if undated is not None:
        return Force(ForceState.UNKNOWN, None, undated.version)
    if version.in_force is None:
        if version.date is not None and version.date > day:
            return Force(ForceState.NOT_YET)
        return Force(ForceState.UNKNOWN)
    return Force(ForceState.IN_FORCE, version.in_force)
