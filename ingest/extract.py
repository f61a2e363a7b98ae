"""One document's text → everything found in it, whatever kind of source it is. Pure: bytes in, annotations out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ingest.kinds import guess_kind
from ingest.law import read_act
from ingest.lists import read_watchlist
from ingest.news import annotate_news
from ingest.pipeline import load
from ingest.registers import read_register
from kb.errors import UnsupportedError
from kb.model import Annotations, Document, Kind

SUPPORTED_LANGUAGES = ("en", "zh")


def annotate(
    document: Document,
    *,
    name: str,
    kind: Kind | None = None,
    candidates: bool = False,
    companion: Callable[[str], Document | None] | None = None,
) -> Annotations:
    """Return what was found in a document.

    Args:
        document: the text and its structure.
        name: file name, a hint for kind and version.
        kind: what the source is; guessed when None.
        candidates: also propose scored spans per clause type.
        companion: reads a sibling file by its name (OFAC's alias and address files), or None when there is none.

    Raises:
        UnsupportedError: a contract or news text in a language Duegraph does not read.
        RecordError: an act without provisions, or a list or register without a readable row.
    """
    kind = kind or guess_kind(document, name)
    readers: Mapping[Kind, Callable[[], Annotations]] = {
        Kind.CONTRACT: lambda: _pipeline(document, name).annotate(document, kind=Kind.CONTRACT, candidates=candidates),
        Kind.NEWS: lambda: annotate_news(document),
        Kind.REGULATION: lambda: Annotations(kind=Kind.REGULATION, law=read_act(document, source_name=name)),
        Kind.WATCHLIST: lambda: Annotations(
            kind=Kind.WATCHLIST, watchlist=read_watchlist(document, source_name=name, companion=companion)
        ),
        Kind.REGISTER: lambda: Annotations(
            kind=Kind.REGISTER, register=read_register(document, source_name=name)
        ),
    }
    return readers[kind]()


def _pipeline(document: Document, name: str):  # type: ignore[no-untyped-def]
    if document.language not in SUPPORTED_LANGUAGES:
        raise UnsupportedError(
            "the text is neither English nor Chinese, or too short to tell",
            code="unsupported-language",
            place=name,
            remedy="Duegraph reads contracts and news in English and Chinese.",
        )
    return load(document.language)
