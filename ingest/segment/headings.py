"""Headings: the title a numbered clause carries, and lines that are titles without a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from ingest.lang import grammar

_BLANKS: Final = " \t\n\f\xa0\u3000"
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}|[^\W\d_]")
_TITLE_RATIO: Final = 0.7  # part of the longer words that must begin with a capital
_COUNTED: Final = re.compile(r"\(\d{1,3}\)")  # "three (3)" stands in sentences
_DANGLING: Final = frozenset(("of", "the", "and", "or", "to", "by", "for", "in", "a", "an", "with"))


@dataclass(frozen=True, slots=True)
class _Rules:
    run_in: re.Pattern[str]
    sentence_words: re.Pattern[str]
    not_a_title: re.Pattern[str]
    longest: int
    capitals: re.Pattern[str] | None
    gapped: re.Pattern[str] | None
    small_words: frozenset[str]
    most_words: int


@cache
def _rules(language: str) -> _Rules:
    data = grammar(language, "headings")
    return _Rules(
        run_in=re.compile(data["run_in"]),
        sentence_words=re.compile(data["sentence_words"]),
        not_a_title=re.compile(data["not_a_title"]),
        longest=int(data["longest"]),
        capitals=re.compile(data["capitals"]) if "capitals" in data else None,
        gapped=re.compile(data["gapped"]) if "gapped" in data else None,
        small_words=frozenset(data.get("small_words", ())),
        most_words=int(data.get("most_words", 0)),
    )


def _is_title(rules: _Rules, words_of: str) -> bool:
    """Say whether English words look like a title: capitals, few words, no verb of obligation in lower case."""
    words = _LETTERS.findall(words_of)
    if not words or len(words) > rules.most_words or sum(map(len, words)) < 3:
        return False
    if rules.not_a_title.match(words_of) is not None or _COUNTED.search(words_of) is not None:
        return False
    if words_of.isupper():
        return True
    if words[-1].lower() in _DANGLING:
        return False
    large = [word for word in words if len(word) > 3 and word.lower() not in rules.small_words]
    if not large:
        return words[0][0].isupper() and len(words) <= 3
    capital = sum(word[0].isupper() for word in large)
    if capital < _TITLE_RATIO * len(large):
        # "Governing law" in sentence case is a title when it is short.
        return len(words) <= 4 and words[0][0].isupper() and rules.sentence_words.search(words_of) is None
    lowered = " ".join(word for word in words_of.split() if word.islower())
    return rules.sentence_words.search(lowered) is None


def clean(title: str) -> str:
    """Return a heading without surrounding punctuation and with single blanks."""
    return " ".join(title.split()).strip(' .:：_-–—"“”【】')


def find_heading(
    text: str, position: int, limit: int, language: str, *, anywhere: bool = True
) -> tuple[str | None, int]:
    """Return the heading that follows a clause number and where the clause's body begins.

    Args:
        text: the document's text.
        position: end of the number.
        limit: end of the clause's own text (its first sub-clause, or its end).
        language: "en" or "zh".
        anywhere: accept a title on the next line too (articles and schedules).
    """
    rules = _rules(language)
    start = position
    stop = min(limit, position + 200)
    crossed = 0
    while start < stop and text[start] in _BLANKS:
        crossed += text[start] == "\n"
        start += 1
    if start >= limit or (crossed and not anywhere):
        return None, start if start < limit else position
    newline = text.find("\n", start, limit)
    line_end = newline if newline >= 0 else limit
    if language == "zh":
        return _chinese_heading(rules, text, start, line_end, limit)
    return _english_heading(rules, text, start, line_end, limit)


def _skip(text: str, position: int, limit: int) -> int:
    while position < limit and text[position] in _BLANKS:
        position += 1
    return position


_CLAUSE_SIGNS: Final = re.compile(r"[。；;，,]")
_COLON_INSIDE: Final = re.compile(r"[：:]\s*\S")


def _chinese_heading(rules: _Rules, text: str, start: int, line_end: int, limit: int) -> tuple[str | None, int]:
    line = text[start : min(line_end, start + rules.longest + 1)].strip()
    short = len(clean(line)) > 0 and len(line) <= rules.longest // 2 + 4 and _CLAUSE_SIGNS.search(line) is None
    titled = short and rules.not_a_title.match(line) is None and rules.sentence_words.search(line) is None
    if titled and _COLON_INSIDE.search(line) is None and (line_end < limit or limit - start <= rules.longest):
        return clean(line), _skip(text, line_end, limit)
    match = rules.run_in.match(text, start, line_end)
    if match is not None:
        title = match["bracket"] or match["title"]
        if rules.not_a_title.match(title) is None and (
            match["bracket"] is not None or rules.sentence_words.search(title) is None
        ):
            return clean(title), _skip(text, match.end(), limit)
    return None, start


def _english_heading(rules: _Rules, text: str, start: int, line_end: int, limit: int) -> tuple[str | None, int]:
    line = text[start : min(line_end, start + rules.longest + 1)]
    stripped = line.strip()
    alone = line_end - start <= rules.longest
    if alone and stripped and stripped[-1] not in ";,":
        bare = stripped.rstrip(".: ")
        if ". " not in bare and "   " not in bare and _is_title(rules, bare):
            return clean(stripped), _skip(text, line_end, limit)
    window_end = min(limit, start + rules.longest + 40)
    for pattern in (rules.run_in, rules.capitals, rules.gapped):
        match = pattern.match(text, start, window_end) if pattern is not None else None
        if match is None or not _is_title(rules, " ".join(match["title"].split())):
            continue
        if pattern is rules.capitals and len(clean(match["title"])) < 4:
            continue
        body = match.end()
        return clean(match["title"]), _skip(text, body, limit)
    return None, start


def is_heading_line(line: str, language: str, *, surely: bool = False) -> bool:
    """Say whether a line without a number is a title standing alone.

    Args:
        line: one line, blanks trimmed.
        language: "en" or "zh".
        surely: the layout already says so (a heading block, an underline); then only its form is checked.
    """
    rules = _rules(language)
    if not line or len(line) > rules.longest or line[-1] in ",;，；。":
        return False
    if language == "zh":
        return surely and rules.sentence_words.search(line) is None
    bare = line.rstrip(".: ")
    if not surely and (not bare.isupper() or "   " in bare or line.endswith(".")):
        return False
    return _is_title(rules, bare) and not any(sign.isdigit() for sign in bare)
