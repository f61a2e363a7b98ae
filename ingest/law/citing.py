"""The references of a law to other laws, as they are stored: without those to itself and those that only repeal.

References inside a law are renumbered together with it by whoever amends it; references to other laws are not, which is
why a change of one law must show the others that rest on it.
"""

from __future__ import annotations

from ingest.citations import find_citations
from ingest.law.references import defined_acts
from kb.law_titles import title_key
from kb.model import ActVersion, Citation


def cited_elsewhere(text: str, act: ActVersion, *, language: str) -> tuple[Citation, ...]:
    """Return the citations of other acts in the provisions of an act, in order of their start.

    Args:
        text: the text the act's provisions stand in.
        act: the act as it was read from that text.
        language: "en", "zh" or "und".
    """
    own = {title_key(name) for name in (act.act, act.act.removeprefix("cn/"), act.title, *act.short_titles)}
    first = min((each.start for each in act.provisions), default=len(text))
    repealed = [span for _, span in act.repeals]
    return tuple(
        each
        for each in find_citations(text, language, known_acts=defined_acts(text, act))
        if each.act is not None
        and each.act != act.act
        and title_key(each.act) not in own
        and each.start >= first
        and not any(span.start < each.end and each.start < span.end for span in repealed)
    )
