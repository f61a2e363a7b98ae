"""The periods of a contract that may be the notice by which a party ends its renewal, described by features."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ingest.roles_context import Context, patterns
from ingest.roles_signals import fired, score_of, title_at
from kb.model import Value, ValueType

NOTICE: Final = "Notice Period to Terminate Renewal"
FEATURES_VERSION: Final = 1
"""Raised whenever features change their meaning: a model trained for other ones must not be loaded."""

SENTENCE: Final = 420  # characters before a period that may belong to its sentence
AFTER: Final = 260
_WIDE: Final = (600, 500)  # characters before and after in which the renewal is spoken of
_NEAR: Final = 6  # words next to the period that count on their own
_MOST: Final = 60  # candidates of one contract; the median contract has 5
_TOKEN: Final = re.compile(r"[A-Za-z]{1,40}|\d{1,9}|[^\w\s]")
_NOTICE_WORDS: Final = re.compile(r"(?i)notice|notif|writing|terminat|renew")
_RENEWAL_WORDS: Final = re.compile(
    r"(?i)renew|exten[ds]|month.to.month|year.to.year|thereafter|successive|continue|prolonged"
)
_RENEWED: Final = re.compile(r"(?i)renew|exten[ds]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A period that may be the notice.

    Attributes:
        score: how surely the rules take it for the notice; None when they do not take it for a notice at all.
        features: names of the features it has.
    """

    value: Value
    score: int | None
    features: tuple[str, ...]


def rule_score(context: Context, value: Value, before: str, after: str) -> int | None:
    """Return how surely a period is the notice that ends a renewal; None when it is no period of notice at all."""
    rules = patterns()["notice_period"]
    if rules["after"].match(after) is None and rules["of"].search(before[-60:]) is None:
        return None
    if rules["notice"].search(before + after) is None or rules["avoid"].search(before + after) is not None:
        return None
    wider = context.text[max(0, value.start - 500) : value.end + 400]
    return score_of("notice_period", before, after) + (2 if rules["renewal"].search(wider) is not None else 0)


def notice_candidates(context: Context, renewal: Value | None) -> list[Candidate]:
    """Return the periods near words of notice and of renewal, in text order.

    Args:
        context: the contract with its values.
        renewal: its term of renewal, where one was found.
    """
    found: list[tuple[Value, int | None, list[str]]] = []
    titles = [clause.start for clause in context.clauses]
    for value in context.values:
        if value.type != ValueType.DURATION or value.value is None or value.value.startswith("PT"):
            continue
        wide = context.text[max(0, value.start - _WIDE[0]) : value.end + _WIDE[1]]
        if _RENEWAL_WORDS.search(wide) is None:
            continue
        before, after = context.before(value, SENTENCE), context.after(value, AFTER)
        if _NOTICE_WORDS.search(before) is None and _NOTICE_WORDS.search(after) is None:
            continue
        score = rule_score(context, value, before, after)
        features = _features(before, after, title_at(context.clauses, titles, value.start), value, renewal)
        features.append(f"score={score}")
        found.append((value, score, features))
        if len(found) == _MOST:
            break
    scores = [-math.inf if score is None else score for _, score, _ in found]
    if scores:
        found[scores.index(max(scores))][2].append("top")
    return [Candidate(value, score, tuple(features)) for value, score, features in found]


def _features(before: str, after: str, title: str, value: Value, renewal: Value | None) -> list[str]:
    left, right = _words(before), _words(after)
    names = [f"signal={number}" for number in fired("notice_period", before, after)]
    names += sorted({f"before:{word}" for word in left})
    names += sorted({f"near-before:{word}" for word in left[-_NEAR:]})
    names += sorted({f"after:{word}" for word in right})
    names += sorted({f"near-after:{word}" for word in right[:_NEAR]})
    names += sorted({f"title:{word}" for word in _words(title)})
    names.append(f"unit={(value.value or '?')[-1]}")
    if _RENEWED.search(before) is not None or _RENEWED.search(after) is not None:
        names.append("renewal-in-sentence")
    if renewal is None:
        names.append("no-renewal")
    else:
        names.append(f"renewal-at={min(5, int(math.log2(1 + abs(renewal.start - value.start) / 50)))}")
    return names


def _words(text: str) -> Sequence[str]:
    return ["#" * min(4, len(word)) if word[0].isdigit() else word.lower() for word in _TOKEN.findall(text)]
