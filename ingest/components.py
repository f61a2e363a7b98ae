"""The spaCy components and tokenizers of Duegraph, under the names the packaged pipelines call them by.

The same names are entry points of the distribution; importing this module registers them without installation.
Components read the source from ``doc.user_data["document"]`` and leave records of ``kb.model`` in ``doc._`` and spans
in ``doc.spans``, so that other spaCy components can work with either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from spacy.attrs import LOWER, NORM  # type: ignore[import-not-found]
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import DummyTokenizer, registry
from spacy.vocab import Vocab

from ingest.citation_component import FACTORY as CITATIONS
from ingest.clauses import segment
from ingest.ner import LacReader, entities
from ingest.norms import find_norms
from ingest.parties import find_parties
from ingest.terms import find_terms
from ingest.values import find_values
from kb.model import Clause, Document, Entity, Party, Value

if TYPE_CHECKING:
    from ingest.typing import ClauseTyper

CLAUSES: Final = "duegraph_clauses"
VALUES: Final = "duegraph_values"
PARTIES: Final = "duegraph_parties"
TERMS: Final = "duegraph_terms"
CLAUSE_TYPES: Final = "duegraph_clause_types"
NORMS: Final = "duegraph_norms"
LAC: Final = "duegraph_lac"
FACTORIES: Final = (CLAUSES, VALUES, PARTIES, TERMS, CLAUSE_TYPES, NORMS, CITATIONS)
RECORDS_ONLY: Final = "records_only"
"""Key of ``doc.user_data``: the doc has one token for the whole text, because only ``doc._`` will be read."""
WORDS: Final = "duegraph.words.v1"
CHARACTERS: Final = "duegraph.characters.v1"

_EXTENSIONS: Final = ("clauses", "values", "parties", "terms", "norms")
# A word, a run of other signs, or blanks; every character is in exactly one token.
_TOKEN: Final = re.compile(r"\w+|[^\w\s]+|\s+")
_SINGLE_BLANK: Final = " "


def register_extensions() -> None:
    """Add ``doc._.clauses``, ``values``, ``parties``, ``terms`` and ``norms`` once per process."""
    for name in _EXTENSIONS:
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=())


class WordTokenizer(DummyTokenizer):
    """Splits text at the borders of words, signs and blanks, with one pass of one pattern.

    ``doc.text`` is the text, character for character.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Return the tokens of a text."""
        words: list[str] = []
        spaces: list[bool] = []
        for token in _TOKEN.findall(text):
            if token == _SINGLE_BLANK and words and not spaces[-1]:
                spaces[-1] = True
            else:
                words.append(token)
                spaces.append(False)
        return Doc(self.vocab, words=words, spaces=spaces)


class CharacterTokenizer(DummyTokenizer):
    """Makes every character a token, so that no span of Chinese text can miss a token border."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Return the characters of a text as tokens."""
        return Doc(self.vocab, words=list(text), spaces=[False] * len(text))


def _light(vocab: Vocab) -> Vocab:
    """Keep only the word features that components ask for.

    spaCy computes 23 features of every new word; words are new in each document because its memory zone frees them, and
    all features would cost 10 ms a contract (measured).
    """
    features: dict[int, object] = getattr(vocab, "lex_attr_getters")  # noqa: B009 - untyped in spaCy's stubs
    setattr(vocab, "lex_attr_getters", {name: features[name] for name in (LOWER, NORM)})  # noqa: B010
    return vocab


@registry.tokenizers(WORDS)  # type: ignore[untyped-decorator]
def word_tokenizer() -> Callable[[Language], WordTokenizer]:
    """Return the maker of the word tokenizer."""
    return lambda nlp: WordTokenizer(_light(nlp.vocab))


@registry.tokenizers(CHARACTERS)  # type: ignore[untyped-decorator]
def character_tokenizer() -> Callable[[Language], CharacterTokenizer]:
    """Return the maker of the character tokenizer."""
    return lambda nlp: CharacterTokenizer(_light(nlp.vocab))


def source_of(doc: Doc) -> Document:
    """Return the document a ``Doc`` was made from; a plain one when it was made from text alone."""
    document = doc.user_data.get("document")
    if isinstance(document, Document):
        return document
    return Document(doc.text, (), "text/plain", doc.lang_)


def put_spans(doc: Doc, group: str, records: Iterable[tuple[int, int, str]]) -> None:
    """Store character ranges as the span group ``group``, widened to token borders; nothing in a doc without tokens."""
    if doc.user_data.get(RECORDS_ONLY):
        return
    spans: list[Span] = []
    for start, end, label in records:
        span = doc.char_span(start, end, label=label, alignment_mode="expand")
        if span is not None:
            spans.append(span)
    doc.spans[group] = spans


class ClauseComponent:
    """Sets ``doc._.clauses`` and ``doc.spans["clauses"]``."""

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its clauses."""
        found = segment(source_of(doc))
        doc._.clauses = found
        put_spans(doc, "clauses", ((clause.start, clause.end, clause.number or "") for clause in found))
        return doc


class ValueComponent:
    """Sets ``doc._.values`` and ``doc.spans["values"]``."""

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its values."""
        source = source_of(doc)
        found: tuple[Value, ...] = find_values(source.text, source.language, clauses=doc._.clauses)
        doc._.values = found
        put_spans(doc, "values", ((value.start, value.end, value.type) for value in found))
        return doc


class PartyComponent:
    """Sets ``doc._.parties`` and ``doc.spans["parties"]``; asks a statistical reader when the rules find too few."""

    def __init__(self, *, statistical: bool) -> None:
        self.reader = entities if statistical else None

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its parties."""
        source = source_of(doc)
        clauses: tuple[Clause, ...] = doc._.clauses
        found: tuple[Party, ...] = find_parties(source.text, source.language, clauses=clauses, entities=self.reader)
        doc._.parties = found
        put_spans(doc, "parties", ((party.start, party.end, party.role or "") for party in found))
        return doc


class TermComponent:
    """Sets ``doc._.terms`` and ``doc.spans["terms"]``."""

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its defined terms."""
        source = source_of(doc)
        found = find_terms(source.text, source.language)
        doc._.terms = found
        put_spans(doc, "terms", ((term.start, term.end, "TERM") for term in found))
        return doc


class ClauseTypeComponent:
    """Fills the types of ``doc._.clauses``."""

    def __init__(self, typer: ClauseTyper) -> None:
        self.typer = typer

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with typed clauses."""
        source = source_of(doc)
        doc._.clauses = self.typer.type_clauses(source.text, doc._.clauses, document=source)
        return doc


class NormComponent:
    """Sets ``doc._.norms`` and ``doc.spans["norms"]``: what typed clauses oblige, allow and forbid."""

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its norms."""
        source = source_of(doc)
        found = find_norms(
            source.text, source.language, clauses=doc._.clauses, parties=doc._.parties, values=doc._.values
        )
        doc._.norms = found
        put_spans(doc, "norms", ((norm.start, norm.end, norm.modality) for norm in found))
        return doc


class LacComponent:
    """Sets ``doc.ents`` of a Chinese ``Doc`` of character tokens from Baidu's LAC tagger."""

    def __init__(self) -> None:
        self.reader = LacReader()

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with entities."""
        found: tuple[Entity, ...] = self.reader.read(doc.text, 0, len(doc.text))
        spans = (doc.char_span(each.start, each.end, label=each.type, alignment_mode="expand") for each in found)
        doc.ents = [span for span in spans if span is not None]
        return doc


@Language.factory(CLAUSES, assigns=["doc._.clauses", "doc.spans"])
def make_clauses(nlp: Language, name: str) -> ClauseComponent:  # noqa: ARG001 - spaCy calls factories with both
    """Return the clause component."""
    register_extensions()
    return ClauseComponent()


@Language.factory(VALUES, assigns=["doc._.values", "doc.spans"], requires=["doc._.clauses"])
def make_values(nlp: Language, name: str) -> ValueComponent:  # noqa: ARG001
    """Return the value component."""
    register_extensions()
    return ValueComponent()


@Language.factory(
    PARTIES, assigns=["doc._.parties", "doc.spans"], requires=["doc._.clauses"], default_config={"statistical": True}
)
def make_parties(nlp: Language, name: str, statistical: bool) -> PartyComponent:  # noqa: ARG001
    """Return the party component; ``statistical`` lets it ask a model when the rules find fewer than two parties."""
    register_extensions()
    return PartyComponent(statistical=statistical)


@Language.factory(TERMS, assigns=["doc._.terms", "doc.spans"])
def make_terms(nlp: Language, name: str) -> TermComponent:  # noqa: ARG001
    """Return the defined-term component."""
    register_extensions()
    return TermComponent()


@Language.factory(CLAUSE_TYPES, assigns=["doc._.clauses"], requires=["doc._.clauses"])
def make_clause_types(nlp: Language, name: str) -> ClauseTypeComponent:  # noqa: ARG001
    """Return the clause-type component with the model of the pipeline's language."""
    from ingest.typing import ClauseTyper  # a model of several MB: loaded with the pipeline that needs it

    register_extensions()
    return ClauseTypeComponent(ClauseTyper.load(str(nlp.lang)))


@Language.factory(
    NORMS,
    assigns=["doc._.norms", "doc.spans"],
    requires=["doc._.clauses", "doc._.parties", "doc._.values"],
)
def make_norms(nlp: Language, name: str) -> NormComponent:  # noqa: ARG001
    """Return the norm component; it reads typed clauses, so it stands after the clause types."""
    register_extensions()
    return NormComponent()


@Language.factory(LAC, assigns=["doc.ents"])
def make_lac(nlp: Language, name: str) -> LacComponent:  # noqa: ARG001
    """Return the LAC component; the pipeline must have character tokens."""
    return LacComponent()


def typer_of(nlp: Any) -> ClauseTyper | None:
    """Return the clause typer of a loaded pipeline, or None when the pipeline has none."""
    component = nlp.get_pipe(CLAUSE_TYPES) if CLAUSE_TYPES in nlp.pipe_names else None
    return component.typer if isinstance(component, ClauseTypeComponent) else None
