"""Akoma Ntoso 3.0: acts, bills and portions of acts become readable text with an outline; any namespace of any draft.

Debates, judgments and other papers are read too, but marked as no law, so that reading them as an act says why not.

Source: OASIS Akoma Ntoso Version 1.0 Part 2 (schema 3.0), https://docs.oasis-open.org/legaldocml/akn-core/v1.0/.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from ingest.readers.builder import DocumentBuilder
from ingest.readers.law.akn_body import BodyReader
from ingest.readers.law.outline import Outline, OutlineBuilder, act_id, iso_day, law_data
from ingest.readers.law.xml import child, children, first, flat, local, parse_xml
from kb.errors import UnreadableError
from kb.model import BlockKind

_COUNTRY: Final = re.compile(r"^(?:/akn)?/([a-z]{2})(?:-[a-z0-9]{1,8})?/")
_VERSION: Final = re.compile(r"@(\d{4}-\d{2}-\d{2})")
_ROLES: Final = ("no_longer_in_force", "in_force", "published", "adopted")
_SAME: Final = {"UK": "GB", "EU": "EU"}
_BODIES: Final = ("body", "mainBody", "portionBody", "collectionBody", "debateBody", "judgmentBody", "amendmentBody")
_FRONT: Final = ("preface", "preamble", "header")
_AT_OF: Final = re.compile(r"@(?:[/!]|$)")
_LONG_TITLE: Final = 160
"""A longer title says what an act is for ("An Act to make provision …"); its short title is what it is called."""
_TITLE_NAMES: Final = frozenset({"title", "shortTitle", "short", "longTitle"})


def read_akn(data: bytes, builder: DocumentBuilder) -> None:
    """Read an Akoma Ntoso file into ``builder``.

    Raises:
        UnreadableError: "damaged" when the root holds no document, and the codes of ``parse_xml``.
    """
    root = parse_xml(data, name=builder.name)
    documents = [each for each in children(root) if local(each) != "components"]
    if not documents:
        raise UnreadableError("The Akoma Ntoso file holds no document.", code="damaged", place=builder.name)
    document = _law_of(root, documents[0])
    name = local(document)
    rules = law_data()["akn"]
    outline = Outline(format="akn", kind=name, law=name in rules["law"])
    out = OutlineBuilder(builder, outline)
    meta = child(document, "meta")
    if meta is None:
        meta = child(documents[0], "meta")
    _identify(out, document, meta)
    _dates(out, document, meta)
    reader = BodyReader(out)
    for part in children(document):
        if local(part) in _FRONT:
            reader.front(part)
    bodies = [part for part in children(document) if local(part) in _BODIES]
    for body in bodies:
        outline.unit = reader.body(body)
    for part in children(document):
        if local(part) == "conclusions":
            reader.plain(part)
        elif local(part) == "attachments":
            reader.attachments(part)
    out.finish()


def _law_of(root: Any, document: Any) -> Any:
    """Return the law a collection holds, that with the most units; the document itself when it is none."""
    rules = law_data()["akn"]
    if local(document) not in rules["collections"]:
        return document
    laws = [each for each in root.iter() if local(each) in rules["law"]]
    return max(laws, key=_units, default=document)


def _units(document: Any) -> int:
    names = Counter(local(each) for each in document.iter())
    return max((names[base] for base in law_data()["akn"]["bases"]), default=0)


def _identify(out: OutlineBuilder, document: Any, meta: Any) -> None:
    outline = out.outline
    work = first(meta, "FRBRWork") if meta is not None else None
    uris = (
        [each.get("value") or "" for each in work.iter() if local(each) in ("FRBRuri", "FRBRthis")]
        if work is not None
        else []
    )
    aliases = [
        (each.get("name") or "", (each.get("value") or "").strip())
        for each in (work.iter() if work is not None else ())
        if local(each) == "FRBRalias"
    ]
    for identifier in [value for _, value in aliases if "eli/" in value] + uris:
        outline.act = outline.act or act_id(identifier)
    country = next((match[1].upper() for uri in uris if (match := _COUNTRY.match(uri)) is not None), "")
    stated = first(work, "FRBRcountry") if work is not None else None
    if not country and stated is not None:
        country = (stated.get("value") or "")[:2].upper()
    outline.jurisdiction = _SAME.get(country, country) or None
    preface = [part for part in children(document) if local(part) in _FRONT or local(part) == "coverPage"]
    titles = [flat(found) for part in preface if (found := first(part, "docTitle")) is not None]
    titles += [value for name, value in aliases if name in _TITLE_NAMES and value != "Untitled"]
    titles += [flat(found) for part in preface if (found := first(part, "longTitle")) is not None]
    name = first(work, "FRBRname") if work is not None else None
    heading = first(document, "heading") if not any(titles) else None
    titles += [flat(heading)] if heading is not None else []
    short = [flat(each) for each in document.iter() if local(each) == "shortTitle"]
    if titles and len(titles[0]) > _LONG_TITLE:
        titles[:0] = short[:1]
    outline.title = next((title for title in titles if title), "") or (outline.act or "")
    number = (name.get("value") or "") if name is not None else ""
    short += [number] if any(mark.isdigit() for mark in number) else []
    short += [value for label, value in aliases if label and "/" not in value and label not in _TITLE_NAMES]
    outline.short_titles = [each for each in dict.fromkeys(short) if each and each != outline.title][:6]
    if local(document) == "portion":
        portion = next((local(each) for each in document.iter() if local(each) in law_data()["akn"]["divisions"]), None)
        found = first(document, portion) if portion is not None else None
        outline.part = flat(child(found, "heading")) or None if found is not None else None
    out.builder.entitle(outline.title)
    if not any(first(part, "docTitle") is not None for part in preface):
        out.builder.add(BlockKind.HEADING, outline.title, level=1)
    for uri in uris[:1]:
        out.line("Identifier", uri)


def _dates(out: OutlineBuilder, document: Any, meta: Any) -> None:
    """Write what the file states about its dates into the head, each with the role its name gives it."""
    if meta is None:
        return
    events = {each.get("eId") or each.get("id") or "": each for each in meta.iter() if local(each) == "TLCEvent"}
    for name, date, kind in _stated(meta):
        role = _role(name)
        if kind == "FRBRWork" and role is None:
            role = "adopted"
        if local(document) == "bill" and role == "adopted":
            role = None  # presented, not adopted
        out.date_line(f"{kind.removeprefix('FRBR')} date ({name})" if name else f"{kind} date", date, role)
    for event in (each for each in meta.iter() if local(each) == "eventRef"):
        target = (event.get("refersTo") or "").lstrip("#")
        shown = events[target].get("showAs") if target in events else None
        words = " ".join(word for word in (event.get("type") or "", target, shown or "") if word)
        role = next((role for role in _ROLES if re.search(law_data()["akn"]["dates"][role], words)), None)
        if role == "adopted" and local(document) == "bill":
            role = None
        out.date_line(f"Event ({shown or target or event.get('type') or 'lifecycle'})", event.get("date"), role)
    for publication in (each for each in meta.iter() if local(each) == "publication"):
        named = publication.get("showAs") or publication.get("name") or ""
        out.date_line(f"Published ({named})", publication.get("date"), "published")
    _version(out, document, meta)


def _stated(meta: Any) -> Iterator[tuple[str, str, str]]:
    """Yield name, date and level of the dates of work and expression."""
    for level in ("FRBRWork", "FRBRExpression"):
        found = first(meta, level)
        for each in children(found) if found is not None else ():
            if local(each) == "FRBRdate":
                yield (each.get("name") or "").strip(), each.get("date") or "", level


def _role(name: str) -> str | None:
    rules = law_data()["akn"]["dates"]
    if re.search(rules["file"], name):
        return None
    return next((role for role in _ROLES if re.search(rules[role], name)), None)


def _version(out: OutlineBuilder, document: Any, meta: Any) -> None:
    """Give the version its date: the one in the expression's URI, the expression's, or for an original the work's."""
    outline = out.outline
    expression = first(meta, "FRBRExpression")
    uris = (
        [each.get("value") or "" for each in expression.iter() if local(each) in ("FRBRuri", "FRBRthis")]
        if expression is not None
        else []
    )
    named = next((match[1] for uri in uris if (match := _VERSION.search(uri)) is not None), None)
    original = document.get("contains") == "originalVersion" or any(_AT_OF.search(uri) for uri in uris)
    dates = {
        level: [(name, day) for name, day, where in _stated(meta) if where == level and iso_day(day)]
        for level in ("FRBRWork", "FRBRExpression")
    }
    if named is not None and iso_day(named) is not None:
        out.date_line("Version", named, "version")
        return
    rules = law_data()["akn"]["dates"]
    own = [day for name, day in dates["FRBRExpression"] if not re.search(rules["file"], name)]
    work = [day for _, day in dates["FRBRWork"]]
    chosen = (work or own) if original else (own or work)
    if chosen:
        out.date_line("Version", chosen[0], "version")
    elif "adopted" in outline.dates:
        outline.dates["version"] = outline.dates["adopted"]
