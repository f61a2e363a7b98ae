"""Characters of symbol fonts as Unicode."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

_PRIVATE: Final = range(0xF000, 0xF100)


@cache
def _table() -> dict[str, dict[int, str]]:
    raw = tomllib.loads((files("ingest.readers") / "data" / "symbols.toml").read_text("utf-8"))
    return {font: {int(code, 16): shown for code, shown in codes.items()} for font, codes in raw.items()}


def symbol(font: str, code: str) -> str | None:
    """Return what a ``w:sym`` shows, or None when its font's code is not known.

    Args:
        font: the font's name.
        code: four hexadecimal digits; symbol fonts are addressed in the private range F000-F0FF.
    """
    try:
        value = int(code, 16)
    except ValueError:
        return None
    small = value - _PRIVATE.start if value in _PRIVATE else value
    known = _table().get(font.lower())
    if known is not None:
        return known.get(small)
    if value in _PRIVATE or value < 0x20 or 0xD800 <= value <= 0xF8FF or value > 0xFFFF:
        return None
    return chr(value)
