"""Entity resolution of 20,000 partners: time, what is merged and proposed, precision and recall beside naive merging.

Run: ``python -m tests.bench entities [--partners N]``. Figures are printed, not asserted.

The set is made here, with known truth. Three registers hold overlapping parts of the same firms, each record changed as
registers change them (legal form written otherwise, a letter missing, identifier missing or mistyped). Hard cases are
made on purpose: firms that share a name and have other numbers or none, near names, people with the same name, a number
copied onto the wrong row, a register number used by two courts. "Naive" merges equal folded names, which is what a
spreadsheet does.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Iterable

from kb.entities import Record, Standing, Tie, find_ties, resolve
from kb.model import Identifier
from kb.names.fold import fold

Pair = tuple[str, str]
_FRONT = (
    "North",
    "East",
    "Stone",
    "Silver",
    "Green",
    "High",
    "Black",
    "Clear",
    "Iron",
    "Gold",
    "Winter",
    "Fair",
    "Deep",
)
_BACK = ("wind", "field", "brook", "gate", "bridge", "haven", "wood", "crest", "ford", "mere", "point", "dale")
_CORES = tuple(front + back for front in _FRONT for back in _BACK)
_TRADES = (
    "Metals",
    "Foods",
    "Logistics",
    "Textiles",
    "Chemicals",
    "Software",
    "Timber",
    "Optics",
    "Electric",
    "Marine",
)
_FORMS = {"GB": ("Ltd", "Limited"), "US": ("Inc.", "Incorporated"), "DE": ("GmbH", "GmbH")}
_PLACES = ["杭州", "宁波", "苏州", "上海", "深圳", "青岛", "成都", "武汉"]  # cities
_TRADES_ZH = ["科技", "贸易", "机械", "电子", "材料", "化工", "物流"]  # lines of business
_HAN = "远山海岳平江澜沂青川正恒华盛金源瑞丰天成博宇弘毅嘉禾永泰鼎新"  # characters names of firms are made of
_SURNAMES, _GIVEN = "王李张刘陈杨赵黄", "伟芳娜敏静丽强磊军洋"  # common surnames, given names


def lei(number: int) -> str:
    """Return a valid LEI."""
    body = f"5299{number:014d}"
    return f"{body}{98 - int(f'{body}00') % 97:02d}"


def uscc(number: int) -> str:
    """Return a valid unified social credit code."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    organisation = f"{number:08d}"
    total = sum(int(c) * w for c, w in zip(organisation, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    body = f"91330100{organisation}{'0123456789X0'[11 - total % 11]}"
    check = -sum(alphabet.index(c) * pow(3, n, 31) for n, c in enumerate(body)) % 31
    return body + alphabet[check]


def typo(name: str, rng: random.Random) -> str:
    place = rng.randrange(1, max(2, len(name) - 1))
    return name[:place] + name[place + 1 :]


class World:
    """Firms and people with the records registers hold of them."""

    def __init__(self, partners: int, seed: int) -> None:
        self.rng = random.Random(seed)
        self.records: list[Record] = []
        self.truth: dict[str, int] = {}
        self._next = 0
        while len(self.records) < partners:
            kind = self.rng.random()
            if kind < 0.45:
                self._firm(self._english(), ["GB", "GB", "US", "DE"][self.rng.randrange(4)])
            elif kind < 0.85:
                self._firm(self._chinese(), "CN")
            elif kind < 0.93:
                self._namesakes()
            else:
                self._person()

    def _english(self) -> str:
        # Few words, so that different firms often share most of their name.
        cores = self.rng.sample(_CORES, 2)
        suffix = self.rng.choice(["", "", " Group", " International", f" {self.rng.randrange(2, 40)}"])
        return f"{cores[0]} {cores[1]} {self.rng.choice(_TRADES)}{suffix}"

    def _chinese(self) -> str:
        core = "".join(self.rng.choice(_HAN) for _ in range(self.rng.choice([2, 2, 3])))
        return f"{self.rng.choice(_PLACES)}{core}{self.rng.choice(_TRADES_ZH)}有限公司"  # … Co., Ltd.

    def _add(self, register: str, truth: int, name: str, country: str | None, **more: object) -> None:
        key = f"{register}/{len(self.records)}"
        identifiers = tuple(more.pop("identifiers", ()))  # type: ignore[arg-type]
        address = more.pop("address", None)
        self.truth[key] = truth
        self.records.append(
            Record(
                id=key,
                names=(name,),
                countries=frozenset({country} if country else ()),
                identifiers=identifiers,
                addresses=(str(address),) if address else (),
                **more,  # type: ignore[arg-type]
            )
        )

    def _firm(self, name: str, country: str) -> None:
        self._next += 1
        number = self._next
        scheme = "USCC" if country == "CN" else "LEI"
        code = Identifier(scheme, uscc(number) if country == "CN" else lei(number), True)
        street = f"{number % 900 + 1} {self.rng.choice(_CORES)} Road, Town {number % 70}"
        for register in self.rng.sample(("erp", "crm", "gleif"), self.rng.choice([1, 1, 2, 2, 3])):
            written = name
            if country != "CN":
                written = f"{name} {self.rng.choice(_FORMS[country])}"
            if self.rng.random() < 0.1:
                written = typo(written, self.rng)
            have = self.rng.random()
            found: tuple[Identifier, ...] = (code,) if have < 0.7 else ()
            if have > 0.95:  # a number that fails its check digits says nothing
                found = (Identifier(scheme, f"{code.value[:-1]}{'0' if code.value[-1] != '0' else '1'}", False),)
            address = street if self.rng.random() < 0.6 else None
            self._add(register, number, written, country, identifiers=found, address=address, kind="organization")
        if self.rng.random() < 0.01:  # the number of this firm copied onto the row of another
            self._next += 1
            other = self._chinese() if country == "CN" else f"{self._english()} {_FORMS[country][0]}"
            self._add("erp", self._next, other, country, identifiers=(code,), kind="organization")

    def _namesakes(self) -> None:
        """Firms of one name: other numbers, other places, or nothing known; a register number of two courts."""
        name = f"{self._english()} GmbH"
        for number in range(self.rng.randrange(2, 4)):
            self._next += 1
            chance = self.rng.random()
            found: tuple[Identifier, ...] = ()
            if chance < 0.6:
                found = (Identifier("LEI", lei(self._next), True),)
            elif chance < 0.8:
                found = (Identifier("registration", f"HRB {1000 + number}", None),)
            self._add("crm", self._next, name, "DE", identifiers=found, kind="organization")
        self._next += 1
        copied = (Identifier("registration", "HRB 1000", None),)
        self._add("erp", self._next, f"{self._english()} AG", "DE", identifiers=copied, kind="organization")

    def _person(self) -> None:
        self._next += 1
        rng = self.rng
        name = rng.choice(_SURNAMES) + "".join(rng.choice(_GIVEN) for _ in range(rng.choice([1, 2])))
        born = f"{rng.randrange(1950, 2000)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
        for register in rng.sample(("erp", "crm", "gleif"), rng.choice([1, 1, 2])):
            self._add(
                register, self._next, name, "CN", kind="person", birth_dates=(born,) if rng.random() < 0.7 else ()
            )

    def pairs(self) -> set[Pair]:
        """Return every pair of records of one party."""
        groups: dict[int, list[str]] = defaultdict(list)
        for key, truth in self.truth.items():
            groups[truth].append(key)
        return {pair for group in groups.values() for pair in _pairs(group)}


def _pairs(group: Iterable[str]) -> set[Pair]:
    members = sorted(group)
    return {(left, right) for n, left in enumerate(members) for right in members[n + 1 :]}


def naive(records: Iterable[Record]) -> set[Pair]:
    """Merge records of equal folded names."""
    groups: dict[str, list[str]] = defaultdict(list)
    for record in records:
        groups[fold(record.names[0])].append(record.id)
    return {pair for group in groups.values() for pair in _pairs(group)}


def figures(title: str, found: set[Pair], true: set[Pair]) -> None:
    """Print precision and recall of pairs."""
    right = len(found & true)
    precision, recall = right / max(1, len(found)), right / max(1, len(true))
    wrong = len(found) - right
    print(f"{title:<34} {len(found):>8} pairs  precision {precision:.4f}  recall {recall:.4f}  wrong {wrong}")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--partners", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    world = World(options.partners, options.seed)
    true = world.pairs()
    print(f"{len(world.records)} records, {len(set(world.truth.values()))} parties, {len(true)} true pairs")
    start = time.process_time()
    ties = find_ties(world.records)
    tied = time.process_time() - start
    start = time.process_time()
    entities = resolve(ties, [])
    resolved = time.process_time() - start
    print(f"ties {tied:.1f} s, {len(world.records) / tied:.0f} records/s; parties {resolved:.2f} s (processor time)")
    merged = {pair for group in entities.members.values() for pair in _pairs(group)}
    figures("merged without a person", merged, true)
    figures("naive: equal folded names", naive(world.records), true)
    backed = {t.pair for t in ties if t.standing is Standing.CANDIDATE and t.has_second_fact and not t.contradicted}
    shown = {t.pair for t in ties if t.standing is not Standing.DISTINCT}
    figures("merged, or proposed with a fact", merged | backed, true)
    figures("merged, or proposed at all", merged | shown, true)
    hard = same_name_other_number(world.records, ties)
    print(f"same name, different identifiers: {len(hard)} pairs, {len(hard & merged)} merged")


def same_name_other_number(records: Iterable[Record], ties: Iterable[Tie]) -> set[Pair]:
    """Return the pairs with equal names and different identifiers that are given once."""
    names = {record.id: fold(record.names[0]) for record in records}
    return {t.pair for t in ties if t.standing is Standing.DISTINCT and names[t.left] == names[t.right]}


if __name__ == "__main__":
    main()
