"""One document's text → everything found in it, whatever kind of source it is. Pure: text in, annotations out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ingest.columns import NO_COLUMNS, Columns
from ingest.kinds import guess_kind
from ingest.law import read_act
from ingest.law.citing import cited_elsewhere
from ingest.law.commencement import read_commencements
from ingest.lists import read_watchlist
from ingest.news import annotate_news, is_feed
from ingest.obligations import find_obligations
from ingest.pipeline import Pipeline, load
from ingest.registers import read_register
from ingest.statements import is_statements, read_statements
from kb.errors import UnsupportedError
from kb.model import Annotations, Document, Kind

SUPPORTED_LANGUAGES = ("en", "zh")


def annotate(
    document: Document,
    *,
    name: str,
    kind: Kind | None = None,
    candidates: bool = False,
    norms: bool = True,
    companions: Mapping[str, Document] | None = None,
    columns: Columns = NO_COLUMNS,
) -> Annotations:
    """Return what was found in a document.

    Args:
        document: the text and its structure.
        name: file name, a hint for kind and version.
        kind: what the source is; guessed when None.
        candidates: also propose scored spans per clause type.
        norms: also find who must, may or must not do what, in a contract.
        companions: sibling files by name, for lists that come in several (OFAC's alias and address files).
        columns: what columns of tables mean, where their headers do not say it.

    Raises:
        UnsupportedError: a contract or news text in a language Duegraph does not read.
        RecordError: an act without provisions, or a list or register without a readable row.
    """
    kind = kind or guess_kind(document, name)
    if kind is Kind.CONTRACT:
        return pipeline_for(document, name).annotate(document, kind=kind, candidates=candidates, norms=norms)
    if kind is Kind.NEWS:
        if not is_feed(document.text):  # the items of a feed have languages of their own
            require_language(document, name)
        return annotate_news(document)
    if kind is Kind.REGULATION:
        act = read_act(document, source_name=name)
        duties = find_obligations(document.text, act, language=document.language)
        cited = cited_elsewhere(document.text, act, language=document.language)
        begins = read_commencements(document.text, act, language=document.language)
        return Annotations(kind=kind, law=replace(act, norms=duties, commencements=begins), citations=cited)
    if kind is Kind.WATCHLIST:
        found = read_watchlist(document, source_name=name, companions=companions or {}, columns=columns)
        return Annotations(kind=kind, watchlist=found)
    if is_statements(document):
        return Annotations(kind=kind, statements=read_statements(document, source_name=name))
    return Annotations(kind=kind, register=read_register(document, source_name=name, columns=columns))


def pipeline_for(document: Document, name: str) -> Pipeline:
    """Return the pipeline of a document's language.

    Raises:
        UnsupportedError: it is neither English nor Chinese, or too short to tell.
        MissingPartError: the pipeline's model is not installed.
    """
    require_language(document, name)
    return load(document.language)


def require_language(document: Document, name: str) -> None:
    """Refuse a text in a language Duegraph does not read.

    Raises:
        UnsupportedError: it is neither English nor Chinese, or too short to tell.
    """
    if document.language not in SUPPORTED_LANGUAGES:
        raise UnsupportedError(
            "the text is neither English nor Chinese, or too short to tell",
            code="unsupported-language",
            place=name,
            remedy="Duegraph reads contracts and news in English and Chinese.",
        )
