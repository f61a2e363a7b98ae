"""Speed of the readers against the raw libraries, in one process and one run.

Run: ``python -m tests.bench.bench_readers [--pdf FOLDER]``; prints one JSON object. PDF: pages per second of the whole
path (text, furniture, paragraphs, blocks) and of pypdfium2's bare text extraction; DOCX: files per second of our
reader and of python-docx reading paragraphs and cells; pool: milliseconds a child process adds to a small file.
Figures are medians of rounds in processor time, except the pool's, which is elapsed time.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import docx as python_docx
import pypdfium2

from ingest.readers import Limits, ReaderPool, read_document
from tests.ingest.readers.docx_files import abstract, docx, level, num, p
from tests.ingest.readers.samples import ENGLISH, PdfPage, flowing, pdf

_ROUNDS = 5
_SMALL_FILES = 300
_PARAGRAPHS = 400


def _seconds(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    times = []
    for _ in range(_ROUNDS):
        began = clock()
        work()
        times.append(clock() - began)
    return statistics.median(times)


def _own_pdfs() -> list[bytes]:
    page = [line for at in range(8) for line in flowing(f"{at}.1 {ENGLISH}", top=780 - 90 * at)]
    return [pdf([PdfPage(*page, (300, 20, str(number))) for number in range(1, 21)]) for _ in range(3)]


def _raw_text(files: list[bytes]) -> int:
    pages = 0
    for data in files:
        document = pypdfium2.PdfDocument(data)
        for page in document:
            page.get_textpage().get_text_range()
            pages += 1
        document.close()
    return pages


def bench_pdf(files: list[bytes]) -> dict[str, float]:
    """Return pages per second of both ways and how many times longer ours takes."""
    pages = _raw_text(files)
    raw = _seconds(lambda: _raw_text(files))
    ours = _seconds(lambda: [read_document(data, "a.pdf") for data in files])
    return {"pages": pages, "ours_pages_s": pages / ours, "pdfium_pages_s": pages / raw, "ratio": ours / raw,
            "files_s": len(files) / ours}  # fmt: skip


def bench_docx() -> dict[str, float]:
    """Return files per second of both readers over a numbered contract of 400 paragraphs."""
    numbering = abstract(0, level(0, "decimal", "%1."), level(1, "decimal", "%1.%2")) + num(1, 0)
    data = docx("".join(p(ENGLISH, number=(1, at % 3 > 0)) for at in range(_PARAGRAPHS)), numbering=numbering)
    # python-docx needs a package it has written itself.
    source = python_docx.Document()
    for _ in range(_PARAGRAPHS):
        source.add_paragraph(ENGLISH, style="List Number")
    out = io.BytesIO()
    source.save(out)
    theirs_data = out.getvalue()

    def theirs() -> str:
        document = python_docx.Document(io.BytesIO(theirs_data))
        return "\n".join(paragraph.text for paragraph in document.paragraphs)

    ours_s = _seconds(lambda: read_document(data, "a.docx"))
    same_s = _seconds(lambda: read_document(theirs_data, "a.docx"))
    theirs_s = _seconds(theirs)
    return {"ours_files_s": 1 / ours_s, "ours_same_file_files_s": 1 / same_s, "python_docx_files_s": 1 / theirs_s,
            "ratio": same_s / theirs_s}  # fmt: skip


def bench_pool() -> dict[str, float]:
    """Return what a child process adds to a small text file, and how long the first one takes to start."""
    data = ENGLISH.encode()
    began = time.perf_counter()
    with ReaderPool(Limits(), workers=1) as pool:
        pool.read(data, "a.txt")
        start = time.perf_counter() - began

        def pooled() -> None:
            for _ in range(_SMALL_FILES):
                pool.read(data, "a.txt")

        def here() -> None:
            for _ in range(_SMALL_FILES):
                read_document(data, "a.txt")

        there_s, here_s = _seconds(pooled, time.perf_counter), _seconds(here, time.perf_counter)
    return {"start_s": start, "overhead_ms": 1000 * (there_s - here_s) / _SMALL_FILES}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pdf", type=Path, help="folder of PDFs to use instead of generated ones")
    chosen = parser.parse_args()
    files = _own_pdfs() if chosen.pdf is None else [path.read_bytes() for path in sorted(chosen.pdf.iterdir())]
    figures = {"pdf": bench_pdf(files), "docx": bench_docx(), "pool": bench_pool()}
    json.dump(figures, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
