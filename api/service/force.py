"""Whether the law a reader is shown applies on a day: for hits and pages, so that no old text passes as current."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from api.service.law import force_json
from checks.law_reading import LawReading
from kb.law_force import ForceState
from kb.snapshot import Snapshot


class Forces:
    """The status of stored versions on one day; nothing is read until something is asked."""

    def __init__(self, snapshot: Snapshot, day: date | None = None) -> None:
        """Ask for a day; today (UTC) when None."""
        self._snapshot = snapshot
        self.day = day if day is not None else datetime.now(UTC).date()
        self._known: dict[str, dict[str, Any]] = {}

    @cached_property
    def _law(self) -> LawReading:
        return LawReading(self._snapshot)

    @cached_property
    def _versions(self) -> dict[str, str]:
        return {act.document: act.version for act in self._law.acts}

    def of_version(self, version: str) -> dict[str, Any] | None:
        """Return status, since when, and what replaced it; None for a version that is not stored."""
        if version not in self._known:
            if not self._law.parts(version):
                return None
            self._known[version] = {"version": version, **force_json(self._law, version, self.day)}
        return self._known[version]

    def of_document(self, document: str) -> dict[str, Any] | None:
        """Return the status of the law a document holds; None when it holds none."""
        version = self._versions.get(document)
        return self.of_version(version) if version is not None else None

    def of_hit(self, kind: str, hit: str, document: str) -> dict[str, Any] | None:
        """Return the status of the law a search hit shows; None for other hits."""
        if kind == "provision":
            version, _, number = hit.rpartition("#")
            return self._of_provision(version, number)
        return self.of_document(document) if kind == "document" else None

    def _of_provision(self, version: str, number: str) -> dict[str, Any] | None:
        """Return the status of one provision, which may begin on a day of its own."""
        whole = self.of_version(version)
        line = self._law.index.versions(version.rpartition("@")[0])
        if whole is None or not any(each.begins for each in line):
            return whole
        return {"version": version, **force_json(self._law, version, self.day, number=number)}

    def stands(self, kind: str, hit: str, document: str) -> bool:
        """Return whether a search hit is no law, or law that stood on the day; unknown counts as standing."""
        found = self.of_hit(kind, hit, document)
        return found is None or found["status"] in {ForceState.IN_FORCE.value, ForceState.UNKNOWN.value}
