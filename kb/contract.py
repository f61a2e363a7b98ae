"""A contract as checks and pages see it: its text, what was found in it, and how the parts hang together."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from kb.model import Annotations, Citation, Clause, ContractNorm, DefinedTerm, Document, Evidence, Party, Span, Value

_SENTENCE_END = {
    # A full stop ends a sentence when a capital, digit, bracket or line follows; abbreviations are left to the caller's
    # tolerance: a sentence cut short can only make a rule's window smaller, never wrong.
    "en": re.compile(r"(?<=[.;!?])[\"”’)]?\s+(?=[A-Z(\"“\d])|\n\s*\n"),
    "zh": re.compile(r"(?<=[。；！？])|\n"),
}


@dataclass(frozen=True)
class ContractFacts:
    """One contract with everything found in it.

    Attributes:
        document: document id.
        title: shown to people; never empty.
        source: where it came from, as the user named it.
        governing_law: ISO 3166 code of the governing law, or None when the contract does not say.
    """

    document: str
    title: str
    source: str
    language: str
    text: str
    clauses: tuple[Clause, ...] = ()
    values: tuple[Value, ...] = ()
    parties: tuple[Party, ...] = ()
    terms: tuple[DefinedTerm, ...] = ()
    citations: tuple[Citation, ...] = ()
    contract_type: str | None = None
    norms: tuple[ContractNorm, ...] = ()

    @classmethod
    def from_annotations(cls, document_id: str, source: str, document: Document, found: Annotations) -> ContractFacts:
        """Return the facts of a document that is not (yet) stored."""
        return cls(
            document=document_id,
            title=document.title or source,
            source=source,
            language=document.language,
            text=document.text,
            clauses=found.clauses,
            values=found.values,
            parties=found.parties,
            terms=found.terms,
            citations=found.citations,
            contract_type=found.contract_type,
            norms=found.norms,
        )

    def evidence(self, start: int, end: int) -> Evidence:
        """Return the words at a place as evidence, surrounding white space left out."""
        words = self.text[start:end]
        start += len(words) - len(words.lstrip())
        end = start + len(words.strip())
        return Evidence(self.document, start, end, self.text[start:end])

    @cached_property
    def governing_law(self) -> str | None:
        """ISO 3166 code of the governing law the contract states, or None."""
        return next((v.value for v in self.values if v.type == "Governing Law" and v.value is not None), None)

    @cached_property
    def leaves(self) -> tuple[Clause, ...]:
        """Clauses without sub-clauses, in reading order."""
        parents = {clause.parent for clause in self.clauses}
        return tuple(clause for clause in self.clauses if clause.id not in parents)

    @cached_property
    def by_id(self) -> dict[str, Clause]:
        """Every clause by its id."""
        return {clause.id: clause for clause in self.clauses}

    @cached_property
    def children(self) -> dict[str | None, tuple[Clause, ...]]:
        """Direct sub-clauses by parent id; the outermost ones under None."""
        groups: dict[str | None, list[Clause]] = {}
        for clause in self.clauses:
            groups.setdefault(clause.parent, []).append(clause)
        return {parent: tuple(group) for parent, group in groups.items()}

    def of_type(self, types: Iterable[str]) -> tuple[Clause, ...]:
        """Return the clauses with any of ``types`` detected."""
        wanted = frozenset(types)
        return tuple(c for c in self.clauses if any(t.detected and t.type in wanted for t in c.types))

    def best_score(self, types: Iterable[str]) -> float:
        """Return the highest score any clause has for any of ``types``; 0 when none was scored."""
        wanted = frozenset(types)
        return max((t.score for c in self.clauses for t in c.types if t.type in wanted), default=0.0)

    @cached_property
    def norms_by_clause(self) -> dict[str, tuple[ContractNorm, ...]]:
        """What each clause obliges, allows and forbids, by clause id."""
        groups: dict[str, list[ContractNorm]] = {}
        for norm in self.norms:
            groups.setdefault(norm.clause, []).append(norm)
        return {clause: tuple(group) for clause, group in groups.items()}

    @cached_property
    def _leaf_starts(self) -> list[int]:
        return [clause.start for clause in self.leaves]

    def clause_at(self, offset: int) -> Clause | None:
        """Return the innermost clause that holds an offset, or None."""
        index = bisect.bisect_right(self._leaf_starts, offset) - 1
        clause = self.leaves[index] if index >= 0 else None
        while clause is not None and not clause.start <= offset < clause.end:
            clause = self.by_id.get(clause.parent) if clause.parent is not None else None
        return clause

    def sentences(self, start: int, end: int) -> tuple[Span, ...]:
        """Return the sentences of a stretch, in order, without empty ones."""
        splitter = _SENTENCE_END["zh" if self.language == "zh" else "en"]
        spans: list[Span] = []
        cursor = start
        for match in splitter.finditer(self.text, start, end):
            if match.start() > cursor and self.text[cursor : match.start()].strip():
                spans.append(Span(cursor, match.start()))
            cursor = match.end()
        if cursor < end and self.text[cursor:end].strip():
            spans.append(Span(cursor, end))
        return tuple(spans)

    def sentence_at(self, offset: int) -> Span:
        """Return the sentence around an offset, within its clause."""
        clause = self.clause_at(offset)
        low, high = (clause.start, clause.end) if clause is not None else (0, len(self.text))
        return next((s for s in self.sentences(low, high) if s.start <= offset < s.end), Span(low, high))

    def label(self, clause: Clause) -> str:
        """Return how a reader would name a clause: number and heading, or its first words."""
        name = " ".join(part for part in (clause.number, clause.heading) if part)
        return name or " ".join(self.text[clause.start : clause.end].split())[:40]
