"""PDF: paragraphs over line, column and page ends, furniture, scans, damage and hostile structure."""

from __future__ import annotations

import collections
import gzip
import io
import json
import os
import re
import stat
import statistics
import zlib
from pathlib import Path

import pypdfium2
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ingest.readers import Limits, read_document
from ingest.readers.pdf import ocr
from kb.errors import InputError, LimitError, UnreadableError
from kb.model import BlockKind, Document
from tests.ingest.readers.samples import CHINESE, ENGLISH, PdfPage, flowing, pdf

SHARED = Path("../shared/data/contracts")


def read(data: bytes, limits: Limits | None = None) -> Document:
    document = read_document(data, "contract.pdf", limits or Limits())
    for block in document.blocks:
        assert document.text[block.start : block.end].strip() != ""
    return document


def paragraphs(document: Document) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def below(lines: list[tuple[float, float, str]], gap: float = 28) -> float:
    return lines[-1][1] - gap


def test_lines_of_a_paragraph_are_joined_and_paragraphs_kept_apart() -> None:
    first = flowing(ENGLISH)
    second = flowing(ENGLISH.replace("Goods", "Services"), top=below(first))
    document = read(pdf([PdfPage(*first, *second)], title="Supply Agreement"))
    assert paragraphs(document) == [ENGLISH, ENGLISH.replace("Goods", "Services")]
    assert document.title == "Supply Agreement"
    assert document.metadata["page_count"] == "1"
    assert document.language == "en"


def test_numbered_clauses_begin_lines_of_their_own_without_extra_space() -> None:
    lines: list[tuple[float, float, str]] = []
    top = 760.0
    for number in ("1.1", "1.2", "(a)", "(b)"):
        block = flowing(f"{number} {ENGLISH}", top=top)
        lines += block
        top = block[-1][1] - 14
    document = read(pdf([PdfPage(*lines)]))
    assert paragraphs(document) == [f"{number} {ENGLISH}" for number in ("1.1", "1.2", "(a)", "(b)")]
    assert [block.number for block in document.blocks] == ["1.1", "1.2", "(a)", "(b)"]
    assert {block.kind for block in document.blocks} == {BlockKind.LIST_ITEM}


def test_a_reference_that_runs_over_the_line_end_is_not_a_clause() -> None:
    document = read(
        pdf(
            [
                PdfPage(
                    (72, 760, "The Supplier may end this Agreement for the reasons that are given in Section"),
                    (72, 746, "4.2 and shall then return all documents that it has received from the Buyer at"),
                    (72, 732, "its own cost."),
                )
            ]
        )
    )
    assert len(paragraphs(document)) == 1
    assert "in Section 4.2 and shall" in document.text


def test_a_word_broken_at_the_line_end_is_whole_again_and_a_compound_keeps_its_hyphen() -> None:
    document = read(
        pdf(
            [
                PdfPage(
                    (72, 760, "The parties agree that the confidential infor-"),
                    (72, 746, "mation stays secret, and that the duty of non-"),
                    (72, 732, "compete ends after one full year from this da-"),
                    (72, 718, "te."),
                )
            ]
        )
    )
    assert document.text == (
        "The parties agree that the confidential information stays secret, and that the duty of non-compete ends after "
        "one full year from this date."
    )


def test_a_paragraph_goes_on_over_the_page_end_and_furniture_stands_in_no_sentence() -> None:
    words = (ENGLISH + " ") * 12
    lines = flowing(words.strip(), top=0)
    per_page = 12
    pages = []
    for page in range(0, len(lines), per_page):
        part = [(x, 740.0 - 14 * at, text) for at, (x, _, text) in enumerate(lines[page : page + per_page])]
        number = page // per_page + 1
        pages.append(
            PdfPage(
                (72, 800, "CONFIDENTIAL - Northwind"),
                *part,
                (72, 40, f"Draft of 3 May, Page {number} of 9"),
                (290, 25, str(number)),
            )
        )
    assert len(pages) >= 3
    document = read(pdf(pages))
    assert paragraphs(document) == [words.strip()]
    assert document.metadata["running_header"] == "CONFIDENTIAL - Northwind"
    assert document.metadata["running_footer"].startswith("Draft of 3 May")
    assert document.blocks[0].page == 1


def test_page_numbers_go_even_on_two_pages_but_figures_at_the_edge_stay() -> None:
    pages = [
        PdfPage(*flowing(ENGLISH), (290, 40, "- 1 -")),
        PdfPage(*flowing(ENGLISH), (290, 40, "- 2 -")),
        PdfPage(*flowing(ENGLISH), (290, 40, "5000")),
    ]
    assert paragraphs(read(pdf(pages))) == [ENGLISH, ENGLISH, ENGLISH, "5000"]


def test_two_columns_written_row_by_row_are_read_column_by_column() -> None:
    left = flowing(ENGLISH + " Left ends here.", width=200, x=60)
    right = flowing(ENGLISH.replace("Goods", "Works") + " Right ends here.", width=200, x=320)
    rows = [line for pair in zip(left, right, strict=False) for line in pair]
    document = read(pdf([PdfPage((60, 800, "A headline that runs over both of the columns of this page here"), *rows)]))
    assert document.text.index("Left ends here.") < document.text.index("Works")
    assert ENGLISH in document.text


def test_rows_of_a_table_stay_lines_with_tabs() -> None:
    rows = [(72.0, 760.0 - 14 * at, f"Item {at}") for at in range(4)]
    prices = [(400.0, 760.0 - 14 * at, f"EUR {at}00") for at in range(4)]
    document = read(pdf([PdfPage(*[line for pair in zip(rows, prices, strict=True) for line in pair])]))
    assert paragraphs(document) == [f"Item {at}\tEUR {at}00" for at in range(4)]


def test_chinese_lines_join_without_blanks_and_articles_stay_apart() -> None:
    first = "第一条 " + CHINESE  # Article 1
    second = "第二条 " + CHINESE
    lines: list[tuple[float, float, str]] = []
    for text in (first, second):
        for at in range(0, len(text), 40):
            lines.append((72, 760 - 16 * len(lines), text[at : at + 40]))
    document = read(pdf([PdfPage(*lines)], chinese=True))
    assert [paragraph.replace(" ", "") for paragraph in paragraphs(document)] == [
        first.replace(" ", ""),
        second.replace(" ", ""),
    ]
    assert document.language == "zh"


def scan() -> bytes:
    """Return a page that is a picture of nothing."""
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawImage(ImageReader(io.BytesIO(_PNG)), 0, 0, 500, 700)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


_PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", (8).to_bytes(4, "big") * 2 + b"\x08\x00\x00\x00\x00")
    + _chunk(b"IDAT", zlib.compress(b"".join(b"\0" + bytes(range(8)) for _ in range(8))))
    + _chunk(b"IEND", b"")
)


def joined(*parts: bytes) -> bytes:
    out = io.BytesIO()
    target = pypdfium2.PdfDocument.new()
    for data in parts:
        source = pypdfium2.PdfDocument(data)
        target.import_pages(source)
        source.close()
    target.save(out)
    target.close()
    return out.getvalue()


def without_tesseract(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", str(folder))
    ocr.languages.cache_clear()


def test_a_scan_needs_text_recognition(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_tesseract(monkeypatch, tmp_path)
    with pytest.raises(UnreadableError) as caught:
        read(scan())
    assert caught.value.code == "needs-ocr"


def test_a_scanned_page_among_others_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_tesseract(monkeypatch, tmp_path)
    document = read(joined(pdf([PdfPage(*flowing(ENGLISH))]), scan()))
    assert document.text == ENGLISH
    assert document.warnings == ("Page 2 without a text layer was not read and needs OCR.",)


def test_tesseract_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "tesseract"
    program.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = --list-langs ]; then echo chi_sim; echo eng; exit 0; fi\n'
        'case "$*" in *"-l chi_sim+eng"*) ;; *) exit 3;; esac\n'
        'head -c 2 "$1" | grep -q P5 || exit 4\n'
        "echo 'Recognised words of the page.'\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    ocr.languages.cache_clear()
    document = read(scan())
    ocr.languages.cache_clear()
    assert document.text == "Recognised words of the page."
    assert document.metadata["ocr"] == "true"
    assert any("text recognition" in warning for warning in document.warnings)
    with pytest.raises(UnreadableError):
        read(scan(), Limits(ocr=False))


def test_a_blank_page_is_no_scan() -> None:
    document = read(joined(pdf([PdfPage(*flowing(ENGLISH))]), pdf([PdfPage()])))
    assert document.warnings == ()


def test_a_pdf_without_anything_on_it_is_empty() -> None:
    with pytest.raises(UnreadableError) as caught:
        read(pdf([PdfPage()]))
    assert caught.value.code == "empty"


def test_an_encrypted_pdf_says_so_and_an_empty_user_password_opens() -> None:
    with pytest.raises(UnreadableError) as caught:
        read(pdf([PdfPage(*flowing(ENGLISH))], encrypt="secret"))
    assert caught.value.code == "encrypted"
    assert read(pdf([PdfPage(*flowing(ENGLISH))], encrypt="")).text == ENGLISH


def raw_pdf(*objects: bytes) -> bytes:
    """Return a PDF of raw objects numbered from 1; the first is the catalog."""
    out = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)


def stream(data: bytes) -> bytes:
    packed = zlib.compress(data, 9)
    return b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)


FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"


def test_a_broken_cross_reference_table_is_no_obstacle() -> None:
    data = pdf([PdfPage(*flowing(ENGLISH))])
    assert read(data[: data.rindex(b"startxref")] + b"startxref\n99999999\n%%EOF").text == ENGLISH


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\nnothing here",
        raw_pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
        raw_pdf(b"<< /Type /Catalog /Pages 1 0 R >>"),
        raw_pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 999999999 >>", PAGE),
        pdf([PdfPage(*flowing(ENGLISH))])[:400],
    ],
    ids=["no-objects", "pages-in-a-circle", "catalog-as-pages", "count-lies", "cut-off"],
)
def test_broken_structure_ends_in_one_clear_error(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        read(data)
    assert caught.value.code in {"damaged", "empty"}


def test_text_beyond_the_limit_is_refused() -> None:
    words = stream(b"BT /F1 10 Tf 10 700 Td " + b"(many words of text) Tj 0 -12 Td " * 3000 + b"ET")
    data = raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", PAGE, words, FONT
    )
    assert len(read(data).text) > 10_000
    with pytest.raises(LimitError) as caught:
        read(data, Limits(text_chars=10_000))
    assert caught.value.code == "text-too-long"


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the evaluation data of ../shared/data is not here")
def test_real_contracts_lose_no_words() -> None:
    files = sorted((SHARED / "pdf").iterdir())
    assert len(files) == 40
    with gzip.open(SHARED / "cuad" / "train.json.gz") as source:
        texts = {
            entry["title"].replace(" ", ""): entry["paragraphs"][0]["context"] for entry in json.load(source)["data"]
        }
    recalls = []
    for file in files:
        document = read(file.read_bytes())
        wanted = collections.Counter(re.findall(r"\w+", texts[file.stem.replace(" ", "")].lower()))
        stated = " ".join(document.metadata.values())
        got = collections.Counter(re.findall(r"\w+", (document.text + " " + stated).lower()))
        recalls.append(sum(min(count, got[word]) for word, count in wanted.items()) / wanted.total())
    assert statistics.median(recalls) >= 0.98
    assert min(recalls) >= 0.88  # running feet on every page of the reference text are stated once here
