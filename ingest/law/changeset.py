"""Amending notices in RegML: a changeset applied to the version it amends gives the version it makes.

A change names a unit by its label and says ``added``, ``modified``, ``deleted`` or ``moved``. An added unit stands
where ``after``, ``before`` or ``parent`` put it, else where its label sorts; an amended one comes with everything that
stands in it afterwards. ``subpath`` replaces one part of a unit (its title or subject) instead of all of it.

Source: https://github.com/cfpb/regulations-xml-parser, regulation/changes.py, and the notices themselves.
"""

from __future__ import annotations

import copy
from typing import Any, Final

from lxml import etree

from ingest.readers.law.regml import canonical_number
from ingest.readers.law.xml import children, local, parse_xml
from kb.errors import RecordError
from kb.law_numbers import sort_key

_BEGIN: Final = "preamble"
_CONTAINERS: Final = frozenset({"section", "appendix", "interpretations", "subpart"})


def apply_changeset(older: bytes, notice: bytes, *, name: str = "") -> bytes:
    """Return the RegML of a regulation after a notice.

    Args:
        older: the version the notice amends.
        notice: the amending notice.
        name: file name of the notice, for messages.

    Raises:
        RecordError: "wrong-version" when the notice amends another version; "unknown-label" when it changes a unit the
            version does not have.
        UnreadableError: one of the two is no safe, well-formed XML.
    """
    root, order = parse_xml(older, name=name), parse_xml(notice, name=name)
    changes = next((each for each in order.iter() if local(each) == "changeset"), None)
    number = next((each for each in root.iter() if local(each) == "documentNumber"), None)
    if changes is None or number is None or changes.get("leftDocumentNumber") != (number.text or "").strip():
        stated = changes.get("leftDocumentNumber") if changes is not None else None
        raise RecordError(
            f"the notice amends {stated or 'no version'}, not {number.text if number is not None else 'this text'}",
            code="wrong-version",
            place=name,
        )
    for part in ("fdsys", _BEGIN):
        _replace_part(root, order, part)
    # deletions first: an amended unit that encloses a deleted one already comes without it
    listed = [each for each in children(changes) if local(each) == "change"]
    for change in sorted(listed, key=lambda each: each.get("operation") != "deleted"):
        _apply(root, change, name)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _replace_part(root: Any, order: Any, part: str) -> None:
    new = next((each for each in children(order) if local(each) == part), None)
    old = next((each for each in children(root) if local(each) == part), None)
    if new is not None and old is not None:
        root.replace(old, copy.deepcopy(new))


def _labelled(root: Any, label: str | None) -> Any:
    return next((each for each in root.iter() if each.get("label") == label), None) if label else None


def _apply(root: Any, change: Any, name: str) -> None:
    label, operation = change.get("label") or "", change.get("operation")
    old = _labelled(root, label)
    content = [copy.deepcopy(each) for each in children(change)]
    if operation in ("modified", "deleted", "moved") and old is None:
        raise RecordError(f"the version has no unit {label!r}", code="unknown-label", place=name)
    if operation == "deleted":
        old.getparent().remove(old)
    elif operation == "modified" and change.get("subpath"):
        part = change.get("subpath").rpartition("}")[2].rpartition(":")[2]
        inner = next((each for each in old.iter() if local(each) == part), None)
        for new in content:
            if inner is not None:
                inner.getparent().replace(inner, new)
            else:
                old.insert(0, new)
    elif operation == "moved":
        old.getparent().remove(old)
        _insert(root, change, old, name)
    elif content and old is not None:
        # an amended unit comes with everything that stands in it afterwards
        new = content[0]
        old.getparent().replace(old, new)
    elif content:
        _insert(root, change, content[0], name)


def _insert(root: Any, change: Any, new: Any, name: str) -> None:
    """Put a unit beside the one it is said to follow or precede, else in order among the units of its parent."""
    for side in ("after", "before"):
        beside = _labelled(root, change.get(side))
        if beside is not None:
            parent = beside.getparent()
            parent.insert(parent.index(beside) + (side == "after"), new)
            return
    label = new.get("label") or ""
    parent = _labelled(root, change.get("parent"))
    outer = label
    while parent is None and "-" in outer:
        outer = outer.rpartition("-")[0]
        parent = _labelled(root, outer)
    if parent is None:
        raise RecordError(f"no unit of the version encloses {label!r}", code="unknown-label", place=name)
    own = [each for each in children(parent) if each.get("label")]
    key = sort_key(canonical_number(label))
    following = next((each for each in own if sort_key(canonical_number(each.get("label"))) > key), None)
    if following is not None:
        parent.insert(parent.index(following), new)
    else:
        parent.append(new)
