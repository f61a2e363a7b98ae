"""What the columns of a table mean: by their headers, or as the user says with ``--map``.

The synonyms of headers are data (``registers.toml``, ``lists/lists.toml``); a header nobody foresaw is mapped by hand:
``--map "Firma=name" --map "HRB-Nr=registration"``, or a file with one ``header = "field"`` per line (TOML).
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

from kb.errors import QueryError

IGNORE: Final = "ignore"
"""Field of a column that is to be left out."""
ATTRIBUTE: Final = "attribute"
"""Field of a column that is to be kept under its own name, though its header has a meaning."""
MAX_COLUMNS: Final = 500
_MAX_FILE: Final = 1 << 20
_NOT_KEY: Final = re.compile(r"[\s_\-/.（）()#:：]+")


@lru_cache(maxsize=4096)
def header_key(header: str) -> str:
    """Return a column name without case, spaces, hyphens, underscores and brackets."""
    return _NOT_KEY.sub("", header.strip().casefold())


@dataclass(frozen=True, slots=True)
class Columns:
    """Fields by header, as the user gave them; a header is compared without case, spaces and punctuation."""

    pairs: tuple[tuple[str, str], ...] = ()

    def fields(self) -> dict[str, str]:
        """Return field by header key."""
        return {header_key(header): field for header, field in self.pairs}

    def marks(self) -> tuple[str, ...]:
        """Return what makes facts read with this mapping differ from those read without; () when there is none."""
        if not self.pairs:
            return ()
        text = "\n".join(f"{header_key(header)}={field}" for header, field in sorted(self.pairs))
        return (f"columns {hashlib.sha256(text.encode()).hexdigest()[:8]}",)


NO_COLUMNS: Final = Columns()


def parse_columns(given: Iterable[str], *, files: bool = True) -> Columns:
    """Return the mapping that ``--map`` options give; later ones win.

    Args:
        given: each ``header=field``, or the path of a TOML file with such pairs.
        files: whether paths are looked at (not for what comes over the network).

    Raises:
        QueryError: one is neither, a field does not exist, or there are too many.
    """
    pairs: dict[str, tuple[str, str]] = {}
    for one in given:
        found = [_pair(one)] if "=" in one else _of_file(one) if files else []
        if not found:
            raise QueryError(f"'{one}' is no column mapping.", code="column-mapping", remedy="Write header=field.")
        for header, field in found:
            pairs[header_key(header)] = (header.strip(), _checked(field.strip(), one))
    if len(pairs) > MAX_COLUMNS:
        raise QueryError(f"more than {MAX_COLUMNS} columns are mapped.", code="column-mapping")
    return Columns(tuple(pairs.values()))


def _pair(text: str) -> tuple[str, str]:
    header, _, field = text.rpartition("=")
    if not header_key(header):
        raise QueryError(f"'{text}' names no column.", code="column-mapping", remedy="Write header=field.")
    return header, field


def _of_file(path: str) -> list[tuple[str, str]]:
    remedy = 'Give a TOML file with lines like "Firma" = "name".'
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MAX_FILE + 1)
        if len(data) > _MAX_FILE:
            raise QueryError("the mapping file is too large.", code="column-mapping", place=path, remedy=remedy)
        table = tomllib.loads(data.decode("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise QueryError(
            f"the mapping cannot be read: {error}", code="column-mapping", place=path, remedy=remedy
        ) from error
    flat = table.get("columns", table)
    if not isinstance(flat, dict) or not all(isinstance(field, str) for field in flat.values()):
        raise QueryError("a column is mapped to something else than a word.", code="column-mapping", place=path)
    return [(str(header), str(field)) for header, field in flat.items() if header_key(str(header))]


@lru_cache(maxsize=1)
def known_fields() -> frozenset[str]:
    """Return every field a column can be mapped to, over all kinds of table."""
    here = resources.files("ingest")
    registers = tomllib.loads((here / "registers" / "registers.toml").read_text(encoding="utf-8"))
    lists = tomllib.loads((here / "lists" / "lists.toml").read_text(encoding="utf-8"))
    holdings = tomllib.loads((here / "holdings" / "words.toml").read_text(encoding="utf-8"))
    return frozenset(
        [
            IGNORE,
            ATTRIBUTE,
            *registers["columns"],
            *registers["identifiers"],
            *lists["columns"],
            *holdings["columns"],
        ]
    )


def _checked(field: str, given: str) -> str:
    fits = {name.casefold(): name for name in known_fields()}.get(field.casefold())
    if fits is None:
        raise QueryError(
            f"'{field}' is no field a column can be mapped to.",
            code="column-mapping",
            place=given,
            remedy=f"Use one of: {', '.join(sorted(known_fields()))}.",
        )
    return fits
