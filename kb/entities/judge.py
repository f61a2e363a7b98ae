"""Two records side by side: what speaks for one party, what against, and what that amounts to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kb.entities.model import Fact, Policy, Record, Standing, Tie
from kb.ids import normalise
from kb.names import MATCH, compare
from kb.names.fold import fold, has_han, words_of

_SIMPLE: Final = re.compile(r"[^0-9A-Z]+")
_MAX_NAMES: Final = 6  # names of one record compared with those of another; lists give some persons a hundred


@dataclass(frozen=True, slots=True)
class Key:
    """A usable identifier in the form in which equal ones are equal.

    Attributes:
        certain: its check digits hold, or its scheme asks for none.
    """

    scheme: str
    value: str
    certain: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record with what every comparison of it needs."""

    record: Record
    keys: frozenset[Key]

    def values(self, scheme: str) -> frozenset[str]:
        """Return its values in one scheme, those known to be wrong left out."""
        return frozenset(key.value for key in self.keys if key.scheme == scheme)


def prepare(record: Record, rules: Policy) -> Prepared:
    """Return a record with its identifiers in comparable form; a USCC also stands for the organisation code in it."""
    found: set[Key] = set()
    for identifier in record.identifiers:
        if identifier.valid is False:
            continue
        value = _SIMPLE.sub("", normalise(identifier.scheme, identifier.value).upper())
        if len(value) < rules.min_identifier or len(set(value)) < 2:  # "00000" is a filler
            continue
        hard = rules.hard.get(identifier.scheme)
        certain = hard is not None and (not hard.valid or identifier.valid is True)
        found.add(Key(identifier.scheme, value, certain))
        if identifier.scheme == "USCC" and identifier.valid is True:
            found.add(Key("CN-ORG", value[8:17], certain=True))
    return Prepared(record, frozenset(found))


def judge(left: Prepared, right: Prepared, rules: Policy, *, keep_apart: bool = False) -> Tie | None:
    """Return the tie of two records, or None when neither a name nor an identifier ties them.

    Args:
        left: one record.
        right: the other.
        rules: what counts.
        keep_apart: return identifiers that differ as a tie "distinct" even where nothing else ties the two.
    """
    if left.record.id > right.record.id:
        left, right = right, left
    one, two = left.record, right.record
    score, left_name, right_name = best_names(one, two)
    shared = _shared(left, right)
    if score < MATCH and not shared and not keep_apart:
        return None
    against = [*_other_identifiers(left, right, rules), *_other_facts(one, two)]
    if score < MATCH and not shared and not any(fact.feature == "identifier" for fact in against):
        return None
    merging = [key for key in shared if _merges(key, one, two, score, rules)]
    apart = one.names and two.names and score < rules.unlike_names and _one_script(left_name, right_name)
    if shared and apart:
        against.append(Fact("names", agrees=False, detail=f"{left_name} ≠ {right_name}"))
    facts = [Fact("identifier", agrees=True, detail=f"{key.scheme} {key.value}") for key in shared]
    facts += _equal_facts(one, two, rules)
    if any(fact.feature == "identifier" for fact in against):
        standing = Standing.CANDIDATE if merging else Standing.DISTINCT
    else:
        standing = Standing.SAME if merging and not against else Standing.CANDIDATE
    return Tie(one.id, two.id, left_name, right_name, round(score, 4), standing, (*facts, *against))


def best_names(one: Record, two: Record) -> tuple[float, str, str]:
    """Return likeness and text of the two names of two records that are most alike."""
    best = (-1.0, "", "")
    kind = "person" if "person" in {one.kind, two.kind} else None
    for left in one.names[:_MAX_NAMES]:
        for right in two.names[:_MAX_NAMES]:
            found = (1.0 if left == right else compare(left, right, kind=kind).score, left, right)  # type: ignore[arg-type]
            if found[0] > best[0]:
                best = found
    return (max(0.0, best[0]), best[1], best[2])


def _shared(left: Prepared, right: Prepared) -> list[Key]:
    theirs = {(key.scheme, key.value): key for key in right.keys}
    found = [
        Key(key.scheme, key.value, key.certain and theirs[key.scheme, key.value].certain)
        for key in left.keys
        if (key.scheme, key.value) in theirs
    ]
    return sorted(found, key=lambda key: (not key.certain, key.scheme, key.value))


def _merges(key: Key, one: Record, two: Record, score: float, rules: Policy) -> bool:
    """Say whether an equal identifier alone makes one party of two records."""
    hard = rules.hard.get(key.scheme)
    if hard is None or not key.certain:
        return False
    if hard.country and not one.countries & two.countries:
        return False
    return score >= hard.names


def _other_identifiers(left: Prepared, right: Prepared, rules: Policy) -> Iterator[Fact]:
    """Yield the identifiers given once of which the two records have different ones."""
    for scheme, hard in sorted(rules.hard.items()):
        ours, theirs = left.values(scheme), right.values(scheme)
        if not ours or not theirs or ours & theirs:
            continue
        if hard.country and not left.record.countries & right.record.countries:
            continue  # numbers of two countries say nothing about each other
        if scheme == "CN-ORG" and left.values("USCC") and right.values("USCC"):
            continue  # said by the USCC already
        yield Fact("identifier", agrees=False, detail=f"{scheme} {min(ours)} ≠ {min(theirs)}")


def _other_facts(one: Record, two: Record) -> Iterator[Fact]:
    if one.kind is not None and two.kind is not None and one.kind != two.kind:
        yield Fact("kind", agrees=False, detail=f"{one.kind} ≠ {two.kind}")
    if one.countries and two.countries and not one.countries & two.countries:
        yield Fact(
            "country", agrees=False, detail=f"{'/'.join(sorted(one.countries))} ≠ {'/'.join(sorted(two.countries))}"
        )
    if one.birth_dates and two.birth_dates and not _same_birth(one, two, digits=4):
        yield Fact("birth_date", agrees=False, detail=f"{min(one.birth_dates)} ≠ {min(two.birth_dates)}")


def _equal_facts(one: Record, two: Record, rules: Policy) -> Iterator[Fact]:
    day = _same_birth(one, two, digits=10)
    if day:
        yield Fact("birth_date", agrees=True, detail=day)
    address = next((a for a in one.addresses for b in two.addresses if _address_likeness(a, b) >= rules.address), None)
    if address is not None and one.countries & two.countries:
        # A country alone is no second fact: a hundred thousand firms share it.
        yield Fact("address", agrees=True, detail=f"{'/'.join(sorted(one.countries & two.countries))}, {address}")


def _same_birth(one: Record, two: Record, *, digits: int) -> str:
    """Return a birth date both have in its first digits (4: the year, 10: the day), "" when there is none."""
    ours = {day[:digits] for day in one.birth_dates if len(day) >= digits}
    return min(ours & {day[:digits] for day in two.birth_dates if len(day) >= digits}, default="")


def _address_likeness(left: str, right: str) -> float:
    ours, theirs = _pieces(left), _pieces(right)
    if len(ours) < 3 or len(theirs) < 3:  # a town alone is no address
        return 0.0
    return len(ours & theirs) / min(len(ours | theirs), max(len(ours), len(theirs)))


def _pieces(address: str) -> frozenset[str]:
    text = address[:500]
    if has_han(text):
        plain = "".join(c for c in text if c.isalnum())
        return frozenset(plain[place : place + 2] for place in range(len(plain) - 1))
    return frozenset(words_of(fold(text)))


def _one_script(left: str, right: str) -> bool:
    return has_han(left) == has_han(right)
