"""Gold cases of the extraction tests, one TOML file per language."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "gold" / "extraction"
LANGUAGES = ("en", "zh")


def cases(kind: str) -> list[Any]:
    """Return (language, text, found) of all cases of a kind as (tuple) parameters."""
    found: list[Any] = []
    for language in LANGUAGES:
        data = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
        found.extend((language, case["text"], case["found"]) for case in data[kind])
    return found
