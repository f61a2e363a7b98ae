"""Applies the scorecard to what is known of one partner. Pure: facts and a day in, an answer out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from checks.credit.card import RANK, Indicator, LevelName, Mark, Scorecard
from checks.credit.figures import Input, PeriodFigures, Value, months_between, periods, value_of, year_before
from checks.credit.result import Change, Confidence, CreditLevel, CreditResult, Marked, Scored
from checks.finding import Text
from kb.model import Evidence
from kb.statement import items

_HISTORY: Final = 5  # earlier periods shown
_PART: Final = 0.8  # share of the weights below which the answer rests on a part of the indicators
_BALANCE_SHARE: Final = Decimal("0.01")  # share of total assets by which a balance sheet may be off before it is said


@dataclass(frozen=True, slots=True)
class MarkFact:
    """What a register or the press states that a mark may stand for.

    Attributes:
        kind: "meaning", "status" or "event"; ``value`` the column's meaning, the status kind or the event type.
        answer: for a meaning, what the cell says; None when it says neither yes nor no.
        stage: for an event, "" when it is not stated.
        words: the cell or the reported words.
    """

    kind: str
    value: str
    words: str
    evidence: tuple[Evidence, ...]
    answer: bool | None = True
    stage: str = ""


@dataclass(frozen=True, slots=True)
class CreditFacts:
    """Everything the scorecard looks at.

    Attributes:
        figures: of statements tied to the partner, in the order they were stored.
        measures: of payment behaviour, without a period; statements that state the same count before them.
        marks: what registers and the press state.
        candidates: names of statements that may be the partner's, by name only; they are not used.
    """

    figures: tuple[Input, ...] = ()
    measures: tuple[Input, ...] = ()
    marks: tuple[MarkFact, ...] = ()
    candidates: tuple[str, ...] = ()


def assess_credit(facts: CreditFacts, card: Scorecard, as_of: date) -> CreditResult:
    """Return level, score, drivers, what is missing and what would change the level.

    Args:
        facts: what is known.
        card: the scorecard.
        as_of: the day asked about; periods that end after it do not count.
    """
    every = periods(facts.figures, card.identity, as_of)
    latest = every[0] if every else PeriodFigures("")
    measured = {one.figure.item: one for one in facts.measures}
    latest = replace(latest, inputs={**measured, **latest.inputs})
    before = year_before(latest, every) if every else None
    known, missing = _indicators(card, latest, before)
    marks = tuple(_marks(card, facts.marks))
    level, base, score = _level(card, known, marks)
    doubts = tuple(_doubts(card, latest, as_of, known)) if every else (_NO_STATEMENT,)
    asked = {mark.meaning for mark in card.mark if mark.meaning is not None}
    stated = {fact.value: fact.answer for fact in facts.marks if fact.kind == "meaning"}
    weight = sum(one.weight for one, _, _ in known)
    return CreditResult(
        as_of=as_of,
        version=card.version,
        level=level,
        score=score,
        base=base,
        period=latest.key or None,
        coverage=weight / sum(one.weight for one in card.indicator),
        confidence=_confidence(card, latest, as_of, doubts) if every else Confidence.LOW,
        doubts=doubts,
        scored=_scored(known, weight),
        missing=missing,
        marks=marks,
        clear=tuple(sorted(m for m in asked if stated.get(m) is False)),
        unstated=tuple(sorted(m for m in asked if stated.get(m) is None)),
        history=tuple(_history(card, every)),
        changes=tuple(_changes(card, known, marks, level)),
        notes=tuple(_notes(facts, latest, known)),
    )


_NO_STATEMENT: Final = Text("no financial statement is tied to the partner", "没有与该合作方关联的财务报表")

Known = tuple[Indicator, Value, float]
"""An indicator with its value and its points."""


def _indicators(
    card: Scorecard, latest: PeriodFigures, before: PeriodFigures | None
) -> tuple[tuple[Known, ...], tuple[tuple[Indicator, Value], ...]]:
    known: list[Known] = []
    missing: list[tuple[Indicator, Value]] = []
    for indicator in card.indicator:
        value = value_of(indicator, latest, before)
        if value.value is not None:
            known.append((indicator, value, indicator.points(value.value)))
        elif value.points is not None:
            known.append((indicator, value, value.points))
        else:
            missing.append((indicator, value))
    return tuple(known), tuple(missing)


def _scored(known: Sequence[Known], weight: float) -> tuple[Scored, ...]:
    scored = [Scored(one, value, points, one.weight / weight * (100 - points)) for one, value, points in known]
    return tuple(sorted(scored, key=lambda s: (-s.lost, s.indicator.id)))


def _marks(card: Scorecard, facts: Iterable[MarkFact]) -> Iterable[Marked]:
    """Yield the marks that count, each once, the heaviest first."""
    every = tuple(facts)
    found = []
    for mark in card.mark:
        fits = [fact for fact in every if _fits(mark, fact)]
        if fits:
            evidence = tuple(dict.fromkeys(e for fact in fits for e in fact.evidence))
            found.append(Marked(mark, evidence, "; ".join(dict.fromkeys(fact.words for fact in fits))))
    return sorted(found, key=lambda one: (-RANK[one.mark.at_least], -one.mark.deduct, one.mark.id))


def _fits(mark: Mark, fact: MarkFact) -> bool:
    if fact.kind == "meaning":
        return fact.value == mark.meaning and fact.answer is True
    if fact.kind == "status":
        return fact.value == mark.status
    return fact.value in mark.event and fact.stage in mark.stages


def _level(
    card: Scorecard, known: Sequence[Known], marks: Sequence[Marked]
) -> tuple[CreditLevel, float | None, float | None]:
    """Return level, score before and after deductions.

    Too little known gives "unknown", unless a record alone makes the level high: that needs no balance sheet.
    """
    floor = max((RANK[one.mark.at_least] for one in marks), default=0)
    if not _enough(card, known):
        return (CreditLevel.HIGH if floor == RANK["high"] else CreditLevel.UNKNOWN), None, None
    weight = sum(indicator.weight for indicator, _, _ in known)
    base = sum(indicator.weight * points for indicator, _, points in known) / weight
    score = max(0.0, base - sum(one.mark.deduct for one in marks))
    names: tuple[LevelName, ...] = ("low", "medium", "high")
    return CreditLevel(names[max(RANK[card.level(score)], floor)]), base, score


def _enough(card: Scorecard, known: Sequence[Known]) -> bool:
    weight = sum(indicator.weight for indicator, _, _ in known)
    groups = {indicator.group for indicator, _, _ in known}
    return weight >= card.coverage_min * sum(one.weight for one in card.indicator) and groups >= set(card.needed_groups)


def _doubts(card: Scorecard, latest: PeriodFigures, as_of: date, known: Sequence[Known]) -> Iterable[Text]:
    age = months_between(latest.end, as_of)
    if age > card.age.fresh:
        yield Text(
            f"the latest statement is of {latest.key}, {age} months before {as_of.isoformat()}",
            f"最新报表期间为 {latest.key}，距 {as_of.isoformat()} 已 {age} 个月",
        )
    weight = sum(indicator.weight for indicator, _, _ in known)
    share = weight / sum(one.weight for one in card.indicator)
    if share < _PART:
        yield Text(f"only {share:.0%} of the scorecard is known", f"评分卡仅有 {share:.0%} 的指标可知")
    if any(one.figure.months is None and items()[one.figure.item].kind == "flow" for one in latest.inputs.values()):
        yield Text(
            "the statement does not say how long its period is; a year is assumed", "报表未载明期间长度，按一年计"
        )


def _confidence(card: Scorecard, latest: PeriodFigures, as_of: date, doubts: Sequence[Text]) -> Confidence:
    if months_between(latest.end, as_of) > card.age.stale:
        return Confidence.LOW
    return (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)[min(len(doubts), 2)]


def _history(card: Scorecard, every: Sequence[PeriodFigures]) -> Iterable[tuple[str, tuple[tuple[str, float], ...]]]:
    for period in every[: _HISTORY + 1]:
        values = (
            (indicator.id, value_of(indicator, period, year_before(period, every)).value)
            for indicator in card.indicator
        )
        yield period.key, tuple((key, round(value, 4)) for key, value in values if value is not None)


def _changes(card: Scorecard, known: Sequence[Known], marks: Sequence[Marked], level: CreditLevel) -> Iterable[Change]:
    """Yield what alone would change the level: a record that went, or an indicator that reached another step."""
    for gone in marks:
        rest = tuple(one for one in marks if one is not gone)
        to = _level(card, known, rest)[0]
        if to is not level:
            yield _without(gone.mark, to, level)
    if level is CreditLevel.UNKNOWN or not _enough(card, known):
        return
    single = [
        change
        for position in range(len(known))
        for better in (True, False)
        for change in _steps(card, known, marks, level, position, better=better)
    ]
    if not any(change.better for change in single):
        yield from _together(card, known, marks, level)
    yield from single


def _without(mark: Mark, to: CreditLevel, level: CreditLevel) -> Change:
    better = level is not CreditLevel.UNKNOWN and to is not CreditLevel.UNKNOWN
    return Change(
        mark.id,
        better,
        to,
        Text(
            f"without the record “{mark.title.en}”: level {to.value}",
            f"如无“{mark.title.zh}”记录：等级为{_LEVEL_ZH[to]}",
        ),
    )


_LEVEL_ZH: Final = {
    CreditLevel.LOW: "低",
    CreditLevel.MEDIUM: "中",
    CreditLevel.HIGH: "高",
    CreditLevel.UNKNOWN: "未知",
}  # low, medium, high, unknown


def _steps(
    card: Scorecard,
    known: Sequence[Known],
    marks: Sequence[Marked],
    level: CreditLevel,
    position: int,
    *,
    better: bool,
) -> Iterable[Change]:
    """Yield the nearest step of one indicator at which the level would be better, or worse."""
    indicator, value, points = known[position]
    goals = sorted({p for _, p in indicator.steps} | {0.0}, reverse=not better)
    for goal in goals:
        if (goal > points) is not better or goal == points:
            continue
        changed = (*known[:position], (indicator, value, goal), *known[position + 1 :])
        to = _level(card, changed, marks)[0]
        if to is not level:
            yield Change(indicator.id, better, to, _sentence(indicator, goal, to, better=better))
            return


def _together(card: Scorecard, known: Sequence[Known], marks: Sequence[Marked], level: CreditLevel) -> Iterable[Change]:
    """Yield the fewest of the costliest indicators that, all at their best step, would better the level."""
    changed, goals = list(known), []
    order = sorted(range(len(known)), key=lambda p: (-known[p][0].weight * (100 - known[p][2]), known[p][0].id))
    for position in order:
        indicator, value, points = known[position]
        best = max(p for _, p in indicator.steps)
        if points >= best:
            return
        changed[position] = (indicator, value, best)
        goals.append(_goal(indicator, best, better=True))
        to = _level(card, changed, marks)[0]
        if RANK.get(to.value, 0) < RANK.get(level.value, 0):
            names = "+".join(known[p][0].id for p in order[: len(goals)])
            en, zh = " and ".join(g.en for g in goals), "且".join(g.zh for g in goals)
            yield Change(names, True, to, Text(f"if {en}: level {to.value}", f"如{zh}：等级为{_LEVEL_ZH[to]}"))
            return


def _sentence(indicator: Indicator, goal: float, to: CreditLevel, *, better: bool) -> Text:
    """Say to which value the indicator would have to go, and what the level would be then."""
    goes = _goal(indicator, goal, better=better)
    return Text(f"if {goes.en}: level {to.value}", f"如{goes.zh}：等级为{_LEVEL_ZH[to]}")


def _goal(indicator: Indicator, goal: float, *, better: bool) -> Text:
    """Say to which value an indicator would have to go for other points."""
    values = {p: v for v, p in (indicator.steps if indicator.better == "low" else reversed(indicator.steps))}
    rises = better is (indicator.better == "high")
    if better:
        value = values[goal]
        en, zh = (
            ("to at least", "至少升至") if rises else ("to at most", "降至不高于")
        )  # rises to at least, falls to at most
    else:
        # Worse points begin beyond the limit of the next better step.
        value = values[min(p for p in values if p > goal)]
        # rises above, falls below
        en, zh = ("above", "升至高于") if rises else ("below", "降至低于")
    number, verb = f"{value:g}", "rose" if rises else "fell"
    return Text(
        f"“{indicator.title.en}” {verb} {en} {number}",
        f"“{indicator.title.zh}”{zh} {number}",
    )


def _notes(facts: CreditFacts, latest: PeriodFigures, known: Sequence[Known]) -> Iterable[Text]:
    yield from latest.notes
    used = {one.figure.item: one for _, value, _ in known for one in value.inputs if one.identity}
    for item, one in sorted(used.items()):
        labels = items()[item]
        yield Text(
            f"{labels.en} is not stated; it follows from stated items ({one.identity})",
            f"{labels.zh}未载明，由已载明项目按会计恒等式得出（{one.identity}）",
        )
    parts = [latest.inputs.get(item) for item in ("total-assets", "total-liabilities", "equity")]
    if all(part is not None and not part.identity for part in parts):
        assets, liabilities, equity = (part.figure.amount for part in parts if part is not None)
        scales = {part.figure.scale for part in parts if part is not None}
        if len(scales) == 1 and assets > 0 and abs(assets - liabilities - equity) > assets * _BALANCE_SHARE:
            yield Text(
                "the balance sheet does not balance: assets are not liabilities and equity",
                "资产负债表不平衡：资产不等于负债加所有者权益",
            )
    for name in facts.candidates:
        yield Text(
            f"a statement of “{name}” may be the partner's, by name only; it is not used",
            f"“{name}”的报表可能属于该合作方（仅名称相近），未采用",
        )
