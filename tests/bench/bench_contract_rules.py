"""The contract rules on whole contracts of our own: recall and precision of the flags by rule, and of the passes.

Run: ``python -m tests.bench contract_rules`` (or ``python -m tests.bench.bench_contract_rules [--why]``) from the root.
``--why`` prints what was not as expected, except in the held-out contracts. Beside: flagging whatever a rule's patterns
match anywhere in the text, the way a list of regular expressions would.
"""

from __future__ import annotations

import sys

from checks.rule import Rule, load_rules
from tests.bench.bench_rules import plain
from tests.checks.contract_gold import FAMILIES, Miss, Score, judge, load, read


def run(language: str, rules: tuple[Rule, ...], score: Score, held: Score) -> list[Miss]:
    """Judge every contract of a language; return what was not as expected where one may look."""
    misses: list[Miss] = []
    for contract in load(language):
        found = judge(contract, rules, held if contract.held_out else score)
        misses += [] if contract.held_out else found
    return misses


def _percent(share: float | None) -> str:
    return "   –" if share is None else f"{share:4.0%}"


def line(name: str, score: Score, rules: list[str] | None = None) -> str:
    """Return one line of figures."""
    chosen = score.rules() if rules is None else rules
    counts = [sum(count[rule] for rule in chosen) for count in (score.found, score.missed, score.false)]
    shares = (
        ("recall", score.recall(chosen)),
        ("precision", score.precision(chosen)),
        ("passes", score.passing(chosen)),
    )
    figures = " ".join(f"{label} {_percent(share)}" for label, share in shares)
    return f"{name:42} {counts[0]:4} found {counts[1]:3} missed {counts[2]:3} false   {figures}"


def main(why: bool) -> None:
    """Print the figures."""
    rules = tuple(rule for rule in load_rules() if rule.family in FAMILIES)
    for language in ("en", "zh"):
        score, held = Score(), Score()
        misses = run(language, rules, score, held)
        contracts = load(language)
        print(f"{language}: {len(contracts)} contracts, {sum(c.held_out for c in contracts)} of them held out")
        print(line(f"{language} looked at", score))
        print(line(f"{language} held out", held))
        both = Score(
            *(getattr(score, n) + getattr(held, n) for n in ("found", "missed", "false", "passed", "not_passed"))
        )
        for rule in both.rules():
            print(line(f"  {rule}", both, [rule]))
        if language == "en":
            print(f"pattern hits of a plain scan: {plain(rules, [read(contract) for contract in contracts])}")
        for miss in misses if why else ():
            print(f"{miss.contract.id} {miss.rule} {miss.kind.upper()}: {miss.words[:300]}")


if __name__ == "__main__":
    main("--why" in sys.argv[1:])
