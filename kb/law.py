"""Law over time: acts, their versions, and what a citation points at on a day.

Nothing is guessed. A version without a stated commencement counts from its own date and the note says so; a provision
outside the stored parts of an act is unresolved, not phantom; an ambiguous name is no act.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Final

from kb.act_labels import act_label
from kb.law_change import ChangeKind, Materiality, ProvisionChange
from kb.law_days import standing
from kb.law_numbers import base_number, number_parts
from kb.law_titles import title_key
from kb.law_versions import Repeal, StoredProvision, StoredVersion, Successor, join_parts, version_order
from kb.model import Citation, CitationStatus

__all__ = ["LawIndex", "Repeal", "StoredProvision", "StoredVersion", "Successor"]

_SILENT: Final = frozenset({Materiality.NONE, Materiality.EDITORIAL, Materiality.REFERENCE})
"""Changes that leave what a provision says as it was."""


Aligner = Callable[[StoredVersion, StoredVersion], Sequence[ProvisionChange]]


class LawIndex:
    """Acts by name and number over time; immutable once built, alignments are computed once when first needed."""

    def __init__(
        self,
        versions: Mapping[str, tuple[StoredVersion, ...]],
        partial: frozenset[str],
        changes: Mapping[tuple[str, str], Sequence[ProvisionChange]],
        align: Aligner | None,
    ) -> None:
        self._versions = versions
        self._partial = partial
        self._align = align
        self._changes = dict(changes)
        self._names = _names(versions)
        self._repeals, self._gone = _repeals(versions, self.find_act)

    @classmethod
    def build(
        cls,
        versions: Iterable[StoredVersion],
        *,
        changes: Mapping[tuple[str, str], Sequence[ProvisionChange]] | None = None,
        align: Aligner | None = None,
    ) -> LawIndex:
        """Return the index of the given versions.

        Args:
            versions: every stored version; parts of one text are joined.
            changes: known alignments, (older version id, newer version id) to changes of consecutive versions.
            align: makes an alignment that is not known; without it citations are not followed into later versions.
        """
        grouped: dict[str, dict[str, list[StoredVersion]]] = defaultdict(lambda: defaultdict(list))
        for version in versions:
            grouped[version.act][version.version].append(version)
        partial = frozenset(
            name
            for by_version in grouped.values()
            for name, parts in by_version.items()
            if all(part.part is not None for part in parts)
        )
        joined = {
            act: tuple(sorted((join_parts(parts) for parts in by_version.values()), key=version_order))
            for act, by_version in sorted(grouped.items())
        }
        return cls(MappingProxyType(joined), partial, changes or {}, align)

    @property
    def acts(self) -> tuple[str, ...]:
        """Ids of all stored acts."""
        return tuple(self._versions)

    def candidates(self, name: str) -> tuple[str, ...]:
        """Return the ids of the acts a name can mean: an id, a title or short title in any usual spelling."""
        plain = name.strip().partition("@")[0]
        if plain in self._versions:
            return (plain,)
        return self._names.get(title_key(plain), ())

    def find_act(self, name: str) -> str | None:
        """Return the id of the act a name means, or None when no stored act or more than one has it."""
        found = self.candidates(name)
        return found[0] if len(found) == 1 else None

    def versions(self, act: str) -> tuple[StoredVersion, ...]:
        """Return the versions of an act, oldest first, undated ones before all."""
        return self._versions.get(act, ())

    def version_on(self, act: str, day: date) -> StoredVersion | None:
        """Return the version that applied on a day: the newest that had started and not ended, or None."""
        started = [each for each in self.versions(act) if each.starts is not None and each.starts <= day]
        if not started:
            return None
        newest = max(
            started, key=lambda each: (each.starts or date.min, each.date or date.min, each.published or date.min)
        )
        ended = newest.no_longer_in_force is not None and newest.no_longer_in_force <= day
        return None if ended else newest

    def meant_on(self, act: str, day: date | None) -> StoredVersion | None:
        """Return the version that a text written on a day means, as ``resolve`` reads it.

        The version that applied, else the last that had started, else an undated one; None when the act's oldest stored
        version is younger than the day. Without a day, the newest version.
        """
        return self._meant(act, day) if act in self._versions else None

    def place_of(self, version: StoredVersion, number: str) -> str | None:
        """Return the stored number a cited number means in a version, or None when it has no such provision."""
        return self._place(version, number)

    def is_partial(self, version: StoredVersion) -> bool:
        """Return whether only parts of a version are stored, so that an absent provision proves nothing."""
        return version.version in self._partial

    def repeal_of_name(self, name: str) -> Repeal | None:
        """Return the repeal of an act that is not stored, where the text of a stored act states it."""
        return self._gone.get(title_key(name.removeprefix("cn/")))

    def repealed_names(self) -> tuple[str, ...]:
        """Return the keys of the titles of acts that are not stored but that stored acts say they repeal."""
        return tuple(self._gone)

    def repeal_of(self, act: str, on: date | None = None) -> Repeal | None:
        """Return the repeal of an act that applies on a day (None: at all), or None.

        A repeal whose day is not known applies only when no day is asked for.
        """
        for repeal in self._repeals.get(act, ()):
            if on is None or (repeal.day is not None and repeal.day <= on):
                return repeal
        return None

    def changes_between(self, older: StoredVersion, newer: StoredVersion) -> Sequence[ProvisionChange] | None:
        """Return the changes between two consecutive versions, or None when nothing can align them."""
        key = (older.version, newer.version)
        if key not in self._changes:
            if self._align is None:
                return None
            self._changes[key] = tuple(self._align(older, newer))
        return self._changes[key]

    def successor(self, number: str, older: StoredVersion, newer: StoredVersion) -> Successor | None:
        """Return what a provision of one version became in a later one, through all versions between; None: unknown."""
        line = self.versions(older.act)
        first, last = line.index(older), line.index(newer)
        base, rest = base_number(number), number[len(base_number(number)) :]
        current: tuple[str, ...] = (base,)
        passed: list[ProvisionChange] = []
        for one, other in zip(line[first:last], line[first + 1 : last + 1], strict=True):
            changes = self.changes_between(one, other)
            if changes is None:
                return None
            following: list[str] = []
            for each in current:
                own = [change for change in changes if change.before == each]
                passed.extend(own)
                following.extend([each] if not own else [change.after for change in own if change.after is not None])
            current = tuple(dict.fromkeys(following))
        return Successor(tuple(f"{each}{rest}" for each in current), tuple(passed))

    def resolve(self, citation: Citation, on: date | None, *, written: date | None = None) -> Citation:
        """Return the citation with status, target and note as the law stands on a day.

        Args:
            citation: as the grammar found it.
            on: the day asked about; None for the newest stored version.
            written: the day of the citing text, where known. The citation then means the law of that day and the
                status says what has become of it by ``on``; without it, it means the law of ``on`` and the status says
                what has become of it since.

        Returns:
            The citation with ``target`` the provision or version it means ("cn/公司法@2018-10-26#16").
        """
        if citation.act is None:
            return replace(citation, status=CitationStatus.UNRESOLVED, note=_note(citation, "no act is named"))
        found = self.candidates(citation.act)
        if len(found) > 1:
            listed = ", ".join(found)
            note = f"the name fits more than one stored act: {listed}"
            return replace(citation, status=CitationStatus.UNRESOLVED, note=_note(citation, note))
        if not found:
            return self._not_stored(citation, on)
        act = found[0]
        meant_on = written if written is not None else on
        meant = self._meant(act, meant_on)
        own = None
        if citation.provision is not None and meant_on is not None:
            own = standing(self, meant, act, meant_on, citation.provision)
            meant = own.version if own is not None else meant
        if meant is None:
            return self._without_version(citation, act)
        asked = self._meant(act, on) if written is not None else None
        newest = asked if asked is not None else self.versions(act)[-1]
        number = citation.provision
        repeal = self.repeal_of(act, on)
        if number is None:
            return self._act_only(citation, meant, repeal)
        place = self._place(meant, number)
        if place is None:
            return self._absent(citation, act, meant, number)
        target = f"{meant.version}#{place}"
        if own is not None and own.waits:
            status = CitationStatus.NOT_YET_IN_FORCE
            return replace(citation, status=status, target=target, note=_note(citation, own.note))
        if repeal is not None:
            return replace(
                citation, status=CitationStatus.REPEALED, target=target, note=_note(citation, self._repealed(repeal))
            )
        status, note = self._since(meant, newest, place)
        if place != number:
            note = "; ".join(part for part in (note, f"stored as {place}") if part)
        if own is not None:
            note = "; ".join(part for part in (note, own.note) if part)
        elif meant.in_force is None and on is not None:
            note = "; ".join(part for part in (note, f"the commencement of version {meant.name} is not stated") if part)
        return replace(citation, status=status, target=target, note=_note(citation, note))

    def _not_stored(self, citation: Citation, on: date | None) -> Citation:
        """Return a citation of an act that is not stored: repealed where a stored text says so, else unknown."""
        repeal = self._gone.get(title_key((citation.act or "").removeprefix("cn/")))
        if repeal is not None and (on is None or (repeal.day is not None and repeal.day <= on)):
            note = f"the act is not stored; {self._repealed(repeal)}"
            return replace(citation, status=CitationStatus.REPEALED, note=_note(citation, note))
        return replace(citation, status=CitationStatus.UNKNOWN_ACT, note=_note(citation, "the act is not stored"))

    def _repealed(self, repeal: Repeal) -> str:
        by = "no longer in force"
        if repeal.by is not None:
            stored = self.versions(repeal.by)
            by = f"repealed by {stored[-1].title if stored else act_label(repeal.by, 'en')}"
        return by + (f" from {repeal.day}" if repeal.day is not None and repeal.stated else ", day not stated")

    def _meant(self, act: str, on: date | None) -> StoredVersion | None:
        if on is None:
            return self.versions(act)[-1]
        current = self.version_on(act, on)
        if current is not None:
            return current
        started = [each for each in self.versions(act) if each.starts is not None and each.starts <= on]
        undated = [each for each in self.versions(act) if each.starts is None]
        return started[-1] if started else (undated[-1] if undated else None)

    def _without_version(self, citation: Citation, act: str) -> Citation:
        first = self.versions(act)[0]
        since = f"in force from {first.in_force}" if first.in_force is not None else f"of {first.name}"
        note = f"the oldest stored version is {since}; an earlier text may have applied"
        target = first.version if citation.provision is None else f"{first.version}#{citation.provision}"
        known = citation.provision is None or self._place(first, citation.provision) == citation.provision
        return replace(
            citation,
            status=CitationStatus.NOT_YET_IN_FORCE,
            target=target if known else first.version,
            note=_note(citation, note),
        )

    def _act_only(self, citation: Citation, meant: StoredVersion, repeal: Repeal | None) -> Citation:
        if repeal is not None:
            return replace(
                citation,
                status=CitationStatus.REPEALED,
                target=meant.version,
                note=_note(citation, self._repealed(repeal)),
            )
        return replace(citation, status=CitationStatus.RESOLVED, target=meant.version)

    def _place(self, version: StoredVersion, number: str) -> str | None:
        """Return the stored number a cited number means, or None when the version has no such provision."""
        stored = version.provisions
        if number in stored:
            return number
        parts = number_parts(number)
        base = parts[0]
        if base not in stored:
            return None
        inside = [each for each in stored if each.startswith(f"{base}(")]
        if not inside:
            return base
        if len(parts) == 3 and parts[1] == "1":
            # an item cited without its paragraph: it may stand in any, if in only one
            places = [each for each in inside if number_parts(each)[2:] == parts[2:]]
            if len(places) == 1:
                return places[0]
        for depth in range(len(parts) - 1, 0, -1):
            outer = base + "".join(f"({part})" for part in parts[1:depth])
            if outer in stored:
                deeper = any(each.startswith(f"{outer}(") for each in inside)
                only = depth == 1 and parts[1:] == ("1",)
                return None if deeper and not only else outer
        return None

    def _has(self, version: StoredVersion, number: str) -> bool:
        """Return whether a version has just the provision cited, not only one that may enclose it."""
        place = self._place(version, number)
        return place is not None and (place == number or number == f"{place}(1)")

    def _absent(self, citation: Citation, act: str, meant: StoredVersion, number: str) -> Citation:
        if meant.version in self._partial:
            note = f"only parts of {meant.version} are stored and {number} is not in them"
            return replace(citation, status=CitationStatus.UNRESOLVED, note=_note(citation, note))
        elsewhere = [each for each in self.versions(act) if each is not meant and self._has(each, number)]
        later = [each for each in elsewhere if version_order(each) > version_order(meant)]
        if later:
            note = f"{number} is not in version {meant.name}; it first stands in version {later[0].name}"
            target = f"{later[0].version}#{self._place(later[0], number)}"
            return replace(citation, status=CitationStatus.NOT_YET_IN_FORCE, target=target, note=_note(citation, note))
        note = f"version {meant.name} has no provision {number}"
        if elsewhere:
            note += f"; version {elsewhere[-1].name} had one"
        return replace(citation, status=CitationStatus.PHANTOM, target=meant.version, note=_note(citation, note))

    def _since(self, meant: StoredVersion, newest: StoredVersion, number: str) -> tuple[CitationStatus, str]:
        """Return what has become of a provision between the version meant and a later one."""
        if version_order(newest) <= version_order(meant):
            return CitationStatus.RESOLVED, ""
        became = self.successor(number, meant, newest)
        if became is None:
            return CitationStatus.RESOLVED, f"version {newest.name} is stored but not aligned with {meant.name}"
        unit = base_number(number)
        if not became.numbers:
            return CitationStatus.REPEALED, f"article {unit} of {meant.name} is deleted in {newest.name}"
        bases = tuple(dict.fromkeys(base_number(each) for each in became.numbers))
        material = [change for change in became.changes if change.materiality not in _SILENT]
        words = _about(material)
        listed = " and ".join(bases)
        if bases != (unit,):
            kinds = {change.kind for change in became.changes}
            verb = "is split into articles" if ChangeKind.SPLIT in kinds and len(bases) > 1 else "is article"
            return CitationStatus.RENUMBERED, f"article {unit} of {meant.name} {verb} {listed} of {newest.name}{words}"
        if material:
            return CitationStatus.AMENDED, f"article {unit} of {meant.name} is amended in {newest.name}{words}"
        return CitationStatus.RESOLVED, ""


def _names(versions: Mapping[str, tuple[StoredVersion, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Return name key to act ids; full titles win over short ones."""
    full: dict[str, list[str]] = defaultdict(list)
    short: dict[str, list[str]] = defaultdict(list)
    for act, line in versions.items():
        for version in line:
            full[title_key(version.title)].append(act)
            for name in version.short_titles:
                short[title_key(name)].append(act)
    names = {key: tuple(dict.fromkeys(acts)) for key, acts in short.items()}
    names.update({key: tuple(dict.fromkeys(acts)) for key, acts in full.items()})
    return MappingProxyType(names)


def _repeals(
    versions: Mapping[str, tuple[StoredVersion, ...]], find: Callable[[str], str | None]
) -> tuple[Mapping[str, tuple[Repeal, ...]], Mapping[str, Repeal]]:
    """Return the repeals of stored acts by id, and of acts that are not stored by the key of their title.

    A version that names its own title repeals its predecessor, not the act; a repeal older than the newest version of
    the act it names hit an earlier act of the same name.
    """
    found: dict[str, list[Repeal]] = defaultdict(list)
    others: dict[str, Repeal] = {}
    for act, line in versions.items():
        for version in line:
            if version.repealed_by is not None:
                found[act].append(Repeal(version.repealed_by, version.no_longer_in_force))
            elif version is line[-1] and version.no_longer_in_force is not None:
                found[act].append(Repeal(None, version.no_longer_in_force))
            repeal = Repeal(act, version.starts, stated=version.in_force is not None)
            for name in version.repeals:
                repealed = find(name)
                if repealed is None:
                    others.setdefault(title_key(name), repeal)
                elif repealed != act:
                    newest = versions[repealed][-1].date
                    if newest is None or repeal.day is None or newest <= repeal.day:
                        found[repealed].append(repeal)
    by_act = {act: tuple(dict.fromkeys(repeals)) for act, repeals in found.items()}
    return MappingProxyType(by_act), MappingProxyType(others)


def _about(changes: Sequence[ProvisionChange]) -> str:
    if not changes:
        return ""
    order = list(Materiality)
    heaviest = max(changes, key=lambda change: order.index(change.materiality))
    words = ", ".join(heaviest.decided_by[:4])
    return f", changed in {heaviest.materiality.value}" + (f" ({words})" if words else "")


def _note(citation: Citation, note: str) -> str:
    return "; ".join(part for part in (citation.note, note) if part)
