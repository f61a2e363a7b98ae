"""Every reference in the text of an act: to other acts, to itself, and to the act it calls "the Act" or 本法.

A regulation names the act it implements once ("Act means the Electronic Fund Transfer Act") and calls it "the Act" from
there on; Chinese acts call themselves 本法 (this law), 本条例 (these regulations) and so on.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import Final

from ingest.citation_grammar.chinese import document_number
from ingest.citation_grammar.gazetteer import gazetteer
from ingest.citation_grammar.internal import find_internal
from ingest.citation_grammar.internal_chinese import find_internal_chinese
from ingest.citations import find_citations
from ingest.law.grammar import zh_grammar
from kb.law_titles import title_key
from kb.model import ActVersion, Citation

_DEFINED: Final = re.compile(
    r"(?<![\w-])[\"“]?(?P<term>Act|Code|Directive|Regulations)[\"”]?\s(?:means|refers\sto)\sthe\s"
    r"(?P<title>[A-Z][A-Za-z',& -]{4,120}?\b(?:Act|Code|Directive|Regulations)\b(?:\sof\s\d{4}|,?\s\d{4})?)"
)


def defined_acts(text: str, act: ActVersion) -> dict[str, str]:
    """Return the names by which a law's own text calls an act, with the id of the act or its title."""
    found: dict[str, str] = {}
    for match in _DEFINED.finditer(text):
        title = " ".join(match["title"].split())
        known = gazetteer().act(title)
        found.setdefault(f"the {match['term']}", known if known is not None else title)
    if act.jurisdiction == "CN":
        found.update(dict.fromkeys(zh_grammar()["self"]["names"], act.act))
    return found


def read_references(text: str, act: ActVersion, *, language: str) -> tuple[Citation, ...]:
    """Return the references of an act's text in order of their start, those to itself with its own id.

    Args:
        text: the text the act's provisions stand in.
        act: the act as it was read from that text.
        language: "en", "zh" or "und".
    """
    outside = find_citations(text, language, known_acts=defined_acts(text, act))
    if act.jurisdiction == "CN" or language == "zh":
        inside = find_internal_chinese(text, act, [(each.start, each.end) for each in outside])
    else:
        inside = find_internal(text, act)
    starts = sorted(each.start for each in outside)
    ends = sorted(each.end for each in outside)
    kept = [each for each in inside if bisect_left(starts, each.end) == bisect_right(ends, each.start)]
    first = min((each.start for each in act.provisions), default=0)
    named = [each for each in outside if not _names_itself(each, act) and not (each.end <= first and _is_number(each))]
    return tuple(sorted((*named, *kept), key=lambda each: (each.start, each.end)))


def _is_number(citation: Citation) -> bool:
    """Return whether a citation is the number of a document: before the first article, of the law itself."""
    return citation.act is not None and document_number(citation.act) == citation.act


def _names_itself(citation: Citation, act: ActVersion) -> bool:
    """Return whether a citation only names the law it stands in, as its heading and "为了…制定本法" do."""
    if citation.provision is not None or citation.act is None:
        return False
    names = {act.act, act.title, *act.short_titles}
    return citation.act in names or title_key(citation.act) in {title_key(name) for name in names}
