"""Refusing to start: a missing, empty or damaged file is an error that names it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ontology import OntologyError, files, load, load_shapes
from ontology.files import ONTOLOGY_FILES, SHAPES, parse, shape_file


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder that stands for the package, holding copies of all its files."""
    source = Path(files.__file__).parent
    for name in (*ONTOLOGY_FILES, *(shape_file(each) for each in SHAPES)):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((source / name).read_bytes())
    monkeypatch.setattr(files, "files", lambda _package: tmp_path)
    parse.cache_clear()
    yield tmp_path
    parse.cache_clear()


@pytest.mark.parametrize("name", ONTOLOGY_FILES)
def test_a_missing_file_stops_the_load(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(OntologyError) as error:
        load()
    assert error.value.code == "ontology-file-missing"
    assert error.value.place == f"ontology/{name}"
    assert error.value.remedy


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "ontology-file-empty"),
        (b"# only a comment\n", "ontology-file-empty"),
        (b"@prefix due: <https://w3id.org/duegraph#> .\ndue:Finding a", "ontology-file-invalid"),
        (b"not turtle at all", "ontology-file-invalid"),
        (b"\xff\xfe\x00", "ontology-file-missing"),
    ],
)
@pytest.mark.parametrize("name", ["law.ttl", "reused.ttl", "vocab/levels.ttl"])
def test_a_damaged_file_stops_the_load(copied: Path, name: str, content: bytes, code: str) -> None:
    (copied / name).write_bytes(content)
    with pytest.raises(OntologyError) as error:
        load()
    assert (error.value.code, error.value.place) == (code, f"ontology/{name}")
    assert name in str(error.value)


def test_a_missing_shape_stops_the_load(copied: Path) -> None:
    (copied / "shapes/law.ttl").unlink()
    with pytest.raises(OntologyError, match="cannot be read") as error:
        load_shapes()
    assert error.value.place == "ontology/shapes/law.ttl"


def test_a_caller_may_change_the_graph_it_was_given() -> None:
    first = load()
    count = len(first)
    first.remove((None, None, None))
    assert len(load()) == count > 5000
