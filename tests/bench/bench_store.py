"""Storing contracts: documents per second and time to replace one, beside the raw engines in the same run.

    python -m tests.bench.bench_store [documents] [clauses]

Each document has ``clauses`` clauses (150: the median of CUAD) of 200 characters, one search row and about 27 facts per
clause. All ways store the same facts and rows, in batches of 16, interleaved, so that the ratios hold on a busy
machine. "raw" is the engines alone: no files, no registry, no published view, no undo.
"""

from __future__ import annotations

import hashlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyoxigraph as ox
from whoosh import fields, index

from kb.base import STEPS, KnowledgeBase
from kb.ids import clause_iri, document_id, document_iri, graph_iri, span_iri
from kb.model import Block, BlockKind, Document, Kind
from kb.records import Revision
from kb.search import IndexRow
from kb.settings import Settings
from kb.store import to_quads
from kb.triples import TripleWriter

BATCH = 16
CLAUSE = 200
OA, DUE = "http://www.w3.org/ns/oa#", "https://w3id.org/duegraph#"
SENTENCE = (
    "the supplier shall indemnify and hold harmless buyer against any loss damage liability arising out of breach "
    "termination notice governing law confidentiality assignment payment term renewal warranty insurance audit"
)
WORDS = SENTENCE.split()


def contract(number: int, clauses: int, source: int | None = None) -> Revision:
    """Return one made-up contract; the same number gives the same one."""
    chance = random.Random(number)
    parts = []
    for clause in range(clauses):
        words = [f"Contract{number}.{clause}"]
        while sum(map(len, words)) + len(words) < CLAUSE:
            words.append(chance.choice(WORDS))
        parts.append(" ".join(words)[:CLAUSE].ljust(CLAUSE))
    text = "".join(parts)
    original = text.encode()
    id_ = document_id(Kind.CONTRACT, hashlib.sha256(original).hexdigest())
    out, iri = TripleWriter(), document_iri(id_)
    rows = []
    for clause in range(clauses):
        node, start = clause_iri(id_, f"c{clause}"), clause * CLAUSE
        out.type(node, "https://w3id.org/dpv#ContractualClause")
        out.iri(node, OA + "hasSource", iri)
        out.text(node, DUE + "heading", parts[clause][:40])
        out.text(node, DUE + "textHash", hashlib.sha256(parts[clause].encode()).hexdigest())
        for value in range(3):
            span = span_iri(id_, start + value * 20, start + value * 20 + 15)
            words_node = f"{node}v{value}"
            out.type(words_node, DUE + "Value")
            out.iri(words_node, OA + "hasSource", iri)
            out.iri(words_node, OA + "hasSelector", span)
            out.type(span, OA + "TextPositionSelector")
            out.integer(span, OA + "start", start + value * 20)
            out.integer(span, OA + "end", start + value * 20 + 15)
            out.text(span, OA + "exact", parts[clause][value * 20 : value * 20 + 15])
            out.typed(
                words_node, DUE + "score", f"0.{chance.randrange(1, 9999)}", "http://www.w3.org/2001/XMLSchema#decimal"
            )
        rows.append(
            IndexRow(
                f"{id_}#c{clause}",
                id_,
                "clause",
                parts[clause][:40],
                parts[clause],
                id_,
                start,
                start + CLAUSE,
                "en",
                {"clause_type": f"t{clause % 41}", "source_kind": "contract"},
            )
        )
    blocks = tuple(Block(BlockKind.PARAGRAPH, c * CLAUSE, (c + 1) * CLAUSE) for c in range(clauses))
    name = number if source is None else source
    document = Document(text, blocks, "text/plain", "en", f"Contract {number}")
    return Revision(f"src-{name}", f"{name}.txt", Kind.CONTRACT, original, document, out.getvalue(), tuple(rows))


class Raw:
    """The engines alone, each batch flushed."""

    def __init__(self, folder: Path) -> None:
        self.store = ox.Store(str(folder / "graph"))
        (folder / "index").mkdir()
        schema = fields.Schema(
            id=fields.ID(stored=True), owner=fields.ID, type=fields.ID, title=fields.TEXT(stored=True),
            text=fields.TEXT(stored=True), kind=fields.KEYWORD,
        )  # fmt: skip
        self.index = index.create_in(str(folder / "index"), schema)

    def update(self, revisions: Sequence[Revision], gone: Sequence[str] = ()) -> None:
        """Write the graph as one SPARQL update: atomic, and what the documentation shows."""
        drops = "".join(f"DROP SILENT GRAPH <{graph}> ;\n" for graph in gone)
        graphs = "".join(f"GRAPH <{graph_iri(r.rows[0].owner)}> {{\n{r.facts}}}\n" for r in revisions)
        self.store.update(f"{drops}INSERT DATA {{\n{graphs}}}")
        self.store.flush()

    def bulk(self, revisions: Sequence[Revision], gone: Sequence[str] = ()) -> None:
        """Write the graph by bulk loading."""
        for graph in gone:
            self.store.remove_graph(ox.NamedNode(graph))
        quads = "".join(to_quads(graph_iri(r.rows[0].owner), r.facts) for r in revisions)
        self.store.bulk_load(quads.encode(), ox.RdfFormat.N_QUADS)
        self.store.flush()

    def whoosh(self, revisions: Sequence[Revision], gone: Sequence[str] = ()) -> None:
        """Index one Whoosh document per clause."""
        writer = self.index.writer()
        for owner in gone:
            writer.delete_by_term("owner", owner.rpartition(":")[2])
        for row in (row for revision in revisions for row in revision.rows):
            writer.add_document(
                id=row.id,
                owner=row.owner,
                type=row.type,
                title=row.title,
                text=row.text,
                kind=row.facets["clause_type"],
            )
        writer.commit()


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds ``work`` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main(documents: int, clauses: int) -> None:
    """Measure and print a Markdown table."""
    took: dict[str, list[float]] = {}
    steps: dict[str, list[float]] = {step: [] for step in STEPS}
    last = 0.0

    def observer(step: str) -> None:
        nonlocal last
        now = time.perf_counter()
        steps[step].append(now - last)
        last = now

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "a").mkdir()
        (place / "b").mkdir()
        raw, other = Raw(place / "a"), Raw(place / "b")
        with KnowledgeBase.open(place / "kb", write=True, settings=Settings(), observer=observer) as kb:
            for steps_of in steps.values():
                steps_of.clear()
            facts = 0
            for first in range(0, documents, BATCH):
                batch = [contract(number, clauses) for number in range(first, first + BATCH)]
                facts = batch[0].facts.count("\n")
                last = time.perf_counter()
                took.setdefault("kb: commit", []).append(timed(lambda b=batch: kb.commit(b)))  # type: ignore[misc]
                took.setdefault("raw: one update", []).append(timed(lambda b=batch: raw.update(b)))  # type: ignore[misc]
                took.setdefault("raw: bulk load", []).append(timed(lambda b=batch: other.bulk(b)))  # type: ignore[misc]
                took.setdefault("raw: whoosh", []).append(timed(lambda b=batch: raw.whoosh(b)))  # type: ignore[misc]
            profile = {step: statistics.median(times) / BATCH * 1000 for step, times in steps.items()}
            replaced: dict[str, list[float]] = {}
            for steps_of in steps.values():
                steps_of.clear()
            for number in range(8):
                new = [contract(100_000 + number, clauses, source=number)]
                gone = [graph_iri(contract(number, clauses).rows[0].owner)]
                last = time.perf_counter()
                replaced.setdefault("kb: commit", []).append(timed(lambda n=new: kb.commit(n)))  # type: ignore[misc]
                replaced.setdefault("raw: one update", []).append(timed(lambda n=new, g=gone: raw.update(n, g)))  # type: ignore[misc]
                replaced.setdefault("raw: bulk load", []).append(timed(lambda n=new, g=gone: other.bulk(n, g)))  # type: ignore[misc]
                replaced.setdefault("raw: whoosh", []).append(timed(lambda n=new, g=gone: raw.whoosh(n, g)))  # type: ignore[misc]
            one = {step: statistics.median(times) * 1000 for step, times in steps.items()}
            opened = statistics.median(timed(lambda: _look(place / "kb")) for _ in range(5))
    print(f"{documents} documents of {clauses} clauses, {facts} facts each, batches of {BATCH}; medians\n")
    print("| way | ms per document | documents/s | replace one, ms |\n|---|---|---|---|")
    for way, times in took.items():
        each = statistics.median(times) / BATCH
        print(f"| {way} | {each * 1000:.1f} | {1 / each:.1f} | {statistics.median(replaced[way]) * 1000:.0f} |")
    print("\nms per document by step of a commit: " + ", ".join(f"{step} {ms:.1f}" for step, ms in profile.items()))
    print("ms by step when one is replaced: " + ", ".join(f"{step} {ms:.1f}" for step, ms in one.items()))
    print(f"opening for reading with one query: {opened * 1000:.0f} ms")


def _look(data: Path) -> None:
    with KnowledgeBase.open(data, write=False, settings=Settings()) as kb, kb.snapshot() as snapshot:
        snapshot.query("SELECT ?s { ?s a <https://w3id.org/duegraph#Value> } LIMIT 1")


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*(arguments + [64, 150][len(arguments) :]))
