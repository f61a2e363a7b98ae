"""Acts in English are read whatever their tradition numbers: articles, sections, parts of a code of regulations."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.law import read_act
from ingest.readers import read_document
from kb.errors import RecordError
from kb.law_numbers import enclosing_number
from kb.model import ActVersion, Document

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "regulations"

CFR = """Title 12—Banks and Banking

PART 1099—FERRY TRANSFERS (REGULATION Q)

§ 1099.1 Authority and purpose.
§ 1099.2 Definitions.

§ 1099.1 Authority and purpose.

(a) Authority. The regulation in this part is issued by the Bureau.
(b) Purpose. This part protects passengers.

§ 1099.2 Definitions.

For purposes of this part:

(a)(1) Access device means a card:
(i) That works; and
(ii) That is used by:
(A) A passenger; or
(B) A keeper.
(2) A device becomes accepted when used.
(b)(1) Account means a deposit account.
(h) Ferry means a boat.
(i) Keeper means a person.
(j) Person means a natural person.
"""

BRITISH = """Ferry Keepers Act 2031

2031 CHAPTER 12

An Act to make provision about ferries. [3rd May 2031]

BE IT ENACTED by the King's most Excellent Majesty:—

PART 1
PRELIMINARY

1 Short title

This Act may be cited as the Ferry Keepers Act 2031.

2 Interpretation

(1) In this Act "ferry" means a boat.
(2) A keeper—
(a) holds a licence, and
(b) rings a bell.

PART 2
DUTIES

3 Duty to report

(1) A keeper must report within 10 days.

4 Commencement

This Act comes into force on 1 June 2031.

SCHEDULE 1
1 The Ferry Act 1901 is repealed.
"""

IRISH = """---
title: "Pier Act , 2033"
identifier: "IE-2033-act-7"
country: "ie"
publication_date: "2033-02-01"
last_updated: "2035-06-09"
---
## PART 1 Preliminary

##### 1. **Short title and commencement.**

**1.**—(1) This Act may be cited as the *Pier Act 2033*.

(2) This Act comes into operation on 1 March 2033.

##### 2. **F1[Interpretation.**

2.—F2[(1)] In this Act, "pier" means a pier.

F3[(2) A boat is—

(*a*) a ferry, or

(*b*) a raft.]

##### 2A. **F4[Annual report**

**2A.** The Minister shall report.]
"""

EUROPEAN = """REGULATION (EU) 2031/77 OF THE EUROPEAN PARLIAMENT AND OF THE COUNCIL

of 4 April 2031

on ferries and repealing Directive 1999/5/EC (General Ferry Regulation)

Article 1
Subject-matter
1. This Regulation lays down rules.
2. It protects passengers.

Article 2
Definitions
For the purposes of this Regulation:
(1) 'ferry' means a boat;
(2) 'keeper' means:
(a) a person; or
(b) a body.

Article 3
Repeal and entry into force
1. Directive 1999/5/EC is repealed with effect from 1 January 2032.
2. This Regulation shall apply from 1 January 2032.
"""

PLAIN = """PIER SAFETY ACT

Section 1. Short title. This Act may be cited as the Pier Safety Act.

Section 2. Definitions. (a) In this Act, pier means a pier.
(b) Boat means a boat.

Section 3. Penalties.
A keeper who violates Section 2 shall pay a fine.

Section 5 of the Ferry Act applies.

Section 4. Effective date. This Act takes effect on January 1, 2032.
"""


def act(text: str, name: str = "act.txt") -> ActVersion:
    read = read_act(Document(text, (), "text/plain", "en"), source_name=name)
    numbers = [each.number for each in read.provisions]
    assert len(numbers) == len(set(numbers))
    for each in read.provisions:
        assert 0 <= each.start < each.end <= len(text)
        if each.level in ("paragraph", "item"):
            assert (
                text.startswith(each.label, each.start) or each.label.strip("().") in text[each.start : each.start + 12]
            )
            assert each.parent is not None or each.number.startswith("rec")
    return read


def bases(read: ActVersion) -> list[tuple[str, str | None]]:
    return [(each.number, each.heading) for each in read.provisions if each.level == "article"]


def inside(read: ActVersion, number: str) -> list[str]:
    return [each.number for each in read.provisions if each.number.startswith(f"{number}(")]


def test_a_part_of_the_code_of_federal_regulations() -> None:
    read = act(CFR)
    assert (read.act, read.jurisdiction, read.unit) == ("us/cfr/12/1099", "US", "§")
    assert bases(read) == [("1099.1", "Authority and purpose"), ("1099.2", "Definitions")]
    assert inside(read, "1099.2") == [
        "1099.2(a)", "1099.2(a)(1)", "1099.2(a)(1)(i)", "1099.2(a)(1)(ii)", "1099.2(a)(1)(ii)(A)",
        "1099.2(a)(1)(ii)(B)", "1099.2(a)(2)", "1099.2(b)", "1099.2(b)(1)", "1099.2(h)", "1099.2(i)", "1099.2(j)",
    ]  # fmt: skip


def test_a_british_act_stops_at_its_schedule() -> None:
    read = act(BRITISH)
    assert (read.act, read.jurisdiction) == ("gb/act/2031/12", "GB")
    assert bases(read) == [
        ("1", "Short title"),
        ("2", "Interpretation"),
        ("3", "Duty to report"),
        ("4", "Commencement"),
    ]
    assert inside(read, "2") == ["2(1)", "2(2)", "2(2)(a)", "2(2)(b)"]
    assert read.version_date.value == date(2031, 5, 3)
    assert read.in_force.value == date(2031, 6, 1)
    assert [(each.number, each.parent) for each in read.provisions if each.number == "3"] == [("3", "part2")]


def test_schedules_stand_behind_the_sections_with_paragraphs_of_their_own() -> None:
    text = BRITISH.replace(
        "SCHEDULE 1\n1 The Ferry Act 1901 is repealed.",
        "SCHEDULE 1\nBells\n1. A bell—\n(a) is brass, and\n(b) rings.\n2. It hangs.\n\n"
        "SCHEDULE 2 Lamps\n1. A lamp burns.",
    )
    read = act(text)
    found = {each.number: text[each.start : each.end] for each in read.provisions if each.number.startswith("sch")}
    assert list(found) == ["sch1", "sch1(1)", "sch1(1)(a)", "sch1(1)(b)", "sch1(2)", "sch2", "sch2(1)"]
    assert found["sch1(1)(b)"] == "(b) rings."
    assert found["sch1"].endswith("2. It hangs.")
    assert [each.heading for each in read.provisions if each.number == "sch2"] == ["Lamps"]
    assert sum(each.level == "article" for each in read.provisions) == 4


def test_recitals_are_items_before_the_articles() -> None:
    recitals = (
        "Whereas:\n(1) Ferries carry people.\n(2) Bells warn them,\nday and night.\n(3) Lamps too.\n\nHAVE ADOPTED:\n\n"
    )
    text = EUROPEAN.replace("Article 1\n", recitals + "Article 1\n", 1)
    read = act(text.replace("HAVE ADOPTED:", "HAVE ADOPTED THIS REGULATION:"))
    text = text.replace("HAVE ADOPTED:", "HAVE ADOPTED THIS REGULATION:")
    found = [(each.number, each.level, each.parent) for each in read.provisions[:3]]
    assert found == [("rec1", "item", None), ("rec2", "item", None), ("rec3", "item", None)]
    assert text[read.provisions[1].start : read.provisions[1].end] == "(2) Bells warn them,\nday and night."


def test_an_irish_revised_act_with_front_matter_and_amendment_marks() -> None:
    read = act(IRISH)
    assert (read.act, read.title, read.jurisdiction) == ("ie/act/2033/7", "Pier Act, 2033", "IE")
    assert bases(read) == [("1", "Short title and commencement"), ("2", "Interpretation"), ("2A", "Annual report")]
    assert inside(read, "2") == ["2(1)", "2(2)", "2(2)(a)", "2(2)(b)"]
    assert read.version_date.value == date(2035, 6, 9)
    assert read.version_date.evidence is not None
    assert read.version_date.evidence.of(IRISH) == "2035-06-09"
    assert read.published.value == date(2033, 2, 1)
    assert read.in_force.value is None  # the stated commencement is that of the act of 2033


def test_a_european_regulation_with_its_repeal_and_application() -> None:
    read = act(EUROPEAN)
    assert (read.act, read.jurisdiction, read.unit) == ("eu/reg/2031/77", "EU", "Article")
    assert bases(read) == [("1", "Subject-matter"), ("2", "Definitions"), ("3", "Repeal and entry into force")]
    assert inside(read, "1") == ["1(1)", "1(2)"]
    assert inside(read, "2") == ["2(1)", "2(2)", "2(2)(a)", "2(2)(b)"]
    assert read.version_date.value == date(2031, 4, 4)
    assert read.in_force.value == date(2032, 1, 1)
    assert [(name, span.of(EUROPEAN)) for name, span in read.repeals] == [("eu/dir/1999/5", "Directive 1999/5/EC")]


def test_sections_with_headings_on_the_line_and_references_at_line_start() -> None:
    read = act(PLAIN)
    assert bases(read) == [
        ("1", "Short title"),
        ("2", "Definitions"),
        ("3", "Penalties"),
        ("4", "Effective date"),
    ]
    assert inside(read, "2") == ["2(a)", "2(b)"]
    assert read.jurisdiction is None
    assert read.in_force.value == date(2032, 1, 1)


def test_quoted_sections_of_another_act_are_not_units() -> None:
    text = (
        "Ferry (Amendment) Act\n\nSection 1. In the Ferry Act, after section 25 insert:\n"
        "Section 26. Bells. Keepers ring bells.\nSection 2. Lamps. Keepers light lamps.\n"
        "Section 3. Ropes. Keepers coil ropes.\n"
    )
    assert [number for number, _ in bases(act(text))] == ["1", "2", "3"]


def test_a_letter_after_h_is_a_letter_and_after_an_introduction_a_roman_numeral() -> None:
    text = (
        "An Act\n\nSection 1. Terms.\n"
        + "".join(f"({mark}) word;\n" for mark in "abcdefgh")
        + "(i) word;\n(j) words:\n(i) one;\n(ii) two;\n(k) end.\nSection 2. Other.\n"
    )
    found = inside(act(text), "1")
    assert found[7:13] == ["1(h)", "1(i)", "1(j)", "1(j)(i)", "1(j)(ii)", "1(k)"]


def test_a_letter_without_numbers_is_refused() -> None:
    with pytest.raises(RecordError):
        act("Dear keeper,\n\nthe ferry leaves at noon.\n\nYours\n")


@given(st.text(alphabet="Section Article§ 12(a)(i).—\n#*[]FPART IVthe means shall", max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_valid_spans_or_is_refused(text: str) -> None:
    try:
        read = read_act(Document(text, (), "text/plain", "en"), source_name="x.txt")
    except RecordError:
        return
    assert all(0 <= each.start < each.end <= len(text) for each in read.provisions)
    for each in read.provisions:
        if each.level in ("paragraph", "item"):
            assert enclosing_number(each.number) is not None


@pytest.mark.shared
def test_real_irish_acts_are_read_section_by_section() -> None:
    folder = DATA / "ie-acts"
    if not folder.is_dir():
        pytest.skip("the evaluation data in ../shared/data is absent")
    paths = sorted(folder.glob("*.md"))
    assert len(paths) == 24
    for path in paths:
        document = read_document(path.read_bytes(), path.name)
        read = read_act(document, source_name=path.name)
        sections = document.text.count("\n##### ")
        assert sum(each.level == "article" for each in read.provisions) == sections, path.name
        assert read.act == "ie/act/" + "/".join(path.name.split("-")[1:4:2]).partition("(")[0]
        assert read.version_hint == read.version_date.value


@pytest.mark.shared
def test_the_real_data_protection_regulation_has_99_articles() -> None:
    path = DATA / "eu-gdpr" / "gdpr.html"
    if not path.is_file():
        pytest.skip("the evaluation data in ../shared/data is absent")
    read = read_act(read_document(path.read_bytes(), path.name), source_name=path.name)
    assert read.act == "eu/reg/2016/679"
    assert [number for number, _ in bases(read)] == [str(number) for number in range(1, 100)]
    assert read.version_date.value == date(2016, 4, 27)
    assert read.in_force.value == date(2018, 5, 25)
    assert [each.number for each in read.provisions[:173]] == [f"rec{number}" for number in range(1, 174)]
    assert {"28(3)(h)", "6(1)(f)", "4(16)(b)", "1(1)"} <= {each.number for each in read.provisions}
    assert [name for name, _ in read.repeals] == ["eu/dir/1995/46"]


FERRY = """Ferry Act 2031

Number 5 of 2031

[4 March 2031]

1. Keepers
Every keeper shall register.

2. Duties
A keeper shall ring.

3. Commencement
{sentence}
"""


@pytest.mark.parametrize(
    ("sentence", "day"),
    [
        ("This Act comes into force on 1 June 2031.", date(2031, 6, 1)),
        ("(1) Subject to subsection (2), this Act comes into operation on 1 June 2031.", date(2031, 6, 1)),
        ("This Act, other than section 2, shall come into operation on 3 May 2031.", date(2031, 5, 3)),
        ("This Act comes into force on the day on which it is passed.", date(2031, 3, 4)),
        ("Sections 1 and 2 come into force on 1 June 2031.", None),
        ("Section 2 comes into force on the day on which this Act is passed.", None),
        ("This Act comes into operation on such day as the Minister may appoint.", None),
    ],
)
def test_only_the_commencement_of_the_whole_act_counts(sentence: str, day: date | None) -> None:
    text = FERRY.replace("{sentence}", sentence)
    read = read_act(Document(text, (), "text/plain", "en"), source_name="x.txt")
    assert read.in_force.value == day
    assert (read.in_force.evidence is None) == (day is None)


@pytest.mark.parametrize(
    ("sentence", "repealed"),
    [
        ("The Regulation of Ferry Lights Act 1999 is repealed.", ["Regulation of Ferry Lights Act 1999"]),
        ("Sections 1 to 7 (and the provisions inserted into the Pier Act 1999 by section 3) are repealed.", []),
        ("The definitions in the Pier Act 1999 are repealed.", []),
    ],
)
def test_an_act_of_which_only_provisions_go_is_not_repealed(sentence: str, repealed: list[str]) -> None:
    text = FERRY.replace("{sentence}", sentence)
    read = read_act(Document(text, (), "text/plain", "en"), source_name="x.txt")
    assert [name for name, _ in read.repeals] == repealed
