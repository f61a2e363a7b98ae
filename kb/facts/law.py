"""Acts as stored: versions with their dates, the words those were read from, and provisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from kb import ids
from kb.facts.base import Select, document_of, graphs_of, optional, query, span_of
from kb.law_amending import decided_commencements
from kb.law_deferred import Deferred
from kb.law_numbers import sort_key
from kb.law_places import NUMBERED_LEVELS
from kb.law_versions import StoredProvision, StoredVersion
from kb.model import Commencement, DateFact, Provision, Span
from ontology import terms as t

# --- law ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredAct:
    """One version (or one book of one version) of an act as a stored document gives it.

    Attributes:
        document: the document that holds the text.
        dates: by role: "version", "adopted", "published", "in-force", "no-longer-in-force".
        repeals: titles or ids of acts this text says it repeals.
        commencements: provisions that begin to apply on a day of their own.
    """

    document: str
    act: str
    version: str
    title: str
    short_titles: tuple[str, ...]
    jurisdiction: str | None
    unit: str
    part: str | None
    hint: date | None
    dates: dict[str, DateFact]
    repeals: tuple[tuple[str, Span], ...]
    provisions: tuple[Provision, ...]
    commencements: tuple[Commencement, ...] = ()


_DATE_ROLES = {
    "version": t.ELI_version_date,
    "adopted": t.ELI_date_document,
    "published": t.ELI_date_publication,
    "in-force": t.ELI_first_date_entry_in_force,
    "no-longer-in-force": t.ELI_date_no_longer_in_force,
}


def read_acts(
    select: Select, documents: Collection[str] | None = None, *, provisions: bool = True
) -> tuple[StoredAct, ...]:
    """Return the stored versions of acts, one per document, ordered by version id.

    Args:
        select: runs queries.
        documents: ids to read; None reads every act.
        provisions: read the provisions, too; without them a whole library of law is read at once.
    """
    graphs = graphs_of(documents)
    units = _provisions(select, graphs) if provisions else {}
    shorts: dict[str, set[str]] = defaultdict(set)
    for d, short in select(
        query(
            "?d ?short",
            f"?d <{t.DUE_states}> ?v . ?v <{t.ELI_is_member_of}> ?a . ?a <{t.ELI_title_short}> ?short",
            graphs,
        )
    ):
        shorts[document_of(d)].add(short or "")
    days: dict[str, dict[str, DateFact]] = defaultdict(dict)
    for role, predicate in _DATE_ROLES.items():
        for d, day in select(query("?d ?day", f"?d <{t.DUE_states}> ?v . ?v <{predicate}> ?day", graphs)):
            days[document_of(d)][role] = DateFact(date.fromisoformat(day or ""), None)
    for basis, s in select(query("?b ?s", f"?v <{t.DUE_dateBasis}> ?b . ?b <{t.OA_hasSelector}> ?s", graphs)):
        document, role = document_of(basis), (basis or "").rsplit("#date-", 1)[-1]
        known = days[document].get(role)
        if known is not None:
            days[document][role] = DateFact(known.value, span_of(s))
    repeals: dict[str, list[tuple[str, Span]]] = defaultdict(list)
    for n, title, s in select(
        query(
            "?n ?title ?s",
            f"?n a <{t.DUE_RepealStatement}> ; <{t.DUE_citedAct}> ?title ; <{t.OA_hasSelector}> ?s",
            graphs,
        )
    ):
        repeals[document_of(n)].append((title or "", span_of(s)))
    begins = _commencements(select, graphs)
    pattern = (
        f"?d <{t.DUE_states}> ?v . ?v <{t.ELI_is_member_of}> ?a ; <{t.ELI_id_local}> ?version . "
        f"?a <{t.DUE_actId}> ?act ; <{t.ELI_title}> ?title . "
        + optional("?v", (t.DUE_unitName, "?unit"), (t.DUE_part, "?part"), (t.DUE_versionHint, "?hint"))
        + optional("?a", (t.DUE_jurisdiction, "?country"))
    )
    acts = [
        StoredAct(
            document=(document := document_of(d)),
            act=act or "",
            version=version or "",
            title=title or "",
            short_titles=tuple(sorted(shorts.get(document, ()))),
            jurisdiction=country,
            unit=unit or "Article",
            part=part,
            hint=date.fromisoformat(hint) if hint is not None else None,
            dates=days.get(document, {}),
            repeals=tuple(sorted(repeals.get(document, ()), key=lambda r: r[1].start)),
            provisions=units.get(document, ()),
            commencements=begins.get(document, ()),
        )
        for d, version, act, title, unit, part, hint, country in select(
            query("?d ?version ?act ?title ?unit ?part ?hint ?country", pattern, graphs)
        )
    ]
    return tuple(sorted(acts, key=lambda a: (a.version, a.part or "", a.document)))


def _commencements(select: Select, graphs: Collection[str] | None) -> dict[str, tuple[Commencement, ...]]:
    pattern = (
        f"?v <{t.DUE_commencement}> ?c . ?c <{t.DUE_commencesProvision}> ?p ; <{t.OA_hasSelector}> ?s . "
        + optional("?c", (t.ELI_first_date_entry_in_force, "?day"))
    )
    numbers: dict[tuple[str, str, str | None], list[str]] = defaultdict(list)
    for c, p, s, day in select(query("?c ?p ?s ?day", pattern, graphs)):
        numbers[c or "", s or "", day].append(ids.unquote_id(p or "").rsplit("#", 1)[1])
    found: dict[str, list[Commencement]] = defaultdict(list)
    for (c, s, day), provisions in numbers.items():
        span = span_of(s)
        begins = date.fromisoformat(day) if day is not None else None
        ordered = tuple(sorted(provisions, key=sort_key))
        found[document_of(c)].append(Commencement(ordered, begins, span.start, span.end))
    return {d: tuple(sorted(group, key=lambda each: (each.start, each.end))) for d, group in found.items()}


def _provisions(select: Select, graphs: Collection[str] | None) -> dict[str, tuple[Provision, ...]]:
    pattern = (
        f"?p a <{t.DUE_Provision}> ; <{t.OA_hasSource}> ?d ; <{t.OA_hasSelector}> ?s ; <{t.ELI_number}> ?number ; "
        f"<{t.DUE_label}> ?label ; <{t.DUE_subdivisionType}> ?level . "
        + optional("?p", (t.DUE_heading, "?heading"), (t.DUE_parentProvision, "?parent"))
    )
    found: dict[str, list[Provision]] = defaultdict(list)
    for d, s, number, label, level, heading, parent in select(
        query("?d ?s ?number ?label ?level ?heading ?parent", pattern, graphs)
    ):
        span = span_of(s)
        above = ids.unquote_id(parent).rsplit("#", 1)[1] if parent is not None else None
        found[document_of(d)].append(
            Provision(number or "", label or "", heading, level or "", span.start, span.end, above)
        )
    return {d: tuple(sorted(group, key=lambda p: (p.start, -p.end))) for d, group in found.items()}


def stored_versions(
    acts: Iterable[StoredAct], *, read: Callable[[StoredAct], Mapping[str, StoredProvision]] | None = None
) -> Iterator[StoredVersion]:
    """Yield the versions as the law index wants them, one per stored document.

    Args:
        acts: what is stored.
        read: reads the provisions of a version when they are first needed; None takes those of ``acts``.
    """
    known = tuple(acts)
    decided = decided_commencements(known)
    for act in known:
        dates = {role: fact.value for role, fact in act.dates.items()}
        by_decision = decided.get(act.version)
        yield StoredVersion(
            act=act.act,
            version=act.version,
            title=act.title,
            short_titles=act.short_titles,
            jurisdiction=act.jurisdiction,
            date=dates.get("version") or act.hint,
            in_force=dates.get("in-force") or (by_decision.day if by_decision is not None else None),
            no_longer_in_force=dates.get("no-longer-in-force"),
            part=act.part,
            repeals=tuple(title for title, _ in act.repeals),
            provisions=_places(act.document, act.provisions) if read is None else Deferred(partial(read, act)),
            published=dates.get("published"),
            begins={number: each.day for each in act.commencements for number in each.provisions},
        )


def _places(document: str, provisions: Iterable[Provision]) -> dict[str, StoredProvision]:
    return {
        p.number: StoredProvision(p.label, p.heading, document, p.start, p.end)
        for p in provisions
        if p.level in NUMBERED_LEVELS
    }


def read_places(select: Select, act: StoredAct) -> dict[str, StoredProvision]:
    """Return where the numbered provisions of one stored version stand, by canonical number."""
    found = _provisions(select, [ids.graph_iri(act.document)])
    return _places(act.document, found.get(act.document, ()))
