"""One door for files of holdings, whatever their format."""

from __future__ import annotations

from ingest.holdings.bods import read_bods
from ingest.holdings.stated import HoldingsFile
from ingest.holdings.table import read_table


def read_holdings(text: str, *, source_name: str) -> HoldingsFile:
    """Read holdings from a BODS package (JSON or JSON Lines) or a delimited table, told apart by the first character.

    Args:
        text: the decoded file.
        source_name: file name, for messages and as the source of rows that name none.

    Raises:
        UnreadableError: the JSON is damaged.
        LimitError: it is nested too deep.
        RecordError: nothing in it could be read as a holding.
    """
    start = text[:4096].lstrip("\ufeff \t\r\n")[:1]
    if start in {"[", "{"}:
        return read_bods(text, source_name=source_name)
    return read_table(text, source_name=source_name)
