"""Screening of names given on the command line, in a file or in a request."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from api.service.batch_rows import ScreenInput as ScreenInput
from api.service.batch_rows import batch_size as batch_size
from api.service.batch_rows import open_table
from api.service.batch_rows import read_batch as read_batch
from api.service.hits import Ledger, result_json
from api.service.listing_verdicts import decided_now
from api.service.runtime import knowledge_base
from checks.screening import Aliases, ScreeningIndex, ScreenQuery, alias_key, screen
from checks.screening_load import stored_screening
from kb.base import KnowledgeBase
from kb.errors import InputError, NotFoundError, QueryError, RecordError
from kb.settings import Settings
from kb.snapshot import Snapshot

log = logging.getLogger(__name__)

_SPARE: Final = 20  # candidates asked for beyond the limit, so that decided ones do not push open ones out
_ALIASES: Final = "aliases.csv"
_MAX_ALIAS_ROWS: Final = 100_000


def own_aliases(data: Path) -> Aliases:
    """Return the operator's own alias table, ``aliases.csv`` in the data directory; empty when there is none.

    Its columns are ``group``, ``names`` (all names of one bearer, separated by "|") and ``source`` (who says so).

    Raises:
        InputError: it cannot be read or a column is missing.
        RecordError: a row has fewer than two names or no source, or there are too many rows.
    """
    path = data / _ALIASES
    if not path.is_file():
        return {}
    found: dict[str, tuple[str, ...]] = {}
    with open_table(path) as file:
        reader = csv.DictReader(file)
        if not {"names", "source"} <= set(reader.fieldnames or ()):
            raise InputError(
                "the alias table needs the columns group, names and source.",
                code="alias-columns",
                place=str(path),
                remedy="See docs/screening.md.",
            )
        for number, row in enumerate(reader, start=1):
            names = tuple(dict.fromkeys(n.strip() for n in (row["names"] or "").split("|") if n.strip()))
            if len(names) < 2 or not (row["source"] or "").strip() or number > _MAX_ALIAS_ROWS:
                raise RecordError(
                    "an alias row needs two names or more, separated by '|', and a source.",
                    code="alias-row",
                    place=f"{path}:{reader.line_num}",
                    remedy="Complete or remove the row.",
                )
            for name in names:
                key = alias_key(name)
                found[key] = tuple(dict.fromkeys((*found.get(key, ()), *names)))
    return found


def snapshot_index(snapshot: Snapshot, aliases: Aliases, *, partners: bool = True) -> ScreeningIndex:
    """Return an index over the stored watch lists and, unless not wanted, the stored partners with their aliases."""
    return stored_screening(snapshot, aliases, partners=partners) or ScreeningIndex.build(())


def make_ready(kb: KnowledgeBase) -> None:
    """Have the index of what is stored now made and kept, so that whoever screens next need not wait for it."""
    try:
        aliases = own_aliases(kb.data)
    except InputError as error:  # whoever screens is told; what was stored is stored
        log.warning("event=screening.aliases why=%s", error)
        aliases = {}
    with kb.snapshot() as snapshot:
        stored_screening(snapshot, aliases, partners=True)
        if aliases:
            stored_screening(snapshot)


def stored_ledger(kb: KnowledgeBase, snapshot: Snapshot) -> Ledger:
    """Return what people decided on hits; decisions on merged partners count for the party."""
    return decided_now(kb.audit, snapshot)


def stored_index(settings: Settings) -> tuple[ScreeningIndex, Ledger]:
    """Return an index over everything stored that is screened, and the decisions; empty when nothing is stored."""
    aliases = own_aliases(settings.data)
    try:
        with knowledge_base(settings, write=False) as kb, kb.snapshot() as snapshot:
            return snapshot_index(snapshot, aliases), stored_ledger(kb, snapshot)
    except NotFoundError:
        return ScreeningIndex.build(()), {}


def screen_one(index: ScreeningIndex, known: Ledger, query: ScreenQuery, *, limit: int) -> dict[str, Any]:
    """Return the answer for one name, with where each hit stands."""
    return result_json(screen(query, index, limit=limit + _SPARE if known else limit), known, limit=limit)


def screen_names(settings: Settings, inputs: Iterable[ScreenInput], *, limit: int) -> Iterator[dict[str, Any]]:
    """Yield the answer for each name: candidates with their explanations, and the lists that were screened.

    A name that cannot be screened is answered with ``error`` (code, detail), and the batch goes on.
    """
    index, known = stored_index(settings)
    for item in inputs:
        yield screen_input(index, known, item, limit=limit)


def screen_input(index: ScreeningIndex, known: Ledger, item: ScreenInput, *, limit: int) -> dict[str, Any]:
    """Return the answer for one row of a batch; ``error`` (code, detail) where it cannot be screened."""
    try:
        return screen_one(index, known, item.query(), limit=limit)
    except QueryError as error:
        failed = {"code": error.code, "detail": f"{error.detail} {error.remedy}".strip()}
        screened = [one.json() for one in index.screened]
        return {"query": item.json(), "candidates": [], "screened": screened, "error": failed}
