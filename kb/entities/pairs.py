"""Every pair of records worth judging, found through shared identifiers and alike names, never by trying all pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from kb.entities.judge import Prepared, judge, prepare
from kb.entities.model import ENTRY, Policy, Record, Standing, Tie, ordered, policy
from kb.names import NameIndex

Pair = tuple[str, str]
_MAX_GROUP: Final = 50  # records of one party of which every pair is compared


def find_ties(
    records: Iterable[Record],
    *,
    within: Collection[str] | None = None,
    before: Iterable[Tie] = (),
) -> tuple[Tie, ...]:
    """Return every tie between two records, ordered by their ids.

    Args:
        records: each id once; of two with one id the first counts.
        within: only pairs of which one record is among these (for what was added) are compared; all when None.
        before: ties of other pairs that are known already; they are returned as well.
    """
    rules = policy()
    known: dict[str, Prepared] = {}
    for record in records:
        if record.id not in known:
            known[record.id] = prepare(record, rules)
    pairs = _by_identifier(known, rules) | _by_name(known, rules, within)
    found: dict[Pair, Tie] = {tie.pair: tie for tie in before}
    for left, right in pairs:
        if within is not None and left not in within and right not in within:
            continue
        tie = judge(known[left], known[right], rules)
        if tie is not None:
            found[left, right] = tie
    for left, right in _indirect(found.values()):
        tie = judge(known[left], known[right], rules, keep_apart=True)
        if tie is not None:
            found[left, right] = tie
    return tuple(found[pair] for pair in sorted(found))


def _indirect(ties: Iterable[Tie]) -> set[Pair]:
    """Return the pairs that would become one party through others only, for their identifiers may still differ."""
    ties = list(ties)
    group: dict[str, list[str]] = {}
    for tie in ties:
        if tie.standing is Standing.SAME:
            left, right = group.setdefault(tie.left, [tie.left]), group.setdefault(tie.right, [tie.right])
            if left is not right:
                left += right
                group.update(dict.fromkeys(right, left))
    known = {tie.pair for tie in ties}
    pairs: set[Pair] = set()
    for members in {id(group): group for group in group.values()}.values():
        if len(members) <= _MAX_GROUP:
            pairs.update(ordered(left, right) for n, left in enumerate(members) for right in members[n + 1 :])
    return pairs - known


def _by_identifier(known: Mapping[str, Prepared], rules: Policy) -> set[Pair]:
    bearers: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, prepared in known.items():
        for scheme, value in {(k.scheme, k.value) for k in prepared.keys if k.scheme in rules.known}:
            bearers[scheme, value].append(key)
    pairs: set[Pair] = set()
    for group in bearers.values():
        if 1 < len(group) <= rules.shared_identifier:
            members = sorted(group)
            pairs.update((left, right) for n, left in enumerate(members) for right in members[n + 1 :])
    return pairs


def _by_name(known: Mapping[str, Prepared], rules: Policy, within: Collection[str] | None) -> set[Pair]:
    # Entries of lists are compared with records, not with each other: a list states itself who is who. They have an
    # index of their own, so that the many names of a list do not crowd out a namesake in a register.
    own = [key for key in known if not key.startswith(ENTRY)]
    listed = [key for key in known if key.startswith(ENTRY)]
    asked = [key for key in own if within is None or key in within]
    pairs = _near(known, asked, own, rules) | _near(known, asked, listed, rules)
    if within is not None:
        pairs |= _near(known, [key for key in listed if key in within], own, rules)
    return pairs


def _near(known: Mapping[str, Prepared], asked: Collection[str], others: Collection[str], rules: Policy) -> set[Pair]:
    """Return the pairs of a record asked for with those of the others whose names are nearest to its own."""
    pairs: set[Pair] = set()
    if not asked or not others:
        return pairs
    index = NameIndex.build((key, name) for key in others for name in known[key].record.names)
    for key in asked:
        for name in dict.fromkeys(known[key].record.names):
            near = dict.fromkeys(entity for entity, _ in index.candidates(name) if entity != key)
            pairs.update(ordered(key, other) for other in list(near)[: rules.name_candidates])
    return pairs
