"""The holdings of an example's registers, with who of their parties is listed, in memory instead of a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from api.service.entities import entry_record, partner_record
from checks.ownership.stored import StoredOwnership
from checks.screening import ScreeningIndex
from kb.entities import find_ties, merged_partners, resolve
from kb.facts import StoredGap, StoredHolding, StoredPartner
from kb.model import Annotations

Source = tuple[str, str, Annotations]
"""Document, file name, and what was found in it."""


def ownership_in_memory(sources: Sequence[Source], screening: ScreeningIndex | None) -> StoredOwnership:
    """Return what ``checks.load.load_ownership`` would return were the files stored."""
    rows: list[StoredPartner] = []
    holdings: list[StoredHolding] = []
    gaps: list[StoredGap] = []
    titles: dict[str, str] = {}
    for document, name, found in sources:
        if found.watchlist is not None:
            titles[found.watchlist.list_id] = found.watchlist.title
        register = found.register
        if register is None:
            continue
        scope = PurePosixPath(name).stem
        rows += [StoredPartner(f"{scope}/{one.id}", document, one) for one in register.partners]
        for number, one in enumerate(register.holdings, 1):
            moved = replace(one, owner=f"{scope}/{one.owner}", owned=f"{scope}/{one.owned}")
            holdings.append(StoredHolding(f"{document}#holding{number}", document, moved))
        gaps += [StoredGap(document, replace(gap, owned=f"{scope}/{gap.owned}")) for gap in register.gaps]
    records = [partner_record(row) for row in rows]
    for listed in screening.lists if screening is not None else ():
        records += [entry_record(listed.list_id, listed.document, entry) for entry in listed.entries]
    entities = resolve(find_ties(records), ())
    parties = merged_partners(rows, entities)
    return StoredOwnership(
        holdings=holdings,
        gaps=gaps,
        partners={party.id: party.partner for party in parties},
        entities=entities,
        screening=screening,
        titles=titles,
        rows=frozenset(row.id for row in rows),
    )
