"""Where the measured law lies, and how it is read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from ingest.law import read_act
from kb.law_text import base_provisions
from kb.model import ActVersion, Document

DATA: Final = Path(__file__).resolve().parents[4] / "shared" / "data"
REGULATIONS: Final = DATA / "regulations"
LAWS: Final = REGULATIONS / "zh-laws"
CFPB: Final = REGULATIONS / "us-cfr-cfpb"
ACTS: Final = REGULATIONS / "ie-acts"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Law:
    """One law as its file gives it; ``articles`` are (number, text) of its base units."""

    name: str
    text: str
    act: ActVersion
    articles: tuple[tuple[str, str], ...]


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return a result and the seconds it took."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def read_laws(folder: Path, language: str) -> dict[str, Law]:
    """Read every Markdown law of a folder, by file name without its ending."""
    found: dict[str, Law] = {}
    for path in sorted(folder.rglob("*.md")):
        text = path.read_text("utf-8")
        act = read_act(Document(text, (), "text/markdown", language), source_name=path.name)
        found[path.stem] = Law(path.stem, text, act, tuple(base_provisions(act, text)))
    return found
