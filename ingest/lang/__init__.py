"""Language data: lexicons and grammars as TOML and CSV files, one folder per language."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

from kb.errors import MissingPartError

LANGUAGES: Final = ("en", "zh")


def _read(folder: str, name: str) -> str:
    source = resources.files("ingest.lang").joinpath(folder, name) if folder else resources.files("ingest.lang") / name
    try:
        text = source.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingPartError(
            f"the language data {folder}/{name} is absent",
            place=f"ingest/lang/{folder}/{name}",
            remedy="Reinstall duegraph: the installation is incomplete.",
        ) from error
    if not text.strip():
        raise MissingPartError(f"the language data {folder}/{name} is empty", place=f"ingest/lang/{folder}/{name}")
    return text


@cache
def grammar(language: str, name: str) -> Mapping[str, Any]:
    """Return the parsed TOML file ``<language>/<name>.toml``.

    Raises:
        MissingPartError: the file is absent, empty or not TOML.
    """
    text = _read(language, f"{name}.toml")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MissingPartError(
            f"the language data {language}/{name}.toml cannot be read: {error}",
            place=f"ingest/lang/{language}/{name}.toml",
        ) from error


@cache
def table(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of the language-independent CSV file ``<name>.csv``, keyed by its header.

    Raises:
        MissingPartError: the file is absent or empty.
    """
    lines = [line for line in _read("", f"{name}.csv").splitlines() if line and not line.startswith("#")]
    return tuple(csv.DictReader(lines))
