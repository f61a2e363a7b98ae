"""The impact ledger of one act: each changed provision with the clauses, rules and findings that rest on it.

A citation is read on the day of its contract: it means the version of that day, and the ledger says what every later
version did to the cited place. What is not known (no date, the act cited as a whole) is "unknown", never "none".
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from checks.citation_mode import CitationMode
from checks.finding import Text
from checks.impact_levels import Row, Situation, Table
from checks.ledger_effects import Effect, Effects
from checks.ledger_model import (
    REPEALED,
    WHOLE_ACT,
    Citing,
    Entry,
    FindingBasis,
    Item,
    Ledger,
    Question,
    RuleBasis,
    name_en,
    name_zh,
)
from kb.facts.changes import ChangeSet, change_id
from kb.law import LawIndex
from kb.law_change import ProvisionChange
from kb.law_versions import Repeal, StoredProvision, StoredVersion

_DIGITS = 16


@dataclass
class _Draft:
    items: list[Item] = field(default_factory=list)


class LedgerMaker:
    """Makes the ledger of one act; give it what rests on the act, then ask."""

    def __init__(
        self,
        law: LawIndex,
        act: str,
        *,
        table: Table,
        words: Callable[[StoredProvision], str],
        sets: Callable[[StoredVersion, StoredVersion], ChangeSet],
        question: Question,
        repeal: Repeal | None = None,
    ) -> None:
        """Read the versions and changes of the act that the question is about."""
        self._law, self._act, self._table, self._question = law, act, table, question
        every = law.versions(act)
        known = [each for each in every if each.date is None or each.date <= question.as_of]
        self._line = tuple(known)
        self._sets = [sets(older, newer) for older, newer in pairwise(known)]
        self._effects = Effects(self._line, [one.changes for one in self._sets], words)
        self._steps = range(*self._asked())
        self._index = {version.version: place for place, version in enumerate(self._line)}
        self._found: dict[tuple[int, str | None], _Draft] = defaultdict(_Draft)
        self._repealed = _Draft()
        self._repeal = repeal or law.repeal_of(act, question.end or question.as_of)
        self._absent: list[Citing] = []
        self._laws: list[Citing] = []
        self._unmoved = 0
        self._decided: dict[Situation, Row] = {}
        self._texts: dict[tuple[str, int, str | None], Text] = {}

    def _asked(self) -> tuple[int, int]:
        """Return the first step asked about and the one after the last."""
        first, last = 0, len(self._sets)
        if self._question.begin is not None:
            first = self._place_on(self._question.begin, 0)
        if self._question.end is not None:
            last = self._place_on(self._question.end, 0)
        return first, max(first, last)

    def _place_on(self, day: date, default: int) -> int:
        started = [place for place, each in enumerate(self._line) if each.starts is not None and each.starts <= day]
        return max(started, default=default)

    # --- what rests on the act -----------------------------------------------------------------------------------

    def add_clauses(self, citing: Iterable[Citing]) -> None:
        """Add places of contracts that cite the act."""
        for each in citing:
            self._add_citing("clause", each)

    def add_laws(self, citing: Iterable[Citing]) -> None:
        """Add places of other laws that cite the act."""
        for each in citing:
            self._laws.append(each)
            self._add_citing("law", each)

    def _add_citing(self, kind: str, citing: Citing) -> None:
        written, number = citing.written, citing.citation.provision
        self._add_to_repeal(kind, citing)
        meant = self._law.meant_on(self._act, written) if written is not None else None
        dated = meant is not None and meant.version in self._index
        begin = self._index[meant.version] if meant is not None and dated else 0
        if number is None:
            for step in self._steps:
                if step >= begin:
                    self._add(step, None, kind, citing, dated=dated)
            return
        place = None if not self._line else self._law.place_of(self._line[begin], number)
        if place is None and dated:
            self._absent.append(citing)
            return
        effects = self._of(place, begin) if dated and place is not None else self._of_undated(number)
        if not effects and kind == "clause":
            self._unmoved += 1
        for effect in effects:
            self._add(effect.step, effect, kind, citing, dated=dated)

    def _add_to_repeal(self, kind: str, citing: Citing) -> None:
        if self._repeal is None:
            return
        situation = self._situation(kind, citing, None, citing.written is not None)
        row = self._decide(replace(situation, kind=REPEALED))
        key = (self._act, REPEALED, *_identity(kind, citing))
        now: tuple[str, ...] = ()
        self._repealed.items.append(
            Item(_item_id(*key), kind, row.level, row.id, row.why, None, now, None, None, None, citing)
        )

    def _of(self, place: str, begin: int) -> list[Effect]:
        return [effect for effect in self._effects.trail(place, begin) if effect.step in self._steps]

    def _of_undated(self, number: str) -> list[Effect]:
        """Return what each step did to the provision of that number, as any version may be meant."""
        found = []
        for step in self._steps:
            place = self._law.place_of(self._line[step], number)
            effect = self._effects.effect(step, place) if place is not None else None
            if effect is not None:
                found.append(effect)
        return found

    def add_rules(self, rules: Iterable[RuleBasis]) -> None:
        """Add rules whose legal basis is the act, as the law stood on the day their numbers were taken from."""
        for rule in rules:
            meant = self._law.meant_on(self._act, rule.read_on)
            if meant is None or meant.version not in self._index:
                continue
            self._add_basis("rule", rule, self._index[meant.version], rule.provision)

    def add_findings(self, findings: Iterable[FindingBasis]) -> None:
        """Add findings that rest on a provision of a stored version."""
        for finding in findings:
            begin = self._index.get(finding.version)
            if begin is not None:
                self._add_basis("finding", finding, begin, finding.provision)

    def add_evidence(self, findings: Mapping[tuple[str, int, int], Iterable[FindingBasis]]) -> None:
        """Add findings that are about a citation, by document and place of the citation; call it after the clauses."""
        for (step, base), draft in list(self._found.items()):
            for item in [each for each in draft.items if isinstance(each.what, Citing)]:
                for finding in findings.get(_place(item.what), ()):
                    effect = self._effects.effect(step, item.place) if item.place is not None else None
                    if base is None or effect is not None:
                        self._add(step, effect, "finding", finding, dated=True)

    def _add_basis(self, kind: str, what: RuleBasis | FindingBasis, begin: int, number: str | None) -> None:
        if number is None:
            for step in self._steps:
                if step >= begin:
                    self._add(step, None, kind, what, dated=True)
            return
        place = self._law.place_of(self._line[begin], number)
        if place is not None:
            for effect in self._of(place, begin):
                self._add(effect.step, effect, kind, what, dated=True)

    def _situation(
        self, kind: str, what: Citing | RuleBasis | FindingBasis, effect: Effect | None, dated: bool
    ) -> Situation:
        mode = what.mode.mode if isinstance(what, Citing) else CitationMode.UNCLEAR
        named = what.citation.provision if isinstance(what, Citing) else what.provision
        return Situation(
            reliant=kind,
            cited="act" if named is None else "provision",
            dated="yes" if dated else "no",
            mode=mode.value,
            kind=effect.kind.value if effect is not None else "",
            materiality=effect.materiality.value if effect is not None else "",
            touched="no" if effect is not None and effect.touched is False else "yes",
            finding=_finding_state(what),
        )

    def _decide(self, situation: Situation) -> Row:
        if situation not in self._decided:
            self._decided[situation] = self._table.decide(situation)
        return self._decided[situation]

    def _add(
        self,
        step: int,
        effect: Effect | None,
        kind: str,
        what: Citing | RuleBasis | FindingBasis,
        *,
        dated: bool,
    ) -> None:
        row = self._decide(self._situation(kind, what, effect, dated))
        older, newer = self._sets[step].pair
        base = effect.base if effect is not None else None
        item = Item(
            id=_item_id(older, newer, base or "", *_identity(kind, what)),
            kind=kind,
            state=row.level,
            row=row.id,
            why=self._filled(row, step, effect),
            place=effect.place if effect is not None else None,
            now=effect.now if effect is not None else (),
            touched=effect.touched if effect is not None else None,
            change=effect.kind if effect is not None else None,
            materiality=effect.materiality if effect is not None else None,
            what=what,
        )
        self._found[step, base].items.append(item)

    def _filled(self, row: Row, step: int, effect: Effect | None) -> Text:
        key = (row.id, step, effect.place if effect is not None else None)
        if key not in self._texts:
            self._texts[key] = self._fill(row.why, step, effect)
        return self._texts[key]

    def _fill(self, why: Text, step: int, effect: Effect | None) -> Text:
        if effect is None or "{" not in why.en + why.zh:
            return why
        older, newer = self._line[step], self._line[step + 1]
        words = ", ".join(effect.decided_by[:4]) or effect.materiality.value
        en = {"cited": name_en(effect.place), "now": " + ".join(map(name_en, effect.now)), "words": words}
        zh = {"cited": name_zh(effect.place), "now": "、".join(map(name_zh, effect.now)), "words": words}
        dates = {"older": older.name, "newer": newer.name}
        return Text(why.filled(en | dates).en, why.filled(zh | dates).zh)

    # --- the ledger ----------------------------------------------------------------------------------------------

    def ledger(self) -> Ledger:
        """Return what was found."""
        entries: list[Entry] = []
        for step in self._steps:
            entries += self._entries(step)
        if self._repeal is not None:
            newest = self._line[-1].version if self._line else self._act
            entries.append(
                Entry(
                    id=_entry_id(self._act, REPEALED, newest),
                    kind=REPEALED,
                    older=newest,
                    newer=None,
                    before=None,
                    after=(),
                    changes=(),
                    effective_from=self._repeal.day if self._repeal.stated else None,
                    in_effect=True if self._repeal.day is not None else None,
                    items=tuple(self._repealed.items),
                    repeal=self._repeal,
                )
            )
        return Ledger(self._act, self._line, tuple(entries), tuple(self._absent), self._unmoved, tuple(self._laws))

    def _begins(self, step: int, after: Sequence[str]) -> tuple[date | None, str | None]:
        """Return when a changed provision takes effect, and which of its pieces has a day of its own that says so.

        Several pieces take effect together with the last of them; a day nobody states is not known.
        """
        newer, whole = self._line[step + 1], self._sets[step].effective_from
        apart = {number: day for number in after if (day := newer.begins_apart(number)) is not None}
        if not apart:
            return whole, None
        days = {number: day[0] for number, day in apart.items()}
        if len(apart) < len(after):
            days[""] = whole
        unknown = next((number for number, day in days.items() if day is None), None)
        if unknown is not None:
            return None, unknown or next(iter(apart))
        last = max(days, key=lambda number: days[number] or date.min)
        return days[last], last or None

    def _entries(self, step: int) -> Iterable[Entry]:
        one = self._sets[step]
        in_effect = None if one.effective_from is None else one.effective_from <= self._question.as_of
        pieces: dict[str, list[ProvisionChange]] = defaultdict(list)
        for change in one.changes:
            pieces[change.before or f"+{change.after}"].append(change)
        for own in pieces.values():
            before = own[0].before
            after = tuple(change.after for change in own if change.after is not None)
            begins, apart = self._begins(step, after)
            yield Entry(
                id=change_id(one.older, one.newer, own[0]),
                kind=own[0].kind.value,
                older=one.older,
                newer=one.newer,
                before=before,
                after=after,
                changes=tuple(own),
                effective_from=begins,
                in_effect=None if begins is None else begins <= self._question.as_of,
                items=tuple(self._found[step, before].items) if before is not None else (),
                begins=apart,
            )
        whole = self._found[step, None].items
        if whole:
            yield Entry(
                id=_entry_id(one.older, one.newer, WHOLE_ACT),
                kind=WHOLE_ACT,
                older=one.older,
                newer=one.newer,
                before=None,
                after=(),
                changes=(),
                effective_from=one.effective_from,
                in_effect=in_effect,
                items=tuple(whole),
            )


def _place(what: Citing | RuleBasis | FindingBasis) -> tuple[str, int, int]:
    if not isinstance(what, Citing):
        raise TypeError("only a citing clause has a place")
    return what.document, what.citation.start, what.citation.end


def _finding_state(what: Citing | RuleBasis | FindingBasis) -> str:
    if not isinstance(what, FindingBasis):
        return ""
    return "stale" if what.stale else what.why


def _identity(kind: str, what: Citing | RuleBasis | FindingBasis) -> Sequence[str]:
    if isinstance(what, Citing):
        return kind, what.source, " ".join(what.citation.text.split()), str(what.occurrence)
    if isinstance(what, RuleBasis):
        return kind, what.rule, what.provision or ""
    return kind, what.finding, what.why


def _item_id(*parts: str) -> str:
    return "imp-" + hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _entry_id(*parts: str) -> str:
    return "chg-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_DIGITS]
