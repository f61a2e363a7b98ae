"""Entries of stored lists that names match, each with what a person decided on the hit.

A person's decision outweighs the score: a hit that was called a false positive flags nothing, and the answer says who
decided when and why; a true match flags whatever its score. A hit that is open again flags as before and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from checks.context import CheckContext
from checks.evaluators.answer import Answer, flag, passed
from checks.finding import Text
from checks.hits import Ruling, ruling
from checks.screening import Candidate, ScreenQuery, screen
from kb.model import Evidence, ListEntry

SCREENED = 5
"""Candidates looked at per name that nobody called a false positive."""
_SPARE = 20
"""Candidates looked at beyond them, so that decided ones do not take the place of open ones."""


@dataclass(frozen=True, slots=True)
class ListedHit:
    """One entry that one of a subject's names comes near.

    Attributes:
        name: the name of the subject that is most like the entry's.
        candidate: the entry with score and explanation.
        ruling: where the hit stands.
    """

    name: str
    candidate: Candidate
    ruling: Ruling

    @property
    def matches(self) -> bool:
        """Whether it counts as the same: what a person said, else what the score says."""
        return self.candidate.match if self.ruling.same is None else self.ruling.same

    @property
    def dismissed(self) -> bool:
        """Whether it would count as the same, had no person called it a false positive."""
        return self.candidate.match and self.ruling.same is False

    @property
    def key(self) -> str:
        """What tells the hit from others of the same subject."""
        return f"{self.candidate.list}:{self.candidate.entity}"

    def values(self) -> dict[str, str]:
        """Return what messages say of the hit; ``decision`` begins with a space, or is empty when nobody decided."""
        said = self.ruling.text
        return {
            "matched": self.candidate.matched_name,
            "list": self.candidate.list,
            "score": f"{self.candidate.score:.2f}",
            "hit": self.ruling.hit,
            "hit_status": self.ruling.state,
            "decision": f" {said.en}" if said.en else "",
            "decision_zh": said.zh,
        }


def list_hits(context: CheckContext, subjects: Sequence[str], queries: Iterable[ScreenQuery]) -> tuple[ListedHit, ...]:
    """Return the entries that a subject's names come near, each once with its best name, in the order found.

    Args:
        context: with the lists and the decisions.
        subjects: what the subject of the hits goes by; see ``checks.hits``.
        queries: one per name.
    """
    if context.screening is None:
        return ()
    found: dict[tuple[str, str], ListedHit] = {}
    limit = SCREENED + (_SPARE if context.decisions else 0)
    for query in queries:
        open_ones = 0
        for candidate in screen(query, context.screening, limit=limit).candidates:
            hit = ListedHit(query.name, candidate, ruling(context.decisions, subjects, candidate))
            open_ones += hit.ruling.same is None
            if hit.ruling.same is None and open_ones > SCREENED:
                continue
            key = (candidate.list, candidate.entity)
            if key not in found or found[key].candidate.score < candidate.score:
                found[key] = hit
    return tuple(found.values())


def hit_flag(
    subject: str, hit: ListedHit, evidence: Sequence[Evidence], *, key: str = "", level_shift: int = 0, **values: str
) -> Answer:
    """Return a flag for a hit; ``values`` are what the message says besides, ``key`` is the hit's own by default."""
    return replace(
        flag(subject, *evidence, key=key or hit.key, level_shift=level_shift), values={**values, **hit.values()}
    )


def dismissed_pass(subject: str, hit: ListedHit, *evidence: Evidence) -> Answer:
    """Return a pass for a hit that a person called a false positive: who said so, when and why."""
    said = hit.ruling.text
    why = Text(
        f"“{hit.name}” is not “{hit.candidate.matched_name}” on list {hit.candidate.list}. {said.en}",
        f"“{hit.name}”不是清单 {hit.candidate.list} 上的“{hit.candidate.matched_name}”。{said.zh}",
    )
    return passed(subject, *evidence, why=why, key=hit.key, **hit.values())


def row_of(candidate: Candidate, context: CheckContext) -> tuple[Evidence, ...]:
    """Return the row of the list as evidence, where the list is a stored document."""
    if not candidate.document or context.words is None:
        return ()
    words = context.words(candidate.document, candidate.start, candidate.end)
    return (Evidence(candidate.document, candidate.start, candidate.end, words),)


def entry_of(context: CheckContext, candidate: Candidate) -> ListEntry | None:
    """Return the list entry of a candidate, None when its list is not at hand."""
    found = context.screening.entry(f"{candidate.list}/{candidate.entity}") if context.screening is not None else None
    return found[1] if found is not None else None
