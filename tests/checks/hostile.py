"""Runs every pattern of every rule over texts made to hurt it; started by test_rules in a process of its own."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from checks.literals import required_words
from checks.rule import Patterns, PythonEvaluator, Rule, load_rules

GENERIC = {
    "en": ("a", " ", "\n", "(", "[ ", "_", "A ", "1.", "the ", "Section 1 ", '"A" ', "not be liable "),
    "zh": ("甲", " ", "\n", "第一条", "（", "_", "1", "一", "甲方", "不得", "人民法院"),
}


def patterns_of(rule: Rule) -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Yield (field, language, pattern) of everything a rule searches with."""
    evaluate = rule.evaluate
    tables = {name: value for name, value in evaluate if isinstance(value, Patterns)}
    if isinstance(evaluate, PythonEvaluator):
        tables |= evaluate.patterns
    for name, table in tables.items():
        for language in table.languages:
            for pattern in table.compiled(language):
                yield name, language, pattern


def hostile(pattern: re.Pattern[str], language: str, length: int) -> Iterator[str]:
    """Yield texts that make a careless pattern slow: its own words over and over, and a tenth as long the generic ones.

    The words of a pattern start its matches again and again without ever finishing one, which is what hurts.
    """
    words = required_words(pattern)
    latin = " ".join(re.findall(r"[A-Za-z]{2,}", re.sub(r"\\[a-zA-Z]", " ", pattern.pattern))[:40])
    han = "".join(re.findall(r"[\u4e00-\u9fff]+", pattern.pattern))[:200]
    for unit, size in (
        (f"{' '.join(words)} ", length),
        (f"{latin} 30 " if language == "en" else han, length),
        *((unit, length // 10) for unit in (*GENERIC[language], *words[:6])),
    ):
        if unit:
            yield (unit * (size // len(unit) + 1))[:size]


def main(length: int) -> int:
    """Run all; return how many patterns were run."""
    count = 0
    for rule in load_rules():
        for _, language, pattern in patterns_of(rule):
            count += 1
            for text in hostile(pattern, language, length):
                for _match in pattern.finditer(text):
                    pass
    return count


if __name__ == "__main__":
    print(main(int(sys.argv[1])))
