"""What kind of source a file is, guessed from its name and content when the user does not say."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources
from pathlib import PurePosixPath
from typing import Any

from ingest.holdings.bods import is_bods
from ingest.lists import is_published_list
from ingest.lists.ftm import is_ftm, lists_parties
from ingest.registers.table import has_partners
from ingest.statements import is_statements
from kb.model import Document, Kind

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEAD = 6000
"""Characters of a text that show what it is."""
PUBLISHED_WEIGHT = 2.0
"""What a stated day of publication counts for news; as much as two cues of a contract."""


@lru_cache(maxsize=1)
def _cues() -> dict[str, Any]:
    text = (resources.files("ingest") / "kinds.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def _compiled() -> dict[str, list[tuple[re.Pattern[str], float]]]:
    flags = re.IGNORECASE | re.MULTILINE
    return {
        kind: [(re.compile(cue["pattern"], flags), float(cue["weight"])) for cue in part["cues"]]
        for kind, part in _cues().items()
    }


def guess_kind(document: Document, name: str) -> Kind:
    """Return the most likely kind of a document.

    Each kind has weighted cues (``kinds.toml``) looked for in the file name and the head of the text; the highest sum
    wins, and a contract is what remains when nothing speaks for anything else.

    Args:
        document: the text as read.
        name: file name, or zip member, without its folders when they mean nothing.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    head = f"{path.name}\n{document.text[:HEAD]}"
    workbook = document.media_type == WORKBOOK
    table = document.media_type in {"text/csv", "text/tab-separated-values"}
    feed = document.media_type in {"application/rss+xml", "application/atom+xml"}
    if feed:
        return Kind.NEWS
    if "law" in document.metadata:  # a structured source says so itself
        return Kind.REGULATION
    laid_out = _kind_by_layout(document)
    if laid_out is not None:
        return laid_out
    scores = {
        kind: sum(weight for pattern, weight in cues if pattern.search(head)) for kind, cues in _compiled().items()
    }
    if document.metadata.get("published"):  # only articles state when they were published
        scores[Kind.NEWS] = scores.get(Kind.NEWS, 0.0) + PUBLISHED_WEIGHT
    allowed = {Kind.WATCHLIST, Kind.REGISTER} if table else {Kind.CONTRACT, Kind.REGULATION, Kind.NEWS}
    if workbook:  # no register by its headers: an annex of a contract, or a list
        allowed = {Kind.WATCHLIST, Kind.CONTRACT}
    default = Kind.REGISTER if table else Kind.CONTRACT
    best = max(allowed, key=lambda kind: (scores.get(kind, 0.0), kind == default))
    return best if scores.get(best, 0.0) > 0 else default


def _kind_by_layout(document: Document) -> Kind | None:
    """Return the kind of a file whose layout only one kind of source has, else None."""
    if document.media_type in {"text/html", "application/pdf"}:
        return None
    if is_published_list(document):
        return Kind.WATCHLIST
    if is_ftm(document):
        return Kind.WATCHLIST if lists_parties(document) else Kind.REGISTER
    if is_bods(document):
        return Kind.REGISTER
    if document.media_type == WORKBOOK and (has_partners(document) or is_statements(document)):
        return Kind.REGISTER
    return None
