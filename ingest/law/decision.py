"""Decisions that amend other acts: 关于修改《…法》的决定, whose units are 一、二、三、 and not articles.

What such a decision says of its own commencement is what dates the text as amended, because that text keeps the closing
article of the first one. Articles quoted in it ("第二条修改为：…") are not its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from ingest.citation_grammar.gazetteer import load
from ingest.law.chinese import ARTICLE, read_title
from ingest.law.history import Event, Happening, earliest, latest, read_commencement, read_history
from ingest.law.lines import Line
from ingest.law.promulgation import read_promulgation, with_promulgation
from kb.law_numbers import ZH_NUMERAL, chinese_number
from kb.law_titles import chinese_act_id, chinese_title
from kb.model import UNKNOWN_DATE, ActVersion, Provision

_ITEM: Final = re.compile(rf"(?P<label>(?P<number>[{ZH_NUMERAL}]{{1,3}})、)")
_CAP: Final = 400
"""Items kept of one decision."""


def read_decision(
    text: str, lines: Sequence[Line], *, hint: date | None, stated_title: str | None
) -> ActVersion | None:
    """Return the decision a Chinese text holds as an act, or None when it is no decision with numbered items."""
    items: list[tuple[int, Line, str]] = []
    for line in lines:
        found = _ITEM.match(line.text)
        value = chinese_number(found["number"]) if found is not None else None
        if found is not None and value == len(items) + 1 and len(items) < _CAP:
            items.append((value, line, found["label"]))
        elif not items and ARTICLE.match(line.text) is not None:
            return None  # articles before any item: an act of its own
    if not items:
        return None
    first = items[0][1].start
    head = [line for line in lines if line.start < first]
    events: tuple[Event, ...] = read_history(text, head[0].start, first) if head else ()
    order = read_promulgation(text, head[0].start, first) if head else None
    title = read_title(head, stated_title)[0]
    if order is not None:
        events, title = with_promulgation(events, order), "".join(order.title.split())
    amending = load("zh.toml")["internal"]["amending"]
    if not any(word in title for word in amending) or not chinese_title(title).endswith("决定"):
        return None
    end = len(text.rstrip())
    starts = [line.start for _, line, _ in items]
    spans = list(zip(starts, [*starts[1:], end], strict=True))
    version = latest(events, Happening.ADOPTED, Happening.AMENDED)
    version = version if version.value is not None else latest(events, Happening.PUBLISHED)
    published = latest(events, Happening.PUBLISHED)
    return ActVersion(
        act=chinese_act_id(title),
        title=title,
        jurisdiction="CN",
        short_titles=tuple(name for name in (chinese_title(title),) if name != title),
        version_date=version,
        version_hint=hint,
        adopted=earliest(events, Happening.ADOPTED),
        published=published if published.value is not None else UNKNOWN_DATE,
        in_force=read_commencement(text, spans, events, version.value or hint),
        unit="条",
        provisions=tuple(
            Provision(str(value), label, None, "article", start, start + len(text[start:stop].rstrip()))
            for (value, _, label), (start, stop) in zip(items, spans, strict=True)
        ),
    )
