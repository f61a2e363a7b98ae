"""Reads the annotated terms of service the model is trained on: texts with tags such as ``<ltd2>…</ltd2>``.

Source of the data and of the labels: Galassi, Lagioia, Jabłonowska and Lippi 2024, doi:10.1007/s10506-024-09398-7,
CC BY 4.0. Level 1 is clearly fair, 2 potentially unfair, 3 clearly unfair; levels 2 and 3 count as the label.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ingest.unfair.features import split
from kb.errors import NotFoundError

CATEGORIES: Final[Mapping[str, str]] = {
    "a": "Unfair Arbitration",
    "ch": "Unfair Unilateral Change",
    "cr": "Unfair Content Removal",
    "j": "Unfair Jurisdiction",
    "law": "Unfair Choice of Law",
    "ltd": "Unfair Limitation of Liability",
    "ter": "Unfair Unilateral Termination",
    "use": "Unfair Contract by Using",
    "pinc": "Unfair Privacy Included",
}
"""The corpus's tags and the notations of our clause types."""

UNFAIR_LEVEL: Final = 2
_TAG: Final = re.compile(r"<(/?)(a|ch|cr|j|law|ltd|ter|use|pinc)([1-3])>")
_OTHER_TAG: Final = re.compile(r"</?countryM>")


@dataclass(frozen=True, slots=True)
class Terms:
    """One document.

    Attributes:
        name: file name without ending; documents are folded by it.
        words: its sentences.
        labels: shape (sentences, categories).
    """

    name: str
    words: tuple[str, ...]
    labels: NDArray[np.bool_]


def read(folder: Path) -> list[Terms]:
    """Return the documents of a folder, by name.

    A sentence has a label when it shares at least half of itself, or half of the tagged stretch, with the tag.

    Raises:
        NotFoundError: the folder holds no document.
    """
    files = sorted(folder.glob("*.xml"))
    if not files:
        raise NotFoundError(
            "no annotated terms of service were found",
            code="no-corpus",
            place=str(folder),
            remedy="Name the folder with the corpus's XML files.",
        )
    return [_read(path.stem, path.read_text(encoding="utf-8", errors="replace")) for path in files]


def _read(name: str, raw: str) -> Terms:
    text, spans = strip_tags(_OTHER_TAG.sub("", raw))
    places = split(text)
    labels = np.zeros((len(places), len(CATEGORIES)), dtype=np.bool_)
    columns = {tag: column for column, tag in enumerate(CATEGORIES)}
    for tag, start, end in spans:
        for row, (left, right) in enumerate(places):
            shared = min(end, right) - max(start, left)
            if shared > 0 and (2 * shared >= end - start or 2 * shared >= right - left):
                labels[row, columns[tag]] = True
    return Terms(name, tuple(text[left:right] for left, right in places), labels)


def strip_tags(raw: str) -> tuple[str, list[tuple[str, int, int]]]:
    """Return the text without its tags, and the stretches tagged unfair as (category, start, end)."""
    pieces: list[str] = []
    open_tags: dict[tuple[str, str], list[int]] = {}
    spans: list[tuple[str, int, int]] = []
    length = position = 0
    for match in _TAG.finditer(raw):
        pieces.append(raw[position : match.start()])
        length += len(pieces[-1])
        position = match.end()
        key = (match[2], match[3])
        if not match[1]:
            open_tags.setdefault(key, []).append(length)
        elif open_tags.get(key) and int(match[3]) >= UNFAIR_LEVEL:
            spans.append((match[2], open_tags[key].pop(), length))
    pieces.append(raw[position:])
    return "".join(pieces), spans
