"""What closes an act belongs to none of its articles."""

from __future__ import annotations

import pytest

from ingest.law import read_act
from kb.model import Document

ACT = """REGULATION (EU) 2024/9999 OF THE EUROPEAN PARLIAMENT AND OF THE COUNCIL

of 13 June 2024

on lighthouses

Article 1

Subject matter

This Regulation lays down rules.

Article 2

Application

1. This Regulation shall enter into force on the twentieth day following that of its publication.

2. It shall apply from 2 August 2026.

{}

(1) OJ C 229, 31.7.2012, p. 90.

(2) OJ C 391, 18.12.2012, p. 127.
"""


@pytest.mark.parametrize(
    "closing", ["Done at Brussels, 13 June 2024.", "References", "Done at Strasbourg, the 13 June 2024"]
)
def test_footnotes_behind_the_closing_words_are_no_paragraphs_of_the_last_article(closing: str) -> None:
    text = ACT.format(closing)
    act = read_act(Document(text, (), "text/plain", "en"), source_name="act.txt")
    assert [each.number for each in act.provisions] == ["1", "2", "2(1)", "2(2)"]
    last = act.provisions[-1]
    assert text[last.start : last.end] == "2. It shall apply from 2 August 2026."
    assert str(act.in_force.value) == "2026-08-02"


def test_words_that_only_look_like_a_closing_stay_in_their_article() -> None:
    text = ACT.format("3. Notes\n\nReferences to lighthouses include lightships, done at sea.").partition("(1) OJ")[0]
    act = read_act(Document(text, (), "text/plain", "en"), source_name="act.txt")
    last = next(each for each in act.provisions if each.number == "2")
    assert text[last.start : last.end].endswith("done at sea.")
