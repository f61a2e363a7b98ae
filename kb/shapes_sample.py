"""A sample of facts that holds one node of every class they have, with what those nodes point to.

Packed facts (``kb.long_text``) are millions, so they are passed through: once for the first node of every class, then
for the lines of these nodes and of what they point to.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from kb.ids import URN
from kb.long_text import LongText
from ontology import terms as t

TYPE: Final = f"> <{t.RDF_type}> <"
TRIPLE: Final = re.compile(r"<([^>]*)> <([^>]*)> (.*) \.")
LINK: Final = re.compile(r"<([^>]*)>")
_MANY: Final = 16
"""Links of a document beyond which they are not followed."""
_ROUNDS: Final = 4
"""Times that what the nodes chosen point to is looked up in packed facts: as deep as facts are nested."""


def sampled(facts: str | LongText) -> dict[str, list[str]]:
    """Return the lines of the nodes of a sample, by node, without links to what is left out of it."""
    if isinstance(facts, LongText):
        return _sampled_packed(facts)
    # Not splitlines: a quote may hold other line separators.
    described = _described(facts.rstrip("\n").split("\n"))
    first: dict[str, str] = {}
    for node, own in described.items():
        for line in own:
            if TYPE in line:
                first.setdefault(line.partition(TYPE)[2], node)
    lines: dict[str, list[str]] = {}
    waiting = list(dict.fromkeys(first.values()))
    while waiting:
        node = waiting.pop()
        if node not in lines:
            lines[node] = described[node]
            waiting += [target for target in _followed(node, lines[node]) if target in described]
    return _without_links(lines, described.keys() - lines.keys())


def _without_links(lines: Mapping[str, list[str]], left_out: Collection[str]) -> dict[str, list[str]]:
    """Return lines but those that point to nodes that are described and left out of the sample."""
    return {node: [line for line in own if _target(line) not in left_out] for node, own in lines.items()}


def _followed(node: str, own: Iterable[str]) -> list[str]:
    """Return what a node points to, as far as it belongs into a sample."""
    links = [target for line in own if (target := _target(line)) is not None]
    # A document lists all its parts; those that matter are chosen by class.
    return links if "#" in node or len(links) <= _MANY else []


def _described(lines: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line[1 : line.find(">")], []).append(line)
    return found


def _target(line: str) -> str | None:
    """Return the IRI a line's triple points to; None for a type or a literal."""
    triple = TRIPLE.fullmatch(line)
    if triple is None or triple[2] == t.RDF_type:
        return None
    link = LINK.fullmatch(triple[3])
    return None if link is None else link[1]


# --- packed facts ------------------------------------------------------------------------------------------------


def _sampled_packed(facts: LongText) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    nowhere: set[str] = set()
    wanted = set(_first_nodes(facts))
    for _ in range(_ROUNDS):
        found = _looked_up(facts, wanted)
        lines.update(found)
        nowhere |= wanted - found.keys()
        links = {target for node, own in lines.items() for target in _followed(node, own)}
        wanted = {link for link in links if link.startswith(URN)} - lines.keys() - nowhere
        if not wanted:
            break
    pointed_at = {target for own in lines.values() for line in own if (target := _target(line)) is not None}
    return _without_links(lines, {link for link in pointed_at if link.startswith(URN)} - lines.keys() - nowhere)


def _first_nodes(facts: LongText) -> list[str]:
    """Return the first node of every class."""
    nodes: dict[str, None] = {}
    seen: list[bytes] = []
    pattern = _typed(seen)
    for portion in facts.portions():
        start = 0
        while (found := pattern.search(portion, start)) is not None:
            seen.append(found[1])
            line = portion.rfind(b"\n", 0, found.start()) + 1
            nodes[portion[line + 1 : found.start()].decode()] = None
            start = found.end()
            pattern = _typed(seen)
    return list(nodes)


def _typed(seen: Collection[bytes]) -> re.Pattern[bytes]:
    """Return what finds the type of a node, of another class than those seen."""
    others = b"(?!(?:" + b"|".join(re.escape(one) for one in seen) + b")>)" if seen else b""
    return re.compile(re.escape(TYPE.encode()) + others + rb"([^>\n]*)>")


def _looked_up(facts: LongText, nodes: Iterable[str]) -> dict[str, list[str]]:
    """Return the lines of some nodes, from where the first stands; the mapper writes those of a node together."""
    found: dict[str, list[str]] = {}
    waiting = {node: f"\n<{node}> ".encode() for node in nodes}
    ending: set[str] = set()
    for portion in facts.portions():
        whole = b"\n" + portion
        for node, mark in list(waiting.items()):
            start = -1
            while (start := whole.find(mark, start + 1)) >= 0:
                end = whole.find(b"\n", start + 1)
                found.setdefault(node, []).append(whole[start + 1 : end if end >= 0 else None].decode())
            if node in ending:  # what began in the portion before has had this one to end in
                del waiting[node]
            elif node in found:
                ending.add(node)
        if not waiting:
            break
    return found
