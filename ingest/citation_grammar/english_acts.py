"""Names of acts in English text: known names, EU numbers, and titles made of capitalised words ("… Act 2014")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from ingest.citation_grammar.english_forms import alternatives, words
from ingest.citation_grammar.gazetteer import Gazetteer
from kb.law_numbers import roman_number

_TITLE_REACH: Final = 140
_TITLE_OF: Final = 2
"""Words behind "Regulation" that show a title: "of Investigatory"."""
_EU: Final = re.compile(
    r"(?P<kind>Regulation|Directive|Decision)s?\s{1,3}"
    r"(?:\((?P<scope>EU|EC|EEC|Euratom|EU,\sEuratom|JHA)\)\s{0,3})?(?:N[or]\.?\s{0,2})?"
    r"(?P<first>\d{1,4})/(?P<second>\d{1,4})(?:/(?P<body>EU|EC|EEC|JHA|Euratom|CFSP)\b)?"
)
_INSTRUMENT: Final = re.compile(
    r"(?P<series>S\.\s?S\.\s?I\.|SSI|S\.\s?I\.|SI)\s{1,2}(?:N(?:o|os|umber|r)\.?\s{0,2})?"
    r"(?:(?P<year>(?:19|20)\d\d)(?:/|\s?,?\s?No\.?\s?)(?P<of_year>\d{1,4})|(?P<number>\d{1,4})(?:/|\sof\s)(?P<irish>(?:19|20)\d\d))(?!\d)"
)
"""British instruments are year/number (SI 2019/419), Irish ones number and year (S.I. No. 336 of 2011)."""
_EU_KINDS: Final = {"Regulation": "reg", "Directive": "dir", "Decision": "dec"}
_KIND_WORD: Final = re.compile(r"(?:Acts?|Regulations|Rules|Ordinance|Law|Code|Statute|Order|Decree)(?![A-Za-z])")
_YEAR: Final = re.compile(r",?\s{1,3}(?:of\s)?(?P<year>(?:1[789]|20)\d\d)(?!\d)")
_CHINA: Final = re.compile(
    r"\s(?:of\s(?:the\s)?(?:People['’]s\sRepublic\sof\sChina|PRC))"
    r"(?:\s(?:on|for|against|Against|Concerning)\s(?:[A-Z][\w'’-]*|of|and|the|for|in|on|to)(?:\s(?:[A-Z][\w'’-]*|of|and|the|for|in|on|to(?=\s[A-Z]))){0,11})?"
)
_STATE: Final = re.compile(r"^(?:United\sStates|U\.\s?S\.|US|UK|U\.K\.|Federal)(?:['’]s?)?\s(?:Federal\s)?")
_TOKEN: Final = re.compile(r"\([A-Z][^()\n]{0,70}\)|[^\s()]+")
_BREAK: Final = re.compile(r"\n\s*\n|[.;:]\s|[\"“”]")


@dataclass(frozen=True, slots=True)
class Mention:
    """An act named in a text; ``needs_provision`` when the words alone are too weak to be a citation."""

    start: int
    end: int
    act: str | None
    needs_provision: bool = False


def boundary_before(text: str, start: int) -> bool:
    """Return whether a word may begin here; Chinese characters are no part of an English word."""
    return start == 0 or not (is_word(text[start - 1]) or text[start - 1] in "-&_")


def is_word(mark: str) -> bool:
    """Return whether a character (or nothing) continues an English word."""
    return mark.isalnum() and mark < "\u2e80"


def find_mentions(text: str, known: Gazetteer, taken: Sequence[tuple[int, int]]) -> list[Mention]:
    """Return the acts named in a text, in order, without overlap; stretches already taken are left out."""
    found = [*_known(text, known), *_european(text), *_instruments(text)]
    found.extend(_titled(text, known))
    found.sort(key=lambda each: (each.start, -each.end))
    kept: list[Mention] = []
    end = -1
    spans = iter(sorted(taken))
    current = next(spans, None)
    for mention in found:
        if mention.start < end:
            continue
        while current is not None and current[1] <= mention.start:
            current = next(spans, None)
        if current is not None and current[0] < mention.end:
            continue
        kept.append(mention)
        end = mention.end
    return kept


def _known(text: str, known: Gazetteer) -> Iterator[Mention]:
    for match in known.english.finditer(text):
        start, end = match.span()
        if not boundary_before(text, start) or is_word(text[end : end + 1]):
            continue
        name = " ".join(match[0].split())
        act = known.act(name)
        if act is None:
            continue
        year = _YEAR.match(text, end)
        if year is not None and not name[-4:].isdigit():
            stated = re.search(r"(\d{4})(?:/\d+)?$", act)
            if act.startswith(("us/act", "gb/", "ie/", "eu/")) and stated is not None and stated[1] != year["year"]:
                continue  # another act of the same name, read as a dated title instead
            end = year.end()
        yield Mention(start, end, act)


def _european(text: str) -> Iterator[Mention]:
    if "/" not in text:
        return
    for match in _EU.finditer(text):
        if not boundary_before(text, match.start()):
            continue
        if match["scope"] is None and match["body"] is None and match["kind"] != "Directive":
            continue
        year = _eu_year(match)
        if year is None:
            continue
        number = match["second"] if year[1] else match["first"]
        yield Mention(match.start(), match.end(), f"eu/{_EU_KINDS[match['kind']]}/{year[0]}/{int(number)}")


def _instruments(text: str) -> Iterator[Mention]:
    if "SI" not in text and "I." not in text:
        return
    for match in _INSTRUMENT.finditer(text):
        if not boundary_before(text, match.start()):
            continue
        if match["irish"] is not None:
            act = f"ie/si/{match['irish']}/{int(match['number'])}"
        else:
            series = "ssi" if match["series"].replace(".", "").replace(" ", "") == "SSI" else "si"
            act = f"gb/{series}/{match['year']}/{int(match['of_year'])}"
        yield Mention(match.start(), match.end(), act)


def _eu_year(match: re.Match[str]) -> tuple[int, bool] | None:
    """Return the year of an EU number and whether it stands first, or None.

    Since 2015 all acts are "(EU) year/number"; before, directives and decisions were year/number/body and regulations
    "No number/year". Source: Interinstitutional style guide, numbering of acts from 1 January 2015.
    """
    first, second = int(match["first"]), int(match["second"])
    order: tuple[tuple[int, bool], ...] = ((first, True), (second, False))
    if match["kind"] == "Regulation" and not (match["scope"] == "EU" and 2015 <= first <= 2100):
        order = order[::-1]
    for value, leads in order:
        if 1950 <= value <= 2100:
            return value, leads
        if 52 <= value <= 99:
            return 1900 + value, leads
    return None


def _titled(text: str, known: Gazetteer) -> Iterator[Mention]:
    """Yield acts named by a title the gazetteer does not hold, as written."""
    last = 0
    for match in _KIND_WORD.finditer(text):
        if not boundary_before(text, match.start()) or match.start() < last:
            continue
        start, opened = _title_start(text, max(last, match.start() - _TITLE_REACH), match.start())
        end = match.end()
        year, china = _YEAR.match(text, end), _CHINA.match(text, end)
        title_words = text[start : match.start()].split()
        if china is not None:
            end, strong = china.end(), True
        elif year is not None:
            end, strong = year.end(), _dated_is_law(match[0], title_words)
        else:
            strong = _undated_is_law(match[0], title_words)
        if not strong or (not title_words and china is None):
            continue
        title = " ".join(text[start:end].split())
        act = known.act(title) or known.act(_STATE.sub("", title))
        yield Mention(
            start, end, act if act is not None else title, needs_provision=opened and year is None and china is None
        )
        last = end


def _dated_is_law(kind: str, title_words: list[str]) -> bool:
    if kind in ("Act", "Acts", "Regulations", "Ordinance", "Statute", "Decree"):
        return True
    if kind == "Order":
        return any(word.startswith("(") for word in title_words)
    return kind in ("Law", "Code") or (kind == "Rules" and "Arbitration" not in title_words)


def _undated_is_law(kind: str, title_words: list[str]) -> bool:
    if kind == "Code":
        return bool(_codes().search(" ".join([*title_words, kind])))
    if kind != "Act":
        return bool(title_words) and title_words[0] == "PRC" and kind in ("Law", "Regulations") and len(title_words) > 1
    return bool(title_words) and not any(word in words()["title"]["undated_stop"] for word in title_words)


@cache
def _codes() -> re.Pattern[str]:
    return re.compile(rf"[A-Z][\w.]+\s(?:{alternatives(words()['title']['codes'])})$")


def _title_start(text: str, floor: int, end: int) -> tuple[int, bool]:
    """Return where the capitalised words before a kind of act begin, and whether the title is one single weak word.

    Walks back over capitalised words, brackets ("(Rights of Third Parties)") and the small words between them, and
    stops at sentence ends, at "Section 5 of the", and at words that open a reference.
    """
    breaks = [
        found.end()
        for found in _BREAK.finditer(text, floor, end)
        if text.count(")", found.end(), end) <= text.count("(", found.end(), end)  # not inside a bracket of the title
    ]
    floor = breaks[-1] if breaks else floor
    tokens = [(found.start(), found[0]) for found in _TOKEN.finditer(text, floor, end)]
    grammar = words()["title"]
    start, count, listed = end, 0, False
    for index in range(len(tokens) - 1, -1, -1):
        position, token = tokens[index]
        bare = token.rstrip(",")
        if token.startswith("(") or bare[:1].isupper():
            if any(mark.isdigit() for mark in bare) or _is_roman(bare):
                break
            if bare in grammar["openers"] and not _opens_title(bare, [token for _, token in tokens[index + 1 :]]):
                break
            if token.endswith(",") and not listed:
                break  # a comma belongs to a title only in a list: "Food, Drug, and Cosmetic Act"
            start, count = position, count + 1
            continue
        if bare not in grammar["connectors"] or token.endswith(",") or start == end:
            break
        listed = listed or bare in ("and", "&")
        before = tokens[index - 1][1] if index else ""
        if bare == "the" and before not in ("of", "for", "in", "on", "against", "to"):
            break
        if bare in ("under", "as", "from", "by", "with", "or") and not (
            before[:1].isupper() and not before.endswith(",")
        ):
            break
        if bare in ("under", "or", "from", "by"):
            break
    if start < end and text[start] == "(":
        following = [position for position, token in tokens if position > start and token[0].isupper()]
        start = following[0] if following else end
    return start, count <= 1


def _opens_title(word: str, following: Sequence[str]) -> bool:
    """Return whether an opener is the first word of a title: "Regulation of Investigatory Powers Act"."""
    if word not in words()["title"]["titled_openers"] or len(following) < _TITLE_OF:
        return False
    return following[0] == "of" and following[1][:1].isupper()


def _is_roman(token: str) -> bool:
    return token.isupper() and len(token) <= 6 and roman_number(token) is not None
