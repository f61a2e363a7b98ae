"""Citations of law in Chinese: 《民法典》第五百八十五条第一款第（二）项, 民法典第585条, 本法第十条至第十五条.

A reference inside the contract itself (本合同第五条) is not a citation, nor is 前款 (the preceding paragraph)
without an act. An item cited without its paragraph stands in the first one: 第X条第（二）项 is ``X(1)(2)``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any, Final

import opencc

from ingest.citation_grammar.gazetteer import Gazetteer, load, names_pattern
from kb.law_numbers import ZH_NUMERAL, chinese_number
from kb.law_titles import title_key
from kb.model import Citation

_N: Final = rf"(?:[{ZH_NUMERAL}]{{1,9}}|[0-9０-９]{{1,4}})"
_S: Final = r"[^\S\n]{0,2}"
_TITLE: Final = re.compile(r"《((?:[^《》\n]|《[^《》\n]{1,80}》){2,120})》")
_ARTICLE: Final = re.compile(rf"第{_S}(?P<number>{_N}){_S}条(?:之(?P<sub>{_N}))?")
_OPEN_ARTICLE: Final = re.compile(rf"第{_S}(?P<number>{_N})(?=(?:至|到|—|－|-|~|～|、|和)第?{_N}条)")
_BARE_ARTICLE: Final = re.compile(rf"(?P<number>{_N}){_S}条")
_OPEN_PARAGRAPH: Final = re.compile(rf"{_S}第(?P<number>{_N})(?=(?:至|到|、|和|及|或)第?{_N}款)")
_BARE_PARAGRAPH: Final = re.compile(rf"(?P<number>{_N}){_S}款")
_PARAGRAPH: Final = re.compile(rf"{_S}第{_S}(?P<number>{_N}){_S}款")
_ITEM: Final = re.compile(rf"{_S}第?{_S}[（(]?{_S}(?P<number>{_N}){_S}[）)]?{_S}项")
_OPEN_ITEM: Final = re.compile(rf"{_S}第?[（(](?P<number>{_N})[）)](?=(?:、|和|及|或|至|到)第?[（(]{_N}[）)])")
_SUB_ITEM: Final = re.compile(rf"{_S}第{_S}(?P<number>{_N}){_S}目")
_DEPTHS: Final = ((1, _PARAGRAPH), (1, _OPEN_PARAGRAPH), (2, _ITEM), (2, _OPEN_ITEM), (3, _SUB_ITEM))
_JOIN: Final = re.compile(r"(?P<range>至|到|—|－|-|~|～)|、|以及|和|及|与|或者|或")
_DIVISION: Final = re.compile(
    rf"的?(?:{_S}(?:第{_N}(?:分编|编|章|节)|[\u4e00-\u9fff]{{1,6}}编(?:通则)?)){{0,4}}的?{_S}(?:之)?{_S}"
)
_BRACKET: Final = re.compile(
    rf"{_S}[（(\[〔](?P<inside>[^（）()\[\]〔〕\n]{{0,40}}(?:[〔\[（(][^（）()\[\]〔〕\n]{{1,20}}[〕\]）)][^（）()\[\]〔〕\n]{{0,40}})?)[）)\]〕]"
)
_ALIAS: Final = re.compile(
    r"(?:以下|下文|下)?(?:简称|称|统称)(?:为)?[“\"‘']?(?P<name>《[^《》\n]{1,40}》|[^“”\"‘’'，。；（）()\n]{2,40})"
)
_RANGE_CAP: Final = 60
"""Provisions a range is spelled out to; a longer one is cited by its ends."""
_LIST_CAP: Final = 200
_SAME_REACH: Final = 600
"""Characters behind a citation within which 该法 (that law) still means its act."""
_NEAR: Final = 60
"""Likewise for 其中 (of which), which means whatever was named last."""
_SHORTEST_UNQUOTED: Final = 3
_WORD: Final = re.compile(r"[\u4e00-\u9fff]")


@cache
def _grammar() -> dict[str, Any]:
    return load("zh.toml")


@cache
def _qualifier() -> re.Pattern[str]:
    return re.compile(_grammar()["title"]["qualifier"])


@cache
def _self() -> re.Pattern[str]:
    return names_pattern(_grammar()["self"])


@cache
def _same() -> re.Pattern[str]:
    return names_pattern(_grammar()["same"])


@cache
def _within() -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, _grammar()["within"]), key=len, reverse=True))
    return re.compile(rf"(?:{words})(?=第)")


@cache
def _year_of_title() -> re.Pattern[str]:
    return re.compile(_grammar()["title"]["dated"])


@cache
def _document_number() -> re.Pattern[str]:
    """Return the pattern of 法释〔2020〕17号 (an interpretation) and 国务院令第588号 (a decree)."""
    series, decrees = (names_pattern(_grammar()["numbers"][kind]).pattern for kind in ("series", "decrees"))
    return re.compile(
        rf"(?:(?P<series>{series}){_S}[〔\[（(]{_S}(?P<year>\d{{4}}){_S}[〕\]）)]{_S}第?"
        rf"|(?P<decree>{decrees}){_S}(?:[〔\[（(]\d{{4}}[〕\]）)]{_S})?第{_S})(?P<number>{_N}){_S}号"
    )


def document_number(text: str) -> str | None:
    """Return the number of an official document in one form, "法释〔2020〕17号", or None when the text holds none."""
    match = _document_number().search(text)
    return None if match is None else _number_of(match)


def _number_of(match: re.Match[str]) -> str:
    number = chinese_number(match["number"])
    if match["series"] is not None:
        return f"{match['series']}〔{match['year']}〕{number}号"
    return f"{match['decree']}第{number}号"


@dataclass(slots=True)
class _Names:
    """What the document itself says an act is called: 以下简称《公司法》."""

    by_key: dict[str, str] = field(default_factory=dict)
    unquoted: set[str] = field(default_factory=set)
    numbers: dict[str, str] = field(default_factory=dict)

    def remember(self, aliases: list[str], act: str) -> None:
        """Keep the short names given to an act; only one that reads like law is looked for without 《》."""
        endings = (*_grammar()["title"]["strong"], *_grammar()["title"]["weak"])
        for alias in aliases:
            self.by_key.setdefault(title_key(alias), act)
            if len(alias) >= _SHORTEST_UNQUOTED and alias.endswith(endings) and alias not in _grammar()["self"]:
                self.unquoted.add(alias)


@dataclass(frozen=True, slots=True)
class Point:
    """One cited provision with the span of its own words."""

    number: str
    start: int
    end: int


def find_chinese(text: str, known: Gazetteer) -> list[Citation]:
    """Return the citations of a Chinese text in order of their start; words and titles are given as written.

    Text in traditional script is read character by character in simplified script, so that every offset stays.
    """
    if not any(mark in text for mark in _grammar()["traditional"]):
        return _find(text, known)
    plain = simplified(text)
    written = {
        simple[1]: original
        for simple in _TITLE.finditer(plain)
        if (original := text[simple.start(1) : simple.end(1)]) != simple[1]
    }
    return [
        replace(each, text=text[each.start : each.end], act=written.get(each.act or "", each.act))
        for each in _find(plain, known)
    ]


@lru_cache(maxsize=4096)
def _simple(mark: str) -> str:
    plain: str = _simplifier().convert(mark)
    return plain if len(plain) == 1 else mark


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def simplified(text: str) -> str:
    """Return a text in simplified script, each character for itself, so that its length stays."""
    return text.translate({ord(mark): _simple(mark) for mark in set(text) if mark >= "\u3400"})


def _find(text: str, known: Gazetteer) -> list[Citation]:
    names = _Names()
    found: list[Citation] = []
    taken: list[tuple[int, int]] = []
    last = 0
    for title in _TITLE.finditer(text):
        if title.start() < last:
            continue
        words = title[1]
        undated = _year_of_title().sub("", words)
        act = known.act(words) or names.by_key.get(title_key(words)) or known.act(undated)
        after, aliases = _skip_brackets(text, title.end())
        points, end = _points(text, after)
        if act is None and not _is_law(words, bool(points)):
            last = title.end()
            continue
        names.remember(aliases, act or words)
        number = document_number(text[title.end() : after]) if after > title.end() else None
        if number is not None:
            names.numbers.setdefault(number, act or words)
        last = max(end, after if points else title.end(), after)
        taken.append((title.start(), last))
        note = _version_note(words[len(undated) :] + text[title.end() : after])
        found.extend(_citations(text, act or words, title.start(), title.end(), points, note))
    found.extend(_numbered(text, names, taken))
    found.extend(_unquoted(text, known, names, taken))
    found.sort(key=lambda each: (each.start, each.end))
    again = list(_same_act(text, found))
    return sorted([*found, *again], key=lambda each: (each.start, each.end)) if again else found


def _numbered(text: str, names: _Names, taken: list[tuple[int, int]]) -> Iterator[Citation]:
    """Yield citations by the number of a document alone; a number that stood beside a title means that title."""
    if "号" not in text:
        return
    ends = sorted(taken)
    for match in _document_number().finditer(text):
        place = bisect_right(ends, (match.start(), len(text))) - 1
        if place >= 0 and ends[place][1] > match.start():
            continue
        number = _number_of(match)
        points, stop = _points(text, match.end())
        taken.append((match.start(), max(stop, match.end())))
        yield from _citations(text, names.numbers.get(number, number), match.start(), match.end(), points, "")


def _same_act(text: str, found: list[Citation]) -> Iterator[Citation]:
    """Yield citations of the act cited last before, by 该法 (that law) or 同法 (the same law) with a provision."""
    named = [each for each in found if each.act is not None]
    starts = [each.start for each in named]
    for match in sorted([*_same().finditer(text), *_within().finditer(text)], key=lambda each: each.start()):
        place = bisect_right(starts, match.start()) - 1
        if place < 0 or match.start() - named[place].end > _SAME_REACH or named[place].end > match.start():
            continue
        if match[0] in _grammar()["within"] and not _is_near(text[named[place].end : match.start()]):
            continue
        points, _ = _points(text, match.end())
        if points:
            yield from _citations(text, named[place].act, match.start(), match.end(), points, "")


def _is_near(between: str) -> bool:
    """Return whether 其中 still means the act: in the same sentence, and no paper of the parties between."""
    if len(between) > _NEAR or any(mark in between for mark in "。；\n"):
        return False
    return not any(word in between for word in _grammar()["papers"])


def _unquoted(text: str, known: Gazetteer, names: _Names, taken: list[tuple[int, int]]) -> Iterator[Citation]:
    """Yield citations by a known short name without 《》, and a law's references to itself."""
    searches = [(known.chinese, True)]
    if names.unquoted:
        searches.append((names_pattern(names.unquoted), True))
    if "本" in text:
        searches.append((_self(), False))
    done: set[int] = set()
    borders = iter(sorted(taken))
    spans = [(match.start(), match.end(), is_name) for pattern, is_name in searches for match in pattern.finditer(text)]
    current = next(borders, None)
    last = 0
    for start, end, is_name in sorted(spans, key=lambda each: (each[0], -each[1])):
        while current is not None and current[1] <= start:
            current = next(borders, None)
        if start < last or start in done or (current is not None and current[0] <= start):
            continue
        words = text[start:end]
        after, _ = _skip_brackets(text, end)
        points, stop = _points(text, after)
        if is_name:
            if not _stands_alone(text, start, end, bool(points)) or (not points and words.isascii()):
                continue
            act = known.act(words) or names.by_key.get(title_key(words))
        else:
            if not points:
                continue
            act = known.by_key.get(title_key(words))
        done.add(start)
        last = max(stop, end)
        yield from _citations(text, act, start, end, points, _version_note(text[end:after]))


def _stands_alone(text: str, start: int, end: int, pointed: bool) -> bool:
    """Return whether an unquoted name is a name here and not a piece of another word."""
    rules = _grammar()["unquoted"]
    if not pointed and text[end : end + 1] in rules["blocked_after"] and text[end : end + 1]:
        return False
    before = text[max(0, start - 8) : start].removesuffix("中华人民共和国")
    if any(before.endswith(word) for word in rules["blocked_before"]):
        return False
    # 《…公司法…》: inside a longer title that was not taken for law
    opened = text.rfind("《", max(0, start - 80), start)
    return opened < 0 or text.find("》", opened, start) >= 0


def _is_law(words: str, pointed: bool) -> bool:
    """Return whether a title the grammar does not know is the title of law."""
    rules = _grammar()["title"]
    core = _qualifier().sub("", words.replace("(", "（").replace(")", "）").replace(" ", ""))
    if not core or not _WORD.search(core):
        return False
    private = any(word in core for word in rules["private"])
    official = any(word in core for word in rules["authority"])
    if core.endswith(tuple(rules["weak"])):
        return official or (not private and (pointed or len(core) >= 6))
    if core.endswith(tuple(rules["papers"])):
        return official or (core.startswith("关于") and not private)
    if core.endswith(tuple(rules["strong"])):
        return not private and not core.endswith(tuple(rules["methods"]))
    return pointed and official and not private


def _skip_brackets(text: str, at: int) -> tuple[int, list[str]]:
    """Return where the text goes on after up to three brackets, and the short names they give (以下简称《公司法》)."""
    aliases: list[str] = []
    for _ in range(3):
        bracket = _BRACKET.match(text, at)
        if bracket is None or chinese_number(bracket["inside"]) is not None:
            break
        alias = _ALIAS.search(bracket["inside"])
        if alias is not None:
            aliases.append(alias["name"].strip("《》“”\"' "))
        at = bracket.end()
    return at, aliases


def _version_note(between: str) -> str:
    year = re.search(r"(\d{4})\s?年?\s?(?:第?[一二三四五六七八九十]{0,2}次?)?(?:修正|修订|版|施行|实施)", between[:120])
    return f"the text names the {year[1]} version" if year is not None else ""


def _points(text: str, at: int) -> tuple[list[Point], int]:
    """Return the provisions cited from a place on, and where the citation ends."""
    division = _DIVISION.match(text, at)
    begin = division.end() if division is not None else at
    first = _ARTICLE.match(text, begin) or _OPEN_ARTICLE.match(text, begin)
    return ([], at) if first is None else read_points(text, begin, [])


def read_points(text: str, begin: int, inside: list[str]) -> tuple[list[Point], int]:
    """Return the provisions of a list from a place on, and where it ends.

    Lists and ranges go on in the unit they name: 第十条第一款、第三款 is 10(1) and 10(3).

    Args:
        text: the text.
        begin: where the first provision begins.
        inside: parts of the provision the list begins in (article, paragraph, item), so that it may begin with 第一款.
    """
    points: list[Point] = []
    parts = list(inside)  # article, paragraph, item, sub-item of the provision last cited
    at = begin
    position, ranged, end = begin, False, at
    while len(points) < _LIST_CAP:
        read = _provision(text, position, parts)
        if read is None:
            break
        new_parts, stop = read
        if ranged and points:
            _fill_range(points, parts, new_parts, stop)
        else:
            points.append(Point(_canonical(new_parts), position, stop))
        parts, end = new_parts, stop
        join = _JOIN.match(text, stop)
        if join is None:
            break
        ranged, position = join["range"] is not None, join.end()
    return points, end


def _provision(text: str, at: int, previous: list[str]) -> tuple[list[str], int] | None:
    """Return the parts of one provision and its end; what it leaves out comes from the one before it."""
    article = _ARTICLE.match(text, at) or _OPEN_ARTICLE.match(text, at)
    if article is None and previous:
        bare = _BARE_ARTICLE.match(text, at)  # 第十至十五条
        if bare is not None:
            value = chinese_number(bare["number"])
            return None if value is None else _inside(text, bare.end(), [str(value)])
    if article is not None:
        value = chinese_number(article["number"])
        sub = article.groupdict().get("sub")
        suffix = chinese_number(sub) if sub else None
        if value is None or (sub and suffix is None):
            return None
        return _inside(text, article.end(), [f"{value}-{suffix}" if suffix is not None else str(value)])
    if not previous:
        return None
    for depth, pattern in ((1, _BARE_PARAGRAPH), *_DEPTHS):
        match = pattern.match(text, at)
        if match is not None and len(previous) > depth:
            value = chinese_number(match["number"])
            return None if value is None else _inside(text, match.end(), [*previous[:depth], str(value)])
    return None


def _inside(text: str, at: int, parts: list[str]) -> tuple[list[str], int]:
    """Return the parts with the paragraph, item and sub-item that follow, and the end."""
    for depth, pattern in _DEPTHS:
        if len(parts) > depth:
            continue
        match = pattern.match(text, at)
        value = chinese_number(match["number"]) if match is not None else None
        if match is None or value is None:
            continue
        if depth == 3 and len(parts) < 3:
            break
        while len(parts) < depth:
            parts = [*parts, "1"]  # an item without its paragraph stands in the first
        parts, at = [*parts, str(value)], match.end()
    return parts, at


def _canonical(parts: list[str]) -> str:
    return parts[0] + "".join(f"({part})" for part in parts[1:])


def _fill_range(points: list[Point], first: list[str], last: list[str], end: int) -> None:
    """Turn the last point into a range: every provision in it carries the span of the whole range."""
    start = points.pop().start
    whole = [_canonical(first), _canonical(last)]
    if len(first) == len(last) and first[:-1] == last[:-1] and first[-1].isdigit() and last[-1].isdigit():
        low, high = int(first[-1]), int(last[-1])
        if low <= high < low + _RANGE_CAP:
            whole = [_canonical([*first[:-1], str(value)]) for value in range(low, high + 1)]
    points.extend(Point(number, start, end) for number in whole)


def _citations(text: str, act: str | None, start: int, end: int, points: list[Point], note: str) -> Iterator[Citation]:
    """Yield one citation per provision; the first carries the act's own words in its span."""
    if not points:
        yield Citation(text[start:end], start, end, act, None, note=note)
        return
    opening = points[0].start
    for point in points:
        begin = start if point.start == opening else point.start
        yield Citation(text[begin : point.end], begin, point.end, act, point.number, note=note)
