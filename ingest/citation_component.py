"""The citation grammar as a spaCy component, so that other pipelines can use it by name."""

from __future__ import annotations

from collections.abc import Mapping

from spacy.language import Language
from spacy.tokens import Doc

from ingest.citations import find_citations

FACTORY = "duegraph_citations"


class CitationComponent:
    """Finds citations of law in a ``Doc``.

    ``doc._.citations`` holds the ``kb.model.Citation`` records with character offsets; ``doc.spans["citations"]`` holds
    the token spans that cover them, labelled with the act's id.
    """

    def __init__(self, known_acts: Mapping[str, str] | None) -> None:
        self.known_acts = dict(known_acts) if known_acts is not None else None
        if not Doc.has_extension("citations"):
            Doc.set_extension("citations", default=())

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its citations set."""
        found = find_citations(doc.text, doc.lang_, known_acts=self.known_acts)
        doc._.citations = found
        spans = [doc.char_span(each.start, each.end, label=each.act or "", alignment_mode="expand") for each in found]
        doc.spans["citations"] = [span for span in spans if span is not None]
        return doc


@Language.factory(FACTORY, default_config={"known_acts": None}, assigns=["doc._.citations"], requires=[])
def make_citation_component(
    nlp: Language,  # noqa: ARG001 - spaCy calls factories with pipeline and name
    name: str,  # noqa: ARG001
    known_acts: dict[str, str] | None,
) -> CitationComponent:
    """Return the component; ``known_acts`` maps further names of acts to their ids."""
    return CitationComponent(known_acts)
