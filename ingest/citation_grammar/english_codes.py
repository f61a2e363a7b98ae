"""Citations of codes by volume and number: 15 U.S.C. § 78dd-1, 12 CFR 1005.2(b), Pub. L. 107-204, 124 Stat. 1376."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ingest.citation_grammar.english_forms import CFR_SECTION, CODE_SECTION, read_code_list
from kb.model import Citation

_SECTION_SIGN: Final = r"(?:(?:§{1,2}|[Ss]ec(?:tions?|s?\.))\s{0,3})"
_USC: Final = re.compile(
    rf"(?P<title>\d{{1,2}})\s{{0,3}}(?:U\.?\s?S\.?\s?C(?:ode\b|\.\s?A\b\.?|A\b|\b\.?)|United\sStates\sCode\b)"
    rf"(?:\sAnnotated)?,?\s{{0,3}}{_SECTION_SIGN}?"
)
_CFR: Final = re.compile(
    rf"(?P<title>\d{{1,2}})\s{{0,3}}C\.?\s?F\.?\s?R\b\.?,?\s{{0,3}}(?:{_SECTION_SIGN}|(?P<part>[Pp](?:arts?|t\.))\s{{0,3}})?"
)
_TITLE_USC: Final = re.compile(
    rf"[Tt]itle\s(?P<title>\d{{1,2}})(?:\s?,|\sof(?:\sthe)?)\s{{0,2}}(?:the\s)?(?:U\.?\s?S\.?\s?C(?:ode|\.|\b)|United\sStates\sCode)"
    rf"(?:,?\s{{1,2}}{_SECTION_SIGN})?"
)
_TITLE_CFR: Final = re.compile(
    rf"[Tt]itle\s(?P<title>\d{{1,2}})(?:\s?,|\sof(?:\sthe)?)\s{{0,2}}(?:the\s)?(?:Code\sof\sFederal\sRegulations|C\.?F\.?R\.?)"
    rf"(?:,?\s{{1,2}}(?:{_SECTION_SIGN}|(?P<part>[Pp](?:arts?|t\.))\s{{0,3}}))?"
)
_SECTION_BEFORE: Final = re.compile(rf"{_SECTION_SIGN}(?P<number>{CODE_SECTION})\s(?:of|under)\s(?:the\s)?$")
_SUBPART_AFTER: Final = re.compile(r",?\s{1,2}[Ss]ubpart\s(?P<letter>[A-Z]{1,2})(?![A-Za-z])")
_SUBPART_BEFORE: Final = re.compile(r"(?<![A-Za-z])[Ss]ubpart\s(?P<letter>[A-Z]{1,2})\s(?:of|to|in)\s(?:the\s)?$")
_SUBPART_REACH: Final = 24
_ACQUISITION: Final = re.compile(
    r"(?<![A-Za-z])(?P<book>FAR|DFARS)\s(?:clauses?\s|[Ss]ections?\s|§{1,2}\s?)?(?P<part>\d{1,3})\.\d{3,4}(?:-\d{1,4})?(?:\([a-z0-9]{1,4}\)){0,4}(?![\d.]\d)"
)
"""Acquisition regulations are cited by their own number, which begins with the part of 48 CFR they stand in."""
_SLIP: Final = re.compile(
    r",?\s{1,2}(?:[Tt]itle\s[IVXLC]{1,7},?\s{1,2})?(?:§{1,2}\s?|[Ss]ec(?:tion|\.)\s)(?P<number>\d{1,4}[A-Z]?(?:\([0-9A-Za-z]{1,4}\)){0,5})(?![\w(])"
)
"""The section of a public law, behind its number: "Public Law 111-203, title XIV, § 1400"."""
_TREASURY: Final = re.compile(
    r"Treas(?:ury|\.)\s{0,2}Reg(?:ulations?|s?\.)\s{0,2}(?:§{1,2}|[Ss]ec(?:tions?|\.))?\s{0,2}(?=\d)"
)
_PUBLIC_LAW: Final = re.compile(
    r"Pub(?:lic|\.)\s?L(?:aw|\.)\s?(?:No\.?\s?)?(?P<first>\d{2,3})[-–](?P<second>\d{1,4})(?!\d)"
)
_STATUTES: Final = re.compile(r"(?P<first>\d{1,3})\sStat\.\s(?P<second>\d{1,5})(?!\d)")
_CODE_SECTION: Final = re.compile(CODE_SECTION)
_CFR_SECTION: Final = re.compile(CFR_SECTION)
_ET_SEQ: Final = re.compile(r",?\s{0,2}et\.?\s?seq\b\.?")


def find_codes(text: str) -> list[Citation]:
    """Return the citations that name a code by its volume, in order of their start."""
    found: list[Citation] = []
    if any(mark in text for mark in ("U.S.C", "USC", "U. S. C", "U.S. C", "United States Code", "U.S. Code")):
        for match in _USC.finditer(text):
            found.extend(_sections(text, match, f"us/usc/{match['title']}"))
        for match in _TITLE_USC.finditer(text):
            found.extend(_titled(text, match, f"us/usc/{match['title']}"))
    if any(mark in text for mark in ("CFR", "C.F.R", "C. F. R", "Code of Federal Regulations")):
        for pattern in (_CFR, _TITLE_CFR):
            for match in pattern.finditer(text):
                found.extend(_regulations(text, match))
    if "Treas" in text:
        for match in _TREASURY.finditer(text):
            found.extend(_regulations(text, match, title="26"))
    if "Pub" in text:
        found.extend(_slip_law(text, match) for match in _PUBLIC_LAW.finditer(text))
    if "Stat." in text:
        found.extend(_numbered(match, "us/stat", "/") for match in _STATUTES.finditer(text))
    if "FAR" in text:
        for match in _ACQUISITION.finditer(text):
            number = match[0][match.start("part") - match.start() :]
            found.append(Citation(match[0], match.start(), match.end(), f"us/cfr/48/{match['part']}", number))
    found.sort(key=lambda each: (each.start, -each.end))
    return _without_overlap(found)


def _standing_alone(text: str, start: int) -> bool:
    return start == 0 or not (text[start - 1].isalnum() or text[start - 1] in ".-")


def _sections(text: str, match: re.Match[str], act: str) -> Iterator[Citation]:
    if not _standing_alone(text, match.start()):
        return
    for index, (number, start, end) in enumerate(read_code_list(text, _CODE_SECTION, match.end())):
        begin = match.start() if index == 0 else start
        stop = _after_et_seq(text, end)
        yield Citation(text[begin:stop], begin, stop, act, number)


def _titled(text: str, match: re.Match[str], act: str) -> Iterator[Citation]:
    listed = list(_sections(text, match, act))
    if listed:
        yield from listed
        return
    before = _SECTION_BEFORE.search(text, max(0, match.start() - 60), match.start())
    if before is not None:
        yield Citation(
            text[before.start() : match.end()].rstrip(),
            before.start(),
            before.start() + len(text[before.start() : match.end()].rstrip()),
            act,
            before["number"],
        )
        return
    end = match.start() + len(match[0].rstrip(" ,\n"))
    yield Citation(text[match.start() : end], match.start(), end, act, None)


def _regulations(text: str, match: re.Match[str], title: str | None = None) -> Iterator[Citation]:
    """Yield citations of the Code of Federal Regulations; the part is the act, its sections the provisions."""
    if not _standing_alone(text, match.start()):
        return
    volume = title if title is not None else match["title"]
    for index, (number, start, end) in enumerate(read_code_list(text, _CFR_SECTION, match.end())):
        part, dot, _ = number.partition(".")
        begin = match.start() if index == 0 else start
        stop = _after_et_seq(text, end)
        cited = number if dot else None
        if not dot:
            before = _SUBPART_BEFORE.search(text, max(0, begin - _SUBPART_REACH), begin) if index == 0 else None
            subpart = before or _SUBPART_AFTER.match(text, stop)
            if subpart is not None:
                cited = f"Subpart {subpart['letter']}"
                begin, stop = min(begin, subpart.start("letter") - len("Subpart ")), max(stop, subpart.end("letter"))
        yield Citation(text[begin:stop], begin, stop, f"us/cfr/{volume}/{part}", cited)


def _after_et_seq(text: str, end: int) -> int:
    following = _ET_SEQ.match(text, end)
    return following.end() if following is not None else end


def _numbered(match: re.Match[str], kind: str, joint: str) -> Citation:
    return Citation(match[0], match.start(), match.end(), f"{kind}/{match['first']}{joint}{match['second']}", None)


def _slip_law(text: str, match: re.Match[str]) -> Citation:
    """Return the citation of a public law, with its section where one follows."""
    section = _SLIP.match(text, match.end())
    whole = _numbered(match, "us/pl", "-")
    if section is None:
        return whole
    return replace(whole, text=text[whole.start : section.end()], end=section.end(), provision=section["number"])


def _without_overlap(found: list[Citation]) -> list[Citation]:
    kept: list[Citation] = []
    end = -1
    for each in found:
        if each.start >= end:
            kept.append(each)
            end = each.end
    return kept
