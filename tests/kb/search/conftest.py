from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.search import IndexRow, SearchIndex


def row(number: int, text: str, *, owner: str = "doc-a", **more: object) -> IndexRow:
    values: dict[str, object] = {
        "id": f"{owner}#c{number}",
        "owner": owner,
        "type": "clause",
        "title": "",
        "text": text,
        "document": owner,
        "start": number * 1000,
        "end": number * 1000 + len(text),
        "language": "en",
        "facets": {},
    }
    values.update(more)
    return IndexRow(**values)  # type: ignore[arg-type]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchIndex]:
    opened = SearchIndex.open(tmp_path / "index", create=True)
    yield opened
    opened.close()


def ids(index: SearchIndex, query: str, **more: object) -> list[str]:
    result = index.search(query, limit=1000, **more)  # type: ignore[arg-type]
    assert result.total == len(result.hits)
    return [hit.id.rpartition("#c")[2] for hit in result.hits]
