"""References of a law to itself: "paragraph (b)(2) of this section", "Articles 15 to 22", "points (a) and (b) of
paragraph 1", "comment 5(b)-5". Each is read against the unit it stands in and against the units the act has.

A reference followed by the name of another act ("section 917 of the Act") points there and is left to
``ingest.citations``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

from ingest.citation_grammar.english_forms import (
    LIST_CAP,
    NUMBER,
    add_inner,
    alternatives,
    continue_number,
    read_list,
    spell_range,
)
from ingest.citation_grammar.gazetteer import load
from kb.law_numbers import base_number, enclosing_number
from kb.model import ActVersion, Citation, Provision

_BRACKET: Final = r"\(\s?[0-9A-Za-z]{1,5}\s?\)"
_BRACKETS: Final = rf"{_BRACKET}(?:\s?{_BRACKET}){{0,7}}"
_JOIN: Final = r"(?:\s?,\s?(?:and|or)\s|\s?,\s?|\s(?:and|or|and/or|to|through)\s|\s?[–—]\s?)"
_LONE: Final = r"(?<!\w)[a-z](?![\w.])(?!\s(?!(?:and|or|to|of|in)\b)[a-z])"
"""A letter alone as a mark ("points a and b"), not the article ("paragraph 5, a member")."""
_RANGE: Final = re.compile(r"\s(?:to|through)\s|[–—]")
_COMMENT: Final = re.compile(
    r"(?P<path>(?:\d{1,4}(?:\.\d{1,3})?[A-Za-z]?|[A-Z])(?:\([0-9A-Za-z]{1,5}\)){0,6})-(?P<cmt>\d{1,3})(?P<deep>(?:\.[ivxlA-Z]{1,5}){0,3})"
)
_AND_COMMENT: Final = re.compile(
    r"(?:,\s?(?:and\s|or\s)?|\s(?:and|or|through)\s)-(?P<cmt>\d{1,3})(?P<deep>(?:\.[ivxlA-Z]{1,5}){0,3})"
)
_AFTER: Final = re.compile(r"-(?P<cmt>\d{1,3})(?P<deep>(?:\.[ivxlA-Z]{1,5}){0,3})(?![\w(])")
"""A comment number behind a section: "§ 1005.32(b)(3)-1"."""
_FORM: Final = re.compile(r"(?P<app>[A-Z])-(?P<number>\d{1,3})(?P<path>(?:\([0-9A-Za-z]{1,5}\)){0,4})")
_LETTER: Final = re.compile(r"(?P<letter>[A-Z]|\d{1,2})(?![\w-])")
_THIS: Final = re.compile(
    r"\s(?:of|in|to)\s(?:this|that)\s(?:section|Article|article|regulation|rule)\b", re.IGNORECASE
)
_FOREIGN_REACH: Final = 160


@cache
def _words() -> dict[str, Any]:
    return load("internal.toml")


@cache
def _opening() -> re.Pattern[str]:
    words = _words()
    groups = "|".join(
        rf"(?P<{kind}>{alternatives(words[kind])})"
        for kind in ("form", "comment", "appendix", "schedule", "annex", "recital", "inner", "base")
    )
    return re.compile(rf"(?<![\w-])(?:{groups})(?![A-Za-z])\s{{0,2}}(?=[(\dA-ZIVX])")


@cache
def _base_list() -> re.Pattern[str]:
    unit = alternatives(_words()["base"])
    item = rf"(?:(?:{unit})\s{{0,2}})?(?:{NUMBER}|{_BRACKETS})"
    return re.compile(rf"{NUMBER}(?:{_JOIN}{item}){{0,{LIST_CAP}}}")


@cache
def _inner_list() -> re.Pattern[str]:
    unit = alternatives(_words()["inner"])
    mark = rf"(?:{_BRACKETS}|\d{{1,3}}[A-Z]?(?![\w.-])(?:{_BRACKETS})?|{_LONE})"
    return re.compile(rf"{mark}(?:{_JOIN}(?:(?:{unit})\s{{0,2}})?{mark}){{0,{LIST_CAP}}}")


@cache
def _mark() -> re.Pattern[str]:
    return re.compile(rf"{_BRACKETS}|\d{{1,3}}[A-Z]?(?:{_BRACKETS})?|{_LONE}")


@cache
def _then_base() -> re.Pattern[str]:
    unit = alternatives([*_words()["base"], *_words()["inner"]])
    inside = r"(?:(?:the\s)?(?:first|second|third|fourth|fifth|last)\s(?:sub-?paragraph|sentence|indent)\s(?:of|in)\s)?"
    return re.compile(rf"\s(?:of|in)\s{inside}(?P<unit>{unit})\s{{0,2}}(?P<number>{NUMBER}|{_BRACKETS})")


@cache
def _foreign() -> re.Pattern[str]:
    return re.compile(_words()["foreign"])


def find_internal(text: str, act: ActVersion) -> tuple[Citation, ...]:
    """Return the references of an act's text to its own units, in order of their start.

    Args:
        text: the text the act's provisions stand in.
        act: the act with its provisions.

    Returns:
        One citation per provision, with ``act`` the act's own id; numbers the act does not have are kept as they are
        read, so that a phantom reference shows.
    """
    return tuple(sorted(_Reader(text, act).read(), key=lambda each: (each.start, each.end)))


class _Reader:
    def __init__(self, text: str, act: ActVersion) -> None:
        self.text, self.act = text, act
        self.numbers = frozenset(each.number for each in act.provisions)
        self.units = sorted(act.provisions, key=lambda each: (each.start, -each.end))
        self.starts = [each.start for each in self.units]
        bases = {base_number(each.number) for each in act.provisions if each.level == "article"}
        self.part = next((each.partition(".")[0] for each in bases if "." in each), None)

    def read(self) -> Iterator[Citation]:
        """Yield every reference; a list is read once, from its first word."""
        position = 0
        titles = frozenset(self.starts)
        for match in _opening().finditer(self.text):
            if match.start() < position or match.start() in titles:  # a unit's own heading is no reference
                continue
            kind = next(name for name, value in match.groupdict().items() if value is not None)
            found = list(getattr(self, f"_{kind}")(match))
            if found:
                position = max(each.end for each in found)
                yield from found

    def _cite(self, number: str, start: int, end: int) -> Citation:
        return Citation(self.text[start:end], start, end, self.act.act, number)

    def _is_foreign(self, end: int) -> bool:
        return _foreign().match(self.text, end, end + _FOREIGN_REACH) is not None

    def _here(self, at: int) -> Provision | None:
        """Return the innermost unit an offset lies in."""
        place = bisect_right(self.starts, at) - 1
        while place >= 0:
            unit = self.units[place]
            if unit.end > at:
                return unit
            if unit.level == "article" and unit.parent is None:
                return None
            place -= 1
        return None

    def _base(self, match: re.Match[str]) -> Iterator[Citation]:
        """Yield base units: all of them numbered like this act's own, and not those of another act."""
        listed = _base_list().match(self.text, match.end())
        if listed is None or self._is_foreign(listed.end()):
            return
        cited = read_list(self.text, match["base"], listed.start(), listed.end())
        own = any(base_number(each.number) in self.numbers for each in cited)
        for index, each in enumerate(cited):
            start = match.start() if index == 0 or each.start == cited[0].start else each.start
            if self.part is not None and not each.number.startswith(f"{self.part}."):
                continue
            if self.part is None and not own:
                continue
            comment = _AFTER.match(self.text, each.end) if self.part is not None else None
            if comment is not None:
                stem = base_number(each.number)
                number = f"{stem}-Interp{each.number[len(stem) :]}{_deep(comment)}"
                yield self._cite(number, start, comment.end())
            else:
                yield self._cite(each.number, start, each.end)

    def _inner(self, match: re.Match[str]) -> Iterator[Citation]:
        """Yield units inside the one that speaks, or inside a base unit named behind them."""
        form = _FORM.match(self.text, match.end())
        if form is not None:
            yield self._cite(self._form_number(form), match.start(), form.end())
            return
        listed = _inner_list().match(self.text, match.end())
        if listed is None:
            return
        outer, end = self._outer(match.start(), listed)
        if outer is None:
            return
        marks: list[tuple[str, int, int, bool]] = []
        previous = listed.start()
        for mark in _mark().finditer(self.text, listed.start(), listed.end()):
            ranged = _RANGE.search(self.text, previous, mark.start()) is not None
            marks.append((mark[0].replace(" ", ""), mark.start(), mark.end(), ranged and bool(marks)))
            previous = mark.end()
        last = ""
        found: list[Citation] = []
        for index, (mark_text, start, stop, ranged) in enumerate(marks):
            number = self._inside(outer, mark_text, last)
            begin = match.start() if index == 0 else start
            until = end if index == len(marks) - 1 else stop
            if ranged:
                begin = found.pop().start
                found.extend(self._cite(spelled, begin, until) for spelled in spell_range(last, number))
            else:
                found.append(self._cite(number, begin, until))
            last = number
        yield from found

    def _outer(self, start: int, listed: re.Match[str]) -> tuple[Sequence[str] | None, int]:
        """Return the units a mark may stand in, nearest first, and where the reference ends."""
        here = self._here(start)
        then = _then_base().match(self.text, listed.end())
        end = listed.end()
        own = here.number.replace("-Interp", "") if here is not None else ""
        base = base_number(own)
        if then is not None:
            number, end = then["number"].replace(" ", ""), then.end()
            if self._is_foreign(end):
                return None, end
            if then["unit"] in _words()["inner"]:
                further = _then_base().match(self.text, end)
                if further is not None and further["unit"] not in _words()["inner"] and "(" not in further["number"]:
                    # "point (a) of paragraph 2 of Article 1"
                    stands = not self._is_foreign(further.end())
                    return ([add_inner(further["number"], number)] if stands else None), further.end()
                return [add_inner(base, number)], end
            following = _then_base().match(self.text, end)
            return [number], following.end() if following is not None else end
        if self._is_foreign(end):
            return None, end
        this = _THIS.match(self.text, end)
        if here is None:
            return None, end
        if this is not None or self.part is not None:
            return [base], end
        chain = [own]
        while (above := enclosing_number(chain[-1])) is not None:
            chain.append(above)
        return chain, end

    def _inside(self, outer: Sequence[str], mark: str, last: str) -> str:
        if last and mark.startswith("("):
            # "(c)(1) and (2)" goes on in the unit it names, "(b) and (c)" beside it
            known = next((each for each in outer if last.startswith(each)), outer[-1])
            return continue_number(f"0{last[len(known) :]}", mark).replace("0", known, 1)
        for each in outer:
            number = add_inner(each, mark)
            if number in self.numbers:
                return number
        return add_inner(outer[-1], mark)

    def _comment(self, match: re.Match[str]) -> Iterator[Citation]:
        if self.part is None:
            return
        start, at = match.start(), match.end()
        while (found := _COMMENT.match(self.text, at)) is not None:
            head, bracket, rest = found["path"].partition("(")
            head = head.removeprefix(f"{self.part}.")
            base = f"{self.part}.{head}" if head[0].isdigit() else f"app{head}"
            stem = f"{base}-Interp{bracket}{rest}"
            yield self._cite(stem + _deep(found), start, found.end())
            at = found.end()
            while (more := _AND_COMMENT.match(self.text, at)) is not None:
                yield self._cite(stem + _deep(more), more.start("cmt") - 1, more.end())
                at = more.end()
            join = re.compile(_JOIN).match(self.text, at)
            if join is None:
                return
            start = at = join.end()

    def _form_number(self, found: re.Match[str]) -> str:
        path = found["path"]
        first = f"app{found['app']}({found['number']}"
        joined = re.sub(r"[()]+", "-", path).strip("-")
        whole = f"{first}-{joined})" if joined else f"{first})"
        return whole if whole in self.numbers or not path else f"{first}){path}"

    def _form(self, match: re.Match[str]) -> Iterator[Citation]:
        start, at = match.start(), match.end()
        last: int | None = None
        app = ""
        while (found := _FORM.match(self.text, at)) is not None:
            number = self._form_number(found)
            ranged = last is not None and _RANGE.search(self.text, at - 9, at) is not None and found["app"] == app
            plain = int(found["number"])
            if ranged and last is not None and last < plain < last + 60:
                for each in range(last + 1, plain):
                    yield self._cite(f"app{app}({each})", start, found.end())
            yield self._cite(number, start, found.end())
            last, app = plain, found["app"]
            join = re.compile(_JOIN).match(self.text, found.end())
            if join is None:
                return
            start = at = join.end()

    def _lettered(self, match: re.Match[str], prefix: str) -> Iterator[Citation]:
        start, at = match.start(), match.end()
        while (found := _LETTER.match(self.text, at)) is not None:
            number = f"{prefix}{found['letter']}"
            if number not in self.numbers or self._is_foreign(found.end()):
                return
            yield self._cite(number, start, found.end())
            join = re.compile(_JOIN).match(self.text, found.end())
            if join is None:
                return
            start = at = join.end()

    def _appendix(self, match: re.Match[str]) -> Iterator[Citation]:
        if _FORM.match(self.text, match.end()) is not None:
            return self._form(match)
        return self._lettered(match, "app")

    def _schedule(self, match: re.Match[str]) -> Iterator[Citation]:
        return self._lettered(match, "sch")

    def _annex(self, match: re.Match[str]) -> Iterator[Citation]:
        return self._lettered(match, "ann")

    def _recital(self, match: re.Match[str]) -> Iterator[Citation]:
        start, at = match.start(), match.end()
        while (found := re.compile(r"\(?(\d{1,3})\)?").match(self.text, at)) is not None:
            number = f"rec{found[1]}"
            if number not in self.numbers or self._is_foreign(found.end()):
                return
            yield self._cite(number, start, found.end())
            join = re.compile(_JOIN).match(self.text, found.end())
            if join is None:
                return
            start = at = join.end()


def _deep(found: re.Match[str]) -> str:
    return f"(cmt{found['cmt']})" + "".join(f"({part})" for part in found["deep"].split(".") if part)
