"""Impact of changed law: the changes between two versions of an act, and what relies on the provisions they touch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kb.law_align import align
from kb.law_change import ChangeKind, Materiality, ProvisionChange
from kb.law_numbers import base_number
from kb.model import Citation

__all__ = ["ChangeKind", "ImpactItem", "ImpactLevel", "Materiality", "ProvisionChange", "diff", "relying_on"]


class ImpactLevel(StrEnum):
    """How much a change asks of a text that relies on the changed provision; the notations of the impact scheme."""

    NONE = "none"
    INFORMATIONAL = "informational"
    ACTION = "action"
    BLOCKING = "blocking"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ImpactItem:
    """One place in a document that relies on a changed provision.

    Attributes:
        document: id of the citing document.
        citation: the place.
        changes: what happened to the provision it cites; empty when the citation names the act only.
        level: UNKNOWN when the citation names the act only, as any change may matter then.
    """

    document: str
    citation: Citation
    changes: tuple[ProvisionChange, ...]
    level: ImpactLevel


def diff(
    old_provisions: Iterable[tuple[str, str]],
    new_provisions: Iterable[tuple[str, str]],
    *,
    effective_from: date | None = None,
    date_basis: str | None = None,
) -> list[ProvisionChange]:
    """Return the changes between two versions of an act given as (number, text) of their base units, in order.

    Provisions are matched by their texts, so a renumbered one is never reported as modified; formatting, amendment
    marks, full-width forms and case are not changes. See ``kb.law_align.align``.

    Args:
        old_provisions: the old version.
        new_provisions: the new version.
        effective_from: the day the new version takes effect, where it states it; put on every change.
        date_basis: the words that day was read from.
    """
    return align(list(old_provisions), list(new_provisions), effective_from=effective_from, date_basis=date_basis)


def relying_on(
    changes: Sequence[ProvisionChange], act: str, citations: Iterable[tuple[str, Citation]]
) -> list[ImpactItem]:
    """Return the citations an act's changes touch, in the order given.

    Args:
        changes: changes between the version the citations mean and the newer one.
        act: id of the act; citations of other acts are left out.
        citations: (document id, citation) pairs.

    Returns:
        One item per citation of a changed provision, or of the act as a whole when anything changed.
    """
    by_number: dict[str, list[ProvisionChange]] = defaultdict(list)
    for change in changes:
        if change.before is not None:
            by_number[change.before].append(change)
    items: list[ImpactItem] = []
    for document, citation in citations:
        if citation.act != act:
            continue
        if citation.provision is None:
            if changes:
                items.append(ImpactItem(document, citation, (), ImpactLevel.UNKNOWN))
            continue
        own = tuple(by_number.get(citation.provision) or by_number.get(base_number(citation.provision)) or ())
        if own:
            items.append(ImpactItem(document, citation, own, level_of(own)))
    return items


def level_of(changes: Sequence[ProvisionChange]) -> ImpactLevel:
    """Return what the changes of one provision ask of a text that cites it.

    A deleted provision blocks; a changed duty, prohibition, deadline, amount or penalty asks for action; a new number,
    wording or permission is to be known; punctuation alone is nothing.
    """
    level = ImpactLevel.NONE
    for change in changes:
        if change.kind is ChangeKind.DELETED:
            return ImpactLevel.BLOCKING
        if change.materiality in _ACTION:
            level = ImpactLevel.ACTION
        elif level is ImpactLevel.NONE and not (
            change.kind is ChangeKind.MODIFIED and change.materiality in (Materiality.EDITORIAL, Materiality.REFERENCE)
        ):
            level = ImpactLevel.INFORMATIONAL
    return level


_ACTION = frozenset(
    {Materiality.DUTY, Materiality.PROHIBITION, Materiality.DEADLINE, Materiality.AMOUNT, Materiality.PENALTY}
)
