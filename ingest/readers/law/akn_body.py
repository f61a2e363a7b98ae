"""The body of an Akoma Ntoso document: hierarchy, numbers, headings, recitals, schedules."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from ingest.readers.builder import collapse
from ingest.readers.law.outline import OutlineBuilder, law_data
from ingest.readers.law.xml import child, children, first, flat, local
from kb.law_numbers import roman_number
from kb.model import BlockKind

_DIGITS: Final = re.compile(
    r"\d+(?:[.\-–]\d+)*(?:\s?[A-Z]{1,3}\b|[a-z]{0,2}\b)?(?:[-\s](?:bis|ter|quater|quinquies|sexies|septies)\b)?"
)
_MARK: Final = re.compile(r"[A-Za-z]{1,6}(?=[^A-Za-z]*$)")
_ROMAN: Final = re.compile(r"\b[IVXLCDM]{1,9}\b")
_EID: Final = re.compile(r"_([A-Za-z0-9.-]{1,12})$")
_QUOTED: Final = frozenset({"quotedStructure", "embeddedStructure"})
_BLOCKS: Final = frozenset(
    {"p", "block", "longTitle", "docTitle", "crossHeading", "tocItem", "from", "scene", "narrative", "summary",
     "caption", "listIntroduction", "listWrapUp", "recordedTime", "formula", "citation", "signature"}
)  # fmt: skip
_MOST_DEEP: Final = 9
_HEAD_NAMES: Final = frozenset({"num", "heading", "subheading"})


@cache
def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = dict(law_data()["akn"])
    rules["hierarchy"] = frozenset(rules["divisions"]) | frozenset(rules["inner"]) | frozenset(rules["bases"])
    rules["schedule"] = re.compile(rules["schedules"])
    return rules


def base_number_of(printed: str) -> str | None:
    """Return the canonical number of a unit from its printed number ("Article 2 bis", "§ 7a.", "Art. IV"), or None."""
    digits = _DIGITS.search(printed)
    if digits is not None:
        return re.sub(r"[\s–]", lambda mark: "-" if mark[0] == "–" else "", digits[0])
    roman = _ROMAN.search(printed)
    value = roman_number(roman[0]) if roman is not None else None
    if value is not None:
        return str(value)
    mark = _MARK.search(printed)
    return mark[0] if mark is not None else None


def mark_of(printed: str) -> str | None:
    """Return the mark inside a unit from its printed number ("(a)", "1.", "lett. b)"), or None."""
    plain = re.sub(r"[^\w.\s-]", " ", printed).strip(" .-")
    last = plain.split()[-1] if plain else ""
    mark = last.strip(".-")
    return mark[:16] if mark and len(mark) <= 16 and mark.isascii() else None


class BodyReader:
    """Writes the parts of one document and notes its provisions."""

    def __init__(self, out: OutlineBuilder) -> None:
        self.out = out
        self.builder = out.builder
        self._base = ""
        self._number = ""  # a printed number that waits for the words it stands before
        self._notes: list[str] = []

    # --- front and back ------------------------------------------------------------------------------------------

    def front(self, element: Any) -> None:
        """Read preface and preamble; recitals become provisions "rec1", "rec2", …"""
        for each in self._blocks_of(element):
            if local(each) == "recital" and self.out.outline.law:
                self._recital(each)
            else:
                self._content(each)
        self._flush()

    def _blocks_of(self, element: Any) -> Iterator[Any]:
        """Yield recitals and what stands beside them, groups opened."""
        for each in children(element):
            if local(each) != "recital" and first(each, "recital") is not None:
                yield from self._blocks_of(each)
            elif local(each) != "num":
                yield each

    def _recital(self, element: Any) -> None:
        printed = flat(child(element, "num"))
        mark = mark_of(printed)
        number = f"rec{mark}" if mark is not None and mark.isalnum() else f"rec{self._count('rec') + 1}"
        self._unit(element, self.out.unique(number), printed or number, None, "item", None, depth=1)

    def _count(self, prefix: str) -> int:
        return sum(each[0].startswith(prefix) for each in self.out.outline.provisions)

    def plain(self, element: Any) -> None:
        """Read a part without provisions."""
        for each in children(element):
            self._content(each)
        self._flush()

    def attachments(self, element: Any) -> None:
        """Read schedules and annexes; other attachments are papers beside the law and left out."""
        for attachment in children(element):
            document = next((each for each in children(attachment) if child(each, "mainBody") is not None), None)
            heading = flat(child(attachment, "heading"))
            body = child(document, "mainBody") if document is not None else None
            named = document.get("name") if document is not None else ""
            if body is None or not self._is_schedule(named or "", heading):
                shown = (heading or named or "without a name")[:80]
                self.builder.warn(f"The attachment {shown!r} is no part of the law and was left out.")
                continue
            self._schedule(body, heading or (named or "").title(), flat(child(attachment, "subheading")))

    def _is_schedule(self, *names: str) -> bool:
        return any(_rules()["schedule"].search(name.strip()) for name in names if name)

    def _schedule(self, body: Any, printed: str, heading: str) -> None:
        kind = "ann" if printed.lower().startswith("annex") else "app" if printed.lower().startswith("app") else "sch"
        own = re.sub(_rules()["schedule"], "", printed).strip()
        mark = mark_of(own) if own else None
        number = self.out.unique(f"{kind}{mark or self._count(kind) + 1}")
        place = self.out.open(number)
        block = self.builder.add(BlockKind.HEADING, " ".join(x for x in (printed, heading) if x), level=2)
        start = block.start if block is not None else self.builder.length
        for each in children(body):
            if local(each) not in _HEAD_NAMES:
                self._within(each, number, 1)
        self._flush()
        self.out.close(place, printed, heading or None, "part", start=start, parent=None)

    # --- body ----------------------------------------------------------------------------------------------------

    def body(self, element: Any) -> str:
        """Read a body and return what its base unit is called in citations."""
        self._base = self._base_of(element)
        for each in children(element):
            self._top(each, None, 1)
        self._flush()
        return str(_rules()["units"].get(self._base, "Article"))

    def _base_of(self, element: Any) -> str:
        if not self.out.outline.law:
            return ""
        names: Counter[str] = Counter()
        _count_units(element, names)
        return next((base for base in _rules()["bases"] if names[base]), "")

    def _top(self, element: Any, parent: str | None, depth: int) -> None:
        """Read what stands above the base unit: divisions, base units, schedules, loose text."""
        name = local(element)
        rules = _rules()
        if name == self._base:
            self._base_unit(element, parent, depth)
        elif name == "hcontainer" and self._is_schedule(element.get("name") or ""):
            if any(local(each) == "hcontainer" for each in children(element)):
                for each in children(element):
                    self._top(each, parent, depth)
            else:
                self._schedule(
                    element,
                    flat(child(element, "num")) or (element.get("name") or "").title(),
                    flat(child(element, "heading")),
                )
        elif self._base and (name in rules["hierarchy"] or name == "hcontainer") and _holds(element, self._base):
            self._division(element, name, parent, depth)
        elif self._base and name in ("content", "container", "debateSection", "wrap"):
            for each in children(element):
                self._top(each, parent, depth)
        else:
            self._content(element)

    def _division(self, element: Any, name: str, parent: str | None, depth: int) -> None:
        printed, heading = flat(child(element, "num")), flat(child(element, "heading"))
        if not printed and not heading:
            for each in children(element):
                self._top(each, parent, depth)
            return
        mark = base_number_of(printed) if printed else None
        kind = name if name != "hcontainer" else (element.get("name") or "part").lower()[:16]
        roman = _ROMAN.search(printed)
        own = f"{kind}{(roman[0] if roman is not None else mark) or self._count(kind) + 1}"
        number = self.out.unique(f"{parent}.{own}" if parent else own)
        place = self.out.open(number)
        block = self.builder.add(
            BlockKind.HEADING, " ".join(x for x in (printed, heading) if x), level=min(depth + 1, _MOST_DEEP)
        )
        start = block.start if block is not None else self.builder.length
        for each in children(element):
            if local(each) not in _HEAD_NAMES:
                self._top(each, number, depth + 1)
        self._flush()
        self.out.close(
            place, printed or heading, heading or None, _rules()["levels"].get(name, "part"), start=start, parent=parent
        )

    def _base_unit(self, element: Any, parent: str | None, depth: int) -> None:
        printed, heading = flat(child(element, "num")), flat(child(element, "heading"))
        number = base_number_of(printed) if printed else None
        if number is None:
            eid = _EID.search(element.get("eId") or element.get("id") or "")
            number = eid[1] if eid is not None else str(self._count("") + 1)
        self._flush()
        number = self.out.unique(number)
        place = self.out.open(number)
        words = " ".join(x for x in (printed, heading) if x)
        start: int | None = None
        if heading or self._base != "paragraph":
            block = self.builder.add(BlockKind.HEADING, words, level=min(depth + 1, _MOST_DEEP))
            start = block.start if block is not None else None
        else:
            self._number = printed
        begun = self.builder.length
        for each in children(element):
            if local(each) not in _HEAD_NAMES:
                self._within(each, number, 1)
        self._flush()
        self.out.close(
            place, printed or number, heading or None, "article", start=self._start(start, begun), parent=parent
        )

    def _within(self, element: Any, outer: str, depth: int) -> None:
        """Read what stands inside a base unit, a schedule or another unit."""
        name = local(element)
        if name in _QUOTED:
            self._content(element)
        elif name in _rules()["hierarchy"] or name in ("hcontainer", "item"):
            printed, heading = flat(child(element, "num")), flat(child(element, "heading"))
            mark = mark_of(printed) if printed else None
            number = f"{outer}({mark})" if mark is not None else None
            if number is not None and self.out.free(number):
                self._unit(
                    element, number, printed, heading or None, "paragraph" if depth == 1 else "item", outer, depth=depth
                )
                return
            self._flush()
            self._number = " ".join(x for x in (printed, heading) if x)
            for each in children(element):
                if local(each) not in _HEAD_NAMES:
                    self._within(each, outer, depth)
            self._flush()
        elif name in ("content", "intro", "wrapUp", "blockList", "container", "list"):
            for each in children(element):
                self._within(each, outer, depth)
        else:
            self._content(element, depth=depth)

    def _unit(
        self,
        element: Any,
        number: str,
        printed: str,
        heading: str | None,
        level: str,
        parent: str | None,
        *,
        depth: int,
    ) -> None:
        self._flush()
        place = self.out.open(number)
        begun = self.builder.length
        self._number = " ".join(x for x in (printed, heading) if x)
        for each in children(element):
            if local(each) not in _HEAD_NAMES:
                self._within(each, number, depth + 1)
        self._flush()
        self.out.close(place, printed, heading, level, start=self._start(None, begun), parent=parent)

    def _start(self, known: int | None, begun: int) -> int | None:
        """Return where the first block after ``begun`` starts."""
        if known is not None:
            return known
        found: int | None = None
        for block in reversed(self.builder.blocks):
            if block.start < begun:
                break
            found = block.start
        return found

    # --- text ----------------------------------------------------------------------------------------------------

    def _content(self, element: Any, *, depth: int = 1) -> None:
        """Add the text of an element, block by block."""
        name = local(element)
        if name in _rules()["skipped"] or (name == "meta"):
            return
        inner = list(children(element))
        if name == "table":
            for row in (each for each in element.iter() if local(each) == "tr"):
                self._text(" | ".join(flat(cell) for cell in children(row)), depth)
            return
        blocks = name not in _BLOCKS and any(self._is_block(each) for each in inner)
        if not blocks:
            self._text(self._words(element), depth)
            return
        printed = " ".join(x for x in (flat(child(element, "num")), flat(child(element, "heading"))) if x)
        if printed:
            self._flush()
            self._number = printed
        if (element.text or "").strip():
            self._text(element.text, depth)
        for each in inner:
            self._content(each, depth=depth)

    def _is_block(self, element: Any) -> bool:
        name = local(element)
        return (
            name in _BLOCKS or name in _rules()["hierarchy"] or any(self._is_block(each) for each in children(element))
        )

    def _words(self, element: Any) -> str:
        notes = frozenset(_rules()["notes"])
        for note in (each for each in element.iter() if local(each) in notes):
            self._notes.append(" ".join(x for x in ((note.get("marker") or ""), flat(note)) if x))
        return flat(
            element,
            without=notes,
            apart=_QUOTED | _BLOCKS | frozenset({"num"} if first(element, "quotedStructure") is not None else ()),
        )

    def _text(self, words: str, depth: int) -> None:
        words = collapse(words)
        if not words:
            return
        number, self._number = self._number, ""
        kind = BlockKind.LIST_ITEM if number else BlockKind.PARAGRAPH
        text = f"{number} {words}" if number else words
        self.builder.add(kind, text, level=min(depth, _MOST_DEEP) if number else None, number=number[:40] or None)
        notes, self._notes = self._notes, []
        for note in notes:
            self.builder.add(BlockKind.FOOTNOTE, note)

    def _flush(self) -> None:
        """Add a number that found no words."""
        number, self._number = self._number, ""
        if number:
            self.builder.add(BlockKind.LIST_ITEM, number, level=1, number=number[:40])


def _count_units(element: Any, names: Counter[str]) -> None:
    for each in children(element):
        name = local(each)
        if name in _QUOTED:
            continue
        names[name] += 1
        _count_units(each, names)


def _holds(element: Any, base: str) -> bool:
    names: Counter[str] = Counter()
    _count_units(element, names)
    return names[base] > 0
