"""ELI RDF (Turtle or RDF/XML): the subdivisions of an act become readable text with an outline.

Ontologies and catalogues that only mention ELI hold no subdivision with words; they are left to be read as they stand.

Source: European Legislation Identifier ontology 1.3, http://data.europa.eu/eli/ontology#.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final
from xml.sax import SAXException

from rdflib import BNode, Graph, URIRef
from rdflib.exceptions import ParserError

from ingest.readers.builder import DocumentBuilder
from ingest.readers.law.outline import Outline, OutlineBuilder, act_id, law_data
from kb.errors import UnreadableError
from kb.law_numbers import sort_key
from kb.model import BlockKind

_ELI: Final = "http://data.europa.eu/eli/ontology#"
_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_BASE: Final = "urn:duegraph:unnamed"
_CLASSES: Final = frozenset(
    {"LegalResourceSubdivision", "LegalResource", "LegalExpression", "LegalSubdivisionExpression"}
)
_WORD: Final = re.compile(r"[A-Za-z]{4,12}")
_MARK: Final = re.compile(r"(\d+[A-Za-z]{0,2}|[IVXLC]+|[a-z]{1,5})\W*$")
_KINDS: Final = {
    "date_document": "adopted", "date_publication": "published", "first_date_entry_in_force": "in_force",
    "date_no_longer_in_force": "no_longer_in_force", "version_date": "version",
}  # fmt: skip
_JURISDICTION: Final = re.compile(r"^(?:https?://[^/]{1,80})?/?eli/([a-z]{2})/|country/([A-Z]{3})")
_DEEPEST: Final = 16
_MARKS_OF_DTD: Final = re.compile(rb"<!(?:ENTITY|DOCTYPE)")


@dataclass(slots=True)
class _Node:
    iri: str
    classes: set[str] = field(default_factory=set)
    above: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def first(self, name: str) -> str:
        return next((value.strip() for value in self.values.get(name, ()) if value.strip()), "")


def read_eli(data: bytes, builder: DocumentBuilder, *, turtle: bool) -> bool:
    """Read ELI RDF into ``builder``; False when no subdivision of an act has words.

    Raises:
        UnreadableError: "entities" when RDF/XML declares entities, "damaged" when it cannot be parsed.
    """
    if not turtle and _MARKS_OF_DTD.search(data.replace(b"\0", b"")) is not None:
        raise UnreadableError("The file declares entities or a document type.", code="entities", place=builder.name)
    nodes = _nodes(data, builder, turtle=turtle)
    worded = [node for node in nodes.values() if node.classes and node.above and node.first("description")]
    if not worded:
        return False
    chains = {iri: _chain(iri, nodes) for iri in nodes if nodes[iri].above}
    outline = Outline(format="eli", kind="act")
    out = OutlineBuilder(builder, outline)
    _identify(out, nodes, chains)
    _Writer(out, nodes, chains).write()
    out.finish()
    return True


def _nodes(data: bytes, builder: DocumentBuilder, *, turtle: bool) -> dict[str, _Node]:
    nodes: dict[str, _Node] = {}
    graph = Graph()
    try:
        graph.parse(data=data, format="turtle" if turtle else "xml", publicID=_BASE)
    except (SyntaxError, ValueError, LookupError, AssertionError, SAXException, ParserError) as error:
        raise UnreadableError(f"The RDF cannot be parsed: {error}.", code="damaged", place=builder.name) from error
    for one, two, value in sorted(graph):
        # a blank node can be no part's parent, but its words belong to the act
        subject, predicate = f"_:{one}" if isinstance(one, BNode) else str(one), str(two)
        node = nodes.setdefault(subject, _Node(subject))
        name = predicate.removeprefix(_ELI)
        if predicate == _TYPE and str(value).removeprefix(_ELI) in _CLASSES:
            node.classes.add(str(value).removeprefix(_ELI))
        elif name in ("is_part_of", "realizes", "is_member_of") and isinstance(value, URIRef):
            node.above.append(str(value))
        elif name == "has_part" and isinstance(value, URIRef):
            nodes.setdefault(str(value), _Node(str(value))).above.append(subject)
        elif predicate.startswith(_ELI) and not isinstance(value, BNode):
            node.values[name].append(str(value))
    for node in list(nodes.values()):
        for above in node.above:
            nodes.setdefault(above, _Node(above))
    return nodes


def _chain(iri: str, nodes: dict[str, _Node]) -> tuple[str, ...]:
    """Return what encloses a node, outermost first: each step to the parent that itself lies in most others."""
    ancestors: list[str] = list(dict.fromkeys(nodes[iri].above))
    seen = {iri, *ancestors}
    ordered = sorted(ancestors, key=lambda each: (len(_all_above(each, nodes) & seen), each))
    return tuple(ordered[:_DEEPEST])


def _all_above(iri: str, nodes: dict[str, _Node]) -> set[str]:
    found: set[str] = set()
    stack = [iri]
    while stack and len(found) < 64:
        for above in nodes[stack.pop()].above:
            if above not in found:
                found.add(above)
                stack.append(above)
    return found


def _identify(out: OutlineBuilder, nodes: dict[str, _Node], chains: dict[str, tuple[str, ...]]) -> None:
    outline = out.outline
    tops = [chain[0] for chain in chains.values() if chain]
    root = nodes[max(set(tops), key=lambda each: (tops.count(each), each))]
    fragment = root.iri.rpartition("#")[2] if "#" in root.iri else ""
    outline.act = act_id(root.iri) or act_id(root.first("id_local"))
    outline.title = root.first("title") or root.first("title_short") or fragment or root.iri.rpartition("/")[2]
    outline.short_titles = [
        each
        for each in dict.fromkeys((root.first("title_short"), root.first("title_alternative"), fragment))
        if each and each != outline.title
    ]
    country = _JURISDICTION.search(root.iri) or _JURISDICTION.search(root.first("jurisdiction"))
    if outline.act is not None and outline.act.startswith("eu/"):
        outline.jurisdiction = "EU"
    elif country is not None and country[1] is not None:
        outline.jurisdiction = country[1].upper()
    out.builder.entitle(outline.title)
    out.builder.add(BlockKind.HEADING, outline.title, level=1)
    out.line("Identifier", root.iri)
    for name, role in _KINDS.items():
        out.date_line(name.replace("_", " ").capitalize(), root.first(name), role)
    if "version" not in outline.dates and "adopted" in outline.dates:
        outline.dates["version"] = outline.dates["adopted"]


class _Writer:
    def __init__(self, out: OutlineBuilder, nodes: dict[str, _Node], chains: dict[str, tuple[str, ...]]) -> None:
        self.out, self.nodes, self.chains = out, nodes, chains
        self.kinds = {iri: self._kind(nodes[iri]) for iri in chains}
        self.unnumbered = 0

    def _kind(self, node: _Node) -> str:
        """Return the kind of subdivision: its stated type, else the word of its alternative title or name."""
        data = law_data()
        levels: list[str] = sorted({*data["akn"]["levels"], *data["eli"]["levels"]}, key=len, reverse=True)
        name = node.iri.rpartition("#")[2] if "#" in node.iri else node.iri.rpartition("/")[2]
        depth = name.count("-")
        for source in (node.first("type_subdivision").rpartition("/")[2], node.first("title_alternative"), name):
            word = _WORD.search(source)
            found = next((x for x in levels if word[0].lower().startswith(x)), None) if word is not None else None
            if found is not None:
                if found == "article" and depth and source != node.first("type_subdivision"):
                    return "paragraph" if depth == 1 else "point"
                return found
        return "paragraph"

    def write(self) -> None:
        """Write recitals, then articles under their divisions, each with what it encloses."""
        inner: dict[str, list[str]] = defaultdict(list)
        for iri, chain in self.chains.items():
            if chain:
                inner[self._parent(iri)].append(iri)
        for iri in sorted((each for each, kind in self.kinds.items() if kind == "recital"), key=self._order):
            self._recital(iri)
        articles = sorted((each for each, kind in self.kinds.items() if kind == "article"), key=self._order)
        open_divisions: list[tuple[str, str, int, int]] = []
        for iri in articles:
            wanted = [above for above in self.chains[iri] if self.kinds.get(above) not in (None, "article", "recital")]
            keep = 0
            while keep < min(len(wanted), len(open_divisions)) and open_divisions[keep][0] == wanted[keep]:
                keep += 1
            self._close(open_divisions, keep)
            for above in wanted[keep:]:
                open_divisions.append(self._division(above, open_divisions[-1][1] if open_divisions else None))
            self._article(iri, open_divisions[-1][1] if open_divisions else None, inner)
        self._close(open_divisions, 0)
        annexes = [each for each, kind in self.kinds.items() if kind in ("annex", "schedule")]
        for iri in sorted(annexes, key=self._order):
            kind = "ann" if self.kinds[iri] == "annex" else "sch"
            self._inside(iri, None, inner, self.out.unique(f"{kind}{self._mark(iri)}"), 0)
        if self.unnumbered:
            self.out.builder.warn(
                f"{self.unnumbered} parts state no number; their words stand unnumbered in the unit that holds them."
            )

    def _is_numbered(self, iri: str) -> bool:
        node = self.nodes[iri]
        return not iri.startswith("_:") or bool(node.first("number") or node.first("title_alternative"))

    def _parent(self, iri: str) -> str:
        return self.chains[iri][-1]

    def _order(self, iri: str) -> tuple[object, ...]:
        node = self.nodes[iri]
        name = node.iri.rpartition("#")[2]
        return (sort_key(re.sub(r"^[A-Za-z]+", "", name) or node.first("number")), name)

    def _mark(self, iri: str) -> str:
        node = self.nodes[iri]
        for source in (node.first("number"), node.first("title_alternative"), node.iri):
            match = _MARK.search(source)
            if match is not None:
                return match[1]
        return "x"

    def _recital(self, iri: str) -> None:
        node = self.nodes[iri]
        mark = self._mark(iri)
        place = self.out.open(self.out.unique(f"rec{mark}"))
        block = self.out.builder.add(
            BlockKind.LIST_ITEM, f"({mark}) {node.first('description')}", level=1, number=f"({mark})"
        )
        self.out.close(place, f"({mark})", None, "item", start=block.start if block is not None else None, parent=None)

    def _division(self, iri: str, parent: str | None) -> tuple[str, str, int, int]:
        node = self.nodes[iri]
        titles = set(node.values.get("title", ()))
        heading = titles.pop() if len(titles) == 1 else None  # one node for the sections of several chapters names none
        label = node.first("title_alternative") or f"{self.kinds[iri].title()} {self._mark(iri)}"
        own = f"{self.kinds[iri]}{self._mark(iri)}"
        number = self.out.unique(f"{parent}.{own}" if parent else own)
        place = self.out.open(number)
        block = self.out.builder.add(
            BlockKind.HEADING, f"{label} {heading or ''}".strip(), level=2 if parent is None else 3
        )
        start = block.start if block is not None else self.out.builder.length
        self._levels(place, label, heading, iri, start, parent)
        return iri, number, place, start

    def _levels(self, place: int, label: str, heading: str | None, iri: str, start: int, parent: str | None) -> None:
        level = law_data()["eli"]["levels"].get(self.kinds[iri], "part")
        self.out.close(place, label, heading, level, start=start, parent=parent)

    def _close(self, open_divisions: list[tuple[str, str, int, int]], keep: int) -> None:
        while len(open_divisions) > keep:
            _, _, place, start = open_divisions.pop()
            _, label, heading, level, _, _, parent = self.out.outline.provisions[place]
            self.out.close(place, label, heading, level, start=start, parent=parent)

    def _article(self, iri: str, parent: str | None, inner: dict[str, list[str]]) -> None:
        self._inside(iri, parent, inner, self.out.unique(self._mark(iri)), 0)

    def _inside(self, iri: str, parent: str | None, inner: dict[str, list[str]], number: str, depth: int) -> None:
        """Write a unit and what it encloses; the first level inside an article is a paragraph."""
        node, builder = self.nodes[iri], self.out.builder
        place = self.out.open(number)
        words, begun = node.first("description"), builder.length
        label, heading = f"({self._mark(iri)})", node.first("title") or None
        start: int | None = None
        if depth == 0:
            label = node.first("title_alternative") or f"{self.kinds[iri].title()} {self._mark(iri)}"
            block = builder.add(BlockKind.HEADING, f"{label} {heading or ''}".strip(), level=4)
            start = block.start if block is not None else None
            builder.add(BlockKind.PARAGRAPH, words)
        elif words:
            block = builder.add(BlockKind.LIST_ITEM, f"{label} {words}", level=min(depth, 9), number=label)
            start = block.start if block is not None else None
        if depth < _DEEPEST:
            unnumbered = [
                self.nodes[each].first("description") for each in inner.get(iri, ()) if not self._is_numbered(each)
            ]
            for part in sorted(unnumbered):
                builder.add(BlockKind.LIST_ITEM, part, level=min(depth + 1, 9))
            self.unnumbered += len(unnumbered)
            for each in sorted((x for x in inner.get(iri, ()) if self._is_numbered(x)), key=self._order):
                child_number = f"{number}({self._mark(each)})"
                if self.out.free(child_number):
                    self._inside(each, number, inner, child_number, depth + 1)
        if start is None and builder.length > begun:
            start = next((block.start for block in builder.blocks if block.start >= begun), None)
        level = {0: "article", 1: "paragraph"}.get(depth, "item")
        if self.kinds[iri] in ("annex", "schedule"):
            level = "part"
        self.out.close(place, label, heading, level, start=start, parent=parent)
