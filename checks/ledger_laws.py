"""Laws that cite an act: the other thing, beside contracts, that a change of the act touches.

A law means another law as it stood when it was made; what has changed since is for its reader to know. Only the texts
of citing laws that apply, or will, count: what a superseded text cites touches nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import date

from checks.law_reading import LawReading
from checks.ledger_model import Citing
from kb import ids
from kb.facts.base import FEW_GRAPHS, document_of, index_of, query, span_of
from kb.facts.law import StoredAct
from kb.law_force import ForceState, force_on
from kb.law_versions import StoredVersion
from kb.model import Citation, Clause
from kb.snapshot import Snapshot
from ontology import terms as t


def citing_laws(
    snapshot: Snapshot, law: LawReading, names: Collection[str], act: str, graphs: Collection[str], as_of: date
) -> list[Citing]:
    """Return the places of stored laws that cite an act, by citing version and place.

    Args:
        snapshot: one consistent view of the store.
        law: its law.
        names: the names by which stored citations mean the act.
        act: id of the act they cite; its own versions are left out.
        graphs: graphs that hold a citation by one of the names.
        as_of: the day judged: citing texts that no longer apply on it, or are of a later date, are left out.
    """
    wanted: dict[str, tuple[StoredAct, StoredVersion]] = {}
    for one in law.acts:
        if one.act == act or ids.graph_iri(one.document) not in graphs:
            continue
        version = next(each for each in law.index.versions(one.act) if each.version == one.version)
        made_later = version.date is not None and version.date > as_of
        if not made_later and force_on(law.index, version, as_of).state is not ForceState.NO_LONGER:
            wanted[one.document] = (one, version)
    known = frozenset(names)
    found: list[Citing] = []
    for document, citations in _citations(snapshot, sorted(wanted)):
        stored, version = wanted[document]
        seen: dict[str, int] = defaultdict(int)
        for citation, unit in citations:
            if citation.act not in known:
                continue
            words = " ".join(citation.text.split())
            found.append(
                Citing(
                    document=document,
                    source=stored.version,
                    title=stored.title,
                    citation=citation,
                    clause=unit,
                    written=max((day for day in (version.date, version.in_force) if day is not None), default=None),
                    occurrence=seen[words],
                    law=stored.version,
                )
            )
            seen[words] += 1
    return sorted(found, key=lambda each: (each.source, each.document, each.citation.start, each.citation.end))


def _citations(
    snapshot: Snapshot, documents: Sequence[str]
) -> Iterator[tuple[str, list[tuple[Citation, Clause | None]]]]:
    """Yield every citation of some laws in order, each with the provision it stands in (its number as the clause's)."""
    pattern = (
        f"?c a <{t.DUE_Citation}> ; <{t.DUE_citedAct}> ?act ; <{t.OA_hasSelector}> ?s . ?s <{t.OA_exact}> ?text . "
        f"OPTIONAL {{ ?c <{t.DUE_citedProvision}> ?number }} "
        f"OPTIONAL {{ ?c <{t.DUE_citedIn}> ?unit . ?unit <{t.OA_hasSelector}> ?place ; <{t.ELI_number}> ?in . "
        f"OPTIONAL {{ ?unit <{t.DUE_heading}> ?heading }} }}"
    )
    for first in range(0, len(documents), FEW_GRAPHS):
        part = documents[first : first + FEW_GRAPHS]
        found: dict[str, list[tuple[int, Citation, Clause | None]]] = defaultdict(list)
        rows = snapshot.query(
            query("?c ?act ?s ?text ?number ?place ?in ?heading", pattern, [ids.graph_iri(one) for one in part]),
            union=False,
        )
        for c, act, s, text, number, place, within, heading in rows:
            document, span = document_of(c), span_of(s)
            unit = None
            if within is not None and f"{ids.document_iri(document)}#" in (place or ""):
                around = span_of(place)
                unit = Clause(within, around.start, around.end, within, heading)
            citation = Citation(text or "", span.start, span.end, act, number)
            found[document].append((index_of(c or ""), citation, unit))
        for document, group in found.items():
            yield document, [(citation, unit) for _, citation, unit in sorted(group, key=lambda each: each[0])]
