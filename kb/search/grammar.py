"""The search language: what a user types, parsed into ``kb.search.query``.

    expression = and { "OR" and }
    and        = not { ["AND"] not }
    not        = ("NOT" | "-") not | ["+"] primary
    primary    = "(" expression ")" | field ":" primary | '"' words '"' | word ["*" | "~" [0-2]]

Words stand together by default (AND). Operators are upper case. A word of several tokens ("28(3)(h)", "non-compete",
"违约金责任") is looked for as it stands, its tokens side by side. There are no regular expressions, no ranges, no
leading wildcards; everything else is punctuation. Limits keep every query cheap before it is run.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, NoReturn

from kb.errors import QueryError
from kb.search.analysis import common_words, tokens
from kb.search.fold import fold
from kb.search.query import And, Everything, Node, Not, Or, Property, Slot, Text

MAX_CHARACTERS: Final = 2_000
MAX_TERMS: Final = 64
MAX_NESTING: Final = 32
MIN_PREFIX: Final = 3
MIN_PREFIX_CJK: Final = 2
MAX_FUZZY: Final = 2
MIN_FUZZY: Final = 4

FIELDS: Final = {
    "type": "type",
    "lang": "language",
    "language": "language",
    "doc": "document",
    "document": "document",
    "title": "title",
    "kind": "kind",
    "clause_type": "clause_type",
    "level": "level",
    "jurisdiction": "jurisdiction",
    "source_kind": "source_kind",
    "status": "status",
    "list": "list",
    "bearer": "bearer",
    "modality": "modality",
    "act": "act",
    "party": "party",
    "event": "event",
    "contract_type": "contract_type",
}
"""Field names of the language and the property each stands for."""

_SPACE = re.compile(r"\s+")
_OPEN, _CLOSE = "(（", ")）"
_QUOTES = {'"': '"＂”“', "＂": '"＂”“', "“": '"＂”“', "”": '"＂”“', "「": "」", "『": "』"}
_FIELD = re.compile(r"([A-Za-z_]{2,20})[:：](?=\S)")
_WORD = re.compile(
    r"""[^\s"＂“”「」『』()（）]+(?:[(（][^\s"＂“”「」『』()（）]{1,40}[)）][^\s"＂“”「」『』()（）]*)*"""
)
_SUFFIX = re.compile(r"(?:(?P<star>\*)|~(?P<fuzzy>\d{0,9}))$")
_OPERATORS: Final = ("AND", "OR", "NOT", "&&", "||")


@dataclass(frozen=True, slots=True)
class _Lexeme:
    kind: str
    value: str
    start: int
    end: int


def _fail(code: str, detail: str, remedy: str, place: int | None = None) -> NoReturn:
    where = "" if place is None else f"character {place + 1} of the query"
    raise QueryError(detail, code=f"query-{code}", place=where, remedy=remedy)


def _lex(query: str) -> list[_Lexeme]:
    found: list[_Lexeme] = []
    at = 0
    while at < len(query):
        if space := _SPACE.match(query, at):
            at = space.end()
        elif query[at] in _OPEN:
            found.append(_Lexeme("open", "(", at, at + 1))
            at += 1
        elif query[at] in _CLOSE:
            found.append(_Lexeme("close", ")", at, at + 1))
            at += 1
        elif query[at] in _QUOTES:
            end = next((i for i in range(at + 1, len(query)) if query[i] in _QUOTES[query[at]]), None)
            if end is None:
                _fail("quote", "A quotation mark is not closed.", "Close it, or leave it out.", at)
            found.append(_Lexeme("phrase", query[at + 1 : end], at, end + 1))
            at = end + 1
        elif query[at] in "」』":
            at += 1
        elif query[at] in "-+" and at + 1 < len(query) and not query[at + 1].isspace():
            found.append(_Lexeme("not" if query[at] == "-" else "plus", query[at], at, at + 1))
            at += 1
        elif name := _FIELD.match(query, at):
            known = name.group(1).lower() in FIELDS
            if known:
                found.append(_Lexeme("field", FIELDS[name.group(1).lower()], at, name.end()))
                at = name.end()
            else:
                at = _lex_word(query, at, found)
        else:
            at = _lex_word(query, at, found)
    return found


def _lex_word(query: str, at: int, found: list[_Lexeme]) -> int:
    match = _WORD.match(query, at)
    if match is None:  # cannot happen: every other first character was taken before
        return at + 1
    word = match.group()
    kind = {"AND": "and", "&&": "and", "OR": "or", "||": "or", "NOT": "not"}.get(word, "word")
    found.append(_Lexeme(kind, word, at, match.end()))
    return match.end()


def parse(query: str) -> Node:
    """Parse a query.

    Args:
        query: what the user typed; empty or blank means every row.

    Raises:
        QueryError: it is too long, not well formed, or asks for something the language refuses.
    """
    if len(query) > MAX_CHARACTERS:
        _fail("too-long", f"The query has {len(query)} characters; {MAX_CHARACTERS} are allowed.", "Shorten it.")
    readable = "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Cn", "Co"} else c for c in query)
    if not readable.strip():
        return Everything()
    node = _Parser(_lex(readable)).whole()
    if node is None:
        _fail("no-words", "The query has no word to look for.", "Use letters, digits or Chinese characters.")
    return node


class _Parser:
    """Recursive descent; a None node stands for punctuation, which asks for nothing."""

    def __init__(self, lexemes: list[_Lexeme]) -> None:
        self._lexemes = lexemes
        self._at = 0
        self._depth = 0
        self._terms = 0

    def _peek(self) -> str | None:
        return self._lexemes[self._at].kind if self._at < len(self._lexemes) else None

    def _take(self) -> _Lexeme:
        lexeme = self._lexemes[self._at]
        self._at += 1
        return lexeme

    def whole(self) -> Node | None:
        node = self._expression(None)
        if self._at < len(self._lexemes):
            place = self._lexemes[self._at].start
            _fail(
                "parenthesis", "A closing parenthesis has no opening one.", 'Remove it, or quote the text ("…").', place
            )
        return node

    def _expression(self, field: str | None) -> Node | None:
        parts = [self._and(field)]
        while self._peek() == "or":
            operator = self._take()
            if self._peek() in {None, "close", "or", "and"}:
                _fail(
                    "operator",
                    "OR has nothing on its right side.",
                    "Add a word, or write it in lower case.",
                    operator.start,
                )
            parts.append(self._and(field))
        kept = [part for part in parts if part is not None]
        if not kept:
            return None
        return kept[0] if len(kept) == 1 else Or(tuple(kept))

    def _and(self, field: str | None) -> Node | None:
        common: list[Node] = []
        bound: list[Node] = []
        first = True
        while (kind := self._peek()) not in {None, "close", "or"}:
            if kind == "and":
                operator = self._take()
                if first or self._peek() in {None, "close", "or", "and"}:
                    _fail(
                        "operator",
                        "AND needs a word on both sides.",
                        "Add one, or write it in lower case.",
                        operator.start,
                    )
                continue
            first = False
            node = self._not(field)
            if node is not None:
                (common if _is_common(node) else bound).append(node)
        if first and self._peek() == "or":
            place = self._lexemes[self._at].start
            _fail("operator", "OR has nothing on its left side.", "Add a word, or write it in lower case.", place)
        # Common words are left out unless there is nothing else that must be found.
        kept = bound if any(not isinstance(node, (Not, Property)) for node in bound) else [*bound, *common]
        if not kept:
            return None
        return kept[0] if len(kept) == 1 else And(tuple(kept))

    def _not(self, field: str | None) -> Node | None:
        negations = 0
        while self._peek() in {"not", "plus"}:
            operator = self._take()
            negations += operator.kind == "not"
            if self._peek() in {None, "close", "or", "and"}:
                _fail(
                    "operator", f"{operator.value} has nothing after it.", "Add what is to be left out.", operator.start
                )
        node = self._primary(field)
        return Not(node) if node is not None and negations % 2 else node

    def _primary(self, field: str | None) -> Node | None:
        lexeme = self._take()
        if lexeme.kind == "open":
            return self._group(field, lexeme)
        if lexeme.kind == "field":
            if self._peek() not in {"word", "phrase", "open"}:
                _fail("field", "A field has no value.", "Write it as field:value without a space.", lexeme.start)
            self._deeper(lexeme)
            node = self._primary(lexeme.value)
            self._depth -= 1
            return node
        self._count(1)
        if field is not None and field != "title":
            value = lexeme.value
            prefix = lexeme.kind == "word" and value.endswith("*")
            return Property(field, fold(value.removesuffix("*") if prefix else value).strip(), prefix)
        return self._text(lexeme, field == "title")

    def _group(self, field: str | None, lexeme: _Lexeme) -> Node | None:
        self._deeper(lexeme)
        if self._peek() == "close":
            self._take()
            self._depth -= 1
            return None
        node = self._expression(field)
        if self._peek() != "close":
            _fail("parenthesis", "A parenthesis is not closed.", 'Close it, or quote the text ("…").', lexeme.start)
        self._take()
        self._depth -= 1
        return node

    def _deeper(self, lexeme: _Lexeme) -> None:
        self._depth += 1
        if self._depth > MAX_NESTING:
            _fail(
                "nesting", f"Parentheses are nested more than {MAX_NESTING} deep.", "Simplify the query.", lexeme.start
            )

    def _count(self, terms: int) -> None:
        self._terms += terms
        if self._terms > MAX_TERMS:
            _fail("too-many-terms", f"The query has more than {MAX_TERMS} words.", "Shorten it.")

    def _text(self, lexeme: _Lexeme, in_title: bool) -> Text | None:
        words, star, fuzzy = lexeme.value, False, 0
        if lexeme.kind == "word" and (suffix := _SUFFIX.search(words)):
            words = words[: suffix.start()]
            star = suffix.group("star") is not None
            fuzzy = 0 if star else int(suffix.group("fuzzy") or 1)
        if lexeme.kind == "word" and "*" in words:
            remedy = "Write a beginning of at least three letters and then *."
            _fail("wildcard", f"{lexeme.value!r}: * may only stand at the end of a word.", remedy, lexeme.start)
        if fuzzy > MAX_FUZZY:
            _fail(
                "fuzzy", f"{lexeme.value!r}: at most {MAX_FUZZY} letters may differ.", "Write ~1 or ~2.", lexeme.start
            )
        slots = _slots(words)
        self._count(max(0, sum(slot.stems for slot in slots) - 1))
        if star:
            slots = _starred(slots, lexeme)
        elif fuzzy:
            slots = _fuzzied(slots, fuzzy, lexeme)
        return Text(slots, lexeme.start, lexeme.end, in_title) if slots else None


def _slots(words: str) -> tuple[Slot, ...]:
    found: list[Slot] = []
    for token in tokens(words):
        if token.run == 1 and found and found[-1].offset == token.position - 1 and not found[-1].stems:
            continue  # the last character of a run is part of the pair before it
        found.append(Slot(token.text, token.position, prefix=token.run == 1, stems=token.run == 0))
    return tuple(found)


def _starred(slots: tuple[Slot, ...], lexeme: _Lexeme) -> tuple[Slot, ...]:
    if not slots:
        _fail(
            "wildcard", f"{lexeme.value!r} has no beginning.", "Leave the query empty to see everything.", lexeme.start
        )
    *front, last = slots
    if not last.stems:
        if len(slots) == 1 and len(last.text) < MIN_PREFIX_CJK:
            _fail("wildcard", f"{lexeme.value!r} is too short.", "Write at least two Chinese characters.", lexeme.start)
        return slots  # a run of Chinese is found inside longer ones anyway
    if len(last.text) < MIN_PREFIX:
        _fail(
            "wildcard",
            f"{lexeme.value!r} is too short.",
            f"Write at least {MIN_PREFIX} letters before *.",
            lexeme.start,
        )
    return (*front, Slot(last.text, last.offset, prefix=True, stems=False))


def _fuzzied(slots: tuple[Slot, ...], fuzzy: int, lexeme: _Lexeme) -> tuple[Slot, ...]:
    if len(slots) != 1 or not slots[0].stems or len(slots[0].text) < MIN_FUZZY:
        remedy = f"Use ~ only after one word of at least {MIN_FUZZY} letters."
        _fail("fuzzy", f"{lexeme.value!r} cannot be searched with differing letters.", remedy, lexeme.start)
    return (Slot(slots[0].text, 0, fuzzy=fuzzy, stems=False),)


def _is_common(node: Node) -> bool:
    return (
        isinstance(node, Text)
        and len(node.slots) == 1
        and not node.slots[0].prefix
        and not node.in_title
        and node.slots[0].text in common_words()
        and node.end - node.start == len(node.slots[0].text)  # unquoted
    )
