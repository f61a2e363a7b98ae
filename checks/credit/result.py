"""What the scorecard says of one partner, with everything needed to follow and to change it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from checks.credit.card import Indicator, Mark
from checks.credit.figures import Value
from checks.finding import Text
from kb.model import Evidence
from kb.statement import items


class CreditLevel(StrEnum):
    """How likely the partner is not to pay or deliver; "unknown" when too little is stated."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """How far the level can be relied on."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Scored:
    """One indicator with its value and points; ``lost`` is what it takes off the best score of 100."""

    indicator: Indicator
    value: Value
    points: float
    lost: float


@dataclass(frozen=True, slots=True)
class Marked:
    """One record that counts, with where it stands."""

    mark: Mark
    evidence: tuple[Evidence, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Change:
    """What alone would make the level another one: ``to`` is that level."""

    what: str
    better: bool
    to: CreditLevel
    text: Text


@dataclass(frozen=True, slots=True)
class CreditResult:
    """The answer of the scorecard.

    Attributes:
        score: 0 (worst) to 100 (best), records deducted; None when too little is stated.
        base: the score before deductions.
        period: key of the latest period used, None without statements.
        coverage: share of the weights whose inputs are stated, 0 to 1.
        scored: indicators with points, those that cost the most first.
        missing: indicators without a value, with what is missing.
        history: values of the ratios in earlier periods, (period, ((indicator id, value) …)).
        asked: meanings of register columns that were looked for and are stated "no"; what is in neither ``marks`` nor
            ``clear`` nobody stated.
        notes: what a reader must know: identities used, amounts stated twice, statements not used.
    """

    as_of: date
    version: str
    level: CreditLevel
    score: float | None
    base: float | None
    period: str | None
    coverage: float
    confidence: Confidence
    doubts: tuple[Text, ...]
    scored: tuple[Scored, ...]
    missing: tuple[tuple[Indicator, Value], ...]
    marks: tuple[Marked, ...]
    clear: tuple[str, ...]
    unstated: tuple[str, ...]
    history: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
    changes: tuple[Change, ...]
    notes: tuple[Text, ...] = ()

    def json(self) -> dict[str, Any]:
        """Return the result as JSON, texts in both languages."""
        return {
            "as_of": self.as_of.isoformat(),
            "scorecard": self.version,
            "level": self.level.value,
            "score": _round(self.score),
            "score_before_records": _round(self.base),
            "period": self.period,
            "coverage": round(self.coverage, 4),
            "confidence": self.confidence.value,
            "doubts": [_both(text) for text in self.doubts],
            "drivers": [*(_mark_json(one) for one in self.marks), *(_scored_json(one) for one in self.scored)],
            "missing": [_missing_json(indicator, value) for indicator, value in self.missing],
            "records": {
                "stated_no": list(self.clear),
                "not_stated": list(self.unstated),
            },
            "history": [{"period": period, "values": dict(values)} for period, values in self.history],
            "changes": [
                {"what": c.what, "better": c.better, "level": c.to.value, "text": _both(c.text)} for c in self.changes
            ],
            "notes": [_both(text) for text in self.notes],
        }


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _evidence_json(evidence: tuple[Evidence, ...]) -> list[dict[str, Any]]:
    return [{"document": e.document, "start": e.start, "end": e.end, "quote": e.quote} for e in evidence]


def _scored_json(one: Scored) -> dict[str, Any]:
    indicator = one.indicator
    return {
        "kind": "indicator",
        "id": indicator.id,
        "group": indicator.group,
        "title": {"en": indicator.title.en, "zh": indicator.title.zh},
        "formula": {"en": indicator.formula.en, "zh": indicator.formula.zh},
        "source": indicator.source,
        "value": _round(one.value.value),
        "why": _both(one.value.why) if one.value.why.en else None,
        "points": one.points,
        "weight": indicator.weight,
        "lost": round(one.lost, 2),
        "inputs": [
            {
                "item": each.figure.item,
                "name": {"en": items()[each.figure.item].en, "zh": items()[each.figure.item].zh},
                "label": None if each.identity else each.figure.label,
                "amount": str(each.figure.amount),
                "scale": None if each.figure.scale is None else str(each.figure.scale),
                "currency": each.figure.currency,
                "period": each.figure.period,
                "cell": None if each.identity else each.figure.cell,
                "identity": each.identity or None,
                "evidence": _evidence_json(each.evidence),
            }
            for each in one.value.inputs
        ],
    }


def _mark_json(one: Marked) -> dict[str, Any]:
    mark = one.mark
    return {
        "kind": "record",
        "id": mark.id,
        "title": {"en": mark.title.en, "zh": mark.title.zh},
        "source": mark.source,
        "stated": one.words,
        "lost": mark.deduct,
        "at_least": mark.at_least,
        "evidence": _evidence_json(one.evidence),
    }


def _missing_json(indicator: Indicator, value: Value) -> dict[str, Any]:
    return {
        "id": indicator.id,
        "group": indicator.group,
        "title": {"en": indicator.title.en, "zh": indicator.title.zh},
        "weight": indicator.weight,
        "inputs": [{"item": item, "name": {"en": items()[item].en, "zh": items()[item].zh}} for item in value.missing],
        "why": _both(value.why) if value.why.en else None,
    }
