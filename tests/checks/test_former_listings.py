"""Former listings: entries that vanish between versions of a list, as rules and answers of screening see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.engine import check
from checks.finding import Outcome
from checks.former_listings import entries_of, former_listings
from checks.load import load_context, load_screening_lists
from checks.rule import find_rule, load_rules
from checks.screening import ScreeningIndex, ScreenQuery, screen
from checks.screening_load import stored_screening
from kb.base import KnowledgeBase
from kb.model import Name
from kb.settings import Settings
from tests.holdings import register, store, watchlist

TODAY = datetime.now(UTC).date()


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    data = tmp_path / "data"
    with KnowledgeBase.open(data, write=True, settings=Settings(data=data)) as opened:
        yield opened


def load(kb: KnowledgeBase, source: str, **names: str) -> None:
    store(kb, source, watchlist("OFAC-SDN", [(key, name, "person") for key, name in names.items()]), link=False)


def former(kb: KnowledgeBase) -> dict[str, tuple[str, bool]]:
    with kb.snapshot() as snapshot:
        found = former_listings(snapshot, load_screening_lists(snapshot))
        return {
            entry.id: (entry.names[0].text, bool(one.document))
            for one in found
            for entry in one.entries
            if entry.delisted_on == TODAY
        }


def test_an_entry_that_vanished_is_a_former_listing(kb: KnowledgeBase) -> None:
    load(kb, "sdn", e1="Anselm Varga", e2="Berta Quill", e3="Carlo Dunn")
    assert former(kb) == {}
    load(kb, "sdn", e1="Anselm Varga", e2="Berta Quill")
    assert former(kb) == {"e3": ("Carlo Dunn", False)}
    load(kb, "sdn", e2="Berta Quill")
    assert former(kb) == {"e1": ("Anselm Varga", False), "e3": ("Carlo Dunn", False)}


def test_one_that_came_back_or_has_another_number_is_none(kb: KnowledgeBase) -> None:
    load(kb, "sdn", e1="Anselm Varga", e2="Berta Quill")
    load(kb, "sdn", e1="Anselm Varga")
    load(kb, "sdn", e1="Anselm Varga", x9="BERTA QUILL")
    assert former(kb) == {}


def test_an_alias_that_another_entry_shares_hides_nobody(kb: KnowledgeBase) -> None:
    load(kb, "sdn", e1="Anselm Varga", e2="Berta Quill")
    with kb.snapshot() as snapshot:
        (version,) = snapshot.list_versions()
        (old,) = entries_of(snapshot, version, {"e2"})
    shared = replace(old, names=(*old.names, Name("Anselm Varga", "aka")))
    text, listed = watchlist("OFAC-SDN", [("e1", "Anselm Varga", "person"), ("e2", "Berta Quill", "person")])
    entries = (listed.entries[0], replace(listed.entries[1], names=shared.names))
    store(kb, "sdn", (text, replace(listed, entries=entries)), link=False)
    load(kb, "sdn", e1="Anselm Varga")
    assert former(kb) == {"e2": ("Berta Quill", False)}


def test_an_earlier_version_that_is_still_held_can_be_quoted(kb: KnowledgeBase) -> None:
    load(kb, "2021/sdn", e1="Anselm Varga", e2="Berta Quill")
    load(kb, "2023/sdn", e1="Anselm Varga")
    assert former(kb) == {"e2": ("Berta Quill", True)}


def test_screening_tells_a_former_listing_from_one_that_counts(kb: KnowledgeBase) -> None:
    load(kb, "sdn", e1="Anselm Varga", e2="Berta Quill")
    load(kb, "sdn", e1="Anselm Varga")
    with kb.snapshot() as snapshot:
        index = stored_screening(snapshot)
    assert index is not None
    found = screen(ScreenQuery("Berta Quill", "person"), index)
    (hit,) = [one for one in found.candidates if one.match]
    assert (hit.source, hit.entity) == ("former", "e2")
    assert [detail for name, _, detail in hit.explanation if name == "former_listing"]
    assert [one["kind"] for one in found.json()["screened"]] == ["watchlist"]
    assert [c.source for c in screen(ScreenQuery("Anselm Varga", "person"), index).candidates if c.match] == [
        "watchlist"
    ]


@pytest.mark.parametrize(
    ("name", "outcome"), [("Berta Quill", "former"), ("Anselm Varga", "listed"), ("Dora Ames", "none")]
)
def test_rules_flag_a_former_listing_as_such(kb: KnowledgeBase, name: str, outcome: str) -> None:
    load(kb, "sdn", e1="Anselm Varga", e2="Berta Quill")
    load(kb, "sdn", e1="Anselm Varga")
    store(kb, "register", register([("k1", name, "person")]), link=False)
    rules = [find_rule(load_rules(), rule) for rule in ("party/formerly-listed", "party/partner-listed")]
    with kb.snapshot() as snapshot:
        findings = check(rules, load_context(snapshot, TODAY))
    flagged = {finding.rule for finding in findings if finding.outcome is Outcome.FLAG}
    wanted = {"former": {"party/formerly-listed"}, "listed": {"party/partner-listed"}, "none": set[str]()}
    assert flagged == wanted[outcome]


def test_lists_made_in_memory_have_no_past() -> None:
    assert ScreeningIndex.build(()).screened == ()
