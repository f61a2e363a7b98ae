"""Words and patterns by which acts are read, as data, one file per legal tradition."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from kb.errors import MissingPartError


@cache
def zh_grammar() -> dict[str, Any]:
    """Return the grammar of Chinese acts (``zh.toml``)."""
    return load("zh.toml")


@cache
def en_grammar() -> dict[str, Any]:
    """Return the grammar of acts in English (``en.toml``)."""
    return load("en.toml")


def load(name: str) -> dict[str, Any]:
    """Return one grammar file.

    Raises:
        MissingPartError: the file is absent or not TOML.
    """
    try:
        return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise MissingPartError(
            f"the grammar of acts {name!r} cannot be read: {error}", remedy="Reinstall duegraph."
        ) from error
