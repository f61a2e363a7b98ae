"""Acts: from the text of a law to a dated version with numbered provisions, each with its span."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from ingest.law.chinese import read_chinese
from ingest.law.decision import read_decision
from ingest.law.english import read_english
from ingest.law.history import read_date
from ingest.law.lines import read_lines
from ingest.law.structured import read_structured
from kb.errors import RecordError
from kb.model import ActVersion, Document

__all__ = ["read_act"]

_CJK: Final = re.compile(r"[\u3400-\u9fff]")
_NAMED_VERSION: Final = re.compile(r"[(（_](\d{4})-?(\d{2})-?(\d{2})[)）]?(?:\.\w{1,8}){0,2}$")
_SAMPLE: Final = 20_000
_CHINESE_SHARE: Final = 0.2
"""Share of Chinese characters above which a text is read as Chinese; bilingual prints stay above it."""


def read_act(document: Document, *, source_name: str) -> ActVersion:
    """Return the act a document holds, as one dated version with its provisions.

    Args:
        document: the text as its reader gives it; Markdown marks and front matter may still be in it.
        source_name: file name or address; a date in it is kept as ``version_hint`` only, never as a fact.

    Returns:
        The version; dates the text does not state are unknown, and a commencement older than the version is not used.

    Raises:
        RecordError: no numbered provision is found (code ``no-provision``), or a structured source says it is no law
            (code ``not-law``).
    """
    hint = date_in_name(source_name)
    act = read_structured(document, source_name=source_name, hint=hint)
    if act is None:
        act = _read_text(document, hint)
    if act is None or not act.provisions:
        raise RecordError(
            "no numbered provision is found in this text",
            code="no-provision",
            place=source_name,
            remedy="Check that the file holds the text of an act with numbered articles or sections.",
        )
    return act


def _read_text(document: Document, hint: date | None) -> ActVersion | None:
    text = document.text
    lines, front = read_lines(text, document.blocks)
    act: ActVersion | None = None
    if _is_chinese(document):
        act = read_decision(text, lines, hint=hint, stated_title=document.title)
        if act is None:
            act = read_chinese(text, lines, hint=hint, stated_title=document.title)
    if act is None:
        act = read_english(text, lines, front, hint=hint, stated_title=document.title)
    return act


def date_in_name(name: str) -> date | None:
    """Return the date a file name gives its version in brackets at its end ("公司法(2023-12-29).md"), or None.

    A date anywhere else in a name or path is as likely the day of a download and is not used.
    """
    match = _NAMED_VERSION.search(name)
    return read_date(match) if match is not None else None


def _is_chinese(document: Document) -> bool:
    if document.language == "zh":
        return True
    sample = document.text[:_SAMPLE]
    letters = sum(1 for mark in sample if mark.isalnum())
    return letters > 0 and len(_CJK.findall(sample)) / letters >= _CHINESE_SHARE
