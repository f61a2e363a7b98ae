"""RegML, the XML of the Consumer Financial Protection Bureau for parts of the Code of Federal Regulations.

Sections, paragraphs, appendices and the official interpretations are read; the analysis of the notice, which is no
part of the regulation, is left out. A ``notice`` is an instruction to amend and no text of law.

Source: https://github.com/cfpb/regulations-schema, src/eregs.xsd.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ingest.readers.builder import DocumentBuilder
from ingest.readers.law.outline import Outline, OutlineBuilder
from ingest.readers.law.xml import child, children, first, flat, local, parse_xml
from kb.model import BlockKind

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.]+")
_PUBLISHED: Final = re.compile(r"/documents/(\d{4})/(\d{2})/(\d{2})/")
_EDITION: Final = re.compile(r"[^A-Za-z0-9._-]+")
_GRAPHIC: Final = frozenset({"url", "thumbUrl"})
_TITLED: Final = {"subpart": "title", "appendix": "appendixTitle", "appendixSection": "subject", "section": "subject"}
_CONTAINERS: Final = frozenset({"content", "part"})
_LEFT_OUT: Final = frozenset({"tableOfContents", "title", "subject", "appendixTitle", "analysis", "reserved"})
_UNITS: Final = frozenset(
    {"subpart", "section", "paragraph", "appendix", "appendixSection", "interpretations", "interpSection",
     "interpParagraph"}
)  # fmt: skip
_INTERP: Final = "Interp"


def canonical_number(label: str) -> str:
    """Return the canonical number of a RegML label.

    ``1005-2-b-2`` gives ``1005.2(b)(2)``; ``1005-A-3`` gives ``appA(3)``; comment 3.i on § 1005.2(b)(2), which is
    ``1005-2-b-2-Interp-3-i``, gives ``1005.2-Interp(b)(2)(cmt3)(i)``.
    """
    part, *rest = label.split("-")
    if not rest:
        return part
    if rest[0] == "Subpart":
        return "subpart" + "".join(rest[1:])
    comments: list[str] | None = None
    if _INTERP in rest:
        at = rest.index(_INTERP)
        rest, comments = rest[:at], rest[at + 1 :]
    marks = [_UNSAFE.sub("-", mark).strip("-") or "x" for mark in rest]
    if not marks:
        base = _INTERP
    else:
        base = f"{part}.{marks[0]}" if marks[0][:1].isdigit() else f"app{marks[0]}"
        base += f"-{_INTERP}" if comments is not None else ""
    inner = marks[1:]
    if comments:
        more = [_UNSAFE.sub("-", mark).strip("-") or "x" for mark in comments]
        inner += [f"cmt{more[0]}", *more[1:]]
    return base + "".join(f"({mark})" for mark in inner)


def read_regml(data: bytes, builder: DocumentBuilder) -> None:
    """Read a RegML file into ``builder``."""
    root = parse_xml(data, name=builder.name)
    kind = local(root)
    outline = Outline(format="regml", kind=kind, law=kind == "regulation", jurisdiction="US", unit="§")
    out = OutlineBuilder(builder, outline)
    _head(root, out)
    part = first(root, "part") if outline.law else first(root, "changeset")
    if part is not None:
        _Walker(out).walk(part, None, 0)
    if first(root, "analysis") is not None and outline.law:
        builder.warn("The analysis of the notice is no part of the regulation and was left out.")
    out.finish()


def _head(root: Any, out: OutlineBuilder) -> None:
    stated = {local(each): flat(each) for group in ("fdsys", "preamble") for each in _of(root, group)}
    cfr = first(root, "cfr")
    volume, part = (flat(child(cfr, "title")), flat(child(cfr, "section"))) if cfr is not None else ("", "")
    volume = volume or stated.get("cfrTitleNum", "")
    outline = out.outline
    outline.act = f"us/cfr/{volume}/{part}" if volume.isdigit() and part.isalnum() else None
    name = _words(flat(child(child(root, "fdsys"), "title")) if child(root, "fdsys") is not None else "")
    letter = stated.get("regLetter", "")
    outline.title = f"{name} (Regulation {letter})" if letter else name or f"{volume} CFR part {part}"
    outline.short_titles = [
        each for each in (f"Regulation {letter}" if letter else "", f"{volume} CFR part {part}") if each
    ]
    out.builder.entitle(f"{volume} CFR Part {part}—{outline.title}")
    out.builder.add(BlockKind.HEADING, f"Title {volume}—{stated.get('cfrTitleText', '')}", level=1)
    out.builder.add(BlockKind.HEADING, f"Part {part}—{outline.title}", level=1)
    out.line("Agency", stated.get("agency", ""))
    number = stated.get("documentNumber", "")
    out.line("Document number", number)
    address = stated.get("federalRegisterURL", "")
    place = out.line("Federal Register", address)
    published = _PUBLISHED.search(address)
    if published is not None and place is not None:
        day = "-".join(published.groups())
        outline.dates["published"] = (day, place[0], place[1])
    out.date_line("Effective date", stated.get("effectiveDate"), "in_force")
    if "in_force" in outline.dates:
        outline.dates["version"] = outline.dates["in_force"]
    # notices that take effect on one day make several texts of that day; the notice's number tells them apart
    outline.edition = _EDITION.sub("-", number).strip("-") or None


def _of(root: Any, group: str) -> list[Any]:
    found = child(root, group)
    return list(children(found)) if found is not None else []


def _words(title: str) -> str:
    return title.title().replace(" And ", " and ").replace(" Of ", " of ") if title.isupper() else title


class _Walker:
    def __init__(self, out: OutlineBuilder) -> None:
        self.out = out
        self.builder = out.builder

    def walk(self, element: Any, parent: str | None, depth: int) -> None:
        """Read the units below an element; ``depth`` counts paragraphs inside the enclosing section."""
        for each in children(element):
            name = local(each)
            if name in _UNITS:
                self.unit(each, name, parent, depth)
            elif name in _CONTAINERS or name == "change":
                self.walk(each, parent, depth)
            elif name not in _LEFT_OUT:
                self.builder.add(BlockKind.PARAGRAPH, self.words(each))

    def unit(self, element: Any, name: str, parent: str | None, depth: int) -> None:
        """Read one unit with all it encloses."""
        label = element.get("label") or ""
        number = self.out.unique(canonical_number(label) if label else f"{parent or name}(x)")
        place = self.out.open(number)
        paragraph = name in ("paragraph", "interpParagraph")
        begun = self.builder.length
        if paragraph:
            start, shown, heading = self.paragraph(element, name, depth)
            self.inside(element, number, depth + 1)
            level = "paragraph" if depth == 0 else "item"
        else:
            start, shown, heading = self.heading(element, name)
            self.inside(element, number, 0)
            level = {"section": "article", "subpart": "chapter", "appendixSection": "paragraph",
                     "interpSection": "section"}.get(name, "part")  # fmt: skip
        if start is None and self.builder.length > begun:
            start = self._first_after(begun)
        self.out.close(place, shown, heading, level, start=start, parent=parent)

    def inside(self, element: Any, number: str, depth: int) -> None:
        for each in children(element):
            name = local(each)
            if name in _UNITS:
                self.unit(each, name, number, depth)
            elif name == "content" and any(local(inner) in _UNITS for inner in children(each)):
                self.walk(each, number, depth)
            elif name not in _LEFT_OUT and name != "content":
                self.builder.add(BlockKind.PARAGRAPH, self.words(each))

    def _first_after(self, begun: int) -> int | None:
        starts = [block.start for block in reversed(self.builder.blocks[-64:]) if block.start >= begun]
        return starts[-1] if starts else None

    def heading(self, element: Any, name: str) -> tuple[int | None, str, str | None]:
        """Add a heading and return its start, the printed label and the heading without it."""
        title = child(element, _TITLED.get(name, "title"))
        words = flat(title)
        reserved = child(element, "reserved")
        if reserved is not None and "eserved" not in words:
            words = f"{words} [Reserved]".strip()
        block = self.builder.add(BlockKind.HEADING, words, level=3 if name == "section" else 2)
        match = re.match(r"(§\s?[\d.]+[A-Za-z]?|(?:Subpart|Appendix)\s\w+|[A-Z]-\d+(?:\([a-z]\))?)[\s.—–-]*(.*)", words)
        if match is not None:
            return (block.start if block is not None else None), match[1], match[2].strip(" .") or None
        if name == "subpart":
            letter = (element.get("label") or "").rpartition("-")[2]
            return (block.start if block is not None else None), f"Subpart {letter}", words or None
        return (block.start if block is not None else None), words or name, words or None

    def paragraph(self, element: Any, name: str, depth: int) -> tuple[int | None, str, str | None]:
        marker = (element.get("marker") or "").strip()
        title = child(element, "title")
        keyterm = flat(title)
        content = child(element, "content")
        own = content is not None and not any(local(inner) in _UNITS for inner in children(content))
        words = self.words(content) if own else ""
        shown = "" if marker == _INTERP else marker
        text = " ".join(piece for piece in (shown, keyterm, words) if piece)
        kind = BlockKind.HEADING if name == "interpParagraph" and not words and keyterm else BlockKind.LIST_ITEM
        block = self.builder.add(
            kind, text, level=min(depth + (4 if kind is BlockKind.HEADING else 1), 9), number=shown or None
        )
        mark = re.search(r"\d+$", (element.get("label") or "").rpartition("-")[2])
        label = shown or (keyterm[:80] if keyterm else f"¶{mark[0]}" if mark is not None else "¶")
        return (block.start if block is not None else None), label, keyterm.strip(" .") or None

    def words(self, element: Any) -> str:
        return flat(element, without=_GRAPHIC, apart=frozenset({"graphic", "callout", "line", "table", "row", "dash"}))
