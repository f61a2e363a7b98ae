"""Decisions on hits that a new version of a list opens again: the alert about each, and the marks on what rests on it.

A decision holds for the row it was made on. When the version that counts now says something else of the entry, the
person who decided has to look again; the alert shows the row then and now.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from api.service.hit_marks import mark, reopened
from api.service.hits import Histories, split_hit, stored_histories
from api.service.list_changes import entries_of
from checks.hit_touch import HitTouch
from checks.hits import (
    ANY_ROW,
    FALSE_POSITIVE,
    OPEN,
    TRUE_MATCH,
    UNDECIDED,
    HitDecision,
    document_of,
    partner_of,
    unescaped,
)
from checks.rule import load_rules
from checks.screening import row_digest
from kb.alerts import Alert, AlertKind, raise_alert
from kb.base import KnowledgeBase
from kb.lists import ListVersion, list_versions
from kb.model import Kind, ListEntry
from kb.snapshot import Snapshot

STATE: Final = "hit-lists-state"
"""Registry setting: which watch lists the decisions on hits were last held against."""
MAX_LISTED: Final = 50
"""Values of one field, and contracts, named in the detail of one alert."""
_VERDICTS: Final = {
    TRUE_MATCH: ("true match", "同一主体"),
    FALSE_POSITIVE: ("false positive", "误报"),
    UNDECIDED: ("cannot be told yet", "暂无法判断"),
}


@dataclass(frozen=True, slots=True)
class Reopened:
    """A decision that no longer counts.

    Attributes:
        decision: the last one on the hit.
        before: the row it was made on; None when that version of the list is no longer at hand.
        after: the row as it is.
        version: the version of the list that counts now.
    """

    decision: HitDecision
    before: ListEntry | None
    after: ListEntry
    version: ListVersion

    def change(self) -> dict[str, Any]:
        """Return the fields that differ, with their values then and now; every field when nothing is known of then."""
        then, now = ({} if self.before is None else row_fields(self.before)), row_fields(self.after)
        fields = [name for name in now if then.get(name) != now[name]]
        return {
            "fields": fields,
            "before": None if self.before is None else {name: then[name][:MAX_LISTED] for name in fields},
            "after": {name: now[name][:MAX_LISTED] for name in fields},
        }


def row_fields(entry: ListEntry) -> dict[str, list[str]]:
    """Return what a list row says, by field, as ``checks.screening.row_digest`` compares it."""
    return {
        "names": sorted(f"{name.text} ({name.kind})" for name in entry.names),
        "kind": [entry.kind] if entry.kind is not None else [],
        "countries": sorted(entry.countries),
        "programs": sorted(entry.programs),
        "identifiers": sorted(f"{one.scheme} {one.value}" for one in entry.identifiers),
        "birth_dates": sorted(entry.birth_dates),
        "addresses": sorted(entry.addresses),
        "remarks": [entry.remarks] if entry.remarks else [],
    }


def lists_are_new(kb: KnowledgeBase) -> bool:
    """Say whether watch lists were stored or forgotten since decisions were last held against them."""
    return kb.registry.meta(STATE) != _state(kb)


def _state(kb: KnowledgeBase) -> str:
    lists = sorted(f"{one.id} {one.facts}" for one in kb.documents_now() if one.kind is Kind.WATCHLIST)
    return hashlib.sha256("\n".join(lists).encode()).hexdigest()


def raise_reopened(kb: KnowledgeBase) -> list[Alert]:
    """Mark the findings that rest on decisions whose rows have changed, and raise an alert for each decision.

    It is safe to repeat: an alert is raised once for each row a decision no longer fits.

    Args:
        kb: open for writing.
    """
    state = _state(kb)
    with kb.snapshot() as snapshot:
        past = stored_histories(kb, snapshot)
        found = list(reopened_hits(kb, past))
        titles = {one.decision.hit: _about(snapshot, one.decision) for one in found}
    marks = {one.decision.hit: reopened(one.decision.hit, one.version.list_id, one.version.version) for one in found}
    mark(kb, marks, made_before={one.decision.hit: one.version.retrieved for one in found})
    alerts = [alert for one in found if (alert := _alert(kb, one, *titles[one.decision.hit])) is not None]
    kb.registry.set_meta(STATE, state)
    return alerts


def reopened_hits(kb: KnowledgeBase, past: Histories) -> Iterator[Reopened]:
    """Yield the decisions whose list rows say something else now; entries that are gone open nothing."""
    wanted: dict[str, list[tuple[str, HitDecision]]] = defaultdict(list)
    for hit, decisions in past.items():
        if decisions[-1].verdict != OPEN and decisions[-1].row != ANY_ROW:
            parts = split_hit(hit)
            # Under the id it goes by now, which is another than it was decided under where partners were merged.
            wanted[unescaped(parts.list_id)].append((unescaped(parts.entity), replace(decisions[-1], hit=hit)))
    if not wanted:
        return
    series: dict[str, list[ListVersion]] = defaultdict(list)
    for version in list_versions(kb.registry, kb.texts, kind=Kind.WATCHLIST):
        if version.list_id in wanted:
            series[version.list_id].append(version)
    for list_id, decided in wanted.items():
        yield from _of_list(kb, series.get(list_id, ()), decided)


def _of_list(
    kb: KnowledgeBase, versions: Iterable[ListVersion], decided: list[tuple[str, HitDecision]]
) -> Iterator[Reopened]:
    known = list(versions)
    now: dict[str, tuple[ListVersion, ListEntry]] = {}
    entities = {entity for entity, _ in decided}
    for version in known:
        if version.current:
            now |= {key: (version, entry) for key, entry in _rows(kb, version, entities).items()}
    changed = [(e, one) for e, one in decided if e in now and row_digest(now[e][1]) != one.row]
    then: dict[str, dict[str, ListEntry]] = {}
    for entity, one in changed:
        old = next((version for version in reversed(known) if version.version == one.version), None)
        if old is not None and one.version not in then:
            then[one.version] = _rows(kb, old, {e for e, each in changed if each.version == one.version})
        before = then.get(one.version, {}).get(entity)
        # A row that was read otherwise then (another version of Duegraph) is not shown as what was decided on.
        before = before if before is not None and row_digest(before) == one.row else None
        yield Reopened(one, before, now[entity][1], now[entity][0])


def _rows(kb: KnowledgeBase, version: ListVersion, wanted: set[str]) -> dict[str, ListEntry]:
    found = entries_of(kb.texts.get("facts", version.facts).decode(), version, wanted)
    return {entry.id: entry for entry in found.entries}


def _about(snapshot: Snapshot, decision: HitDecision) -> tuple[str, list[str]]:
    """Return what an alert on a hit is about, the partner or a contract where it has one, and the contracts."""
    subject = decision.hit.partition("@")[2]
    touched = HitTouch(snapshot, load_rules()).subjects(subject)
    contracts = sorted(one for one in touched if one.startswith("doc-"))
    partner = partner_of(subject) or document_of(subject)
    return partner or next(iter([*sorted(touched - set(contracts)), *contracts]), decision.hit), contracts


def _alert(kb: KnowledgeBase, one: Reopened, about: str, contracts: list[str]) -> Alert | None:
    """Raise the alert of one decision; None when it was raised before."""
    decision, change = one.decision, one.change()
    name, title = one.after.names[0].text, one.version.load.title or one.version.list_id
    was = _VERDICTS[decision.verdict]
    fields, day = ", ".join(change["fields"]), decision.at.date().isoformat()
    words: Mapping[str, str] = {
        "en": f"The row of {name} on {title} changed ({fields}): the decision of {decision.actor} of {day} "
        f"({was[0]}) no longer counts",
        "zh": f"名单“{title}”中 {name} 的条目已变更（{fields}）：{decision.actor} 于 {day} 的决定（{was[1]}）不再有效",
    }
    return raise_alert(
        kb,
        kind=AlertKind.DECISION_REOPENED,
        about=about,
        # Who was cleared may be listed after all; who is known to be listed, or is being looked at, stays so.
        level="high" if decision.verdict == FALSE_POSITIVE else None,
        title=words,
        detail={
            "hit": decision.hit,
            "list": one.version.list_id,
            "version": one.version.version,
            "entry": one.after.id,
            "name": name,
            "decision": decision.json(),
            "change": change,
            "contracts": contracts[:MAX_LISTED],
        },
        key=f"decision-reopened {decision.hit} {decision.at.isoformat()} {row_digest(one.after)}",
    )
