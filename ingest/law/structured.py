"""Acts from structured sources: the outline their reader made becomes the dated version, nothing is read twice."""

from __future__ import annotations

from datetime import date
from typing import Final

from ingest.citation_grammar.gazetteer import gazetteer
from ingest.law.english_head import act_slug, read_commencement, read_repeals
from ingest.readers.law.outline import Outline, load_outline
from kb.errors import RecordError
from kb.model import UNKNOWN_DATE, ActVersion, DateFact, Document, Span

_JURISDICTIONS: Final = frozenset({"eu", "us", "gb", "ie", "cn"})


def read_structured(document: Document, *, source_name: str, hint: date | None) -> ActVersion | None:
    """Return the act a structured source states, or None when the document has no outline.

    Raises:
        RecordError: "not-law" when the source says it is something else (a debate, a judgment, an amending notice).
    """
    outline = load_outline(document.metadata)
    if outline is None:
        return None
    if not outline.law:
        raise RecordError(
            f"the file says it is a {outline.kind}, which is not a text of law",
            code="not-law",
            place=source_name,
            remedy="Give the act, bill or regulation itself; an amending notice is applied to the version it amends.",
        )
    provisions = outline.read_provisions()
    units = [(each.start, each.end) for each in provisions if each.level == "article"]
    act = outline.act or _by_title(outline)
    jurisdiction = outline.jurisdiction
    if jurisdiction is None and act.split("/")[0] in _JURISDICTIONS:
        jurisdiction = act.split("/")[0].upper()
    version, in_force = _date(outline, "version"), _date(outline, "in_force")
    original = _date(outline, "published").value or _date(outline, "adopted").value
    if in_force.value is None and document.language == "en":
        in_force = read_commencement(document.text, units, version.value, original)
    return ActVersion(
        act=act,
        title=outline.title or act,
        jurisdiction=jurisdiction,
        short_titles=tuple(outline.short_titles),
        version_date=version,
        version_hint=hint,
        adopted=_date(outline, "adopted"),
        published=_date(outline, "published"),
        in_force=in_force,
        no_longer_in_force=_date(outline, "no_longer_in_force"),
        part=outline.part,
        unit=outline.unit,
        repeals=read_repeals(document.text, units, act) if document.language == "en" else (),
        provisions=provisions,
        edition=outline.edition,
    )


def _date(outline: Outline, role: str) -> DateFact:
    stated = outline.dates.get(role)
    return UNKNOWN_DATE if stated is None else DateFact(date.fromisoformat(stated[0]), Span(stated[1], stated[2]))


def _by_title(outline: Outline) -> str:
    """Return the id of the act the title or a short title names, else one made from its title."""
    known = gazetteer()
    for name in (outline.title, *outline.short_titles):
        found = known.act(name)
        if found is not None:
            return found
    return act_slug(outline.title, outline.jurisdiction)
