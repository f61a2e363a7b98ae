"""Chinese names taken apart: people into surname and given name, companies into place, distinctive name, trade, form.

Source: 企业名称登记管理规定 (regulation on enterprise name registration) art. 6: a name consists of administrative
division, distinctive name (字号), trade and organisational form. The distinctive name tells companies apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

import opencc

from kb.names import tables
from kb.names.fold import clean

_USUAL: Final = 120  # the list of surnames begins with the most frequent ones
MIN_CORE: Final = 2  # a distinctive name has two characters or more (art. 8 of the regulation)
_PERSON_LENGTHS: Final = range(2, 5)
_SEPARATORS: Final = re.compile(r"[\s\-—_,，.。、'\"“”《》]+")
_BRACKETED: Final = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]{1,20})[)\]】〕]")
_DOTS: Final = re.compile(r"[·・•‧∙]")
_NUMBERED: Final = re.compile(r"第?[一二三四五六七八九十0-9]{1,3}(?=分公司|分行|分店|支行|营业部|工厂|厂)")
_SMALL_PLACE: Final = re.compile(r"[\u4e00-\u9fff]{2,3}(?:市|县|区|镇|州)")


@dataclass(frozen=True, slots=True)
class Company:
    """The parts of a company name in simplified characters; empty parts are not in the name."""

    whole: str
    places: tuple[str, ...]
    core: str
    trades: tuple[str, ...]
    form: str
    group: bool
    branch: str

    @property
    def trade(self) -> str:
        """The trades as written."""
        return "".join(self.trades)


@dataclass(frozen=True, slots=True)
class Person:
    """A person's name: surname and given name when it is built like a Chinese one, else the whole as ``given``."""

    whole: str
    surname: str
    given: str
    parts: tuple[str, ...]
    foreign: bool


@cache
def _converter() -> Any:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=50_000)
def simplified(text: str) -> str:
    """Return a text in NFKC and simplified characters; half characters (lone surrogates) become "?"."""
    return str(_converter().convert(clean(text).encode("utf-8", "replace").decode()))


@cache
def _zh() -> dict[str, Any]:
    return tables.toml("chinese.toml")


@cache
def _forms() -> tuple[tuple[str, str], ...]:
    found = [
        (clean(form), group)
        for group, forms in _zh()["forms"].items()
        if group not in {"institution", "branch"}
        for form in forms
    ]
    return tuple(sorted(found, key=lambda item: -len(item[0])))


@cache
def _trades() -> tuple[str, ...]:
    return tuple(sorted(_zh()["trades"], key=len, reverse=True))


@cache
def places() -> frozenset[str]:
    """Return the names of provinces and cities without their suffix."""
    table = tables.toml("places.toml")
    return frozenset(table["china"]) | frozenset(table["cities"]["names"].split())


@cache
def _suffixes() -> tuple[str, ...]:
    return tuple(tables.toml("places.toml")["cities"]["suffixes"])


@cache
def _surnames() -> tuple[frozenset[str], frozenset[str]]:
    table = _zh()["surnames"]
    return frozenset(table["single"]), frozenset(table["compound"])


@cache
def _usual_surnames() -> frozenset[str]:
    return frozenset(_zh()["surnames"]["single"][:_USUAL])


def without_title(name: str) -> str:
    """Return a person's name without the title behind it ("王建华先生"); other names as they are."""
    single, compound = _surnames()
    if name[:1] in single or name[:2] in compound:
        for title in _titles():
            rest = name[: -len(title)].rstrip() if name.endswith(title) else ""
            if len(rest) in _PERSON_LENGTHS:
                return rest
    return name


@cache
def _titles() -> tuple[str, ...]:
    return tuple(sorted(_zh()["titles"]["words"], key=len, reverse=True))


def is_company(text: str) -> bool:
    """Say whether a Chinese name is built like an organisation's."""
    name = _SEPARATORS.sub("", without_title(simplified(text)))
    if any(name.endswith(form) for form, _ in _forms()) or any(name.endswith(b) for b in _zh()["forms"]["branch"]):
        return True
    if _DOTS.search(name):
        return False
    if len(name) > max(_PERSON_LENGTHS):
        return True
    if len(name) >= 3 and any(name.endswith(ending) for ending in _zh()["forms"]["institution"] if len(ending) >= 2):
        return True
    parts = _SEPARATORS.split(simplified(text).strip())
    if len(parts) > 1:
        return False
    single, compound = _surnames()
    if len(name) == 4:
        # Two surnames in a row (范徐丽泰) are rarer than four-character trade names: only usual surnames count.
        return name[:2] not in compound and not (name[0] in _usual_surnames() and name[1] in _usual_surnames())
    return name[:1] not in single or (len(name) >= 4 and any(name.endswith(trade) for trade in _trades()))


@lru_cache(maxsize=50_000)
def person(text: str) -> Person:
    """Take a person's name apart; given name first is recognised by spaces ("洁 斌 殷")."""
    name = without_title(simplified(text))
    foreign = _DOTS.search(name) is not None
    parts = tuple(p for p in re.split(r"[\s,，·・•‧∙]+", name) if p)
    whole = "".join(parts)
    single, compound = _surnames()
    if foreign or len(whole) > max(_PERSON_LENGTHS) or len(whole) < 2:
        return Person(whole, "", whole, parts, foreign=foreign or len(whole) > max(_PERSON_LENGTHS))
    if len(parts) > 1 and parts[0][:1] not in single and (parts[-1] in single or parts[-1] in compound):
        return Person(parts[-1] + "".join(parts[:-1]), parts[-1], "".join(parts[:-1]), parts, foreign=False)
    size = 2 if whole[:2] in compound and len(whole) > 2 else 1
    return Person(whole, whole[:size], whole[size:], parts, foreign=False)


@lru_cache(maxsize=50_000)
def company(text: str) -> Company:
    """Take a company name apart."""
    name = _SEPARATORS.sub("", simplified(text))
    whole = _DOTS.sub("", name)
    found: list[str] = []
    group = False
    inner = _BRACKETED.findall(whole)
    stripped = whole
    for inside in inner:
        if inside == "集团":  # group
            group = True
        elif _place_of(inside) is not None:
            found.append(_place_of(inside) or inside)
        stripped = stripped.replace(f"({inside})", "", 1)
    stripped = re.sub(r"[()\[\]【】〔〕]", "", stripped)
    stripped, branch = _split_branch(stripped)
    stripped, form = _split_form(stripped)
    if "合伙" in "".join(inner):
        form = form or "partnership"
    if form == "group":
        group, form = True, "limited" if "有限" in whole else ""
    core, heads = _split_places(stripped)
    found = [*heads, *found]
    core, trades = _split_trades(core)
    if "集团" in trades:  # group
        group = True
        trades = [t for t in trades if t != "集团"]
    return Company(whole, tuple(dict.fromkeys(found)), core, tuple(trades), form, group, branch)


def _place_of(text: str) -> str | None:
    if text in places():
        return text
    for suffix in _suffixes():
        if text.endswith(suffix) and text[: -len(suffix)] in places():
            return text[: -len(suffix)]
    return None


def _split_branch(name: str) -> tuple[str, str]:
    for ending in _zh()["forms"]["branch"]:
        if name.endswith(ending) and len(name) > len(ending):
            for form, _ in _forms():
                cut = name.rfind(form, 0, len(name) - len(ending))
                if cut > 0:
                    return name[: cut + len(form)], name[cut + len(form) :]
            # "中国工商银行北京分行": the bank's name ends before the place.
            body = name[: -len(ending)]
            for size in range(min(8, len(body) - MIN_CORE), 1, -1):
                if _place_of(body[-size:]) is not None:
                    return body[:-size], body[-size:] + ending
            return body, ending
    return name, ""


def _split_form(name: str) -> tuple[str, str]:
    for form, group in _forms():
        if name.endswith(form) and len(name) - len(form) >= MIN_CORE:
            return name[: -len(form)], group
    return name, ""


def _split_places(name: str) -> tuple[str, list[str]]:
    found: list[str] = []
    rest = name
    while len(found) < 3:
        for size in range(min(5, len(rest) - MIN_CORE), 1, -1):
            head = rest[:size]
            if head in places():
                after = rest[size:]
                for suffix in _suffixes():
                    if after.startswith(suffix) and len(after) - len(suffix) >= MIN_CORE:
                        after = after[len(suffix) :]
                        break
                found.append(head)
                rest = after
                break
        else:
            small = _SMALL_PLACE.match(rest) if found else None
            if small is not None and len(rest) - small.end() >= MIN_CORE + 2:
                rest = rest[small.end() :]
                continue
            break
    return rest, found


def _split_trades(name: str) -> tuple[str, list[str]]:
    found: list[str] = []
    rest = name
    changed = True
    while changed:
        changed = False
        for trade in _trades():
            if rest.endswith(trade) and len(rest) - len(trade) >= MIN_CORE:
                found.insert(0, trade)
                rest = rest[: -len(trade)]
                changed = True
                break
    return rest, found


def trade_words(trades: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return, for each trade of a name, the English ways to say it."""
    table = _zh()["trades"]
    return [tuple(table.get(trade, ())) for trade in trades]
