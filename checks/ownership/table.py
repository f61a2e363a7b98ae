"""The ownership table: one row per party with its outcome, its listed share, the owners that count and a chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from checks.ownership.api import network_share
from checks.ownership.assess import Assessment, Result, Step
from checks.ownership.model import NONE, Entity, Holdings, Interval
from checks.ownership.network import build
from checks.ownership.wording import escaped, holding_text, name_of, percent, words


@dataclass(frozen=True, slots=True)
class OwnershipRow:
    """One party as an assessment sees it, with the economic share that listed parties have in it."""

    result: Result
    share: Interval


def ownership_rows(
    holdings: Holdings,
    listed: Iterable[Entity],
    assessment: Assessment,
    *,
    entities: Iterable[Entity] | None = None,
    as_of: date | None = None,
) -> tuple[OwnershipRow, ...]:
    """Return a row for every party asked for, by default every one that is possibly caught and not itself listed."""
    network = build(holdings, as_of=assessment.as_of if as_of is None else as_of)
    shares = network_share(network, set(listed))
    results = assessment.results() if entities is None else tuple(assessment.result(entity) for entity in entities)
    return tuple(OwnershipRow(result, shares.get(result.entity, NONE)) for result in results)


def chain_text(path: tuple[Step, ...], names: Mapping[Entity, str], language: str) -> str:
    """Return a chain in one line: "X —50 %→ A —50 %→ B"."""
    if not path:
        return ""
    text = name_of(path[0].owner, names)
    for step in path:
        text += f" —{holding_text(step.measure, step.share, language)}→ {name_of(step.owned, names)}"
    return text


def ownership_table(
    rows: Iterable[OwnershipRow], *, names: Mapping[Entity, str] | None = None, language: str = "en"
) -> str:
    """Return the rows as one ``<table>`` element with a caption and headed columns; every name is escaped.

    Raises:
        QueryError: there are no texts in that language.
    """
    texts, known = words(language), names or {}
    heads = "".join(
        f'<th scope="col">{escaped(texts[key])}</th>' for key in ("party", "outcome", "share", "owners", "path")
    )
    body: list[str] = []
    for row in rows:
        result = row.result
        outcome = texts["outcome_listed"] if result.listed else texts[f"outcome_{result.outcome.value}"]
        owners = "".join(
            f"<li>{escaped(name_of(stake.owner, known))}:"
            f" {escaped(holding_text(stake.measure, stake.share, language))}</li>"
            for stake in result.stakes
        )
        cells = (
            escaped(outcome),
            escaped(percent(row.share)),
            f"<ul>{owners}</ul>" if owners else "",
            escaped(chain_text(result.path, known, language)),
        )
        head = f'<th scope="row"><bdi>{escaped(name_of(result.entity, known))}</bdi></th>'
        body.append(f"<tr>{head}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    caption = f"<caption>{escaped(texts['caption'])}</caption>"
    return f'<table lang="{language}">{caption}<thead><tr>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table>'
