"""What changed between two versions of a list or register: entries added, changed (in which fields) and removed.

Two versions of 100,000 entries are a million facts each, so the facts are compared as the lines they are stored as:
the mapper writes the lines of one entry together and in one form. Where an entry stands in its file is not compared.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from kb import ids
from kb.lists import ListVersion, entry_prefix, find_version, list_versions
from kb.long_text import LongText
from ontology import terms as t

if TYPE_CHECKING:
    from kb.base import KnowledgeBase

FIELDS: Final[Mapping[str, str]] = {
    t.DUE_hasName: "names",
    t.DUE_hasIdentifier: "identifiers",
    t.DUE_attribute: "attributes",
    t.DUE_partyKind: "kind",
    t.DUE_country: "countries",
    t.DUE_program: "programs",
    t.DUE_birthDate: "birth_dates",
    t.DUE_address: "addresses",
    t.DUE_remarks: "remarks",
    t.DUE_listedOn: "listed_on",
    t.DUE_delistedOn: "delisted_on",
    t.DUE_legalForm: "legal_form",
    t.DUE_partnerStatus: "status",
}
"""Fields of an entry or partner by the predicate that states them."""
_PARTS: Final = {"name": "names", "identifier": "identifiers", "attribute": "attributes"}
_PART: Final = re.compile(r"#(name|identifier|attribute)(\d+)$")
_LINE: Final = re.compile(r'<([^>]*)> <([^>]*)> (?:<([^>]*)>|"((?:[^"\\]|\\.)*)"\S*) \.')
# Where an entry stands, and what every entry of a version has in common.
_NOT_COMPARED: Final = (f"> <{t.OA_hasSelector}> ", f"> <{t.OA_hasSource}> ", f"> <{t.DUE_inRegister}> ")


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One entry or partner that differs between two versions.

    Attributes:
        entry: its id within the list or register.
        change: "added", "changed" or "removed".
        name: its first name, of the later version that has it.
        fields: names of the fields that differ; () for entries added or removed.
        before: values by field, of the fields that differ (all fields of an entry removed).
        after: likewise of the later version.
    """

    entry: str
    change: str
    name: str
    fields: tuple[str, ...]
    before: Mapping[str, tuple[str, ...]]
    after: Mapping[str, tuple[str, ...]]

    def json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "entry": self.entry,
            "change": self.change,
            "name": self.name,
            "fields": list(self.fields),
            "before": {field: list(values) for field, values in self.before.items()},
            "after": {field: list(values) for field, values in self.after.items()},
        }


@dataclass(frozen=True, slots=True)
class ListDelta:
    """What changed from one version of a list to another; ``old`` is None when there is none before ``new``."""

    list_id: str
    old: ListVersion | None
    new: ListVersion
    changes: tuple[EntryChange, ...]

    def of(self, change: str) -> tuple[EntryChange, ...]:
        """Return the entries "added", "changed" or "removed"."""
        return tuple(one for one in self.changes if one.change == change)


def list_delta(kb: KnowledgeBase, list_id: str, old: str | None = None, new: str | None = None) -> ListDelta:
    """Return what changed between two versions of a list or register.

    Args:
        kb: the knowledge base.
        list_id: id of the list or name of the register ("OFAC-SDN", "suppliers").
        old: number, beginning of the hash, or document id of the earlier version; None for the one before ``new``.
        new: likewise of the later one; None for the current version.

    Returns:
        The changes, added before changed before removed, each by entry. Without an earlier version all entries of
        ``new`` are added.

    Raises:
        NotFoundError: no such list or version.
        QueryError: a name fits several versions.
        StoreDamagedError: a stored file is missing or damaged.
    """
    versions = list_versions(kb.registry, kb.texts)
    later = find_version(versions, list_id, new)
    if old is not None:
        earlier: ListVersion | None = find_version(versions, list_id, old)
    else:
        earlier = next((one for one in versions if one.series == later.series and one.number == later.number - 1), None)
    before = "" if earlier is None else kb.texts.facts(earlier.facts)
    after = kb.texts.facts(later.facts)
    changes = compare_facts(
        before, after, entry_prefix(later) if earlier is None else entry_prefix(earlier), entry_prefix(later)
    )
    return ListDelta(later.list_id, earlier, later, changes)


def compare_facts(
    before: str | LongText, after: str | LongText, old_prefix: str, new_prefix: str
) -> tuple[EntryChange, ...]:
    """Return what differs between the entries of two versions' facts.

    Args:
        before: N-Triples of the earlier version, "" for none; packed where they are long.
        after: N-Triples of the later one, likewise.
        old_prefix: how IRIs of entries begin in ``before`` (``kb.lists.entry_prefix``).
        new_prefix: likewise in ``after``.
    """
    olds, news = _digests(before, old_prefix), _digests(after, new_prefix)
    differing = {key for key in olds.keys() | news.keys() if olds.get(key) != news.get(key)}
    was, now = _fields(before, old_prefix, differing), _fields(after, new_prefix, differing)
    found = []
    for key in differing:
        left, right = was.get(key), now.get(key)
        if left is None or right is None:
            change = "added" if left is None else "removed"
            found.append(EntryChange(key, change, _name(right or left or {}), (), left or {}, right or {}))
            continue
        fields = tuple(
            sorted(f for f in left.keys() | right.keys() if sorted(left.get(f, ())) != sorted(right.get(f, ())))
        )
        if fields:
            found.append(
                EntryChange(
                    key,
                    "changed",
                    _name(right),
                    fields,
                    {field: left.get(field, ()) for field in fields},
                    {field: right.get(field, ()) for field in fields},
                )
            )
    return tuple(sorted(found, key=lambda one: (one.change, one.entry)))


def _groups(facts: str | LongText, prefix: str) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the key of each entry, as it stands in its IRI, with its lines."""
    begin = f"<{prefix}"
    lines = (line for line in _lines(facts) if line.startswith(begin))
    size = len(begin)
    yield from groupby(lines, key=lambda line: line[size : line.index(">", size)].partition("#")[0])


def _lines(facts: str | LongText) -> Iterator[str]:
    if isinstance(facts, str):
        yield from facts.split("\n")
        return
    for portion in facts.portions():
        yield from portion.decode().split("\n")


def _digests(facts: str | LongText, prefix: str) -> dict[str, bytes]:
    """Return a digest of what is said of each entry, whatever the order."""
    found: dict[str, bytes] = {}
    for key, lines in _groups(facts, prefix):
        # The prefix may differ between versions (a register under another name), the rest of a line may not.
        said = sorted(line[len(prefix) :] for line in lines if not any(mark in line for mark in _NOT_COMPARED))
        text = "\n".join(said).replace(prefix, "")
        found[ids.unquote_id(key)] = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return found


def _fields(facts: str | LongText, prefix: str, wanted: set[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the fields of the entries wanted; names and identifiers as one text each, kind or scheme included."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for quoted, lines in _groups(facts, prefix):
        key = ids.unquote_id(quoted)
        if key not in wanted:
            continue
        values: dict[str, list[str]] = defaultdict(list)
        parts: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
        for line in lines:
            match = _LINE.match(line)
            if match is None:
                continue
            subject, predicate, _, literal = match.groups()
            part = _PART.search(subject)
            if part is not None and literal is not None:
                parts[(_PARTS[part[1]], int(part[2]))][predicate] = _text(literal)
            elif literal is not None and predicate in FIELDS:
                values[FIELDS[predicate]].append(_text(literal))
        for (field, _), said in sorted(parts.items()):
            values[field].append(_shown(field, said))
        found[key] = {
            field: tuple(texts) if field in _PARTS.values() else tuple(sorted(texts)) for field, texts in values.items()
        }
    return found


def _shown(field: str, said: Mapping[str, str]) -> str:
    if field == "names":
        kind = said.get(t.DUE_nameKind, "primary")
        return said.get(t.DUE_name, "") + ("" if kind == "primary" else f" [{kind}]")
    if field == "identifiers":
        return f"{said.get(t.DUE_identifierScheme, '')} {said.get(t.DUE_identifierValue, '')}"
    return f"{said.get(t.DUE_attributeName, '')}: {said.get(t.DUE_attributeValue, '')}"


def _name(fields: Mapping[str, tuple[str, ...]]) -> str:
    return next(iter(fields.get("names", ())), "")


def _text(escaped: str) -> str:
    return escaped if "\\" not in escaped else str(json.loads(f'"{escaped}"'))
