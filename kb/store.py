"""The evidence graph: the one module that knows the engine (Oxigraph) and its rdflib view (oxrdflib).

One owner process opens the live store and changes it; everybody reads published copies of it (``kb.views``), because a
store opened read-only beside a working writer is undefined behaviour in RocksDB and fails once compaction removes a
file that was not open yet.

Why bulk loading. Measured once on documents of 4,000 triples in batches of 16 (medians of 6 batches, 2 cores, on disk,
flush and hard-link copy included); ``tests/bench/bench_store.py`` repeats the first and the last way:

| way | ms per document | atomic under kill -9 |
|---|---|---|
| one update ``DROP …; INSERT DATA …`` | 131 | yes |
| drop, ``extend`` | 76 | no (two transactions) |
| drop, ``load`` | 71 | no (two transactions) |
| drop, ``bulk_load`` | 27 | no (written as sorted files) |

With both cores busy elsewhere the first and the last were 211 and 107 ms: bulk loading gains most from a free core.
Replacing one 4,000-triple document costs the same in all four (150-300 ms, the removal decides). Atomicity is needed
over graph, index and registry at once, which no engine call can give, so it is built above the engine: readers only see
published copies, and a batch that did not finish is undone from the last published copy (``kb.writer``). That makes the
non-transactional, two to five times faster way safe: a kill leaves debris only in the live store, which is thrown away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Literal

import pyoxigraph as ox

from kb.errors import QueryError, RecordError, StoreDamagedError
from kb.graph_files import copy_graphs, load_graphs, remove_in_portions, to_quads
from kb.long_text import LongText
from kb.parameters import Iri, Parameter, Row, Term, bind_parameters, fill_values
from kb.store_terms import Answer, render, term_of, value_of

if TYPE_CHECKING:
    import rdflib

Format = Literal["nq", "nt", "ttl", "trig", "jsonld"]
_FORMATS: Final[Mapping[str, ox.RdfFormat]] = {
    "nq": ox.RdfFormat.N_QUADS,
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.STREAMING_JSON_LD,
}
FORMATS: Final = tuple(_FORMATS)
_TRIPLES_ONLY: Final = frozenset({"nt", "ttl"})

_ENGINE_ERRORS: Final = (OSError, ValueError, RuntimeError)


__all__ = [
    "FORMATS",
    "Answer",
    "EvidenceStore",
    "Format",
    "Iri",
    "Parameter",
    "Row",
    "Term",
    "normal_facts",
    "to_quads",
]


class EvidenceStore:
    """Named graphs on disk or in memory."""

    def __init__(self, store: ox.Store, *, writable: bool) -> None:
        """Use ``owner``, ``reader`` or ``memory`` instead."""
        self._store = store
        self.writable: Final = writable

    @classmethod
    def owner(cls, path: Path) -> EvidenceStore:
        """Open the store in directory ``path`` for writing, creating it when absent.

        Raises:
            StoreDamagedError: the engine cannot open it, or another process has it open.
        """
        try:
            return cls(ox.Store(path), writable=True)
        except _ENGINE_ERRORS as error:
            raise _damaged(path, error) from error

    @classmethod
    def reader(cls, path: Path) -> EvidenceStore:
        """Open a published copy for reading; nothing may write to ``path`` meanwhile.

        Raises:
            StoreDamagedError: the engine cannot open it.
        """
        try:
            return cls(ox.Store.read_only(str(path)), writable=False)
        except _ENGINE_ERRORS as error:
            raise _damaged(path, error) from error

    @classmethod
    def memory(cls, graphs: Iterable[tuple[str, str]] = ()) -> EvidenceStore:
        """Return a store in memory that holds ``graphs``, (graph IRI, N-Triples) each."""
        store = cls(ox.Store(), writable=True)
        for graph, facts in graphs:
            store.apply(drop=(), add=((graph, facts),))
        return store

    @classmethod
    def load(cls, quads: Path) -> EvidenceStore:
        """Return a store in memory that holds an N-Quads file."""
        store = ox.Store()
        store.bulk_load(path=str(quads), format=ox.RdfFormat.N_QUADS)
        return cls(store, writable=False)

    def close(self) -> None:
        """Release the store's files and its lock; using it afterwards is an error.

        The engine closes with the last reference, and a traceback may keep others to this object, so the engine is let
        go of here.
        """
        if hasattr(self, "_store"):
            del self._store

    # --- writing -------------------------------------------------------------------------------------------------

    def apply(
        self, *, drop: Collection[str], add: Iterable[tuple[str, str | LongText]], in_portions: bool = False
    ) -> None:
        """Remove the graphs ``drop``, then load ``add``; see the module docstring for what a crash leaves behind.

        Args:
            drop: IRIs of graphs; absent ones do not matter. A graph in ``add`` that may exist must be among them.
            add: (graph IRI, facts) with facts as ``kb.triples.TripleWriter`` writes them, packed where they are long.
            in_portions: remove graphs in portions, because some are large.

        Raises:
            RecordError: facts are not canonical N-Triples, or hold a blank node. Some of the batch may be in the store.
            StoreDamagedError: the disk is full or fails. Some of the batch may be in the store.
        """
        try:
            for graph in drop:
                if in_portions:
                    remove_in_portions(self._store, graph)
                else:
                    self._store.remove_graph(ox.NamedNode(graph))
            load_graphs(self._store, add)
        except (OSError, RuntimeError) as error:
            raise _not_written(error) from error
        except (SyntaxError, ValueError) as error:
            raise RecordError(f"facts are not N-Triples: {error}", code="bad-facts") from error

    def copy_without(self, drop: Collection[str], target: Path) -> None:
        """Make a store in the new directory ``target`` that holds every graph of this one but ``drop``.

        Where little stays, this costs less than removing much; see ``kb.graph_files``.

        Raises:
            StoreDamagedError: the disk is full or fails, or this store cannot be read.
        """
        try:
            made = ox.Store(target)
            copy_graphs(self._store, made, drop)
            made.flush()
            del made
        except _ENGINE_ERRORS as error:
            raise _not_written(error) from error

    def copy_to(self, target: Path) -> None:
        """Flush everything to disk and make a copy in the new directory ``target`` (hard links, milliseconds).

        Raises:
            StoreDamagedError: the disk is full or fails.
        """
        try:
            self._store.backup(str(target))
        except (OSError, RuntimeError) as error:
            raise StoreDamagedError(
                f"the graph could not be flushed: {error}",
                code="graph-write",
                remedy="Free disk space or repair the disk, then run the command again.",
            ) from error

    def optimize(self) -> None:
        """Merge the engine's files; reads get faster, and space of replaced graphs is given back."""
        self._store.optimize()

    # --- reading -------------------------------------------------------------------------------------------------

    def rows(
        self,
        query: str,
        *,
        bind: Mapping[str, Parameter] | None = None,
        values: Mapping[str | tuple[str, ...], Iterable[Parameter | Sequence[Parameter]]] | None = None,
        union: bool = True,
    ) -> list[Row]:
        """Return the solutions of a SELECT query as tuples in the order of its variables, the fast way.

        Each value is the IRI, the lexical form of the literal, or None where the variable is unbound.

        Args:
            query: trusted SPARQL text; values never belong into it.
            bind: parameter name -> value; the query writes the parameter ``$name`` wherever the value belongs
                (the engine's own substitution knows projected variables only).
            values: variable name -> many values. The query holds ``VALUES ?name {}``, which is filled; several
                variables together are ``("a", "b")`` for ``VALUES (?a ?b) {}``.
            union: whether patterns outside ``GRAPH`` see all graphs together; a fact that stands in two graphs then
                matches twice, so ask for DISTINCT where that matters. The engine then ignores FROM.

        Raises:
            QueryError: the query is malformed, not a SELECT, or lacks a ``VALUES`` block it is given values for.
        """
        solutions = self._run(query, bind, values, union=union)
        if not isinstance(solutions, ox.QuerySolutions):
            raise QueryError("the query is not a SELECT.", code="sparql-form")
        try:
            return [tuple([None if term is None else value_of(term) for term in solution]) for solution in solutions]
        except _ENGINE_ERRORS as error:
            raise _failed(error) from error

    def records(self, query: str) -> list[dict[str, str | None]]:
        """Return the solutions of a SELECT query as dictionaries by variable name; see ``rows``."""
        names, found = self.solutions(query)
        return [
            {name: None if term is None else term.value for name, term in zip(names, row, strict=True)} for row in found
        ]

    def solutions(
        self,
        query: str,
        *,
        bind: Mapping[str, Parameter] | None = None,
        values: Mapping[str | tuple[str, ...], Iterable[Parameter | Sequence[Parameter]]] | None = None,
        union: bool = True,
    ) -> tuple[tuple[str, ...], Iterator[tuple[Term | None, ...]]]:
        """Return the variables of a SELECT query and its solutions with full terms; see ``rows``."""
        found = self._run(query, bind, values, union=union)
        if not isinstance(found, ox.QuerySolutions):
            raise QueryError("the query is not a SELECT.", code="sparql-form")
        names = tuple(variable.value for variable in found.variables)
        return names, (tuple(None if term is None else term_of(term) for term in solution) for solution in found)

    def ask(self, query: str, *, bind: Mapping[str, Parameter] | None = None, union: bool = True) -> bool:
        """Return the answer of an ASK query; see ``rows``."""
        found = self._run(query, bind, None, union=union)
        if not isinstance(found, ox.QueryBoolean):
            raise QueryError("the query is not an ASK.", code="sparql-form")
        return bool(found)

    def construct(
        self,
        query: str,
        *,
        bind: Mapping[str, Parameter] | None = None,
        values: Mapping[str | tuple[str, ...], Iterable[Parameter | Sequence[Parameter]]] | None = None,
        union: bool = True,
    ) -> str:
        """Return the triples of a CONSTRUCT or DESCRIBE query as N-Triples text; see ``rows``."""
        found = self._run(query, bind, values, union=union)
        if not isinstance(found, ox.QueryTriples):
            raise QueryError("the query is neither a CONSTRUCT nor a DESCRIBE.", code="sparql-form")
        return _text(ox.serialize(found, format=ox.RdfFormat.N_TRIPLES))

    def answer(self, query: str, *, union: bool = True) -> Answer:
        """Run a query of any form (for ``kb.sparql``, which has checked it).

        Raises:
            QueryError: the query is malformed.
        """
        found = self._run(query, None, None, union=union)
        if isinstance(found, ox.QueryBoolean):
            return Answer("ask", (), (), bool(found))
        if isinstance(found, ox.QueryTriples):
            triples = ((term_of(t.subject), term_of(t.predicate), term_of(t.object)) for t in found)
            return Answer("construct", ("subject", "predicate", "object"), triples, None)
        names = tuple(variable.value for variable in found.variables)
        rows = (tuple(None if term is None else term_of(term) for term in solution) for solution in found)
        return Answer("select", names, rows, None)

    def _run(
        self,
        query: str,
        bind: Mapping[str, Parameter] | None,
        values: Mapping[str | tuple[str, ...], Iterable[Parameter | Sequence[Parameter]]] | None,
        *,
        union: bool,
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        for names, some in (values or {}).items():
            query = fill_values(query, names, some, render)
        if bind:
            query = bind_parameters(query, bind, render)
        try:
            return self._store.query(query, use_default_graph_as_union=union)
        except SyntaxError as error:
            raise QueryError(f"the query is not SPARQL: {error}", code="sparql-syntax") from error
        except _ENGINE_ERRORS as error:
            raise _failed(error) from error

    def graphs(self) -> list[str]:
        """Return the IRIs of all graphs that hold something."""
        return [graph.value for graph in self._store.named_graphs() if isinstance(graph, ox.NamedNode)]

    def facts(self, graph: str) -> str:
        """Return one graph as N-Triples text, in the engine's order and spelling; "" when it holds nothing."""
        try:
            return _text(self._store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(graph)))
        except _ENGINE_ERRORS as error:
            raise _failed(error) from error

    def has_loose_facts(self) -> bool:
        """Whether facts stand outside any named graph, which nothing here ever writes."""
        return next(iter(self._store.quads_for_pattern(None, None, None, ox.DefaultGraph())), None) is not None

    def __len__(self) -> int:
        """Number of facts in all graphs; a full scan."""
        return len(self._store)

    def dump(self, out: IO[bytes], format: Format) -> None:  # noqa: A002 - the name commands use
        """Write everything to ``out`` as a stream; "ttl" and "nt" lose which graph a fact stands in."""
        if format in _TRIPLES_ONLY:
            triples = (quad.triple for quad in self._store)
            ox.serialize(triples, out, _FORMATS[format])
        else:
            self._store.dump(out, _FORMATS[format])

    def as_rdflib(self) -> rdflib.Dataset:
        """Return a view for rdflib callers; reading only, one named graph at a time.

        ``default_union`` stays off: with it on, rdflib falls back to its own engine, 40 times slower.
        """
        import rdflib
        from oxrdflib import OxigraphStore

        class View(OxigraphStore):
            """``Dataset.graph`` announces each graph to its store, which a store opened for reading refuses."""

            def add_graph(self, graph: rdflib.Graph) -> None:
                """Do nothing: the graph exists, or is empty."""

        return rdflib.Dataset(store=View(store=self._store), default_union=False)


def normal_facts(facts: str) -> frozenset[str]:
    """Return the lines of ``facts`` in the engine's spelling, so that they compare with ``EvidenceStore.facts``."""
    store = ox.Store()
    store.load(facts.encode(), ox.RdfFormat.N_TRIPLES)
    return frozenset(_text(store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())).splitlines())


def _text(data: bytes | None) -> str:
    return "" if data is None else data.decode()


def _not_written(error: Exception) -> StoreDamagedError:
    return StoreDamagedError(
        f"the graph could not be written: {error}",
        code="graph-write",
        remedy="Free disk space or repair the disk, then run the command again.",
    )


def _damaged(path: Path, error: Exception) -> StoreDamagedError:
    return StoreDamagedError(
        f"the graph cannot be opened: {error}",
        code="graph-damaged",
        place=str(path),
        remedy="Run `duegraph rebuild`, which makes the graph again from the stored facts.",
    )


def _failed(error: Exception) -> QueryError | StoreDamagedError:
    """Return what an error while reading means: the engine reports damage as OSError or by the word "Corruption"."""
    if isinstance(error, OSError) or str(error).startswith("Corruption"):
        return StoreDamagedError(
            f"the graph cannot be read: {error}",
            code="graph-damaged",
            remedy="Run `duegraph verify`, then `duegraph rebuild`.",
        )
    return QueryError(f"the query cannot be answered: {error}", code="sparql-evaluation")
