"""Every pair of records worth judging, found through shared identifiers and alike names, never by trying all pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from kb.entities.judge import Prepared, judge, prepare
from kb.entities.model import Policy, Record, Standing, Tie, ordered, policy
from kb.names import NameIndex

Pair = tuple[str, str]
_MAX_GROUP: Final = 50  # records of one party of which every pair is compared


def find_ties(
    records: Iterable[Record],
    *,
    within: Collection[str] | None = None,
) -> tuple[Tie, ...]:
    """Return every tie between two records, ordered by their ids.

    Args:
        records: each id once; of two with one id the first counts.
        within: only pairs of which one record is among these (for what was added); all when None.
    """
    rules = policy()
    known: dict[str, Prepared] = {}
    for record in records:
        if record.id not in known:
            known[record.id] = prepare(record, rules)
    pairs = _by_identifier(known, rules) | _by_name(known, rules, within)
    found: dict[Pair, Tie] = {}
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
    index = NameIndex.build((key, name) for key, prepared in known.items() for name in prepared.record.names)
    pairs: set[Pair] = set()
    for key, prepared in known.items():
        # Entries of lists are compared with records, not with each other: a list states itself who is who.
        if key.startswith("entry:") or (within is not None and key not in within):
            continue
        for name in dict.fromkeys(prepared.record.names):
            others = dict.fromkeys(entity for entity, _ in index.candidates(name) if entity != key)
            pairs.update(ordered(key, other) for other in list(others)[: rules.name_candidates])
    return pairs
