"""Titles of acts: the forms a title takes in citations, reduced to one key, and the ids made from them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_STATE: Final = "中华人民共和国"  # the People's Republic of China, dropped in ids and in most citations
_INNER_OPEN: Final = str.maketrans({"〈": "《", "<": "《", "＜": "《", "〉": "》", ">": "》", "＞": "》"})
_BRACKETS: Final = str.maketrans({"(": "（", ")": "）", "［": "（", "］": "）"})
_WHITESPACE: Final = re.compile(r"\s+")
_CJK: Final = re.compile(r"[\u3400-\u9fff]")
_PUNCTUATION: Final = re.compile(r"[^\w\s]+")
_LEADING_ARTICLE: Final = re.compile(r"^the\s+")
_TRAILING_YEAR_OF: Final = re.compile(r"\bof (\d{4})$")


def is_chinese(text: str) -> bool:
    """Return whether the text holds any Chinese character."""
    return _CJK.search(text) is not None


def chinese_title(title: str) -> str:
    """Return a Chinese title in its canonical short form.

    Drops the outer 《》, all white space and every 中华人民共和国, widens brackets, and turns 〈〉 into 《》, so that
    "《最高人民法院关于适用〈中华人民共和国民法典〉…的解释》" and the heading of the text itself are the same.
    """
    flat = _WHITESPACE.sub("", title).translate(_INNER_OPEN).translate(_BRACKETS)
    if flat.startswith("《") and flat.endswith("》") and flat.find("》") == len(flat) - 1:
        flat = flat[1:-1]
    elif flat.startswith("《") and flat.endswith("》") and flat.count("《") == flat.count("》") > 1:
        inner = flat[1:-1]
        # 《A《B》C》 is one title; 《A》…《B》 is two and stays as it is
        if _balanced(inner):
            flat = inner
    shortened = flat.replace(_STATE, "")
    return shortened or flat


def _balanced(text: str) -> bool:
    depth = 0
    for mark in text:
        depth += (mark == "《") - (mark == "》")
        if depth < 0:
            return False
    return depth == 0


def title_key(title: str) -> str:
    """Return the form under which two spellings of one title are equal.

    Chinese: ``chinese_title`` without its inner 《》. Other languages: NFKC, case-folded, without punctuation, leading
    "the" and the "of" before a final year, so "the Companies Act, 2014" equals "Companies Act of 2014".
    """
    if is_chinese(title):
        return chinese_title(unicodedata.normalize("NFKC", title)).replace("《", "").replace("》", "").casefold()
    flat = unicodedata.normalize("NFKC", title).casefold().replace("’", "'").replace("&", " and ")
    flat = _PUNCTUATION.sub(" ", flat.replace("'", ""))
    flat = _LEADING_ARTICLE.sub("", _WHITESPACE.sub(" ", flat).strip())
    return _TRAILING_YEAR_OF.sub(r"\1", flat)


def chinese_act_id(title: str) -> str:
    """Return the id of a Chinese act: ``cn/公司法``; local rules keep their full title."""
    return f"cn/{chinese_title(title)}"
