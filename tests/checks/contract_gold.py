"""Whole contracts of our own with what a reviewer expects of every contract rule, and the score of the rules on them.

A file of ``tests/gold/contracts_en`` and ``contracts_zh`` holds one contract: ``text``, the ``name`` it is read under,
``pass`` (rules that must say "pass") and ``flag`` (rule -> words that the evidence of its flags must hold). Whatever
rule of the families is not named under ``flag`` must not flag: the expectations were written before any rule was run.
Every third contract is held out: nobody looks at it when a rule is changed, only at its score.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from checks.context import CheckContext
from checks.engine import check
from checks.finding import Finding, Outcome
from checks.rule import Rule
from ingest.extract import annotate
from ingest.readers import read_document
from kb.contract import ContractFacts
from kb.model import Kind

GOLD = Path(__file__).parents[1] / "gold"
FAMILIES = frozenset({"clause", "document", "missing"})
DAY = date(2026, 1, 1)
HELD_OUT = 3
"""Every so-manieth contract, in the order of their names, is held out."""


@dataclass(frozen=True, slots=True)
class GoldContract:
    """One contract with its expectations."""

    id: str
    language: str
    held_out: bool
    name: str
    text: str
    flags: dict[str, tuple[str, ...]]
    passes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """One expectation that was not met: "missed", "false alarm" or "not a pass"."""

    contract: GoldContract
    rule: str
    kind: str
    words: str


@dataclass(slots=True)
class Score:
    """Counts by rule: flags found, missed and false; passes expected and given."""

    found: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    not_passed: Counter[str] = field(default_factory=Counter)

    def rules(self) -> list[str]:
        """Return every rule that was expected or seen."""
        counts = (self.found, self.missed, self.false, self.passed, self.not_passed)
        return sorted({rule for count in counts for rule in count})

    def recall(self, rules: Iterable[str] | None = None) -> float | None:
        """Return the share of expected flags that were given; None where none was expected."""
        return _share(_sum(self.found, rules), _sum(self.missed, rules))

    def precision(self, rules: Iterable[str] | None = None) -> float | None:
        """Return the share of flags that were expected; None where none was given."""
        return _share(_sum(self.found, rules), _sum(self.false, rules))

    def passing(self, rules: Iterable[str] | None = None) -> float | None:
        """Return the share of expected passes that were given; None where none was expected."""
        return _share(_sum(self.passed, rules), _sum(self.not_passed, rules))


def _sum(counts: Counter[str], rules: Iterable[str] | None) -> int:
    return sum(counts.values()) if rules is None else sum(counts[rule] for rule in rules)


def _share(good: int, bad: int) -> float | None:
    return good / (good + bad) if good + bad else None


def load(language: str) -> list[GoldContract]:
    """Return the contracts of a language, in the order of their names."""
    contracts = []
    for number, path in enumerate(sorted((GOLD / f"contracts_{language}").glob("*.toml")), 1):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        flags = {rule: tuple(words) for rule, words in data["flag"].items()}
        text = data["text"].lstrip("\n")
        contracts.append(
            GoldContract(path.stem, language, number % HELD_OUT == 0, data["name"], text, flags, tuple(data["pass"]))
        )
    return contracts


def read(contract: GoldContract) -> ContractFacts:
    """Return a contract as the pipeline reads it."""
    document = read_document(contract.text.encode(), contract.name, kind=Kind.CONTRACT)
    found = annotate(document, name=contract.name, kind=Kind.CONTRACT)
    return ContractFacts.from_annotations(f"{contract.language}-{contract.id}", contract.name, document, found)


def judge(contract: GoldContract, rules: Iterable[Rule], score: Score) -> list[Miss]:
    """Run the rules on a contract, add to the score, and return what was not as expected."""
    wanted = [rule for rule in rules if rule.family in FAMILIES]
    findings = check(wanted, CheckContext(as_of=DAY, contracts=(read(contract),)))
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    misses = []
    for rule in sorted({*by_rule, *contract.flags, *contract.passes}):
        given = by_rule.get(rule, [])
        flagged = [f for f in given if f.outcome is Outcome.FLAG]
        expected = contract.flags.get(rule, ())
        for words in expected:
            if any(_covers(f, words) for f in flagged):
                score.found[rule] += 1
            else:
                score.missed[rule] += 1
                misses.append(Miss(contract, rule, "missed", f"{words} | {_said(given)}"))
        for finding in flagged:
            if not any(_covers(finding, words) for words in expected):
                score.false[rule] += 1
                misses.append(Miss(contract, rule, "false alarm", _quotes(finding)))
        if rule in contract.passes:
            if given and all(f.outcome is Outcome.PASS for f in given):
                score.passed[rule] += 1
            else:
                score.not_passed[rule] += 1
                misses.append(Miss(contract, rule, "not a pass", _said(given)))
    return misses


def _covers(finding: Finding, words: str) -> bool:
    plain = _plain(words)
    return any(plain in _plain(evidence.quote) for evidence in finding.evidence)


def _plain(words: str) -> str:
    return "".join(words.split()).replace("*", "").lstrip("#").casefold()


def _quotes(finding: Finding) -> str:
    return " … ".join(" ".join(evidence.quote.split()) for evidence in finding.evidence)


def _said(given: Iterable[Finding]) -> str:
    return "; ".join(f"{f.outcome.value} {f.reason or _quotes(f)}" for f in given) or "nothing"
