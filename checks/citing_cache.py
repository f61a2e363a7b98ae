"""Citing places of contracts kept ready for the ledger: one derived graph per act, one record per contract.

Finding clause, mode and date of ten thousand citations takes seconds, the ledger of an act must not. A record counts
only while it was made of the present facts of its contract, by the present code; any other contract is read anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Final

from checks.citation_mode import CitationMode, StatedMode
from checks.ledger_model import Citing
from kb import ids
from kb.facts.base import Select, query
from kb.model import Citation, Clause, Span
from kb.records import DocumentRecord
from kb.triples import TripleWriter
from ontology import terms as t

CITING_PREFIX: Final = "citing/"
"""Derived graphs of citing places are named ``citing/<act>``."""
_MADE_BY: Final = ("citing_cache.py", "citation_mode.py", "citation_modes.toml", "ledger_load.py")


def citing_graph(act: str) -> str:
    """Return the name of the derived graph that holds the citing places of an act."""
    return f"{CITING_PREFIX}{act}"


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for name in _MADE_BY:
        digest.update(resources.files("checks").joinpath(name).read_bytes())
    return digest.hexdigest()


def made_of(record: DocumentRecord, names: Iterable[str]) -> str:
    """Return what a record must bear to count: the contract's facts, the names of the act, and the code."""
    parts = [_code(), record.facts, *sorted(names)]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def citing_facts(act: str, citing: Mapping[str, Collection[Citing]], made: Mapping[str, str]) -> str:
    """Return citing places by contract as N-Triples.

    Args:
        act: id of the act they cite.
        citing: contract to its citing places.
        made: contract to what ``made_of`` gives for it.
    """
    out = TripleWriter()
    for document, places in sorted(citing.items()):
        record = {"document": document, "made_of": made[document], "places": [_packed(each) for each in places]}
        out.text(ids.iri("citing", act, document), t.DUE_record, json.dumps(record, ensure_ascii=False))
    return out.getvalue()


def read_citing(
    select: Select, act: str, made: Mapping[str, str], records: Mapping[str, DocumentRecord]
) -> dict[str, list[Citing]]:
    """Return the kept citing places of an act by contract, only of contracts for which they still count."""
    found: dict[str, list[Citing]] = {}
    graph = ids.derived_graph_iri(citing_graph(act))
    for (text,) in select(query("?record", f"?n <{t.DUE_record}> ?record", [graph])):
        data = json.loads(text or "")
        document = data["document"]
        if made.get(document) == data["made_of"]:
            found[document] = _unpacked(records[document], data["places"])
    return found


def contract_title(record: DocumentRecord) -> str:
    """Return how a reader would call a contract: its title, else its file's name."""
    return record.title or record.source.rsplit("/", 1)[-1] or record.id


def _packed(each: Citing) -> list[Any]:
    clause, words = each.clause, each.mode.words
    return [
        each.citation.text,
        each.citation.start,
        each.citation.end,
        each.citation.act,
        each.citation.provision,
        None if clause is None else [clause.id, clause.start, clause.end, clause.number, clause.heading],
        each.written.isoformat() if each.written is not None else None,
        each.mode.mode.value,
        None if words is None else [words.start, words.end],
        each.occurrence,
    ]


def _unpacked(record: DocumentRecord, places: Iterable[list[Any]]) -> list[Citing]:
    title, source = contract_title(record), record.source or record.id
    return [
        Citing(
            document=record.id,
            source=source,
            title=title,
            citation=Citation(text, start, end, act, provision),
            clause=None if clause is None else Clause(*clause),
            written=None if written is None else date.fromisoformat(written),
            mode=StatedMode(CitationMode(mode), None if words is None else Span(*words)),
            occurrence=occurrence,
        )
        for text, start, end, act, provision, clause, written, mode, words, occurrence in places
    ]
