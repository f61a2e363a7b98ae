"""The pool: hostile files cost their own reading and nothing else."""

from __future__ import annotations

import io
import os
import resource
import signal
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ingest.readers import Limits, ReaderPool, read_document, worker
from ingest.readers.pool import _Worker
from ingest.readers.wire import decode_document, decode_error, encode_document, encode_error
from kb.errors import CannotRunError, InputError, LimitError, UnreadableError
from kb.model import Block, BlockKind, Document, Kind
from tests.ingest.readers.docx_files import docx, p
from tests.ingest.readers.samples import CHINESE, ENGLISH, PdfPage, flowing, pdf
from tests.ingest.readers.test_pdf import FONT, PAGE, raw_pdf, stream

MIB = 1 << 20
TIGHT = Limits(cpu_seconds=2, wall_seconds=20.0, memory_bytes=768 * MIB)


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    with ReaderPool(TIGHT, workers=1) as opened:
        yield opened


def test_the_pool_reads_what_this_process_reads(pool: ReaderPool) -> None:
    for data, name in (
        (ENGLISH.encode(), "a.txt"),
        (docx(p("Text")), "a.docx"),
        (pdf([PdfPage(*flowing(ENGLISH))]), "a.pdf"),
        (CHINESE.encode("gb18030"), "a.txt"),
    ):
        assert pool.read(data, name) == read_document(data, name)


def test_errors_keep_code_place_and_remedy(pool: ReaderPool) -> None:
    with pytest.raises(InputError) as here:
        read_document(b"x", "a.pdf")
    with pytest.raises(InputError) as there:
        pool.read(b"x", "a.pdf")
    assert vars(there.value) == vars(here.value)
    assert type(there.value) is type(here.value)


def worker_of(opened: ReaderPool) -> _Worker:
    """Return the idle worker of a pool of one."""
    found = opened._idle.get()
    opened._idle.put(found)
    assert found is not None
    return found


def zip_bomb() -> bytes:
    return docx("", raw={"word/document.xml": b" " * (60 * MIB)})


def nested_zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<a/>")
        for at in range(40):
            archive.writestr(f"word/{at}.xml", bytes(9 * MIB))
    return out.getvalue()


def entity_bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 12))
    return docx("", raw={"word/document.xml": f'<!DOCTYPE d [<!ENTITY e0 "ha">{entities}]><d>&e11;</d>'.encode()})


def stream_bomb() -> bytes:
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        PAGE,
        stream(b"BT /F1 10 Tf (x) Tj ET " + b" " * (300 * MIB)),
        FONT,
    )


def operator_flood() -> bytes:
    flood = b"BT /F1 10 Tf 10 700 Td " + b"(word ) Tj 1 0 Td " * 4_000_000 + b"ET"
    return raw_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", PAGE, stream(flood), FONT
    )


HOSTILE: dict[str, tuple[Callable[[], bytes], str, set[str]]] = {
    "zip-bomb": (zip_bomb, "a.docx", {"zip-ratio", "zip-size"}),
    "zip-bomb-of-many": (nested_zip_bomb, "b.docx", {"zip-size"}),
    "entity-bomb": (entity_bomb, "c.docx", {"entities"}),
    "pdf-stream-of-300-mb": (
        stream_bomb,
        "d.pdf",
        {"", "empty", "memory", "cpu-time", "crashed", "damaged", "needs-ocr"},
    ),
    "pdf-operator-flood": (operator_flood, "e.pdf", {"", "memory", "cpu-time", "text-too-long"}),
    "html-200-deep": (lambda: b"<div>" * 200 + b"deep" + b"</div>" * 200, "f.html", {""}),
    "wrong-suffix": (lambda: pdf([PdfPage(*flowing(ENGLISH))]), "g.docx", {"type-mismatch"}),
    "gb18030-without-mark": (lambda: CHINESE.encode("gb18030"), "h.txt", {""}),
    "empty": (lambda: b"", "i.txt", {"empty"}),
    "one-line-of-5-mb": (lambda: ENGLISH.encode() * 25_000, "j.txt", {""}),
    "zero-bytes": (lambda: b"text\0\0\0" * 10_000, "k.txt", {"binary"}),
    "encrypted": (lambda: pdf([PdfPage(*flowing(ENGLISH))], encrypt="secret"), "l.pdf", {"encrypted"}),
}


@pytest.mark.slow
def test_a_batch_of_hostile_files_gives_one_result_each_and_the_last_good_one_is_read() -> None:
    assert len(HOSTILE) == 12
    inputs = [(make(), name, None) for make, name, _ in HOSTILE.values()]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ReaderPool(TIGHT, workers=2) as opened:
        results = list(opened.map([*inputs, (ENGLISH.encode(), "good.txt", None)]))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    for (case, (_, _, codes)), result in zip(HOSTILE.items(), results, strict=False):
        assert (result.code if isinstance(result, InputError) else "") in codes, case
    last = results[-1]
    assert isinstance(last, Document)
    assert last.text == ENGLISH
    assert grown < 100, "the parent's memory must not grow with what its children unpack"


def test_too_much_processor_time_ends_the_reading_and_not_the_pool() -> None:
    # Long runs of combining marks take quadratic time to bring into canonical order.
    text = ("a" + "\u0316\u0301" * 400_000).encode()
    with ReaderPool(Limits(cpu_seconds=1), workers=1) as opened:
        with pytest.raises(LimitError) as caught:
            opened.read(text, "marks.txt")
        assert caught.value.code == "cpu-time"
        assert opened.read(ENGLISH.encode(), "a.txt").text == ENGLISH


def test_too_much_elapsed_time_ends_the_reading() -> None:
    text = ("a" + "\u0316\u0301" * 400_000).encode()
    with ReaderPool(Limits(wall_seconds=0.5), workers=1) as opened:
        with pytest.raises(LimitError) as caught:
            opened.read(text, "marks.txt")
        assert caught.value.code == "wall-time"
        assert opened.read(ENGLISH.encode(), "a.txt").text == ENGLISH


def test_too_much_memory_ends_the_reading() -> None:
    page = b"<html><body>" + b"<p>word</p>" * 2_000_000
    with ReaderPool(Limits(memory_bytes=256 * MIB), workers=1) as opened:
        with pytest.raises(LimitError) as caught:
            opened.read(page, "a.html", kind=Kind.CONTRACT)
        assert caught.value.code == "memory"
        assert opened.read(ENGLISH.encode(), "a.txt").text == ENGLISH


def test_a_crash_in_the_child_is_an_unreadable_file() -> None:
    with ReaderPool(TIGHT, workers=1) as opened:
        opened.read(ENGLISH.encode(), "a.txt")
        child = psutil.Process(worker_of(opened).process.pid)
        child.suspend()
        future = opened.submit(ENGLISH.encode(), "a.txt")
        while not opened._busy:
            time.sleep(0.001)
        os.kill(child.pid, signal.SIGSEGV)
        child.resume()
        with pytest.raises(UnreadableError) as caught:
            future.result()
        assert caught.value.code == "crashed"
        assert "SIGSEGV" in caught.value.detail
        assert opened.read(ENGLISH.encode(), "a.txt").text == ENGLISH


def test_a_worker_that_died_while_idle_is_replaced_without_an_error() -> None:
    with ReaderPool(TIGHT, workers=1) as opened:
        opened.read(ENGLISH.encode(), "a.txt")
        process = worker_of(opened).process
        process.kill()
        process.wait(5)
        assert opened.read(ENGLISH.encode(), "a.txt").text == ENGLISH


def test_results_come_in_order_and_reading_does_not_run_far_ahead() -> None:
    taken: list[int] = []

    def inputs() -> Iterator[tuple[bytes, str, Kind | None]]:
        for at in range(20):
            taken.append(at)
            yield f"{ENGLISH} {at}".encode(), f"{at}.txt", None

    with ReaderPool(TIGHT, workers=2) as opened:
        for at, result in enumerate(opened.map(inputs(), ahead=3)):
            assert isinstance(result, Document)
            assert result.text.endswith(f" {at}")
            assert len(taken) <= at + 4


def test_many_threads_may_share_a_pool() -> None:
    found: list[str] = []
    with ReaderPool(TIGHT, workers=2) as opened:

        def read(at: int) -> None:
            found.append(opened.read(f"{ENGLISH} {at}".encode(), "a.txt").text)

        threads = [threading.Thread(target=read, args=(at,)) for at in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == [f"{ENGLISH} {at}" for at in range(8)]


def test_closing_a_pool_leaves_no_process_and_no_folder() -> None:
    opened = ReaderPool(TIGHT, workers=1)
    opened.read(ENGLISH.encode(), "a.txt")
    kept = worker_of(opened)
    folder, process = Path(kept.folder.name), kept.process
    assert folder.is_dir()
    opened.close()
    assert process.poll() is not None
    assert not folder.exists()


def test_closing_a_pool_wakes_everyone_who_waits_for_a_worker() -> None:
    opened = ReaderPool(TIGHT, workers=1)
    ended: list[str] = []

    def read() -> None:
        try:
            while True:
                opened.read(ENGLISH.encode(), "a.txt")
        except (CannotRunError, InputError) as error:
            ended.append(error.code)

    threads = [threading.Thread(target=read, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1.0)  # long enough for one to read and three to wait
    opened.close()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    assert len(ended) == 4
    assert set(ended) <= {"stopped", "crashed"}
    with pytest.raises(CannotRunError):
        opened.read(ENGLISH.encode(), "a.txt")


def test_an_input_over_the_limit_never_reaches_a_worker() -> None:
    with ReaderPool(Limits(input_bytes=10), workers=1) as opened, pytest.raises(LimitError) as caught:
        opened.read(b"x" * 11, "a.txt")
    assert caught.value.code == "too-large"


def test_a_pool_needs_a_worker() -> None:
    with pytest.raises(ValueError, match="worker"):
        ReaderPool(workers=0)


def test_network_and_programs_are_refused_in_a_worker() -> None:
    for event in ("socket.connect", "socket.getaddrinfo", "os.system"):
        with pytest.raises(PermissionError):
            worker._refuse(event, ())
    with pytest.raises(PermissionError):
        worker._refuse("subprocess.Popen", ("/bin/sh",))
    worker._refuse("subprocess.Popen", ("/usr/bin/tesseract",))
    worker._refuse("open", ("x",))


def test_a_confined_process_has_no_network_core_dumps_or_spare_memory() -> None:
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - runs in the fork
        try:
            worker.confine(Limits(memory_bytes=2 << 30))
            assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
            assert resource.getrlimit(resource.RLIMIT_AS)[0] == 2 << 30
            try:
                socket.create_connection(("127.0.0.1", 9), timeout=1)
            except PermissionError:
                os.write(write_end, b"confined")
        finally:
            os._exit(0)
    os.close(write_end)
    os.waitpid(child, 0)
    with os.fdopen(read_end, "rb") as stream_end:
        assert stream_end.read() == b"confined"


def test_an_unexpected_failure_of_a_reader_is_one_unreadable_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> Document:
        raise KeyError("bug")

    monkeypatch.setattr(worker, "read_document", fails)
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    answer = worker.answer_for(b"x", "a.txt", None, Limits())
    assert answer["error"]["code"] == "damaged"
    assert "KeyError" in answer["error"]["detail"]
    assert "fails" in answer["trace"]


def test_documents_and_errors_survive_the_wire() -> None:
    document = Document(
        "Text", (Block(BlockKind.TABLE_CELL, 0, 4, 1, "1.", 2, (0, 1, 2), "inserted"),), "text/plain", "en", None,
        {"a": "b"}, ("w",),
    )  # fmt: skip
    assert decode_document(encode_document(document)) == document
    error = LimitError("too much", code="memory", place="a", remedy="less")
    assert vars(decode_error(encode_error(error), "x")) == vars(error)
    assert decode_error({}, "x").place == "x"
