"""Scores names of which at least one is Chinese.

Chinese with Chinese is compared by character, never by sound: 李明 and 李鸣 sound alike and are different people.
Chinese with Latin is compared by reading: pinyin, Wade-Giles, Cantonese and Korean spellings, any order and spacing.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

import rjieba
from rapidfuzz.distance import OSA

from kb.names import chinese, romanize, tables
from kb.names.chinese import Company, Person
from kb.names.fold import fold, words_of
from kb.names.parse import ORGANIZATION, PERSON, parse

Feature = tuple[str, float, str]
Verdict = tuple[float, tuple[Feature, ...]]

# What one difference leaves of a company's score; a product above latin.MATCH (0.7) is a match.
PLACE_MISSING: Final = 0.95
PLACE_CONFLICT: Final = 0.55
TRADE_MISSING: Final = 0.92
TRADE_CONFLICT: Final = 0.6
TRADE_IN_ONE_FULL_NAME: Final = 0.66  # a full name with a trade beside one without
FORM_MISSING: Final = 0.97
FORM_CONFLICT: Final = 0.82
GROUP_ONLY_ONE: Final = 0.72
BRANCH_ONLY_ONE: Final = 0.62
BRANCH_CONFLICT: Final = 0.4
SHORTENED: Final = 0.78  # made of the first characters of the long name's parts
LONG_CORE: Final = 5  # transliterated names this long may differ in one character by spelling
ONE_CHARACTER: Final = 0.76
_PERSON_ONE_OFF: Final = 0.4
_SYSTEMS: Final = (
    (romanize.PINYIN, 0.92),
    (romanize.WADE_GILES, 0.88),
    (romanize.CANTONESE, 0.86),
    (romanize.KOREAN, 0.84),
)
_MIXED: Final = 0.76
_MIN_TYPO_LENGTH: Final = 8
_TYPO: Final = 0.74


def compare_chinese(left: str, right: str, kind: str | None) -> Verdict:
    """Compare two names in Chinese characters."""
    organization = kind == ORGANIZATION or (kind is None and (chinese.is_company(left) or chinese.is_company(right)))
    if organization:
        return _companies(chinese.company(left), chinese.company(right))
    return _people(chinese.person(left), chinese.person(right))


def compare_across(han: str, latin: str, kind: str | None) -> Verdict:
    """Compare a name in Chinese characters with one in Latin letters (or a script read into them)."""
    organization = kind == ORGANIZATION or (
        kind is None and (chinese.is_company(han) or parse(latin, ORGANIZATION).marked)
    )
    return _company_across(chinese.company(han), latin) if organization else _person_across(chinese.person(han), latin)


def _people(left: Person, right: Person) -> Verdict:
    if left.whole == right.whole:
        return 1.0, (("characters", 1.0, f"{left.whole} is the same, character by character"),)
    if sorted(left.parts) == sorted(right.parts) and len(left.parts) > 1:
        return 0.97, (("characters", 0.97, "the same parts in another order"),)
    if left.foreign or right.foreign:
        ours, theirs = set(left.parts), set(right.parts)
        longest = max(len(left.whole), len(right.whole))
        distance = OSA.distance(left.whole, right.whole)
        if distance == 1 and longest >= LONG_CORE - 1:
            return ONE_CHARACTER, (
                (
                    "characters",
                    ONE_CHARACTER,
                    f"{left.whole} and {right.whole} differ in one character of a transliteration",
                ),
            )
        if min(len(ours), len(theirs)) >= 2 and (ours <= theirs or theirs <= ours):
            return 0.8, (("characters", 0.8, "all parts of the shorter name are in the longer"),)
        share = 1 - distance / longest
        return 0.65 * share, (("characters", share, f"{distance} of {longest} characters differ"),)
    distance = OSA.distance(left.whole, right.whole)
    share = max(0.0, 1 - distance / max(len(left.whole), len(right.whole)))
    score = min(_PERSON_ONE_OFF, share * 0.6)
    return score, (("characters", score, f"{left.whole} and {right.whole} are written with different characters"),)


def _companies(left: Company, right: Company) -> Verdict:
    if left.whole == right.whole:
        return 1.0, (("characters", 1.0, f"{left.whole} is the same, character by character"),)
    told: list[Feature] = []
    core, detail = _core_score(left, right)
    told.append(("distinctive_name", core, detail))
    score = core
    for name, factor, why in _part_factors(left, right):
        told.append((name, factor, why))
        score *= factor
    if score < SHORTENED:
        short, long = sorted((left, right), key=lambda c: len(c.whole))
        if _is_shortened(short.whole, long) or _is_shortened(short.whole.removesuffix("集团"), long):  # group
            told.append(("short_form", SHORTENED, f"{short.whole} is made of the first characters of {long.whole}"))
            score = max(score, SHORTENED)
    return score, tuple(told)


def _core_score(left: Company, right: Company) -> tuple[float, str]:
    a, b = left.core, right.core
    if a == b:
        return 0.99, f"both are called {a}"
    # A parse may leave a trade in one name's core ("海康威视数字" / "海康威视"); then the rest must be that trade.
    short, long = sorted((a, b), key=len)
    other = left if long == a else right
    if (
        len(short) >= 2
        and long.startswith(short)
        and (long[len(short) :] in _trade_set() or (other.form == "" and other.trade == ""))
    ):
        return 0.8 if long[len(short) :] in _trade_set() else 0.68, f"{short} is the beginning of {long}"
    distance = OSA.distance(a, b)
    longest = max(len(a), len(b), 1)
    if distance == 1 and min(len(a), len(b)) >= LONG_CORE and not _differ_in_kind(a, b):
        return ONE_CHARACTER + 0.05, f"{a} and {b} differ in one character"
    return 0.5 * max(0.0, 1 - distance / longest), f"{a} and {b} are different distinctive names"


def _differ_in_kind(left: str, right: str) -> bool:
    """Say whether what differs is a numeral or a direction, which tell bodies of one sort apart (第二, 第三)."""
    differ = {c for pair in zip(left, right, strict=False) if pair[0] != pair[1] for c in pair}
    telling = frozenset(tables.toml("chinese.toml")["counted"]["characters"])
    return len(left) == len(right) and differ <= telling


def _trade_set() -> frozenset[str]:
    return frozenset(tables.toml("chinese.toml")["trades"])


def _part_factors(left: Company, right: Company) -> list[Feature]:
    found: list[Feature] = []
    a, b = set(left.places), set(right.places)
    if a != b:
        if not a or not b or a <= b or b <= a:
            found.append(("place", PLACE_MISSING, f"place {_or(b - a or a - b)} on one side only"))
        else:
            found.append(("place", PLACE_CONFLICT, f"{_or(a)} and {_or(b)} are different places"))
    if left.trade != right.trade:
        if not left.trade or not right.trade:
            # Two registered names in full are two companies when one of them says a trade; short forms leave it out.
            full = left.form and right.form and not (left.group or right.group)
            factor = TRADE_IN_ONE_FULL_NAME if full else TRADE_MISSING
            found.append(("trade", factor, f"trade {left.trade or right.trade} on one side only"))
        else:
            found.append(("trade", TRADE_CONFLICT, f"{left.trade} and {right.trade} are different trades"))
    if left.branch != right.branch:
        alone = not left.branch or not right.branch
        found.append(
            ("branch", BRANCH_ONLY_ONE if alone else BRANCH_CONFLICT, f"{left.branch or right.branch} is a branch")
        )
    short = not (left.form and right.form)
    if left.group != right.group and not short:
        found.append(("group", GROUP_ONLY_ONE, "only one of them is a group's (集团) parent"))
    if left.form != right.form:
        plain = short or "company" in {left.form, right.form}
        found.append(
            (
                "legal_form",
                FORM_MISSING if plain else FORM_CONFLICT,
                f"legal forms {left.form or 'none'} and {right.form or 'none'}",
            )
        )
    return found


def _or(values: set[str]) -> str:
    return "/".join(sorted(values))


def _is_shortened(short: str, long: Company) -> bool:
    """Say whether a short form takes the first character of parts of a long name, in order (中石化 ...)."""
    if not 2 <= len(short) <= 5 or len(long.whole) < 2 * len(short) or chinese.company(short).form:
        return False
    body = "".join(long.places) + long.core + long.trade
    if not body.startswith(short[0]):
        return False
    heads = [_telling_characters(word) for word in rjieba.cut(body) if word]
    position = 0
    used = 0
    for character in short:
        while position < len(heads) and character not in heads[position]:
            position += 1
        if position == len(heads):
            return False
        used += 1
        position += 1
    return used >= 3 or (used == 2 and len(heads) == 2)


def _telling_characters(word: str) -> str:
    """Return the characters a short form may take from a word: the first, the number of "第三", the 局 of "工程局"."""
    if word[0] == "第" and len(word) > 1:  # ordinal
        return word[1]
    return word[0] + (word[-1] if word[-1] in _BODIES else "")


_BODIES: Final = "局院所厂行"  # bureau, academy, institute, factory, bank


def _person_across(name: Person, latin: str) -> Verdict:
    words = words_of(fold(latin))
    if not words:
        return 0.0, ()
    family, comma, _ = fold(latin).partition(",")
    if comma and name.surname:  # "HUA, Shi Yu" says which part is the surname
        spelled = "".join(words_of(family))
        if all(spelled not in romanize.surname_spellings(name.surname, system) for system, _ in _SYSTEMS):
            return 0.0, (("surname", 0.0, f"{name.surname} is not written {family.strip()}"),)
    best, told = _spelled_like(name, words)
    if best < _MIXED:
        words = [word.text for word in parse(latin, PERSON).words]  # without titles
        best, told = _spelled_like(name, words)
    if best < _MIXED and len(words) > 2:
        for drop in range(len(words)):  # a Western given name beside the Chinese one: "David Chan Tai Man"
            if romanize.split_syllables(words[drop]) is not None:
                continue
            score, detail = _spelled_like(name, words[:drop] + words[drop + 1 :])
            if score * 0.93 > best:
                best, told = score * 0.93, f"{detail}, without {words[drop]}"
    return best, (("reading", best, told or f"{name.whole} is not read {latin}"),)


def _spelled_like(name: Person, words: list[str]) -> tuple[float, str]:
    joined = "".join(words)
    best, told = 0.0, ""
    if not name.surname:
        reading = romanize.plain_pinyin(name.whole)
        return (0.85, f"{name.whole} is read {reading}") if reading == joined else (0.0, "")
    for system, worth in _SYSTEMS:
        surnames = romanize.surname_spellings(name.surname, system)
        givens = romanize.given_spellings(name.given, system)
        for surname in surnames:
            for given in givens:
                if joined in (surname + given, given + surname) and (
                    surname in words or given in words or len(words) == 1
                ):
                    if worth > best:
                        best, told = worth, f"{name.whole} is written {surname} {given} in {system}"
                elif (
                    best < _TYPO
                    and system == romanize.PINYIN
                    and surname in words
                    and _one_letter(joined, surname, given)
                ):
                    best, told = _TYPO, f"{name.whole} is written {surname} {given} in {system}, one letter differs"
        if best >= worth:
            break
    if best < _MIXED:
        mixed = _mixed_systems(name, words)
        if mixed:
            best, told = _MIXED, f"{name.whole} may be written {mixed}"
    return best, told


def _one_letter(joined: str, surname: str, given: str) -> bool:
    if len(joined) < _MIN_TYPO_LENGTH:
        return False
    cut = romanize.split_syllables(joined)
    if cut is not None and all(part in romanize.syllables() for part in cut):
        return False  # well-formed pinyin is another name, not a slip
    return min(OSA.distance(joined, surname + given), OSA.distance(joined, given + surname)) == 1


def _mixed_systems(name: Person, words: list[str]) -> str:
    joined = "".join(words)
    every = [system for system, _ in _SYSTEMS]
    for one in every:
        for surname in romanize.surname_spellings(name.surname, one):
            if surname not in words:
                continue
            for other in every:
                for given in romanize.given_spellings(name.given, other):
                    if joined in (surname + given, given + surname):
                        return f"{surname} {given}"
    return ""


@lru_cache(maxsize=20_000)
def _place_words(place: str) -> tuple[tuple[str, ...], ...]:
    table = tables.toml("places.toml")
    spelled = [*table["cities"]["spelled"].get(place, ()), table["china"].get(place, ""), romanize.plain_pinyin(place)]
    return tuple(tuple(s.split()) for s in dict.fromkeys(spelled) if s)


@cache
def _latin_places() -> frozenset[str]:
    """Return how provinces and cities of China are written in Latin letters, those written as one word."""
    return frozenset(spelled[0] for place in chinese.places() for spelled in _place_words(place) if len(spelled) == 1)


def _company_across(name: Company, latin: str) -> Verdict:
    parsed = parse(latin, ORGANIZATION)
    words = [w.text for w in parsed.words if w.role != "particle"]
    raw = {code: code for code in parsed.countries}
    told: list[Feature] = []
    factor = 1.0
    for place in name.places:
        taken = _take(words, _place_words(place)) or _take_country(words, place, raw)
        if not taken:
            other = next((word for word in words if word in _latin_places() and word != name.core), None)
            worth = PLACE_MISSING if other is None else PLACE_CONFLICT
            factor *= worth
            told.append(("place", worth, f"{place} is not in {latin}" + ("" if other is None else f", {other} is")))
    missing = 0
    for trade, options in zip(name.trades, chinese.trade_words(name.trades), strict=True):
        if not _take(words, tuple(tuple(o.replace("-", " ").split()) for o in options)):
            missing += 1
            told.append(
                ("trade", TRADE_MISSING, f"{trade} ({options[0] if options else 'no translation'}) is not in {latin}")
            )
    if name.group:
        _take(words, (("group",),))
    core_words = [w for w in words if w not in raw and w not in {"group", "holding", "holdings", "company", "co"}]
    core, detail = _core_across(name.core, core_words, words)
    told.insert(0, ("distinctive_name", core, detail))
    extra_places = [code for code in raw if code in words]
    if extra_places:
        factor *= PLACE_MISSING
        told.append(("place", PLACE_MISSING, f"{', '.join(extra_places)} is named on one side only"))
    if missing:
        factor *= (
            TRADE_MISSING if core >= 0.9 and not parsed_trades_left(core_words, name.core) else TRADE_CONFLICT + 0.1
        )
    if name.branch:
        factor *= BRANCH_ONLY_ONE
        told.append(("branch", BRANCH_ONLY_ONE, f"{name.branch} is a branch"))
    return core * factor, tuple(told)


def parsed_trades_left(words: list[str], core: str) -> bool:
    """Say whether Latin words beyond the reading of the distinctive name are left, so that trades contradict."""
    return len("".join(words)) > len(romanize.plain_pinyin(core)) + 2


def _take(words: list[str], options: tuple[tuple[str, ...], ...]) -> bool:
    """Remove one of several phrases from a list of words; say whether one was there."""
    for option in sorted(options, key=len, reverse=True):
        kept = [w for w in option if w != "and"]
        if kept and all(w in words for w in kept):
            for word in kept:
                words.remove(word)
            return True
    return False


_COUNTRY_OF: Final = {
    "中国": "cn",
    "中华": "cn",
    "香港": "hk",
    "澳门": "mo",
    "台湾": "tw",
}  # China, Hong Kong, Macau, Taiwan


def _take_country(words: list[str], place: str, codes: dict[str, str]) -> bool:
    code = _COUNTRY_OF.get(place)
    if code is not None and code in codes and code in words:
        words.remove(code)
        return True
    return False


def _core_across(core: str, words: list[str], every: list[str]) -> tuple[float, str]:
    joined = "".join(words)
    if not joined:
        joined = "".join(every)
    readings = dict.fromkeys((romanize.plain_pinyin(core), *_readings(core)))
    best, told = 0.0, f"{core} is not read {joined}"
    for reading in readings:
        if not reading:
            continue
        if reading == joined:
            return 0.93, f"{core} is read {reading}"
        if words and reading in words:
            share = len(reading) / len(joined)
            score = 0.62 + 0.3 * share
        else:
            score = 0.93 * max(0.0, 1 - 2 * OSA.distance(reading, joined) / max(len(reading), len(joined)))
        if score > best:
            best, told = score, f"{core} is read {reading}, the name says {joined}"
    return best, told


@lru_cache(maxsize=20_000)
def _readings(core: str) -> tuple[str, ...]:
    return (
        *romanize.given_spellings(core, romanize.PINYIN)[:8],
        *romanize.given_spellings(core, romanize.CANTONESE)[:8],
        *romanize.given_spellings(core, romanize.WADE_GILES)[:4],
    )
