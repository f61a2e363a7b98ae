from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from api.web import marking
from api.web.data import Bilingual, ClauseView, Passage, Reference
from api.web.marking import PART_CHARACTERS, Part, paragraphs, part_at, parts
from tests.api.web.sample import ENGLISH, english, span

TEXTS = st.text(alphabet=st.sampled_from(list("ab \n甲。")), max_size=80)
SPANS = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80)), max_size=8)


@given(TEXTS, SPANS, SPANS, SPANS)
def test_every_character_but_line_ends_is_shown_once_with_the_marks_that_cover_it(
    text: str, evidence: list[tuple[int, int]], named: list[tuple[int, int]], clauses: list[tuple[int, int]]
) -> None:
    valid = [(a, b) for a, b in evidence if a < b <= len(text)]
    finding = english().findings[0]
    page = replace(
        english(),
        text=text,
        findings=tuple(replace(finding, evidence=(Passage("doc-en", "", a, b, text[a:b]),)) for a, b in valid),
        references=tuple(Reference("party", a, b, Bilingual("x", "x")) for a, b in named if a < b <= len(text)),
        clauses=tuple(ClauseView(f"c{n}", a, b) for n, (a, b) in enumerate(clauses) if a < b <= len(text)),
    )
    shown = paragraphs(page, parts(text)[0], (2, 5))
    kept = [line for line in text.split("\n") if line.strip()]
    words = "".join(run.text for paragraph in shown for run in paragraph.runs)
    assert words.replace("\n", "").replace(" ", "") == "".join(kept).replace(" ", "")
    covered = {
        number: "".join(run.text for paragraph in shown for run in paragraph.runs if number in run.findings)
        for number in range(len(valid))
    }
    for number, (a, b) in enumerate(valid):
        assert covered[number].split() == text[a:b].split() or "\n" in text[a:b]
        assert covered[number].replace("\n", "").replace(" ", "") == text[a:b].replace("\n", "").replace(" ", "")


def test_overlapping_findings_are_all_named_and_the_most_severe_gives_the_colour() -> None:
    page = english()
    high = replace(page.findings[0], evidence=page.findings[2].evidence[1:])
    shown = paragraphs(replace(page, findings=(page.findings[2], high)), parts(page.text)[0], None)
    runs = [run for paragraph in shown for run in paragraph.runs if run.findings]
    assert [(run.findings, run.level) for run in runs] == [((0, 1), "high"), ((0, 1), "high"), ((0,), "low")]
    assert [run.anchors for run in runs] == [("evidence-0-1", "evidence-1-0"), ("evidence-0-0",), ()]


def test_clauses_begin_paragraphs_and_carry_their_depth() -> None:
    shown = paragraphs(english(), parts(ENGLISH)[0], None)
    heads = [paragraph for paragraph in shown if paragraph.clauses]
    assert [paragraph.clauses[0].id for paragraph in heads] == ["c1", "c2", "c3", "c4"]
    assert all(paragraph.is_heading and paragraph.depth == 1 for paragraph in heads)
    assert shown[0].depth == 0


def test_words_behind_a_title_that_runs_in_are_no_heading() -> None:
    words = "2. Liability. The Customer's liability under this agreement is without any limit.\n"
    page = replace(
        english(), text=words, findings=(), references=(), clauses=(ClauseView("c1", 0, len(words), "2", "Liability"),)
    )
    shown = paragraphs(page, parts(page.text)[0], None)
    assert [(one.is_heading, bool(one.clauses)) for one in shown] == [(False, True)]


def test_evidence_of_other_documents_and_impossible_spans_mark_nothing() -> None:
    page = english()
    elsewhere = Passage("doc-other", "Other", 3, 9, "words")
    beyond = Passage("doc-en", "", 10, 10**6, "words")
    page = replace(page, findings=(replace(page.findings[0], evidence=(elsewhere, beyond)),))
    shown = paragraphs(page, parts(page.text)[0], (5, 10**7))
    assert not any(run.findings or run.in_passage for paragraph in shown for run in paragraph.runs)


def test_passage_is_marked_and_anchored() -> None:
    place = span(ENGLISH, "the laws of Ireland")
    shown = paragraphs(english(), parts(ENGLISH)[0], place)
    runs = [run for paragraph in shown for run in paragraph.runs if run.in_passage]
    assert ["".join(run.text for run in runs), runs[0].anchors] == ["the laws of Ireland", (marking.PASSAGE,)]


def test_long_documents_are_divided_at_line_ends_without_loss() -> None:
    text = "".join(f"line {number} of a long document\n" for number in range(20_000))
    divided = parts(text)
    assert len(divided) > 3
    assert "".join(text[part.start : part.end] for part in divided) == text
    assert all(part.end - part.start <= PART_CHARACTERS and text[part.end - 1] == "\n" for part in divided)
    assert part_at(divided, 0) == divided[0]
    assert part_at(divided, len(text) * 2) == divided[-1]
    assert part_at(divided, divided[2].start) == divided[2]
    assert parts("") == (Part(1, 1, 0, 0),)
    assert len(parts("x" * (PART_CHARACTERS * 2 + 1))) == 3
