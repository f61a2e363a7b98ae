"""DOCX: numbers as Word shows them, tracked changes, notes, tables, boxes and fields."""

from __future__ import annotations

import io
import json

import docx as python_docx
import pytest

from ingest.readers import Limits, read_document
from kb.errors import InputError, LimitError, UnreadableError
from kb.model import BlockKind, Document
from tests.ingest.readers.docx_files import abstract, docx, level, num, p, part, r

LEGAL = abstract(
    0,
    level(0, "decimal", "%1."),
    level(1, "decimal", "%1.%2"),
    level(2, "lowerLetter", "(%3)"),
    level(3, "lowerRoman", "(%4)"),
)


def read(data: bytes) -> Document:
    document = read_document(data, "contract.docx")
    for block in document.blocks:
        assert document.text[block.start : block.end].strip() == document.text[block.start : block.end] != ""
    return document


def lines(document: Document) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def test_multilevel_numbers_count_and_restart_as_word_shows_them() -> None:
    body = "".join(
        p(text, number=(1, at))
        for text, at in [("A", 0), ("B", 1), ("C", 2), ("D", 2), ("E", 1), ("F", 2), ("G", 3), ("H", 0), ("I", 1)]
    )
    document = read(docx(body, numbering=LEGAL + num(1, 0)))
    assert lines(document) == [
        "1.\tA", "1.1\tB", "(a)\tC", "(b)\tD", "1.2\tE", "(a)\tF", "(i)\tG", "2.\tH", "2.1\tI",
    ]  # fmt: skip
    assert [block.number for block in document.blocks][:3] == ["1.", "1.1", "(a)"]
    assert all(block.kind is BlockKind.LIST_ITEM for block in document.blocks)
    assert [block.level for block in document.blocks][:3] == [1, 2, 3]


def test_a_level_without_its_parent_shows_the_parents_start_value() -> None:
    document = read(docx(p("A", number=(1, 1)) + p("B", number=(1, 0)), numbering=LEGAL + num(1, 0)))
    assert lines(document) == ["1.1\tA", "1.\tB"]


def test_lists_of_one_definition_count_on_and_a_start_override_restarts_once() -> None:
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    numbering = LEGAL + num(1, 0) + num(2, 0) + num(3, 0, override)
    body = "".join(p("x", number=(key, 0)) for key in (1, 1, 2, 3, 3, 1))
    assert [block.number for block in read(docx(body, numbering=numbering)).blocks] == [
        "1.",
        "2.",
        "3.",
        "5.",
        "6.",
        "7.",
    ]


@pytest.mark.parametrize(
    ("restart", "expected"),
    [
        ("", ["1.", "1.1", "(a)", "1.2", "(a)", "2.", "2.1", "(a)"]),
        ('<w:lvlRestart w:val="0"/>', ["1.", "1.1", "(a)", "1.2", "(b)", "2.", "2.1", "(c)"]),
        ('<w:lvlRestart w:val="1"/>', ["1.", "1.1", "(a)", "1.2", "(b)", "2.", "2.1", "(a)"]),
    ],
)
def test_level_restart_says_after_which_level_the_count_begins_again(restart: str, expected: list[str]) -> None:
    definition = abstract(
        0,
        level(0, "decimal", "%1."),
        level(1, "decimal", "%1.%2"),
        level(2, "lowerLetter", "(%3)", extra=restart),
    )
    body = "".join(p("x", number=(1, at)) for at in (0, 1, 2, 1, 2, 0, 1, 2))
    assert [block.number for block in read(docx(body, numbering=definition + num(1, 0))).blocks] == expected


@pytest.mark.parametrize(
    ("number_format", "text", "start", "expected"),
    [
        ("chineseCounting", "第%1条", 9, ["第九条", "第十条", "第十一条"]),  # article n
        ("chineseCountingThousand", "第%1条", 100, ["第一百条", "第一百〇一条", "第一百〇二条"]),
        ("chineseCounting", "（%1）", 19, ["（十九）", "（二十）", "（二十一）"]),  # (nineteen)
        ("ideographDigital", "%1、", 10, ["一〇、", "一一、", "一二、"]),
        ("japaneseCounting", "%1、", 1, ["一、", "二、", "三、"]),
        ("ideographTraditional", "%1、", 1, ["甲、", "乙、", "丙、"]),
        ("chineseLegalSimplified", "%1", 1, ["壹", "贰", "叁"]),
        ("upperRoman", "ARTICLE %1", 3, ["ARTICLE III", "ARTICLE IV", "ARTICLE V"]),
        ("lowerLetter", "(%1)", 25, ["(y)", "(z)", "(aa)"]),
        ("upperLetter", "%1.", 1, ["A.", "B.", "C."]),
        ("decimalZero", "%1", 9, ["09", "10", "11"]),
        ("decimalEnclosedCircle", "%1", 1, ["①", "②", "③"]),
        ("decimalFullWidth", "%1．", 1, ["１．", "２．", "３．"]),
        ("ordinal", "%1", 1, ["1st", "2nd", "3rd"]),
        ("cardinalText", "%1", 20, ["Twenty", "Twenty-one", "Twenty-two"]),
        ("ordinalText", "%1", 1, ["First", "Second", "Third"]),
    ],
)
def test_number_formats_are_rendered(number_format: str, text: str, start: int, expected: list[str]) -> None:
    numbering = abstract(0, level(0, number_format, text, start=start)) + num(1, 0)
    document = read(docx(p("内容", number=(1, 0)) * 3, numbering=numbering))
    assert [block.number for block in document.blocks] == expected
    assert document.text.startswith(expected[0] + "\t内容")  # content


@pytest.mark.parametrize(("suffix", "between"), [("tab", "\t"), ("space", " "), ("nothing", "")])
def test_the_suffix_stands_between_number_and_text(suffix: str, between: str) -> None:
    definition = abstract(0, level(0, "decimal", "%1.", extra=f'<w:suff w:val="{suffix}"/>'))
    assert read(docx(p("x", number=(1, 0)), numbering=definition + num(1, 0))).text == f"1.{between}x"


def test_legal_numbering_turns_higher_levels_into_digits() -> None:
    definition = abstract(0, level(0, "upperRoman", "%1."), level(1, "decimal", "%1.%2", extra="<w:isLgl/>"))
    body = p("A", number=(1, 0)) + p("B", number=(1, 1))
    assert [block.number for block in read(docx(body, numbering=definition + num(1, 0))).blocks] == ["I.", "1.1"]


def test_numbering_and_level_come_from_linked_styles() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/><w:basedOn w:val="H1"/>'
        '<w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="H3"><w:name w:val="My clause"/><w:basedOn w:val="H2"/></w:style>'
    )
    numbering = abstract(
        0,
        level(0, "decimal", "%1.", extra='<w:pStyle w:val="H1"/>'),
        level(1, "decimal", "%1.%2", extra='<w:pStyle w:val="H2"/>'),
    ) + num(1, 0)
    off = '<w:numPr><w:numId w:val="0"/></w:numPr>'
    body = p("A", style="H1") + p("B", style="H2") + p("C", style="H3") + p("D", off, style="H2") + p("E", style="H1")
    document = read(docx(body, styles=styles, numbering=numbering))
    assert lines(document) == ["1.\tA", "1.1\tB", "1.2\tC", "D", "2.\tE"]
    assert [block.level for block in document.blocks] == [1, 2, 2, 2, 1]
    assert all(block.kind is BlockKind.HEADING for block in document.blocks)


def test_a_definition_that_only_names_a_list_style_is_followed() -> None:
    styles = (
        '<w:style w:type="numbering" w:styleId="Legal"><w:name w:val="Legal"/>'
        '<w:pPr><w:numPr><w:numId w:val="7"/></w:numPr></w:pPr></w:style>'
    )
    numbering = (
        abstract(3, level(0, "decimal", "Clause %1"), extra='<w:styleLink w:val="Legal"/>')
        + abstract(4, extra='<w:numStyleLink w:val="Legal"/>')
        + num(7, 3)
        + num(8, 4)
    )
    assert lines(read(docx(p("x", number=(8, 0)), styles=styles, numbering=numbering))) == ["Clause 1\tx"]


def test_outline_levels_and_titles_are_headings() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style>'
    body = p("Supply Agreement", style="T") + p("Scope", '<w:outlineLvl w:val="2"/>') + p("Text")
    document = read(docx(body, styles=styles))
    assert document.title == "Supply Agreement"
    assert [(block.kind, block.level) for block in document.blocks] == [
        (BlockKind.HEADING, 1),
        (BlockKind.HEADING, 3),
        (BlockKind.PARAGRAPH, None),
    ]


def test_insertions_are_kept_and_deletions_are_reported() -> None:
    body = (
        "<w:p>" + r("The cap is ")
        + '<w:del w:id="1" w:author="Li Wei" w:date="2025-03-01T09:00:00Z">'
        + "<w:r><w:delText>USD 5</w:delText></w:r></w:del>"
        + '<w:ins w:id="2" w:author="J. Roe" w:date="2025-03-02T09:00:00Z">' + r("USD 9") + "</w:ins>"
        + r(",000,000.") + "</w:p>"
        + '<w:p><w:pPr><w:rPr><w:ins w:id="3" w:author="J. Roe"/></w:rPr></w:pPr>'
        + '<w:ins w:id="4" w:author="J. Roe">' + r("New clause.") + "</w:ins></w:p>"
    )  # fmt: skip
    document = read(docx(body))
    assert document.text == "The cap is USD 9,000,000.\n\nNew clause."
    assert [block.change for block in document.blocks] == [None, "inserted"]
    changes = json.loads(document.metadata["tracked_changes"])
    assert [(change["kind"], change["author"], change["text"]) for change in changes] == [
        ("deleted", "Li Wei", "USD 5"),
        ("inserted", "J. Roe", "USD 9"),
        ("inserted", "J. Roe", "New clause."),
    ]
    assert any("left out" in warning and "Li Wei on 2025-03-01" in warning for warning in document.warnings)


def test_a_deleted_paragraph_has_no_number_and_a_deleted_mark_joins_paragraphs() -> None:
    gone = '<w:rPr><w:del w:id="1" w:author="A"/></w:rPr>'
    number = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    body = (
        p("First", number=(1, 0))
        + f"<w:p><w:pPr>{number}{gone}</w:pPr><w:del w:id='2' w:author='A'>"
        + "<w:r><w:delText>Gone</w:delText></w:r></w:del></w:p>"
        + p("Second ", gone, number=(1, 0))
        + p("goes on.", number=(1, 0))
        + p("Third", number=(1, 0))
    )
    document = read(docx(body, numbering=LEGAL + num(1, 0)))
    assert lines(document) == ["1.\tFirst", "2.\tSecond goes on.", "3.\tThird"]


def test_moved_text_stands_at_its_new_place_only() -> None:
    body = (
        '<w:p><w:moveFrom w:id="1" w:author="A">' + r("Moved") + "</w:moveFrom>" + r("stays") + "</w:p>"
        '<w:p><w:moveTo w:id="2" w:author="A">' + r("Moved") + "</w:moveTo></w:p>"
    )
    assert read(docx(body)).text == "stays\n\nMoved"


def test_field_instructions_are_left_out_and_results_kept_even_when_nested() -> None:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    instruction = '<w:r><w:instrText xml:space="preserve"> IF </w:instrText></w:r>' + r("SECRET")
    inner = mark("begin") + instruction + mark("separate") + r("inner") + mark("end")
    body = (
        "<w:p>" + r("See Section ") + mark("begin") + instruction + inner + mark("separate") + r("4.2") + mark("end")
        + r(" and ") + '<w:fldSimple w:instr=" REF x ">' + r("Annex A") + "</w:fldSimple>"
        + '<w:hyperlink r:id="rId99">' + r(" link") + "</w:hyperlink></w:p>"
    )  # fmt: skip
    assert read(docx(body)).text == "See Section 4.2 and Annex A link"


def test_breaks_hyphens_symbols_hidden_text_and_ruby() -> None:
    body = (
        "<w:p><w:r><w:t>non</w:t><w:noBreakHyphen/><w:t>compete co</w:t><w:softHyphen/><w:t>operation</w:t><w:br/>"
        '<w:t>next</w:t><w:tab/><w:t>col</w:t><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'
        + r("HIDDEN", "<w:vanish/>") + r("shown", '<w:vanish w:val="0"/>')
        + "<w:ruby><w:rt>" + r("han") + "</w:rt><w:rubyBase>" + r("汉") + "</w:rubyBase></w:ruby></w:p>"
    )  # fmt: skip
    document = read(docx(body))
    assert document.text == "non-compete cooperation\nnext\tcol☑shown汉"
    assert any("hidden text" in warning for warning in document.warnings)


def test_text_boxes_are_read_once_from_their_alternatives() -> None:
    box = f"<w:txbxContent>{p('In the box')}</w:txbxContent>"
    body = (
        "<w:p>" + r("Before") + "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:wsp><wps:txbx>"
        + box + "</wps:txbx></wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>" + box
        + "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>" + p("After")
    )  # fmt: skip
    assert read(docx(body)).text == "Before\n\nIn the box\n\nAfter"


def test_notes_follow_their_paragraph_and_comments_are_reported() -> None:
    body = (
        "<w:p>" + r("Net sales") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + r(" are due.") + "</w:p>"
        + "<w:p>" + r("End") + '<w:r><w:endnoteReference w:id="1"/></w:r></w:p>'
    )  # fmt: skip
    document = read(
        docx(
            body,
            footnotes=f'<w:footnote w:type="separator" w:id="0"/><w:footnote w:id="2">{p("As defined.")}</w:footnote>',
            endnotes=f'<w:endnote w:id="1">{p("See annex.")}</w:endnote>',
            comments=f'<w:comment w:id="0" w:author="Chen">{p("Too low?")}</w:comment>',
        )
    )
    assert lines(document) == ["Net sales are due.", "1 As defined.", "End", "1 See annex."]
    assert [block.kind for block in document.blocks][1] is BlockKind.FOOTNOTE
    assert any("Comment by Chen" in warning and "Too low?" in warning for warning in document.warnings)


def test_tables_give_cells_with_their_coordinates_and_merged_cells_once() -> None:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"

    table = (
        "<w:tbl><w:tr>" + cell("Wide", '<w:gridSpan w:val="2"/>') + cell("Price") + "</w:tr><w:tr>"
        + cell("Tall", '<w:vMerge w:val="restart"/>') + cell("a") + cell("1") + "</w:tr><w:tr>"
        + cell("", "<w:vMerge/>") + cell("b") + cell("2") + "</w:tr></w:tbl>"
    )  # fmt: skip
    document = read(docx(p("Before") + table + p("After")))
    assert document.text == "Before\n\nWide\tPrice\nTall\ta\t1\nb\t2\n\nAfter"
    cells = {document.text[b.start : b.end]: b.cell for b in document.blocks if b.cell is not None}
    assert cells == {
        "Wide": (0, 0, 0), "Price": (0, 0, 2), "Tall": (0, 1, 0), "a": (0, 1, 1), "1": (0, 1, 2),
        "b": (0, 2, 1), "2": (0, 2, 2),
    }  # fmt: skip


def test_bilingual_columns_stand_on_lines_of_their_own() -> None:
    chinese = "第一条 卖方应当按照本合同约定交付货物。" * 12  # Article 1, the seller delivers the goods
    english = "Article 1 The Seller shall deliver the Goods as agreed in this Contract. " * 4
    table = f"<w:tbl><w:tr><w:tc>{p(chinese)}</w:tc><w:tc>{p(english)}</w:tc></w:tr></w:tbl>"
    document = read(docx(table))
    assert document.text.split("\n")[1].startswith("Article 1")
    assert document.metadata["languages"] == "zh,en"


def test_headers_and_footers_are_stated_beside_the_text() -> None:
    document = read(docx(p("Body"), header1=p("Confidential"), footer1=p("Contract No. 7")))
    assert document.text == "Body"
    assert (document.metadata["running_header"], document.metadata["running_footer"]) == (
        "Confidential",
        "Contract No. 7",
    )


def test_content_controls_smart_tags_and_insertions_around_blocks_are_transparent() -> None:
    body = f"<w:sdt><w:sdtContent>{p('A')}</w:sdtContent></w:sdt><w:customXml>{p('B')}</w:customXml>"
    body += (
        "<w:p><w:smartTag>" + r("C") + "</w:smartTag><w:sdt><w:sdtContent>" + r("D") + "</w:sdtContent></w:sdt></w:p>"
    )
    assert read(docx(body)).text == "A\n\nB\n\nCD"


def test_strict_open_xml_is_read_like_transitional() -> None:
    xml = part("document", f"<w:body>{p('Strict text')}</w:body>").replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    assert read(docx("", raw={"word/document.xml": xml.encode()})).text == "Strict text"


def test_a_file_by_python_docx_reads_as_python_docx_reads_it() -> None:
    source = python_docx.Document()
    source.core_properties.title = "Framework Agreement"
    source.core_properties.author = "Legal"
    source.add_heading("Definitions", level=2)
    source.add_paragraph("The quick brown fox.")
    source.add_paragraph("one", style="List Number")
    source.add_paragraph("two", style="List Number")
    source.add_paragraph("dot", style="List Bullet")
    table = source.add_table(rows=2, cols=2)
    for at, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"c{at}"
    out = io.BytesIO()
    source.save(out)
    document = read(out.getvalue())
    assert document.title == "Framework Agreement"
    assert document.metadata["author"] == "Legal"
    assert lines(document) == [
        "Definitions", "The quick brown fox.", "1.\tone", "2.\ttwo", "dot", "c0", "c1", "c2", "c3",
    ]  # fmt: skip
    assert document.blocks[0].level == 2
    assert document.blocks[4].kind is BlockKind.LIST_ITEM


@pytest.mark.parametrize(
    ("raw", "error", "code"),
    [
        ({"word/document.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"}, UnreadableError, "entities"),
        ({"word/document.xml": b"<w:document"}, UnreadableError, "damaged"),
        ({"word/document.xml": b"<a/>"}, UnreadableError, "damaged"),
        ({"word/document.xml": b"<a>" * 5000 + b"</a>" * 5000}, LimitError, "too-deep"),
        ({"word/document.xml": b" " * (51 << 20)}, LimitError, "zip-ratio"),
    ],
)
def test_hostile_parts_are_refused(raw: dict[str, bytes], error: type[InputError], code: str) -> None:
    with pytest.raises(error) as caught:
        read_document(docx("", raw=raw), "x.docx")
    assert caught.value.code == code


def test_a_part_over_its_limit_is_refused_even_when_it_does_not_compress_like_a_bomb() -> None:
    with pytest.raises(LimitError) as caught:
        read_document(docx(p("x" * 5000)), "x.docx", Limits(zip_part_bytes=1000))
    assert caught.value.code == "zip-size"


def test_an_empty_document_says_so() -> None:
    with pytest.raises(UnreadableError) as caught:
        read_document(docx(p("")), "x.docx")
    assert caught.value.code == "empty"
