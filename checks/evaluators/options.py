"""Reads the options of named evaluators from rule files."""

from __future__ import annotations

from checks.rule import Patterns, PythonEvaluator
from kb.errors import MissingPartError

NO_PATTERNS = Patterns()


def patterns(rule: PythonEvaluator, name: str) -> Patterns:
    """Return the patterns of an option; none when the option is absent.

    Raises:
        MissingPartError: the option is not a table of patterns by language.
    """
    if name in rule.options and name not in rule.patterns:
        raise MissingPartError(f"option '{name}' of evaluator '{rule.name}' must be patterns by language")
    return rule.patterns.get(name, NO_PATTERNS)


def texts(rule: PythonEvaluator, name: str) -> tuple[str, ...]:
    """Return the texts of a list option; none when it is absent.

    Raises:
        MissingPartError: the option is not a list.
    """
    option = rule.options.get(name, [])
    if not isinstance(option, list):
        raise MissingPartError(f"option '{name}' of evaluator '{rule.name}' must be a list")
    return tuple(str(item) for item in option)


def number(rule: PythonEvaluator, name: str) -> float:
    """Return a number option.

    Raises:
        MissingPartError: it is absent or not a number.
    """
    option = rule.options.get(name)
    if isinstance(option, bool) or not isinstance(option, int | float):
        raise MissingPartError(f"option '{name}' of evaluator '{rule.name}' must be a number")
    return float(option)
