"""The ownership picture: an SVG made on the server, without script or style, readable without seeing it.

Everything is drawn with presentation attributes, as the pages' content policy forbids inline styles. Listed parties are
marked by a word, a double border and a hatch, caught ones by a word and a dashed border: never by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from checks.ownership.api import check_threshold
from checks.ownership.cascade import Trigger, links, spread
from checks.ownership.layout import Drawn, Layout, lay_out
from checks.ownership.model import Entity, Holdings, Outcome
from checks.ownership.network import Network, build
from checks.ownership.wording import escaped, fit, holding_text, name_of, width, words
from kb.errors import NotFoundError

BOX_WIDTH: Final = 176
BOX_HEIGHT: Final = 64
GAP_X: Final = 34
GAP_Y: Final = 84
MARGIN: Final = 44
_COLUMNS: Final = 23  # of 13 px text that fit into a box
_CHARACTER: Final = 6.6  # mean width of a column of 12 px text
_NAMES_IN_DESC: Final = 12
_LABEL: Final = 17  # height of a label

Marks = Mapping[int, Outcome | None]  # None: itself listed


def ownership_svg(
    holdings: Holdings,
    focus: Entity,
    *,
    listed: Iterable[Entity] = (),
    maybe_listed: Iterable[Entity] = (),
    names: Mapping[Entity, str] | None = None,
    language: str = "en",
    threshold: float = 0.5,
    as_of: date | None = None,
    element_id: str = "ownership",
) -> str:
    """Return the picture of what lies above and below a party, as one ``<svg>`` element.

    Args:
        holdings: see ``Holding``.
        focus: the party in the middle.
        listed: listed parties; who is caught through them is found with the threshold cascade.
        maybe_listed: parties that may be listed; who is possibly caught through them is found likewise.
        names: display names by id.
        language: "en" or "zh".
        threshold: of the cascade, fraction 0-1.
        as_of: the day, needed when holdings carry dates.
        element_id: prefix of the ids inside, when a page has several pictures; letters, digits and hyphens are kept.

    Raises:
        NotFoundError: the party is in no holding.
        QueryError: no such language, threshold or no day.
        RecordError: a holding is malformed.
    """
    check_threshold(threshold)
    network = build(holdings, as_of=as_of)
    centre = network.numbers.get(focus)
    if centre is None:
        raise NotFoundError(f"{focus!r} is in no holding", remedy="Load holdings of it first.")
    maybe = frozenset(network.known(set(maybe_listed) - (listed := set(listed))))
    marks = _marks(network, listed, maybe, threshold)
    layout = lay_out(network, centre, frozenset(marks))
    prefix = "".join(char for char in element_id if char.isascii() and (char.isalnum() or char == "-")) or "ownership"
    return _Picture(network, layout, marks, maybe, names or {}, language, prefix).draw(centre)


def _marks(
    network: Network, listed: Iterable[Entity], maybe: frozenset[int], threshold: float
) -> dict[int, Outcome | None]:
    seeds, trigger = network.known(listed), Trigger(threshold)
    marks: dict[int, Outcome | None] = dict.fromkeys(
        spread(links(network, trigger, high=True), sorted({*seeds, *maybe}), trigger.need), Outcome.POSSIBLE
    )
    marks.update(dict.fromkeys(maybe, Outcome.POSSIBLE))
    marks.update(dict.fromkeys(spread(links(network, trigger, high=False), seeds, trigger.need), Outcome.CERTAIN))
    marks.update(dict.fromkeys(seeds))
    return marks


class _Picture:
    def __init__(
        self,
        network: Network,
        layout: Layout,
        marks: Marks,
        maybe: frozenset[int],
        names: Mapping[Entity, str],
        language: str,
        prefix: str,
    ) -> None:
        self._texts = words(language)
        self._layout, self._marks, self._language, self._prefix = layout, marks, language, prefix
        self._maybe = maybe
        self._name = {node: name_of(network.ids[node], names) for row in layout.rows for node in row}
        widest = max(len(row) for row in layout.rows)
        self._width = 2 * MARGIN + widest * BOX_WIDTH + (widest - 1) * GAP_X
        if widest == 1:
            self._width += 2 * BOX_WIDTH  # room for the labels of rings beside the only column
        self._labels: list[tuple[float, float, float]] = []
        self._row: dict[int, int] = {}
        self._at: dict[int, tuple[float, float]] = {}
        for number, row in enumerate(layout.rows):
            left = (self._width - len(row) * BOX_WIDTH - (len(row) - 1) * GAP_X) / 2
            for place, node in enumerate(row):
                self._row[node] = number
                self._at[node] = (left + place * (BOX_WIDTH + GAP_X), MARGIN + number * (BOX_HEIGHT + GAP_Y))
        self._height = 2 * MARGIN + len(layout.rows) * BOX_HEIGHT + (len(layout.rows) - 1) * GAP_Y
        if layout.hidden:
            self._height += 24

    def draw(self, focus: int) -> str:
        prefix, size = self._prefix, f"{self._width:g} {self._height:g}"
        title = self._texts["title"].format(name=self._name[focus])
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {size}" width="{self._width:g}"'
            f' height="{self._height:g}" aria-labelledby="{prefix}-title {prefix}-desc" font-family="sans-serif"'
            f' font-size="13" lang="{self._language}">',
            f'<title id="{prefix}-title">{escaped(title)}</title>',
            f'<desc id="{prefix}-desc">{escaped(self._description())}</desc>',
            f'<defs><marker id="{prefix}-arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8"'
            ' orient="auto"><path d="M0 0L10 5L0 10z" fill="#444"/></marker>'
            f'<pattern id="{prefix}-hatch" width="8" height="8" patternUnits="userSpaceOnUse"'
            ' patternTransform="rotate(45)"><path d="M0 0V8" stroke="#f0c9c0" stroke-width="3"/></pattern></defs>',
            f'<rect width="{self._width:g}" height="{self._height:g}" fill="#fff"/>',
        ]
        lines = [self._link(link) for link in self._layout.links]
        parts += [line for line, _ in lines]
        parts += [self._box(node, focus) for row in self._layout.rows for node in row]
        parts += [label for _, label in lines]  # last, so that no box and no line covers a figure
        if self._layout.hidden:
            text = escaped(self._texts["hidden"].format(count=self._layout.hidden))
            parts.append(f'<text x="{MARGIN}" y="{self._height - 14:g}" fill="#333">{text}</text>')
        parts.append("</svg>")
        return "\n".join(parts)

    def _description(self) -> str:
        listed = [name for node, name in self._name.items() if node in self._marks and self._marks[node] is None]
        caught = [
            name for node, name in self._name.items() if self._marks.get(node) is not None and node not in self._maybe
        ]
        maybe = [name for node, name in self._name.items() if node in self._maybe]
        text = self._texts["desc"].format(
            parties=len(self._name),
            holdings=len(self._layout.links),
            listed=self._some("listed", listed),
            caught=self._some("caught", caught),
        )
        if maybe:
            text = f"{text.rstrip()} {self._some('maybe', maybe)}"
        if self._layout.hidden:
            text = f"{text} {self._texts['hidden'].format(count=self._layout.hidden)}"
        return text.strip()

    def _some(self, key: str, names: list[str]) -> str:
        if not names:
            return self._texts[f"{key}_none"]
        shown = ", ".join(names[:_NAMES_IN_DESC])
        if len(names) > _NAMES_IN_DESC:
            shown = f"{shown} {self._texts['more'].format(count=len(names) - _NAMES_IN_DESC)}"
        return self._texts[f"{key}_some"].format(names=shown)

    def _box(self, node: int, focus: int) -> str:
        x, y = self._at[node]
        name = self._name[node]
        mark, stroke, fill, dash = "", "#444", "#fff", ""
        if node in self._marks:
            outcome = self._marks[node]
            mark = self._texts[
                "listed" if outcome is None else "maybe_listed" if node in self._maybe else outcome.value
            ]
            stroke = "#9c1c00"
            fill = f"url(#{self._prefix}-hatch)" if outcome is None else "#fff"
            dash = ' stroke-dasharray="6 4"' if outcome is Outcome.POSSIBLE else ""
        thick = 3 if node == focus else 1.5
        parts = [
            f"<g><title>{escaped(f'{name} ({mark})' if mark else name)}</title>",
            f'<rect x="{x:g}" y="{y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="4" fill="{fill}"'
            f' stroke="{stroke}" stroke-width="{thick}"{dash}/>',
        ]
        if mark and self._marks[node] is None:
            parts.append(
                f'<rect x="{x - 4:g}" y="{y - 4:g}" width="{BOX_WIDTH + 8}" height="{BOX_HEIGHT + 8}" rx="6"'
                f' fill="none" stroke="{stroke}" stroke-width="1.5"/>'
            )
        lines = fit(name, _COLUMNS, 2 if mark else 3)
        top = y + BOX_HEIGHT / 2 - 8 * (len(lines) + bool(mark)) + 12
        for number, line in enumerate(lines):
            parts.append(
                f'<text x="{x + BOX_WIDTH / 2:g}" y="{top + 16 * number:g}" text-anchor="middle" fill="#111"'
                f' stroke="#fff" stroke-width="3" paint-order="stroke">{escaped(line)}</text>'
            )
        if mark:
            parts.append(
                f'<text x="{x + BOX_WIDTH / 2:g}" y="{top + 16 * len(lines):g}" text-anchor="middle" fill="#9c1c00"'
                f' font-size="11" font-weight="bold" stroke="#fff" stroke-width="3" paint-order="stroke">'
                f"{escaped(mark)}</text>"
            )
        return "".join([*parts, "</g>"])

    def _link(self, link: Drawn) -> tuple[str, str]:
        """Return the line of a holding and the label on it; one that does not lead down a row bows to the side."""
        (x1, y1), (x2, y2) = self._at[link.owner], self._at[link.owned]
        down = self._row[link.owned] - self._row[link.owner]
        middle, half = BOX_WIDTH / 2, BOX_HEIGHT / 2
        if down == 1:
            start, end = (x1 + middle, y1 + BOX_HEIGHT), (x2 + middle, y2)
            path = f"M{start[0]:g} {start[1]:g}L{end[0]:g} {end[1]:g}"
            # A third of the way down: holdings in one party are further apart there than at its box.
            label = start[0] + (end[0] - start[0]) / 3, start[1] + (end[1] - start[1]) / 3 + 4
        elif down == 0 and link.owner != link.owned:  # over the row, in the free strip below the labels of the gap
            start, end = (x1 + middle + 12, y1), (x2 + middle - 12, y2)
            path = f"M{start[0]:g} {y1:g}C{start[0]:g} {y1 - 36:g} {end[0]:g} {y2 - 36:g} {end[0]:g} {end[1]:g}"
            label = (start[0] + end[0]) / 2, y1 - 23
        else:
            side = BOX_WIDTH if x1 <= x2 or down == 0 else 0
            out = 1 if side else -1
            start, end = (x1 + side, y1 + half - 6), (x2 + side, y2 + half + 6)
            bow = out * (44 + 8 * min(abs(down), 4))
            path = (
                f"M{start[0]:g} {start[1]:g}C{start[0] + bow:g} {start[1]:g} {end[0] + bow:g} {end[1]:g}"
                f" {end[0]:g} {end[1]:g}"
            )
            label = (start[0] + end[0]) / 2 + 0.75 * bow, (start[1] + end[1]) / 2 + 4
        text = holding_text(link.measure, link.share, self._language)
        whole = escaped(f"{self._name[link.owner]} → {self._name[link.owned]}: {text}")
        dash = "" if link.measure.value == "shares" else ' stroke-dasharray="2 4"'
        half_text = width(text) * _CHARACTER / 2 + 3
        x, y = self._free(min(max(label[0], half_text), self._width - half_text), label[1], half_text)
        return (
            f'<path d="{path}" fill="none" stroke="#444"{dash} marker-end="url(#{self._prefix}-arrow)">'
            f"<title>{whole}</title></path>",
            f'<rect x="{x - half_text:g}" y="{y - 13:g}" width="{2 * half_text:g}" height="{_LABEL}" fill="#fff"/>'
            f'<text x="{x:g}" y="{y:g}" text-anchor="middle" font-size="12" fill="#111">{escaped(text)}</text>',
        )

    def _free(self, x: float, y: float, half: float) -> tuple[float, float]:
        """Return a place for a label near the wanted one where no other label stands, if one is within reach."""
        for shift in (0, 1, -1, 2, -2):
            at = y + shift * _LABEL
            if all(abs(at - v) >= _LABEL or abs(x - h) >= half + other for h, v, other in self._labels):
                y = at
                break
        self._labels.append((x, y, half))
        return x, y
