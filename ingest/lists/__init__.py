"""Watch lists: OFAC, UN, EU, UK, BIS, US Consolidated Screening List, FollowTheMoney, OpenSanctions, plain tables.

The layout of the file decides, not its name. OFAC publishes one list as several files; the primary one is read with
the others beside it, which the caller hands over as ``companions``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final

from ingest.columns import NO_COLUMNS, Columns
from ingest.delimited import DELIMITERS
from ingest.lists.ftm import is_ftm, read_ftm_list
from ingest.lists.layout import layout_of as table_layout
from ingest.lists.layout import read_layout
from ingest.lists.ofac import PRIMARY, layout_of, read_ofac
from ingest.lists.official_xml import official_xml, read_official_xml
from ingest.lists.screening_json import is_screening_json, read_screening_json
from ingest.lists.table import read_table
from ingest.lists.united_nations import is_un_list, read_un
from kb.errors import RecordError
from kb.lists import published_lists
from kb.model import Document, WatchList

__all__ = ["is_companion", "is_published_list", "read_watchlist"]

_CONSOLIDATED: Final = re.compile(r"(?i)^cons|consolidated|non-?sdn")
_HEAD: Final = 20_000
_LINES: Final = 6  # among which a header stands
_MARKS: Final = 4  # delimiters its line has at least
_LOOKED_AT: Final = 200  # characters in which a first tag stands
_SLUG: Final = re.compile(r"[^\w\-]+")


def is_companion(document: Document) -> bool:
    """Say whether a text is an OFAC alias, address or comment file, which belongs to a primary file."""
    layout = layout_of(document.text)
    return layout is not None and layout != PRIMARY


def is_published_list(document: Document) -> bool:
    """Say whether a text has the layout of a list that only watch lists have."""
    text = document.text
    if _is_xml(text):
        return is_un_list(text) or official_xml(text) is not None
    if is_screening_json(document):
        return True
    # Most texts are contracts, and looking for the columns of a table in them takes longer than this.
    if not any(line.count(mark) >= _MARKS for line in text[:_HEAD].split("\n")[:_LINES] for mark in DELIMITERS):
        return False
    return table_layout(document) is not None or layout_of(text) == PRIMARY


def _is_xml(text: str) -> bool:
    return text[:_LOOKED_AT].lstrip("\ufeff \n\t").startswith("<")


def read_watchlist(
    document: Document,
    *,
    source_name: str,
    companions: Mapping[str, Document] | None = None,
    columns: Columns = NO_COLUMNS,
) -> WatchList:
    """Read one load of a watch list.

    Args:
        document: the list's text as it is.
        source_name: file name; it tells OFAC's SDN list from its consolidated one and names other lists.
        companions: files beside it by name; those laid out as OFAC aliases, addresses or comments of the same list
            (``alt.csv`` for ``sdn.csv``, ``cons_alt.csv`` for ``cons_prim.csv``) are joined.
        columns: what columns of a table mean, where their headers do not say it.

    Returns:
        The list with a reason for every row that could not be read. A companion file alone gives a list without
        entries that says so, not an error.

    Raises:
        RecordError: no row could be read, or the table has no names.
    """
    stem = PurePath(source_name.replace("\\", "/")).stem
    if is_un_list(document.text):
        return _loaded(read_un(document, "UN-SC", "UN Security Council Consolidated List"), source_name)
    publisher = (
        official_xml(document.text) if document.text[:_LOOKED_AT].lstrip("\ufeff \n\t").startswith("<") else None
    )
    if publisher is not None:
        official = {"ofac": "OFAC-CONS" if _CONSOLIDATED.search(stem) else "OFAC-SDN", "eu": "EU-FSF", "uk": "UK-SL"}
        list_id = official[publisher]
        title = published_lists()[list_id]["title"]
        return _loaded(read_official_xml(document.text, publisher, list_id, title), source_name)
    if is_screening_json(document):
        found = read_screening_json(document, "US-CSL", published_lists()["US-CSL"]["title"])
        return _loaded(found, source_name)
    if is_ftm(document):
        return _loaded(read_ftm_list(document, _slug(stem), document.title or stem), source_name)
    table = table_layout(document)
    if table is not None:
        known = str(table.layout["id"])
        list_id = known or _slug(stem)
        title = published_lists()[known]["title"] if known else document.title or stem
        return _loaded(read_layout(document, table, list_id, title), source_name)
    layout = layout_of(document.text)
    consolidated = _CONSOLIDATED.search(stem) is not None
    list_id = "OFAC-CONS" if consolidated else "OFAC-SDN"
    if layout == PRIMARY:
        title = (
            "OFAC Consolidated Sanctions List (non-SDN)" if consolidated else "OFAC Specially Designated Nationals List"
        )
        beside = {
            name: found
            for name, found in (companions or {}).items()
            if (_CONSOLIDATED.search(PurePath(name).stem) is not None) == consolidated
        }
        return _loaded(read_ofac(document, list_id, title, beside), source_name)
    if layout is not None:
        rows = document.text.count("\n") + 1
        note = f"{source_name} holds {layout} rows of an OFAC list; they are read together with its primary file"
        return WatchList(f"{list_id}-{layout}", f"{list_id}: {layout} rows", (), rows, (note,))
    return _loaded(read_table(document, _slug(stem), document.title or stem, columns), source_name)


def _slug(stem: str) -> str:
    return _SLUG.sub("-", stem).strip("-") or "list"


def _loaded(found: WatchList, source_name: str) -> WatchList:
    if not found.entries:
        first = f" First problem: {found.rejected[0]}." if found.rejected else ""
        raise RecordError(
            f"no entry of the list could be read.{first}",
            place=source_name,
            remedy="Check that the file is complete and has one entry per row.",
        )
    return found
