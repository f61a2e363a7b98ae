"""Is a load of a list or register plausible? A list that suddenly lost a tenth of its entries is most likely broken.

Publishers have delivered half-empty files (reference: the US Consolidated Screening List lost some 15,000 entries on
2024-05-06), downloads break off, and whoever screens against such a load finds nothing and believes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kb.errors import RecordError
from kb.lists import HEAD_BYTES, KINDS, ListVersion, Load, latest_of, load_of, series_of
from kb.model import Annotations
from kb.records import Revision

MOST_LOST: Final = 0.1
"""Share of its entries a list may lose from one version to the next without anybody saying so."""
_SHOWN: Final = 5
_REMEDY: Final = "Check the file; if it is right all the same, load it with --force."


def load_made(revision: Revision) -> Load | None:
    """Return what a revision loads, None when it is no list or register (or a companion file of a list)."""
    if revision.kind not in KINDS:
        return None
    facts = revision.facts
    head = facts[:HEAD_BYTES] if isinstance(facts, str) else facts.head(HEAD_BYTES).decode(errors="ignore")
    load = load_of(head, revision.kind, revision.source)
    return None if load is None or load.entries == 0 else load


def check_load(revision: Revision, load: Load, versions: Sequence[ListVersion]) -> None:
    """Refuse a load that is visibly incomplete, or that lost more entries than a list loses.

    It is compared with the version its source holds now, else with the current version of the same list.

    Args:
        revision: what is to be stored.
        load: see ``load_made``.
        versions: see ``kb.lists.list_versions``.

    Raises:
        RecordError: "list-incomplete" or "list-shrank".
    """
    if load.incomplete is not None:
        raise RecordError(
            f"the file of {load.list_id} is not whole: {load.incomplete}.",
            code="list-incomplete",
            place=revision.source,
            remedy=_REMEDY,
        )
    before = version_before(revision, load, versions)
    if before is None or load.entries >= before.load.entries * (1 - MOST_LOST):
        return
    lost = 1 - load.entries / before.load.entries
    raise RecordError(
        f"{load.list_id} would have {load.entries:,} entries instead of the {before.load.entries:,} of version "
        f"{before.version} (loaded {before.retrieved:%Y-%m-%d}): {lost:.1%} lost, more than {MOST_LOST:.0%}.",
        code="list-shrank",
        place=revision.source,
        remedy=_REMEDY,
    )


def version_before(revision: Revision, load: Load, versions: Sequence[ListVersion]) -> ListVersion | None:
    """Return the version a load replaces, None when it is the first."""
    held = [version for version in versions if version.superseded is None]
    series = series_of(load.list_id, revision.kind, revision.source_key)
    own = [version for version in held if version.source_key == revision.source_key]
    return latest_of(own) or latest_of(version for version in held if version.series == series)


def load_warnings(found: Annotations) -> tuple[str, ...]:
    """Return what was left out of a list or register, as sentences: how much, and the first of it."""
    loaded = found.watchlist if found.watchlist is not None else found.register
    if loaded is None:
        return ()
    told: list[str] = []
    for reasons, what in (
        (loaded.rejected, f"of {loaded.rows:,} rows were left out"),
        (loaded.notes, "things in loaded rows were left out"),
    ):
        if reasons:
            more = f"; {len(reasons) - _SHOWN:,} more" if len(reasons) > _SHOWN else ""
            told.append(f"{len(reasons):,} {what}: {'; '.join(reasons[:_SHOWN])}{more}")
    if loaded.incomplete is not None:
        told.append(f"the file is not whole: {loaded.incomplete}")
    return tuple(told)
