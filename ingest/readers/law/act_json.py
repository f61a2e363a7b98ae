"""EU acts as JSON in the layout of GDPRtEXT: chapters, sections, articles, points and recitals as nested objects.

Each part has ``type``, ``number``, ``title`` or ``text``, and what it holds under ``contents`` or ``subpoints``; the
act itself states ``title``, ``abbrv``, its number under ``regulation`` (or ``directive``, ``decision``), and ``dated``.

Source: GDPRtEXT (https://w3id.org/GDPRtEXT), "GDPR (En) text as JSON"; H. J. Pandit and others, ESWC 2018,
doi:10.1007/978-3-319-93417-4_31.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from ingest.readers.builder import DocumentBuilder
from ingest.readers.law.outline import Outline, OutlineBuilder
from kb.errors import UnreadableError
from kb.model import BlockKind

KINDS: Final = {"regulation": "reg", "directive": "dir", "decision": "dec"}
"""Keys under which an act states its number, and what its id calls it."""
_NUMBER: Final = re.compile(r"(?P<year>(?:19|20)\d{2})/(?P<number>\d{1,5})")
_DAY: Final = re.compile(r"(?P<one>\d{1,2})/(?P<two>\d{1,2})/(?P<year>\d{4})")
_MONTHS: Final = 12
_DEEPEST: Final = 8
_MARK: Final = re.compile(r"[0-9A-Za-z]{1,6}")


def read_act_json(data: bytes, builder: DocumentBuilder) -> bool:
    """Read such an act into ``builder``; False when the JSON has another layout and nothing was added.

    Raises:
        UnreadableError: "damaged" when it is no JSON, or nested deeper than any act is.
    """
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("The JSON cannot be read.", code="damaged", place=builder.name) from error
    kind = next((name for name in KINDS if isinstance(raw, dict) and isinstance(raw.get(name), str)), None)
    if kind is None or not any(_text(part, "type") == "article" for part in _all(raw.get("chapters"))):
        return False
    number = _NUMBER.search(raw[kind])
    outline = Outline(format="act-json", kind=kind, jurisdiction="EU", title=_text(raw, "title") or raw[kind])
    if number is not None:
        outline.act = f"eu/{KINDS[kind]}/{number['year']}/{int(number['number'])}"
    outline.short_titles = [each for each in (_text(raw, "abbrv"),) if each and each != outline.title]
    _Writer(OutlineBuilder(builder, outline)).write(raw, kind)
    return True


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list; anything else in it is left out."""
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def _all(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    for part in _parts(value):
        yield part
        if depth < _DEEPEST:
            yield from _all(part.get("contents"), depth + 1)


def _text(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _mark(part: Mapping[str, Any]) -> str:
    """Return the number of a part, or "" when it states none that can be cited."""
    value = part.get("number")
    stated = str(value) if isinstance(value, int) else _text(part, "number").strip("().")
    return stated if _MARK.fullmatch(stated) else ""


def _day(raw: Mapping[str, Any], name: str) -> str | None:
    """Return a day written 27/04/2016; None where day and month cannot be told apart in any date of the act."""
    days = {key: _DAY.fullmatch(value) for key, value in raw.items() if isinstance(value, str)}
    match = days.get(name)
    if match is None:
        return None
    day_first = any(found is not None and int(found["one"]) > _MONTHS for found in days.values())
    if not day_first and match["one"] != match["two"]:
        return None
    try:
        return date(int(match["year"]), int(match["two"]), int(match["one"])).isoformat()
    except ValueError:
        return None


class _Writer:
    """Writes an act as a person would read it."""

    def __init__(self, out: OutlineBuilder) -> None:
        self.out = out

    def write(self, raw: Mapping[str, Any], kind: str) -> None:
        out, outline = self.out, self.out.outline
        out.builder.entitle(outline.title)
        out.builder.add(BlockKind.HEADING, outline.title, level=1)
        out.line(kind.capitalize(), raw[kind])
        out.line("About", _text(raw, "about"))
        out.line("Identifier", _text(raw, "identifier"))
        out.date_line("Dated", _day(raw, "dated"), "adopted")
        if "adopted" in outline.dates:
            outline.dates["version"] = outline.dates["adopted"]
        for recital in _parts(raw.get("recitals")):
            self._numbered(recital, f"rec{_mark(recital)}", "item", f"({_mark(recital)})", None, 1)
        for chapter in _parts(raw.get("chapters")):
            self._division(chapter, None, 2)
        out.finish()

    def _division(self, part: Mapping[str, Any], parent: str | None, level: int) -> None:
        """Write a chapter or section and what it holds."""
        if _text(part, "type") == "article":
            self._article(part, parent)
            return
        if level > _DEEPEST:
            return
        kind, mark, heading = _text(part, "type") or "part", _mark(part), _text(part, "title") or None
        own = f"{kind}{mark}"
        number = self.out.unique(f"{parent}.{own}" if parent else own)
        place = self.out.open(number)
        label = f"{kind.capitalize()} {mark}".strip()
        block = self.out.builder.add(BlockKind.HEADING, f"{label} {heading or ''}".strip(), level=level)
        start = None if block is None else block.start
        for inner in _parts(part.get("contents")):
            self._division(inner, number, level + 1)
        kinds = {"chapter": "chapter", "section": "section"}
        self.out.close(place, label, heading, kinds.get(kind, "part"), start=start, parent=parent)

    def _article(self, part: Mapping[str, Any], parent: str | None) -> None:
        mark = _mark(part)
        number, label, heading = self.out.unique(mark or "x"), f"Article {mark}".strip(), _text(part, "title") or None
        place = self.out.open(number)
        block = self.out.builder.add(BlockKind.HEADING, f"{label} {heading or ''}".strip(), level=4)
        for inner in _parts(part.get("contents")):
            self._point(inner, number, 1)
        self.out.close(place, label, heading, "article", start=None if block is None else block.start, parent=parent)

    def _point(self, part: Mapping[str, Any], parent: str, depth: int) -> None:
        """Write a paragraph or point; words without a number belong to what encloses them."""
        mark = _mark(part)
        if mark:
            label = f"{mark}." if depth == 1 and mark.isdigit() else f"({mark})"
            self._numbered(part, f"{parent}({mark})", "paragraph" if depth == 1 else "item", label, parent, depth)
            return
        if words := _text(part, "text"):
            self.out.builder.add(BlockKind.PARAGRAPH, words)
        for inner in self._inner(part, depth):
            self._point(inner, parent, depth + 1)

    def _numbered(
        self, part: Mapping[str, Any], number: str, level: str, label: str, parent: str | None, depth: int
    ) -> None:
        number = self.out.unique(number)
        place = self.out.open(number)
        words = f"{label} {_text(part, 'text')}".strip()
        block = self.out.builder.add(BlockKind.LIST_ITEM, words, level=depth, number=label)
        for inner in self._inner(part, depth):
            self._point(inner, number, depth + 1)
        self.out.close(place, label, None, level, start=None if block is None else block.start, parent=parent)

    def _inner(self, part: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
        if depth < _DEEPEST:
            yield from _parts(part.get("subpoints"))
            yield from _parts(part.get("contents"))
