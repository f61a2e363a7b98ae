"""Reads CUAD in its SQuAD form and turns it into labelled units."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.typing.features import Features, extract
from ingest.typing.network_layout import contexts
from ingest.typing.units import Unit, split
from kb.errors import RecordError, UnreadableError

FOLDS: Final = 5
"""Contracts are dealt to folds in the order of their titles; fold 0, every fifth, is the development split."""

_COVER: Final = 0.5
"""A unit is labelled when it covers half of a gold span or half of it is covered (the usual rule for CUAD segments)."""


@dataclass(frozen=True, slots=True)
class Gold:
    """One annotated span."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """One past the last character."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract with its gold spans per category, in the order of the corpus' categories."""

    title: str
    text: str
    gold: tuple[tuple[Gold, ...], ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Contracts in the order of their titles."""

    categories: tuple[str, ...]
    contracts: tuple[Contract, ...]

    @property
    def folds(self) -> NDArray[np.int64]:
        """Fold of each contract."""
        return np.arange(len(self.contracts)) % FOLDS


@dataclass(frozen=True, slots=True)
class Sample:
    """One contract prepared for training.

    Attributes:
        labels: which categories each unit is labelled with, shape (units, categories).
        contexts: neighbours of each unit, see ``ingest.typing.network_layout``.
    """

    contract: Contract
    units: tuple[Unit, ...]
    features: Features
    labels: NDArray[np.bool_]
    contexts: NDArray[np.int64]


def read(path: Path) -> Corpus:
    """Read ``train.json`` or ``train.json.gz``.

    Raises:
        UnreadableError: the file is not (gzipped) JSON.
        RecordError: the JSON is not CUAD's, or an answer is not where it says.
    """
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        data: Any = json.loads(raw)
    except (OSError, EOFError, ValueError) as error:
        raise UnreadableError(f"the corpus cannot be read: {error}", place=str(path)) from error
    try:
        entries = sorted(data["data"], key=lambda entry: entry["title"])
        categories = tuple(_category(answer["id"]) for answer in entries[0]["paragraphs"][0]["qas"])
        return Corpus(categories, tuple(_contract(entry, categories) for entry in entries))
    except (KeyError, IndexError, TypeError) as error:
        raise RecordError(f"the corpus is not in CUAD's form: {error!r}", place=str(path)) from error


def _category(identifier: str) -> str:
    return identifier.rsplit("__", 1)[-1]


def _contract(entry: Any, categories: Sequence[str]) -> Contract:
    paragraph = entry["paragraphs"][0]
    text = paragraph["context"]
    gold: dict[str, list[Gold]] = {category: [] for category in categories}
    for question in paragraph["qas"]:
        for answer in question["answers"]:
            span = Gold(answer["text"], answer["answer_start"])
            if text[span.start : span.end] != span.text:
                raise RecordError("an answer is not where it says", place=f"{entry['title']}: {question['id']}")
            if span.text.strip():
                gold[_category(question["id"])].append(span)
    return Contract(entry["title"], text, tuple(tuple(gold[category]) for category in categories))


def prepare(contract: Contract) -> Sample:
    """Cut a contract into units, extract their features and label them."""
    units = split(contract.text)
    features = extract(contract.text, units)
    starts = np.array([unit.start for unit in units], dtype=np.int64)
    ends = np.array([unit.end for unit in units], dtype=np.int64)
    labels = np.zeros((len(units), len(contract.gold)), dtype=np.bool_)
    for number, spans in enumerate(contract.gold):
        for span in spans:
            shared = np.minimum(ends, span.end) - np.maximum(starts, span.start)
            covered = (shared >= _COVER * len(span.text)) | (shared >= _COVER * (ends - starts))
            labels[:, number] |= (shared > 0) & covered
    return Sample(contract, units, features, labels, contexts(units))
