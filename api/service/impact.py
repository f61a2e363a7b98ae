"""What new law changes in the store: stored change objects, stale findings, alerts.

``refresh`` makes all three follow the stored law and the day. It is safe to repeat: without new law it changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import pairwise

from checks.citing_cache import CITING_PREFIX, citing_facts, citing_graph, made_of
from checks.law_reading import LawReading
from checks.ledger_load import act_names, citing_contracts
from checks.ledger_model import REPEALED
from checks.rule import load_rules
from checks.stale import STALE_PREFIX, read_stale, stale_facts, stale_graph
from checks.stale_find import ON_DAY, News, overtaken
from kb.alerts import Alert, AlertKind, raise_alert
from kb.base import KnowledgeBase
from kb.facts.changes import CHANGES_PREFIX, ChangeSet, change_facts, continuity, graph_name, read_change_sets
from kb.model import Kind
from kb.snapshot import Snapshot

FEW_CONTRACTS = 20
"""Contracts of one act that are read anew for each question rather than written down: some hundredths of a second."""
FEW_SHARE = 20
"""Likewise, of many contracts one in so many."""
LAW_STATE = "law-impact-state"
"""Registry setting: which law, on which day, the change objects and stale marks were made of."""


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """What a refresh did.

    Attributes:
        acts: acts whose stored changes were made anew.
        changes: change objects stored for those acts.
        stale: findings that are stale now.
        newly_stale: those among them that were not before.
        alerts: alerts raised now, one per act whose new law touches something.
    """

    acts: tuple[str, ...] = ()
    changes: int = 0
    stale: int = 0
    newly_stale: int = 0
    alerts: tuple[Alert, ...] = ()


def law_state(kb: KnowledgeBase, day: date) -> str:
    """Return a digest of the stored law, the contracts that may cite it, and the day."""
    digest = hashlib.sha256(day.isoformat().encode())
    for record in sorted(kb.documents_now(), key=lambda r: r.id):
        if record.kind in {Kind.REGULATION, Kind.CONTRACT}:
            digest.update(f"{record.id} {record.facts}\n".encode())
    return digest.hexdigest()


def law_is_new(kb: KnowledgeBase) -> bool:
    """Say whether law or contracts were stored, or a day has begun, since the last refresh."""
    return kb.registry.meta(LAW_STATE) != law_state(kb, datetime.now(UTC).date())


def refresh(kb: KnowledgeBase, *, today: date | None = None) -> RefreshResult:
    """Bring stored changes, stale findings and alerts in line with the stored law.

    Args:
        kb: open for writing.
        today: the day whose law counts; the present one (UTC) when None.

    Raises:
        ConflictError: the data is open for reading only.
    """
    day = today if today is not None else datetime.now(UTC).date()
    # Taken before reading: what another thread stores meanwhile is then still new to the next look.
    state = law_state(kb, day)
    with kb.snapshot() as snapshot:
        graphs, made, drop = _change_graphs(snapshot)
    kb.derive_all({name: (facts, ()) for name, facts in graphs.items()}, drop=drop)
    with kb.snapshot() as snapshot:
        citing, drop = _citing_graphs(snapshot)
    kb.derive_all({name: (facts, ()) for name, facts in citing.items()}, drop=drop)
    with kb.snapshot() as snapshot:
        found = overtaken(snapshot, LawReading(snapshot), load_rules(), day)
        before = set(read_stale(snapshot.query))
        marked = {record.name for record in snapshot.derived() if record.name.startswith(STALE_PREFIX)}
    marks = {stale_graph(subject): (stale_facts(of_subject), ()) for subject, of_subject in found.marks.items()}
    kb.derive_all(marks, drop=marked - set(marks))
    now = {finding for of_subject in found.marks.values() for finding in of_subject}
    alerts = [alert for one in _by_act(found.news).values() if (alert := _alert(kb, one, day)) is not None]
    kb.registry.set_meta(LAW_STATE, state)
    return RefreshResult(
        acts=tuple(sorted({one.act for one in made})),
        changes=sum(len(one.changes) for one in made),
        stale=len(now),
        newly_stale=len(now - before),
        alerts=tuple(alerts),
    )


def _citing_graphs(snapshot: Snapshot) -> tuple[dict[str, str], list[str]]:
    """Return the graphs of citing places to write (name to facts), and the names of graphs to drop.

    Only acts that have changed need them, and only when many of their contracts are new: a few are read anew in no
    time, and writing the places of all contracts for each new one would make storing slower with every contract.
    """
    law = LawReading(snapshot)
    changed = [
        act for act in law.index.acts if len(law.index.versions(act)) > 1 or law.index.repeal_of(act) is not None
    ]
    graphs: dict[str, str] = {}
    wanted: set[str] = set()
    for act in changed:
        names = act_names(snapshot, law.index, act)
        if not names:
            continue
        by_contract, anew = citing_contracts(snapshot, names, act)
        wanted.add(citing_graph(act))
        if len(anew) > max(FEW_CONTRACTS, len(by_contract) // FEW_SHARE):
            records = {record.id: record for record in snapshot.documents(Kind.CONTRACT)}
            made = {document: made_of(records[document], names) for document in by_contract}
            graphs[citing_graph(act)] = citing_facts(act, by_contract, made)
    stored = [record.name for record in snapshot.derived() if record.name.startswith(CITING_PREFIX)]
    return graphs, [name for name in stored if name not in wanted]


def _by_act(news: Sequence[News]) -> dict[str, list[News]]:
    grouped: dict[str, list[News]] = {}
    for one in news:
        grouped.setdefault(one.event.act, []).append(one)
    return grouped


def _alert(kb: KnowledgeBase, news: Sequence[News], today: date) -> Alert | None:
    """Raise one alert for the new law of one act; None when it was raised before."""
    newest = max(news, key=lambda one: (one.event.known_at, one.event.key)).event
    contracts = sorted({document for one in news for document in one.contracts})
    stale = sorted({finding for one in news for finding in one.findings})
    clauses = sum(one.clauses for one in news)
    begun = newest.day is None or newest.day <= today
    version = newest.key.rpartition("@")[2].partition(ON_DAY)[0]
    repealed = newest.key == REPEALED
    what_en = "is repealed" if repealed else f"has a new version {version}"
    what_zh = "已废止" if repealed else f"有新版本（{version}）"  # is repealed; has a new version
    title = {
        "en": f"{newest.act} {what_en}. Citing clauses touched: {clauses}, in contracts: {len(contracts)}; "
        f"stale findings: {len(stale)}.",
        "zh": f"{newest.act}{what_zh}：涉及{len(contracts)}份合同的{clauses}处引用，{len(stale)}项发现已过时。",
    }
    detail: dict[str, object] = {
        "act": newest.act,
        "change": newest.key,
        "effective_from": newest.day.isoformat() if newest.day is not None else None,
        "in_effect": begun,
        "clauses": clauses,
        "contracts": contracts,
        "findings": stale,
    }
    # A text known before it applies is told twice: when it comes in, and when it takes effect.
    key = f"law-impact:{newest.act}:{newest.key}:{'in-effect' if begun else 'announced'}"
    return raise_alert(kb, kind=AlertKind.ACT_VERSION, about=newest.act, title=title, detail=detail, key=key)


def _change_graphs(snapshot: Snapshot) -> tuple[dict[str, str], list[ChangeSet], list[str]]:
    """Return the graphs to write (name to facts), the change sets in them, and the names of graphs to drop."""
    law = LawReading(snapshot)
    stored: dict[str, dict[tuple[str, str], ChangeSet]] = {}
    for one in read_change_sets(snapshot.query):
        stored.setdefault(one.act, {})[one.pair] = one
    graphs: dict[str, str] = {}
    made: list[ChangeSet] = []
    wanted: set[str] = set()
    for act in law.index.acts:
        line = law.index.versions(act)
        if len(line) < 2:
            continue
        wanted.add(graph_name(act))
        known = stored.get(act, {})
        pairs = {(a.version, b.version): law.made_of(a.version, b.version) for a, b in pairwise(line)}
        if {pair: one.made_of for pair, one in known.items()} == pairs:
            continue
        sets = [law.change_set(a, b) for a, b in pairwise(line)]
        # A pair that was compared before is no news, whatever has been read again since.
        sets = [
            replace(one, known_at=min(one.known_at, known[one.pair].known_at)) if one.pair in known else one
            for one in sets
        ]
        graphs[graph_name(act)] = change_facts(sets, continuity(line, sets))
        made += sets
    drop = [record.name for record in snapshot.derived() if record.name.startswith(CHANGES_PREFIX)]
    return graphs, made, [name for name in drop if name not in wanted]
