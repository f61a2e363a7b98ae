"""Partner registers: tables of suppliers, customers and other partners, company registers, and who owns whom.

Read are delimited tables and workbooks with English or Chinese headers, GLEIF golden copies (level 1 and relationship
records), BODS 0.4 packages and FollowTheMoney JSON lines. The layout decides, not the name of the file.
"""

from __future__ import annotations

from ingest.columns import NO_COLUMNS, Columns
from ingest.holdings.bods import read_bods
from ingest.jsonitems import is_json
from ingest.lists.ftm import is_ftm, read_ftm_register
from ingest.registers.found import Rows
from ingest.registers.table import read_tables
from kb.errors import RecordError
from kb.model import Document, Register

__all__ = ["read_register"]


def read_register(document: Document, *, source_name: str, columns: Columns = NO_COLUMNS) -> Register:
    """Read one load of a partner register.

    Args:
        document: the text as it is; delimiter and layout are found from its beginning.
        source_name: file name, for messages and as the source of holdings.
        columns: what columns of a table mean, where their headers do not say it.

    Returns:
        The partners with a reason for every row and cell that could not be read, and the holdings the file states.

    Raises:
        RecordError: nothing in it could be read, or a table has no header with a name column.
        UnreadableError: the JSON is damaged.
        LimitError: it is nested too deep.
    """
    if is_ftm(document):
        found = read_ftm_register(document, source_name)
    elif is_json(document.text):
        rows = Rows()
        rows.take(read_bods(document.text, source_name=source_name))
        found = rows.register()
    else:
        found = read_tables(document, columns, source_name)
    if not found.partners:
        first = f" First problem: {found.rejected[0]}." if found.rejected else ""
        raise RecordError(
            f"no partner could be read.{first}", place=source_name, remedy="Give each partner a row with a name."
        )
    return found
