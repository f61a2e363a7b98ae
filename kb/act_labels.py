"""Readable names of acts and provisions made from their ids, for those that are not stored and so have no title."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

_INNER: Final = str.maketrans({"《": "〈", "》": "〉"})
"""A title inside a title takes single brackets."""


@dataclass(frozen=True, slots=True)
class _Form:
    id: re.Pattern[str]
    name: dict[str, str]
    unit: dict[str, str]


@cache
def _forms() -> tuple[_Form, ...]:
    data = tomllib.loads((resources.files("kb") / "act_labels.toml").read_text(encoding="utf-8"))
    return tuple(
        _Form(
            re.compile(form["id"]),
            {"en": form["en"], "zh": form["zh"]},
            {"en": form["unit_en"], "zh": form["unit_zh"]},
        )
        for form in data["form"]
    )


def act_label(act: str, language: str, provision: str | None = None) -> str:
    """Return how an act, or a provision of it, is written in a language; the id itself when its form is not known.

    Args:
        act: id of the act ("cn/民法典", "eu/reg/2016/679").
        language: "en" or "zh".
        provision: canonical number ("585", "28(3)"), or None for the act as a whole.
    """
    for form in _forms():
        match = form.id.fullmatch(act)
        if match is None:
            continue
        parts = {key: (value or "").translate(_INNER) for key, value in match.groupdict().items()}
        name = form.name[language].format(**parts).strip()
        if not provision:
            return name
        unit = form.unit[language].format(number=provision)
        return f"{name}{unit}" if language == "zh" else f"{name} {unit}"
    return f"{act} {provision}" if provision else act
