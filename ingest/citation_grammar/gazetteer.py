"""The acts the citation grammar knows by name, and names found fast in running text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from kb.errors import MissingPartError
from kb.law_titles import is_chinese, title_key

_ABBREVIATION: Final = re.compile(r"[A-Z][A-Za-z0-9]{1,7}$")
"""English short names that Chinese texts cite with 第…条: GDPR第28条."""
_NAME_LIMIT: Final = 120
"""Characters of the longest name looked for in running text."""


def load(name: str) -> dict[str, Any]:
    """Return one data file of the citation grammar.

    Raises:
        MissingPartError: the file is absent or not TOML.
    """
    try:
        return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise MissingPartError(
            f"the citation grammar {name!r} cannot be read: {error}", remedy="Reinstall duegraph."
        ) from error


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names of acts.

    Attributes:
        by_key: ``title_key`` of a name to the act's id.
        rules: act id to the (title, part) of the CFR where "Rule N under the act" stands.
        chinese: finds the names to look for in Chinese running text, without brackets.
        english: finds the names to look for in English running text.
    """

    by_key: Mapping[str, str]
    rules: Mapping[str, tuple[int, int]]
    chinese: re.Pattern[str]
    english: re.Pattern[str]

    def act(self, title: str) -> str | None:
        """Return the id of the act a title names, or None."""
        return self.by_key.get(title_key(title))


@cache
def _shipped() -> tuple[Mapping[str, str], Mapping[str, tuple[int, int]], tuple[str, ...], tuple[str, ...]]:
    by_key: dict[str, str] = {}
    rules: dict[str, tuple[int, int]] = {}
    names: dict[bool, list[str]] = {True: [], False: []}
    for entry in load("acts.toml")["acts"]:
        for name in (*entry.get("zh", ()), *entry.get("en", ())):
            by_key.setdefault(title_key(name), entry["id"])
            names[is_chinese(name)].append(name)
        if "rules" in entry:
            title, part = entry["rules"]
            rules[entry["id"]] = (title, part)
    return MappingProxyType(by_key), MappingProxyType(rules), tuple(names[True]), tuple(names[False])


def gazetteer(known_acts: Mapping[str, str] | None = None) -> Gazetteer:
    """Return the shipped gazetteer with the caller's acts (name to act id) on top; the caller's win."""
    return _build(frozenset(known_acts.items()) if known_acts else frozenset())


@lru_cache(maxsize=8)
def _build(extra: frozenset[tuple[str, str]]) -> Gazetteer:
    by_key, rules, chinese, english = _shipped()
    added = {title_key(name): act for name, act in sorted(extra) if name}
    more: dict[bool, list[str]] = {True: [], False: []}
    for name, _ in extra:
        if name and len(name) <= _NAME_LIMIT:
            more[is_chinese(name)].append(name)
    return Gazetteer(
        MappingProxyType({**by_key, **added}),
        rules,
        names_pattern(
            (*chinese, *more[True], *(name for name in (*english, *more[False]) if _ABBREVIATION.match(name)))
        ),
        names_pattern((*english, *more[False])),
    )


def names_pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds the longest of the names at a place, linear in the text.

    The names are merged by common beginnings, so that one character decides which branch is followed; a space in a
    name stands for any run of at most four white-space characters, as lines break in names.
    """
    root: dict[str, Any] = {}
    for name in names:
        node = root
        for mark in name.replace("’", "'"):
            node = node.setdefault(mark, {})
        node[""] = {}
    return re.compile(_branch(root) if root else r"(?!)")


_SPECIAL: Final[Mapping[str, str]] = {" ": r"\s{1,4}", "'": "['’]"}


def _branch(node: dict[str, Any]) -> str:
    final = "" in node
    options = [_SPECIAL.get(mark, re.escape(mark)) + _branch(child) for mark, child in sorted(node.items()) if mark]
    if not options:
        return ""
    if len(options) == 1 and not final:
        return options[0]
    return f"(?:{'|'.join(options)})" + ("?" if final else "")
