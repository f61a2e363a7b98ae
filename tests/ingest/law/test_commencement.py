"""Provisions that begin to apply on a day of their own: read with the words that say so, and never guessed."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.law import read_act
from ingest.law.commencement import read_commencements
from kb.model import Document

ZH = """# 灯塔管理条例

2024年3月1日公布

第一章 总则

第一条 为了管理灯塔，制定本条例。

第二条 灯塔应当登记。

第二章 值守

第三条 守塔人应当值守。

违反第二条规定的，自2024年9月1日起停业整顿。

第四条 灯塔应当点亮。

第五条 {}
"""
EU = """REGULATION (EU) 2024/9999 OF THE EUROPEAN PARLIAMENT AND OF THE COUNCIL

of 13 June 2024

on lighthouses

CHAPTER I

General provisions

Article 1

Subject matter

This Regulation lays down rules.

Article 2

Definitions

In this Regulation 'lighthouse' means a light.

CHAPTER II

Duties

Article 3

Keepers

1. Keepers shall register.

2. Keepers shall report.

Article 4

Fees

A fee is due.

Article 5

Entry into force and application

This Regulation shall enter into force on the twentieth day following that of its publication. It shall apply from 2
August 2026.

{}
"""
IE = """# Ferry Act 2024

Number 7 of 2024

An Act of the Oireachtas. [3rd May, 2024]

1. Short title and commencement
(1) This Act may be cited as the Ferry Act 2024.
(2) This Act comes into operation on 1 June 2024.
(3) {}

2. Licences
A licence is required.

3. Fees
A fee is due.

4. Records
Records shall be kept.
"""

CASES = [
    ("zh", ZH, "本条例自2024年6月1日起施行，但第三条第二款、第四条自2025年1月1日起施行。", [("3(2) 4", "2025-01-01")]),
    (
        "zh",
        ZH,
        "本条例自2024年6月1日起施行。其中，第二条至第四条的规定自2025年1月1日起施行；第一条自公布之日起施行。",
        [("2 3 4", "2025-01-01"), ("1", "2024-03-01")],
    ),
    ("zh", ZH, "本条例自2024年6月1日起施行。第二章自2025年7月1日起施行。", [("3 4 5", "2025-07-01")]),
    ("zh", ZH, "本条例自2024年6月1日起施行。《渡船条例》第二条自2025年1月1日起施行。", []),
    ("zh", ZH, "本条例自2024年6月1日起施行。第二条自2023年1月1日起施行。", []),  # before the version: an older text
    ("zh", ZH, "本条例自2024年6月1日起施行。第二条的实施办法另行制定，自2025年1月1日起施行。", []),
    ("zh", ZH, "本条例自2024年6月1日起施行。", []),
    ("en", EU, "However, Articles 3(2) and 4 shall apply from 2 August 2027.", [("3(2) 4", "2027-08-02")]),
    ("en", EU, "(a) Chapter I shall apply from 2 February 2025;", [("1 2", "2025-02-02")]),
    (
        "en",
        EU,
        "Articles 1 to 3 shall apply from 2 February 2025, with the exception of Article 2.",
        [("1 3", "2025-02-02")],
    ),
    ("en", EU, "Article 5 of Regulation (EU) 2016/679 shall apply from 2 August 2028.", []),
    ("en", EU, "Article 6 shall apply from 2 August 2028.", []),  # there is no such article
    (
        "en",
        IE,
        "Sections 2 and 3 come into operation on 1 January 2025 and section 4 shall come into operation on such day as "
        "the Minister may by order appoint.",
        [("2 3", "2025-01-01"), ("4", None)],
    ),
    ("en", IE, "Except section 4, this Act comes into operation on 1 July 2024.", []),
]


@pytest.mark.parametrize(("language", "law", "said", "expected"), CASES, ids=[case[2][:50] for case in CASES])
def test_a_day_of_its_own_is_read_with_its_words(
    language: str, law: str, said: str, expected: list[tuple[str, str | None]]
) -> None:
    text = law.format(said)
    act = read_act(Document(text, (), "text/markdown", language), source_name="act.md")
    found = read_commencements(text, act, language=language)
    told = [(" ".join(each.provisions), None if each.day is None else each.day.isoformat()) for each in found]
    assert told == expected
    for each in found:
        words = text[each.start : each.end]
        assert words in " ".join(text.split("\n")) or words in text
        assert any(mark in words for mark in ("施行", "apply from", "into operation"))


def test_an_irish_amendment_mark_gives_the_day_of_its_section_the_latest_counts() -> None:
    text = IE.format("This section is of no effect.").replace(
        "A fee is due.",
        "F3[A fee is due.] Annotations: Amendments: F3 Substituted (7.09.2017) by Fees Act 2017 (12/2017), s. 2. "
        "F4 Inserted (1.02.2020) by Fees Act 2019 (9/2019), s. 5, S.I. No. 3 of 2020. F5 Inserted (41.02.2021) by X.",
    )
    act = read_act(Document(text, (), "text/markdown", "en"), source_name="act.md")
    (mark,) = read_commencements(text, act, language="en")
    assert (mark.provisions, mark.day) == (("3",), date(2020, 2, 1))
    assert text[mark.start : mark.end] == "F4 Inserted (1.02.2020) by"
