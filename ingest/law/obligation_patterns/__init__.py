"""Words by which provisions state norms, per language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def patterns(language: str) -> dict[str, Any]:
    """Return the patterns of a language ("en" or "zh")."""
    return tomllib.loads((files("ingest.law") / "obligation_patterns" / f"{language}.toml").read_text("utf-8"))
