"""After something changed: check what it touches again, compare with before, and say what a person should look at.

A kill at any moment is made good by the next run: alerts are raised before the findings they come from are kept, the
mark of how far everything has been looked at moves last, and the same occasion is raised once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from api.service.changes import Changes, touched_contracts
from api.service.checking import keep_findings
from api.service.decisions import decisions, status_of
from api.service.hit_marks import GUARD, mark_later, position
from api.service.hits import stored_rulings
from api.service.impact import law_is_new, refresh
from api.service.linking import links_are_stale, renew_links
from api.service.list_changes import Meeting, decided_meeting, list_changes, meetings
from api.service.reopening import lists_are_new, raise_reopened
from checks.engine import check
from checks.finding import LEVEL_RANK, Finding, Level, Outcome
from checks.load import Scope, load_context, load_law
from checks.record import GRAPH_PREFIX, by_subject, finding_json, finding_of, graph_name, read_findings
from checks.rule import Rule, SparqlSelect, load_rules
from kb.alerts import Alert, AlertKind, raise_alert
from kb.base import KnowledgeBase
from kb.facts import read_acts
from kb.model import Kind, Stage
from kb.records import DerivedRecord, DocumentRecord
from ontology import concept
from ontology import terms as t

MARK: Final = "monitor-mark"
"""Registry setting: how far everything has been looked at, see ``Mark``."""
MAX_LISTED: Final = 50
"""Findings, contracts or entries named in the detail of one alert."""
PARTNER_KINDS: Final = (Kind.WATCHLIST, Kind.REGISTER, Kind.NEWS)
"""What rules about partners look at."""
DOCUMENT: Final = "doc-"
"""What the id of every document begins with."""
_RECORD: Final = re.compile(rf'<{re.escape(t.DUE_record)}> "((?:[^"\\]|\\.)*)" \.')
_ZH_LEVEL: Final = {"high": "高", "medium": "中", "low": "低"}  # high, medium, low


@dataclass(frozen=True, slots=True)
class Mark:
    """How far everything has been looked at.

    Attributes:
        documents: sequence number up to which documents were looked at.
        findings: sequence number at which the findings were those of that look.
        day: day of the look (ISO); rules look at the date, so a new day is a new look.
        rules: digest of the rules and their versions.
    """

    documents: int
    findings: int
    day: str = ""
    rules: str = ""


@dataclass(frozen=True, slots=True)
class Recheck:
    """What a look came to: contracts checked again, and the alerts raised, in the order of raising."""

    checked: int = 0
    alerts: tuple[Alert, ...] = ()


def mark_of(kb: KnowledgeBase) -> Mark | None:
    """Return how far everything has been looked at; None when it never was."""
    text = kb.registry.meta(MARK)
    return None if text is None else Mark(**json.loads(text))


def set_baseline(kb: KnowledgeBase) -> None:
    """Let what is stored now be what later looks are compared with, unless there was a look already."""
    if kb.registry.meta(MARK) is None:
        sequence, _ = kb.registry.position()
        _set_mark(kb, Mark(sequence, sequence))


def recheck(kb: KnowledgeBase, *, today: date | None = None) -> Recheck:
    """Check again what changes since the last look touch, and raise alerts for what differs.

    Args:
        kb: open for writing.
        today: the day whose law counts; the present one (UTC) when None.
    """
    day = today if today is not None else datetime.now(UTC).date()
    rules = load_rules()
    mark = mark_of(kb) or Mark(0, 0)
    digest = _digest(rules)
    anew = (mark.day, mark.rules) != (day.isoformat(), digest)
    if links_are_stale(kb):
        renew_links(kb)
    alerts = list(refresh(kb, today=day).alerts) if today is not None or law_is_new(kb) else []
    alerts += raise_reopened(kb) if lists_are_new(kb) else []
    # Taken before reading: law that another thread stores meanwhile is then later than what is found here.
    now, seen = datetime.now(UTC), position(kb.audit)
    with kb.snapshot() as snapshot:
        changes = Changes.since_sequence(kb, snapshot, mark.documents)
        lists = list_changes(changes)
        met, near = meetings(changes, lists)
        rulings = stored_rulings(kb, snapshot)
        alerts += _listed(kb, [one for one in met if not decided_meeting(one, rulings)])
        alerts += _events(kb, changes)
        told = {alert.about for alert in alerts if alert.kind == AlertKind.ACT_VERSION}
        alerts += _versions(kb, changes, told)
        law = load_law(snapshot) if changes.changed(Kind.REGULATION) else None
        touched = changes.contracts() if anew else sorted(touched_contracts(changes, rules, law, near))
        findings: tuple[Finding, ...] = ()
        looked = bool(touched) or anew or changes.changed(*PARTNER_KINDS)
        if looked:
            asked = rules if touched else tuple(r for r in rules if isinstance(r.evaluate, SparqlSelect))
            findings = check(asked, load_context(snapshot, day, Scope(touched), decided=rulings))
        alerts += _compare(kb, changes, mark, findings, touched)
        if looked or any(r.kind is Kind.CONTRACT for r in changes.went.values()):
            with GUARD:
                _keep(kb, changes, findings, touched, day, looked=looked, known_at=now)
                mark_later(kb, seen)
        sequence = snapshot.sequence or 0
    after, _ = kb.registry.position()
    if mark != (new := Mark(sequence, after, day.isoformat(), digest)):
        _set_mark(kb, new)
    return Recheck(len(touched), tuple(alerts))


def _set_mark(kb: KnowledgeBase, mark: Mark) -> None:
    said = {"documents": mark.documents, "findings": mark.findings, "day": mark.day, "rules": mark.rules}
    kb.registry.set_meta(MARK, json.dumps(said))


def _digest(rules: Iterable[Rule]) -> str:
    return hashlib.sha256("\n".join(f"{rule.id} {rule.version}" for rule in rules).encode()).hexdigest()[:20]


def _keep(
    kb: KnowledgeBase,
    changes: Changes,
    findings: Sequence[Finding],
    touched: Collection[str],
    day: date,
    *,
    looked: bool,
    known_at: datetime,
) -> None:
    """Keep findings that differ; drop those of contracts that are gone, and of partners nothing is said about now."""
    snapshot = changes.snapshot
    stored = {record.name for record in snapshot.derived() if record.name.startswith(GRAPH_PREFIX)}
    subjects = {name.removeprefix(GRAPH_PREFIX) for name in stored}
    contracts, checked = set(changes.contracts()), set(touched)
    groups = by_subject(findings)
    gone = {one for one in subjects - contracts if one.startswith(DOCUMENT) or (looked and one not in groups)}
    others = [one for one in subjects & groups.keys() if one not in checked]
    same = by_subject(read_findings(snapshot.query, others)) if others else {}
    kept = [
        finding
        for subject, group in groups.items()
        if subject in checked or _told(same.get(subject, ())) != _told(group)
        for finding in group
    ]
    languages = {i: record.language for i, record in changes.now.items()}
    keep_findings(kb, kept, touched, languages, day, stored, everything=False, gone=gone, known_at=known_at)


def _told(findings: Iterable[Finding]) -> list[str]:
    return sorted(json.dumps(finding_json(finding), sort_keys=True) for finding in findings)


# --- findings before and after -----------------------------------------------------------------------------------


def _compare(
    kb: KnowledgeBase, changes: Changes, mark: Mark, findings: Sequence[Finding], touched: Collection[str]
) -> Iterator[Alert]:
    """Yield an alert per flag that is new or worse, one per contract that was never checked, one per stale decision."""
    graphs = {record.name: record for record in kb.registry.derived(sequence=mark.findings)}
    contracts = {record.id for record in changes.before.values() if record.kind is Kind.CONTRACT}
    before = _before(kb, graphs, touched, contracts, changes)
    had = [record for record in changes.before.values() if graph_name(record.id) in graphs]
    checked_sources = {key for record in had for key, _ in record.sources}
    names = {i: title_of(record) for i, record in changes.now.items()}
    said = decisions(kb.audit)
    first: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.outcome is not Outcome.FLAG or finding.level is None:
            continue
        was = before.get(finding.id)
        record = changes.now.get(finding.subject)
        seen = record is None or graph_name(finding.subject) in graphs or _replaces(record.sources, checked_sources)
        if was is None and not seen:
            first.setdefault(finding.subject, []).append(finding)
        elif was is None:
            yield from _raised(_new_flag(kb, finding, mark, names))
        elif was.level is not None and LEVEL_RANK[was.level] < LEVEL_RANK[finding.level]:
            yield from _raised(_worse(kb, finding, was.level, mark, names))
        if status_of(finding, said) == "stale":
            yield from _raised(_stale(kb, finding, names))
    for subject, flags in first.items():
        yield from _raised(_first_check(kb, subject, flags, names))


def _replaces(sources: Iterable[tuple[str, str]], known: Collection[str]) -> bool:
    return any(key in known for key, _ in sources)


def _before(
    kb: KnowledgeBase,
    graphs: dict[str, DerivedRecord],
    touched: Collection[str],
    contracts: Collection[str],
    changes: Changes,
) -> dict[str, Finding]:
    """Return the flags of the last look by id: of what is checked again, of contracts gone, and of partners."""
    wanted = set(touched) | (set(contracts) - set(changes.now))
    found: dict[str, Finding] = {}
    for name, record in graphs.items():
        subject = name.removeprefix(GRAPH_PREFIX)
        if not name.startswith(GRAPH_PREFIX) or (subject.startswith(DOCUMENT) and subject not in wanted):
            continue
        for match in _RECORD.finditer(kb.texts.get("facts", record.facts).decode()):
            finding = finding_of(json.loads(json.loads(f'"{match[1]}"')))
            if finding.outcome is Outcome.FLAG:
                found[finding.id] = finding
    return found


def title_of(record: DocumentRecord) -> str:
    """Return what to call a document: its own title, else the name of its file, else its id."""
    return record.title or record.source.rsplit("/", 1)[-1] or record.id


def _raised(alert: Alert | None) -> Iterator[Alert]:
    if alert is not None:
        yield alert


def _about(finding: Finding) -> dict[str, object]:
    return {
        "finding": finding.id,
        "rule": finding.rule,
        "rule_version": finding.rule_version,
        "level": finding.level.value if finding.level is not None else None,
        "subject": finding.subject,
        "message": {"en": finding.message.en, "zh": finding.message.zh},
        "evidence": [{"document": e.document, "start": e.start, "end": e.end} for e in finding.evidence[:3]],
    }


def _new_flag(kb: KnowledgeBase, finding: Finding, mark: Mark, names: dict[str, str]) -> Alert | None:
    name = names.get(finding.subject, finding.subject)
    return raise_alert(
        kb,
        kind=AlertKind.NEW_FLAG,
        about=finding.subject,
        level=_level(finding),
        title={"en": f"{name}: {finding.message.en}", "zh": f"{name}：{finding.message.zh}"},
        detail=_about(finding),
        key=f"new-flag {finding.id} {mark.documents} {mark.findings}",
    )


def _worse(kb: KnowledgeBase, finding: Finding, was: Level, mark: Mark, names: dict[str, str]) -> Alert | None:
    name = names.get(finding.subject, finding.subject)
    level = _level(finding)
    return raise_alert(
        kb,
        kind=AlertKind.LEVEL_RAISED,
        about=finding.subject,
        level=level,
        title={
            "en": f"{name}: from {was.value} to {level}: {finding.message.en}",
            "zh": f"{name}：由{_ZH_LEVEL[was.value]}升为{_ZH_LEVEL[level]}：{finding.message.zh}",
        },
        detail={**_about(finding), "level_before": was.value},
        key=f"level-raised {finding.id} {level} {mark.documents} {mark.findings}",
    )


def _stale(kb: KnowledgeBase, finding: Finding, names: dict[str, str]) -> Alert | None:
    name = names.get(finding.subject, finding.subject)
    return raise_alert(
        kb,
        kind=AlertKind.FINDING_STALE,
        about=finding.subject,
        title={
            "en": f"{name}: the rule changed since this was decided: {finding.message.en}",
            "zh": f"{name}：作出决定后规则已变更：{finding.message.zh}",
        },
        detail=_about(finding),
        key=f"finding-stale {finding.id} {finding.rule_version}",
    )


def _first_check(kb: KnowledgeBase, subject: str, flags: Sequence[Finding], names: dict[str, str]) -> Alert | None:
    """Raise one alert for all flags of a contract nobody has seen findings of."""
    counts = {level.value: sum(f.level is level for f in flags) for level in (Level.HIGH, Level.MEDIUM, Level.LOW)}
    shown = {level: count for level, count in counts.items() if count}
    name = names.get(subject, subject)
    en = ", ".join(f"{count} {level}" for level, count in shown.items())
    zh = "、".join(f"{_ZH_LEVEL[level]} {count} 项" for level, count in shown.items())
    return raise_alert(
        kb,
        kind=AlertKind.NEW_FLAG,
        about=subject,
        level=next(iter(shown)),
        title={"en": f"{name}: first check flags {en}", "zh": f"{name}：首次检查提示风险：{zh}"},
        detail={"counts": counts, "findings": [_about(flag) for flag in flags[:MAX_LISTED]]},
        key=f"first-check {subject}",
    )


def _level(finding: Finding) -> str:
    return finding.level.value if finding.level is not None else Level.LOW.value


# --- lists, events, law ------------------------------------------------------------------------------------------


def _listed(kb: KnowledgeBase, found: Iterable[Meeting]) -> Iterator[Alert]:
    """Yield an alert per partner that an entry newly matches, or whose matching entry changed or is gone."""
    for one in found:
        change = one.list.changes[one.entry]
        newly = one.after and not one.before
        gone = one.before and not one.after
        name, title = one.name, one.list.title
        if newly:
            words = {
                "en": f"{name} matches {one.matched_name} on {title}",
                "zh": f"{name} 与名单“{title}”中的 {one.matched_name} 匹配",
            }
        elif gone:
            words = {
                "en": f"{name} no longer matches {one.matched_name} on {title}",
                "zh": f"{name} 与名单“{title}”中的 {one.matched_name} 不再匹配",
            }
        else:
            fields = ", ".join(change.fields)
            words = {
                "en": f"The entry {one.matched_name} on {title} that {name} matches changed: {fields}",
                "zh": f"与 {name} 匹配的名单“{title}”条目 {one.matched_name} 已变更：{fields}",
            }
        alert = raise_alert(
            kb,
            kind=AlertKind.PARTNER_LISTED if newly else AlertKind.LIST_ENTRY_CHANGED,
            about=one.subject,
            level="low" if gone else None,
            title=words,
            detail={
                "name": name,
                "list": one.list.list_id,
                "version": one.list.version,
                "entry": one.entry,
                "matched_name": one.matched_name,
                "score": round(one.score, 4),
                "change": change.json(),
                "contracts": list(one.contracts[:MAX_LISTED]),
            },
            key=f"list {one.list.list_id} {one.list.version} {one.entry} {one.subject} {name}",
        )
        yield from _raised(alert)


def _events(kb: KnowledgeBase, changes: Changes) -> Iterator[Alert]:
    """Yield an alert per partner and kind of event in the news that came."""
    contracts = set(changes.contracts())
    tied: dict[str, list[str]] = {}
    for link in changes.links:
        if link.document in contracts:
            tied.setdefault(link.partner, []).append(link.document)
    for document, events in changes.new_events.items():
        record = changes.now[document]
        title = title_of(record)
        for event in events:
            if event.stage is Stage.CLEARED or event.subject is None:
                continue
            partners = {
                link.partner: link
                for link in changes.links
                if link.document == document and link.start == event.subject_start
            }
            for partner, link in partners.items():
                kind = concept("event-types", event.type).labels
                stage = "" if event.stage is None else event.stage.value
                alert = raise_alert(
                    kb,
                    kind=AlertKind.PARTNER_EVENT,
                    about=partner,
                    level="medium" if link.same else "low",
                    title={
                        "en": f"{link.partner_name}: {kind['en']} reported in “{title}”",
                        "zh": f"{link.partner_name}：“{title}”报道{kind['zh']}",
                    },
                    detail={
                        "type": event.type,
                        "stage": stage or None,
                        "date": None if event.date is None else event.date.isoformat(),
                        "document": document,
                        "start": event.start,
                        "end": event.end,
                        "certain": link.same,
                        "contracts": sorted(set(tied.get(partner, ())))[:MAX_LISTED],
                    },
                    # The same article from another place, or read anew, is the same occasion.
                    key=f"event {partner} {event.type} {stage} {event.date} {title}",
                )
                yield from _raised(alert)


def _versions(kb: KnowledgeBase, changes: Changes, told: Collection[str]) -> Iterator[Alert]:
    """Yield an alert per new version of an act of which another version was stored before.

    Args:
        kb: open for writing.
        changes: what came and went.
        told: acts an alert was just raised about, because their new law touches something.
    """
    new, gone = changes.acts
    if not new:
        return
    fresh = {one.document for one in new}
    older = [i for i, r in changes.now.items() if r.kind is Kind.REGULATION and i not in fresh]
    before = [*gone, *(read_acts(changes.snapshot.query, older, provisions=False) if older else ())]
    versions = {one.version for one in before}
    acts = {one.act for one in before}
    for one in new:
        if one.act not in acts or one.version in versions or one.act in told:
            continue
        starts = one.dates.get("in-force")
        day = starts.value.isoformat() if starts is not None and starts.value is not None else None
        alert = raise_alert(
            kb,
            kind=AlertKind.ACT_VERSION,
            about=one.act,
            title={
                "en": f"New version of {one.title}" + (f", in force from {day}" if day else ""),
                "zh": f"《{one.title}》有新版本" + (f"，自 {day} 起施行" if day else ""),
            },
            detail={"act": one.act, "version": one.version, "document": one.document, "in_force": day},
            key=f"act-version {one.version}",
        )
        yield from _raised(alert)
