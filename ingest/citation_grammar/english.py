"""Citations of law in English: Article 28(3) of the GDPR, 12 CFR 1005.2(b), s. 228 of the Companies Act 2014.

The name of the act is the anchor: it is found first, then the provisions are read on its left ("Section 10(b) of the
…") and right ("…, s. 228"). References to the text itself ("Section 5 of this Agreement") have no such anchor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ingest.citation_grammar.english_acts import Mention, boundary_before, find_mentions, is_word
from ingest.citation_grammar.english_again import find_again
from ingest.citation_grammar.english_codes import find_codes
from ingest.citation_grammar.english_forms import (
    Cited,
    left_pattern,
    read_list,
    right_pattern,
    with_inner,
    words,
)
from ingest.citation_grammar.gazetteer import Gazetteer, names_pattern
from kb.model import Citation

_LEFT: Final = 220
"""Characters before an act's name in which its provisions are looked for."""
_OWN: Final = re.compile(
    r"\s*(?:of|to|in|under)\s(?:this|that|such|our|your|its|the\s(?:Agreement|Contract|Lease|Plan|Indenture|Policy))\b"
    r"|\s*(?:hereof|hereto|herein|above|below)\b"
)
_NAME_OF_LAW: Final = re.compile(
    r"\b(?:Act|Code|Law|Regulations?|Directive|Rules|Ordinance|Statute|Treaty|Charter)\b"
    r"|^[A-Z][A-Za-z&]{0,2}[A-Z]{1,6}(?:\s(?:19|20)\d\d)?$"
)
"""What a short name of law looks like; other terms defined next to an act ("Indemnified Party") are not its name."""
_BRACKET_REACH: Final = 8
_LEADS_ON: Final = re.compile(r"\s{1,2}(?:(?:of|under|in|to)\s)?(?:the\s)?")
_AFTER_COMMA: Final = re.compile(r"\s*(?:[.,;:)\]]|$|and\b|or\b)")
_DEFINED: Final = re.compile(
    r",?\s{0,3}(?:(?:as\s(?:it\smay\sbe\s)?(?:amended|modified|in\seffect)|each)[^()\"“”\n]{0,80})?"
    r"\(\s?(?:[^()\"“”\n]{0,90}?[\"“](?:the\s)?(?P<term>[A-Z][^\"“”\n]{1,48}?),?[\"”]"
    r"|(?P<bare>[A-Z][A-Za-z&]{0,8}[A-Z](?:\s(?:19|20)\d\d)?)\))"
)
_MEANS: Final = re.compile(
    r"[\"“](?:the\s)?(?P<term>[A-Z][^\"“”\n]{0,40}?(?:Act|Code|Directive|Regulation|[A-Z]{2}|\d{4}))[\"”]"
    r"\s(?:means|refers\sto|is)\s(?:the\s)?$"
)
_MEANS_REACH: Final = 80
_ARTICLED: Final = re.compile(r"\b[Tt]he\s{1,3}$")
_RULES_UNITS: Final = frozenset({"Rule", "Rules", "rule", "rules"})


def find_english(text: str, known: Gazetteer) -> list[Citation]:
    """Return the citations of an English text in order of their start."""
    found: list[Citation] = find_codes(text)
    taken = [(each.start, each.end) for each in found]
    mentions = find_mentions(text, known, taken)
    terms: dict[str, tuple[str, int]] = {}
    previous: Mention | None = None
    for index, mention in enumerate(mentions):
        following = mentions[index + 1].start if index + 1 < len(mentions) else len(text)
        if mention.act in terms and terms[mention.act][1] <= mention.start:  # ("the Construction Act")
            mention = replace(mention, act=terms[mention.act][0])
        cited, end = _cite(text, mention, previous, following, known)
        found.extend(cited)
        defined = _DEFINED.match(text, mention.end)
        before = _MEANS.search(text, max(0, mention.start - _MEANS_REACH), mention.start)
        for match, stop in ((defined, defined.end() if defined is not None else 0), (before, mention.end)):
            name = "" if match is None else (match["term"] or match.groupdict().get("bare") or "").strip()
            if mention.act is not None and _NAME_OF_LAW.search(name) is not None:
                terms.setdefault(name, (mention.act, stop))
        previous = Mention(mention.start, max(end, mention.end), mention.act)
    if terms:
        found.extend(_by_defined_terms(text, terms, found, known))
    found.sort(key=lambda each: (each.start, each.end))
    again = []
    for act, each in find_again(text, found, mentions):
        named, number = _target(Mention(each.start, each.end, act), each, known)
        again.append(Citation(text[each.start : each.end], each.start, each.end, named, number))
    return sorted([*found, *again], key=lambda each: (each.start, each.end)) if again else found


def _cite(
    text: str, mention: Mention, previous: Mention | None, following: int, known: Gazetteer
) -> tuple[list[Citation], int]:
    """Return the citations at one mention and where they end."""
    floor = previous.end if previous is not None else 0
    left = _left(text, mention, max(floor, mention.start - _LEFT))
    if left:
        return list(_with_left(text, mention, left, known)), mention.end
    right = _right(text, mention, following)
    if right:
        return list(_with_right(text, mention, right, known)), right[-1].end
    if mention.needs_provision or _repeats(text, mention, previous):
        return [], mention.end
    return [Citation(text[mention.start : mention.end], mention.start, mention.end, mention.act, None)], mention.end


def _left(text: str, mention: Mention, floor: int) -> list[Cited]:
    match = left_pattern().search(text, floor, mention.start)
    if match is None:
        return []
    cited = read_list(text, match["unit"], match.start("list"), match.end("list"))
    if not cited:
        return []
    opening = cited[0].start
    cited = [replace(each, start=match.start(), own_unit=True) if each.start == opening else each for each in cited]
    if match["deep"] is not None:  # "Schedule 1 para 3(2)", "Article 46(2), points (c) and (d)"
        inside = with_inner(text, replace(cited[-1], end=match.end("deep")), match.start("deep"), match.end("deep"))
        cited[-1:] = inside
    if match["inner"] is None or len(cited) > 1:
        return cited
    return with_inner(text, cited[0], match.start("inner"), match.end("inner"))


def _right(text: str, mention: Mention, following: int) -> list[Cited]:
    """Return the provisions after a mention, without those that lead up to the following one ("…, Art. 28 GDPR")."""
    match = right_pattern().match(text, mention.end, following)
    if match is None or _OWN.match(text, match.end()) is not None:
        return []
    abbreviated = match["unit"].endswith(".") or match["unit"].startswith("§") or match["gap"].isspace()
    abbreviated = abbreviated or match["unit"] in words()["short_units"]  # "Pensions Act 1995, s 91(5)(d) permits …"
    leads = mention.act is not None and mention.act.startswith("eu/") and match["unit"].startswith("Art")
    leads = leads and _ARTICLED.search(text, max(0, mention.start - 8), mention.start) is None
    if not (abbreviated or leads) and match["gap"].strip() == "," and _AFTER_COMMA.match(text, match.end()) is None:
        return []  # "… the GDPR, Section 5 shall apply": the start of another clause; "GDPR, Article 5 …" is one name
    cited = read_list(text, match["unit"], match.start("list"), match.end("list"))
    if following < len(text) and _LEADS_ON.fullmatch(text, match.end(), following) is not None:
        cited = cited[: max(index for index, each in enumerate(cited) if index == 0 or each.own_unit)]
    return cited


def _with_left(text: str, mention: Mention, cited: list[Cited], known: Gazetteer) -> Iterator[Citation]:
    final = max(each.end for each in cited)
    for each in cited:
        end = mention.end if each.end == final else each.end
        act, number = _target(mention, each, known)
        yield Citation(text[each.start : end], each.start, end, act, number)


def _with_right(text: str, mention: Mention, cited: list[Cited], known: Gazetteer) -> Iterator[Citation]:
    opening = cited[0].start
    for each in cited:
        start = mention.start if each.start == opening else each.start
        act, number = _target(mention, each, known)
        yield Citation(text[start : each.end], start, each.end, act, number)


def _target(mention: Mention, cited: Cited, known: Gazetteer) -> tuple[str | None, str]:
    """Return act and number; "Rule 10b-5 under the Exchange Act" stands in the Code of Federal Regulations."""
    act = mention.act
    if act is not None and cited.unit in _RULES_UNITS and act in known.rules:
        title, part = known.rules[act]
        return f"us/cfr/{title}/{part}", f"{part}.{cited.number}"
    if act is not None and cited.unit in _RULES_UNITS and act.startswith("us/cfr/"):
        part_of_rule = act.rpartition("/")[2]
        return act, cited.number if cited.number.startswith(f"{part_of_rule}.") else f"{part_of_rule}.{cited.number}"
    short = words()["numbered_units"].get(cited.unit)
    if short is not None:
        bare = cited.number.strip("()") if cited.number.startswith("(") else cited.number
        return act, f"{short}{bare}"
    named = words()["named_units"].get(cited.unit)
    return act, f"{named} {cited.number}" if named is not None else cited.number


def _repeats(text: str, mention: Mention, previous: Mention | None) -> bool:
    """Return whether the mention only names again, in brackets, the act named just before: "… 2016/679 (GDPR)"."""
    if previous is None or previous.act != mention.act:
        return False
    defined = _DEFINED.match(text, previous.end)
    if defined is not None and mention.end <= defined.end():
        return True
    if mention.start - previous.end > _BRACKET_REACH:
        return False
    return text[previous.end : mention.start].strip(" \n“\"‘'the") in {"(", ""}


def _by_defined_terms(
    text: str, terms: dict[str, tuple[str, int]], found: list[Citation], known: Gazetteer
) -> Iterator[Citation]:
    """Yield citations by a short name the document itself gives an act ("the Act"), after its definition.

    A one-word name counts only with a provision; a longer one also alone.
    """
    taken = sorted((each.start, each.end) for each in found)
    cursor = 0
    for match in names_pattern(terms).finditer(text):
        term = " ".join(match[0].split())
        entry = terms.get(term)
        if entry is None or match.start() < entry[1] or not boundary_before(text, match.start()):
            continue
        if is_word(text[match.end() : match.end() + 1]):
            continue
        while cursor < len(taken) and taken[cursor][1] <= match.start():
            cursor += 1
        if cursor < len(taken) and taken[cursor][0] < match.end():
            continue
        mention = Mention(match.start(), match.end(), entry[0], needs_provision=" " not in term)
        yield from _cite(text, mention, None, len(text), known)[0]
