"""Ingest with what follows from it, inputs made of uploads, and forgetting what was stored."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from api.service.impact import law_is_new, refresh
from api.service.linking import links_are_stale, renew_links
from api.service.reopening import lists_are_new, raise_reopened
from api.service.runtime import tool_version
from api.service.screening import make_ready
from ingest.job import IngestOptions, IngestResult, ingest
from ingest.readers import Input, Limits, discover
from kb import ids
from kb.base import KnowledgeBase
from kb.errors import InputError
from kb.records import DocumentRecord

MEMBER = "!/"
"""Between an archive and its member in the name of an input; see ``ingest.readers.discover``."""
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def run_ingest(
    kb: KnowledgeBase, inputs: Iterable[Input], options: IngestOptions, *, link: bool = True
) -> Iterator[IngestResult]:
    """Yield an answer per input; when the last one is out, the links are those of the new state.

    Args:
        kb: open for writing.
        inputs: what to read.
        options: how.
        link: renew the links at the end; a caller with more to come puts it off.
    """
    yield from ingest(kb, inputs, options, tool_version())
    if link:
        follow_up(kb)


def follow_up(kb: KnowledgeBase) -> None:
    """Bring what is concluded over several documents in line with the store: links, changes of law, marks, hits."""
    if links_are_stale(kb):
        renew_links(kb)
    if law_is_new(kb):
        refresh(kb)
    make_ready(kb)
    if lists_are_new(kb):
        raise_reopened(kb)


def forget(kb: KnowledgeBase, records: Iterable[DocumentRecord]) -> Iterator[tuple[str, str]]:
    """Forget documents, the undo of ingest; yield (document, source) of every source that no longer holds one."""
    for record in records:
        for key, source in record.sources:
            kb.remove(key)
            yield record.id, source
    follow_up(kb)


@contextmanager
def uploaded(data: bytes, name: str, key: str | None, limits: Limits) -> Iterator[list[Input]]:
    """Yield the inputs of one upload: the file, or the members of a ZIP archive.

    Args:
        data: the bytes.
        name: under which they were handed in; shown, never used as a path.
        key: identity of the source when the sender knows it; by default that of an upload of this name.
        limits: of reading.
    """
    source = key if key is not None else ids.source_key(upload=name)
    if not data.startswith(_ZIP) or PurePosixPath(name.replace("\\", "/")).suffix.lower() not in {"", ".zip"}:
        yield [Input(name, source, len(data), None, lambda: data)]
        return
    with tempfile.TemporaryDirectory(prefix="duegraph-") as folder:
        path = Path(folder) / "upload.zip"
        path.write_bytes(data)
        yield [_renamed(item, str(path), name, source) for item in discover([str(path)], limits=limits)]


def _renamed(item: Input, path: str, name: str, source: str) -> Input:
    """Return an input of a temporary file under the name its sender gave it."""
    shown = item.name.replace(path, name, 1)
    member = item.name.partition(MEMBER)[2]
    key = ids.source_key(upload=source, member=member) if member else source
    error = None if item.error is None else _moved(item.error, path, name)
    return replace(item, name=shown, source_key=key, error=error, _load=_load(item, path, name))


def _load(item: Input, path: str, name: str) -> Callable[[], bytes]:
    def load() -> bytes:
        try:
            return item.read()
        except InputError as error:
            raise _moved(error, path, name) from error

    return load


def _moved(error: InputError, path: str, name: str) -> InputError:
    place, detail = error.place.replace(path, name), error.detail.replace(path, name)
    return type(error)(detail, code=error.code, place=place, remedy=error.remedy)
