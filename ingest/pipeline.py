"""The contract pipeline of a language: one document in, everything found in it out.

Underneath is a spaCy ``Language`` loaded from the packaged folder ``ingest/models/<language>_contract`` by
``spacy.load``; its components are registered in ``ingest.components``.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from ingest.components import FACTORIES, NORMS, RECORDS_ONLY, typer_of
from ingest.contract_type import contract_type
from ingest.lang import LANGUAGES
from ingest.ner import entities, extract_entities
from kb.errors import LimitError, MissingPartError
from kb.model import Annotations, Candidate, Clause, Document, Kind

__all__ = ["Pipeline", "entities", "extract_entities", "load"]

CONSUMER_TERMS: Final = "Terms of Service"
"""The contract type whose clauses are also read for unfair terms."""

LONGEST_TEXT: Final = 8_000_000
"""Characters; the longest CUAD contract has 338,211. Longer texts are archives, not contracts."""


class Pipeline:
    """A loaded pipeline; it holds no state between documents."""

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp

    def read(self, document: Document) -> Doc:
        """Return the spaCy ``Doc`` of a document with all records in ``doc._`` and spans in ``doc.spans``.

        Raises:
            LimitError: the text is longer than ``LONGEST_TEXT``.
        """
        return self.nlp(self.prepare(document))

    def prepare(self, document: Document, *, records_only: bool = False) -> Doc:
        """Return the ``Doc`` that the components are to read.

        Args:
            document: the text and its structure.
            records_only: leave out tokens and spans, which take a quarter of the time; only ``doc._`` is then of use.

        Raises:
            LimitError: the text is longer than ``LONGEST_TEXT``.
        """
        if len(document.text) > LONGEST_TEXT:
            raise LimitError(
                f"the text has {len(document.text)} characters, more than {LONGEST_TEXT}",
                code="text-too-long",
                remedy="Split the file into its contracts.",
            )
        if records_only:
            doc = Doc(self.nlp.vocab, words=[document.text] if document.text else [], spaces=None)
            doc.user_data[RECORDS_ONLY] = True
        else:
            doc = self.nlp.make_doc(document.text)
        doc.user_data["document"] = document
        return doc

    @property
    def is_packaged(self) -> bool:
        """Whether every component is one of Duegraph's, which read the source and need no tokens."""
        return all(self.nlp.get_pipe_meta(name).factory in FACTORIES for name in self.nlp.pipe_names)

    def annotate(self, document: Document, *, kind: Kind, candidates: bool = False, norms: bool = True) -> Annotations:
        """Return what was found in a document.

        Args:
            document: the text and its structure, in the pipeline's language.
            kind: what the source is; stored with the annotations.
            candidates: also propose scored spans per clause type.
            norms: also find who must, may or must not do what; a sixth of the time, of no use to who does not show it.

        Raises:
            LimitError: the text is too long.
        """
        # Strings of this document leave the vocabulary with the zone; without it a long job grows with every new word.
        unused = [NORMS] if not norms and NORMS in self.nlp.pipe_names else []
        with self.nlp.memory_zone(), self.nlp.select_pipes(disable=unused):
            doc = self.nlp(self.prepare(document, records_only=self.is_packaged))
            proposed: tuple[Candidate, ...] = ()
            if candidates:
                typer = typer_of(self.nlp)
                if typer is None:
                    raise MissingPartError("the pipeline has no clause-type component, so it cannot propose candidates")
                proposed = typer.candidates(document.text, doc._.clauses, doc._.values, doc._.parties)
            type_of_contract = contract_type(document) if kind is Kind.CONTRACT else None
            return Annotations(
                kind=kind,
                clauses=_consumer_terms(document, type_of_contract, doc._.clauses),
                values=doc._.values,
                parties=doc._.parties,
                terms=doc._.terms,
                citations=doc._.citations if Doc.has_extension("citations") else (),
                candidates=proposed,
                contract_type=type_of_contract,
                norms=doc._.norms if norms else (),
            )


def _consumer_terms(
    document: Document, type_of_contract: str | None, clauses: tuple[Clause, ...]
) -> tuple[Clause, ...]:
    """Return the clauses, those of English consumer terms also with the kinds of unfair term they hold."""
    if type_of_contract != CONSUMER_TERMS or document.language != "en":
        return clauses
    from ingest.unfair.tag import tag_clauses  # a model of its own, which other contracts do not pay for

    return tag_clauses(document.text, clauses)


@cache
def load(language: str) -> Pipeline:
    """Return the contract pipeline of a language, loaded once per process.

    Args:
        language: "en" or "zh".

    Raises:
        MissingPartError: there is no pipeline for the language, or a model, lexicon or component of it is absent.
    """
    if language not in LANGUAGES:
        raise MissingPartError(
            f"there is no contract pipeline for language {language!r}", remedy=f"Use one of {', '.join(LANGUAGES)}."
        )
    folder = Path(str(resources.files("ingest") / "models" / f"{language}_contract"))
    return Pipeline(load_folder(folder))


def load_folder(folder: Path, *, exclude: tuple[str, ...] = ()) -> Language:
    """Return the spaCy pipeline of a packaged folder, without the components named in ``exclude``.

    Raises:
        MissingPartError: the folder is absent or a component of it cannot be made.
    """
    if not (folder / "config.cfg").is_file():
        raise MissingPartError(
            f"the pipeline folder {folder.name} is absent", place=str(folder), remedy="Reinstall duegraph."
        )
    missing = [name for name in FACTORIES if not Language.has_factory(name)]
    if missing:
        raise MissingPartError(f"no component is registered under {', '.join(missing)}", place=str(folder))
    try:
        return spacy.load(folder, exclude=list(exclude))
    except ImportError as error:
        raise MissingPartError(f"a part of {folder.name} cannot be imported: {error}", place=str(folder)) from error
