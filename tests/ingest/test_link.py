"""Ties between names in documents and stored partners."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.link import Mention, link_mentions
from kb.model import Identifier, Link, Name, Partner


@dataclass(frozen=True)
class Stored:
    id: str
    partner: Partner


def stored(
    key: str, *names: str, kind: str | None = "organization", country: str | None = None, uscc: str | None = None
) -> Stored:
    identifiers = (Identifier("USCC", uscc, True),) if uscc is not None else ()
    return Stored(f"r/{key}", Partner(key, tuple(Name(n) for n in names), kind, 0, 1, country, identifiers))


PARTNERS = [
    stored(
        "P1", "远山科技有限公司", "Yuanshan Technology Co., Ltd.", "远山科技", country="CN", uscc="91990100MA781FBF62"
    ),
    stored("P2", "Corran Bay Instruments Limited", country="IE"),
    stored("P3", "Maeve Tolland", kind="person", country="IE"),
    stored("P4", "Heron Trading Ltd", country="MT"),
    stored("P5", "Heron Trading Ltd", country="PA"),
]


def links(text: str, name: str, kind: str | None = None) -> list[Link]:
    start = text.index(name)
    mention = Mention("doc", name, start, start + len(name), kind, "und")
    return list(link_mentions([mention], PARTNERS, lambda _: text))


def test_an_identifier_beside_the_name_makes_it_the_same() -> None:
    (link,) = links("甲方：远山科技\n统一社会信用代码：91990100MA781FBF62", "远山科技")
    assert link.same
    assert link.partner == "r/P1"
    assert "91990100MA781FBF62" in link.why


def test_an_identifier_of_one_with_the_name_of_another_is_no_tie() -> None:
    found = links("Corran Bay Instruments Limited, 91990100MA781FBF62", "Corran Bay Instruments Limited")
    assert [(k.partner, k.same) for k in found] == [("r/P2", True)]


def test_a_full_registered_name_is_a_second_fact_and_a_short_one_is_not() -> None:
    assert links("远山科技有限公司", "远山科技有限公司")[0].same
    short = links("远山科技", "远山科技")[0]
    assert not short.same
    assert short.why.startswith("by name only")


def test_an_english_name_with_its_legal_form_is_the_same_without_it_a_candidate() -> None:
    assert links("Corran Bay Instruments Limited", "Corran Bay Instruments Limited")[0].same
    assert not links("Corran Bay Instruments", "Corran Bay Instruments")[0].same


def test_people_are_never_the_same_by_name() -> None:
    (link,) = links("Maeve Tolland signed.", "Maeve Tolland", "person")
    assert not link.same
    assert link.score == 1.0


def test_a_name_two_partners_bear_is_a_candidate_for_both() -> None:
    found = links("Heron Trading Ltd", "Heron Trading Ltd")
    assert [(k.partner, k.same) for k in found] == [("r/P4", False), ("r/P5", False)]


def test_another_name_gives_no_link() -> None:
    assert links("Tarn and Fell LLP", "Tarn and Fell LLP") == []
