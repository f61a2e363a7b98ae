"""Make the binary files of the sample corpus from the texts in ``sources``.

Run ``python -m ingest.samples.build`` after changing a text, ``--check`` to see whether the files are up to date. Needs
the development extra (python-docx, reportlab). The same texts give the same bytes: dates inside the files are fixed.
"""

# mypy: disable-error-code="import-untyped"
from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
SOURCES: Final = HERE / "sources"
CONTRACTS: Final = HERE / "corpus" / "contracts"
AUTHOR: Final = "The Duegraph authors"
WRITTEN: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""Date stated inside the files, so that a new build does not change them."""

_ZIP_DATE: Final = (2025, 1, 1, 0, 0, 0)
_CHAPTER: Final = re.compile(r"第[一二三四五六七八九十]{1,3}章\s")  # 第一章 "Chapter 1"
_ARTICLE: Final = re.compile(r"第[一二三四五六七八九十百]{1,5}条\s")  # 第一条 "Article 1"
_ANNEX: Final = re.compile(r"附件[一二三四五]\s")  # 附件一 "Annex 1"
_CLAUSE_HEADING: Final = re.compile(r"(?:\d{1,2}\. )?[A-Z][A-Z0-9 ,&':]{6,60}")
_CHINESE_FONT: Final = "STSong-Light"  # a standard CID font: viewers bring the glyphs, nothing is embedded
_BODY_SIZE: Final = 10.5
_HEADING_SIZE: Final = 12.0
_TITLE_SIZE: Final = 16.0


def build_docx(text: str) -> bytes:
    """Return a Word file with the text: title, chapter and article headings as heading styles, the rest paragraphs."""
    from docx import Document

    document = Document()
    document.core_properties.author = AUTHOR
    document.core_properties.created = WRITTEN
    document.core_properties.modified = WRITTEN
    lines = _lines(text)
    document.core_properties.title = lines[0]
    document.add_heading(lines[0], level=0)
    for line in lines[1:]:
        if _CHAPTER.match(line) or _ANNEX.match(line):
            document.add_heading(line, level=1)
        elif _ARTICLE.match(line):
            document.add_heading(line, level=2)
        else:
            document.add_paragraph(line)
    raw = io.BytesIO()
    document.save(raw)
    return _with_fixed_dates(raw.getvalue())


def build_chinese_pdf(text: str) -> bytes:
    """Return a PDF with Chinese text in a CID font."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    pdfmetrics.registerFont(UnicodeCIDFont(_CHINESE_FONT))
    return _pdf(text, font=_CHINESE_FONT, bold=_CHINESE_FONT, wrap="CJK", is_heading=_is_chinese_heading)


def build_english_pdf(text: str) -> bytes:
    """Return a PDF with English text in a standard font."""
    return _pdf(text, font="Times-Roman", bold="Times-Bold", wrap=None, is_heading=_is_english_heading)


TARGETS: Final[dict[str, tuple[str, Callable[[str], bytes]]]] = {
    "zh-procurement.docx": ("zh-procurement.txt", build_docx),
    "zh-services.pdf": ("zh-services.txt", build_chinese_pdf),
    "en-distribution.pdf": ("en-distribution.txt", build_english_pdf),
}
"""File made → text it is made from, and how."""


def build() -> dict[str, bytes]:
    """Return the bytes of every binary file by its name in ``corpus/contracts``."""
    return {name: make((SOURCES / source).read_text("utf-8")) for name, (source, make) in TARGETS.items()}


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` only compare them; 0 when they are (now) up to date, 1 when not."""
    made = build()
    if "--check" in arguments:
        stale = [name for name, content in made.items() if (CONTRACTS / name).read_bytes() != content]
        sys.stderr.writelines(f"ingest/samples/corpus/contracts/{name} is out of date\n" for name in stale)
        return 1 if stale else 0
    for name, content in made.items():
        (CONTRACTS / name).write_bytes(content)
    return 0


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _is_chinese_heading(line: str) -> bool:
    return bool(_ARTICLE.match(line) or _CHAPTER.match(line) or _ANNEX.match(line))


def _is_english_heading(line: str) -> bool:
    return _CLAUSE_HEADING.fullmatch(line) is not None


def _pdf(text: str, *, font: str, bold: str, wrap: str | None, is_heading: Callable[[str], bool]) -> bytes:
    from reportlab.lib.enums import TA_CENTER
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    def style(name: str, size: float, **more: Any) -> ParagraphStyle:
        return ParagraphStyle(name, fontSize=size, leading=size * 1.5, wordWrap=wrap, **more)

    body = style("body", _BODY_SIZE, fontName=font, spaceAfter=4)
    heading = style("heading", _HEADING_SIZE, fontName=bold, spaceBefore=8, spaceAfter=4)
    title = style("title", _TITLE_SIZE, fontName=bold, alignment=TA_CENTER, spaceAfter=12)
    lines = _lines(text)
    story = [Paragraph(_escape(lines[0]), title)]
    story += [Paragraph(_escape(line), heading if is_heading(line) else body) for line in lines[1:]]
    raw = io.BytesIO()
    # invariant: no time stamp and no random file id, so that the bytes depend on the text only.
    SimpleDocTemplate(raw, pagesize=A4, title=lines[0], author=AUTHOR, invariant=1).build(story)
    return raw.getvalue()


def _escape(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _with_fixed_dates(content: bytes) -> bytes:
    """Return the same archive with one fixed time on all members."""
    fixed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, _ZIP_DATE), old.read(name), zipfile.ZIP_DEFLATED)
    return fixed.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
