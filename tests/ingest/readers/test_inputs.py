"""Inputs: files, folders, archives and standard input; a bad one is one error and not the end."""

from __future__ import annotations

import io
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from ingest.readers import Input, Limits, discover, of_bytes
from kb.errors import InputError, LimitError, UnreadableError
from kb.ids import source_key
from tests.ingest.readers.docx_files import docx, p

MIB = 1 << 20


def archive(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as stream:
        for name, data in entries:
            stream.writestr(name, data)
    return str(path)


def only(paths: list[str], limits: Limits | None = None) -> Input:
    (found,) = discover(paths, limits=limits or Limits())
    return found


def code(item: Input) -> str:
    with pytest.raises(InputError) as caught:
        item.read()
    return caught.value.code


def test_folders_are_searched_in_sorted_order_without_hidden_files_and_links(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/y.txt", ".hidden", ".git/config", "a/~$open.docx", "c/.x/y.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = list(discover([str(tmp_path)]))
    assert [item.name.removeprefix(f"{tmp_path}/") for item in found] == ["b.txt", "a/y.txt", "a/z.txt"]
    assert [item.read().decode() for item in found] == ["b.txt", "a/y.txt", "a/z.txt"]
    assert found[0].source_key == source_key(tmp_path / "b.txt")


def test_a_missing_path_is_one_error_and_the_rest_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    found = list(
        discover([str(tmp_path / "none.txt"), str(tmp_path / "a.txt"), str(tmp_path / "a.txt" / "b"), "bad\0name"])
    )
    assert [item.error is not None for item in found] == [True, False, True, True]
    assert code(found[0]) == code(found[2]) == code(found[3]) == "not-found"
    assert found[1].read() == b"a"


def test_the_same_file_is_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("a")
    monkeypatch.chdir(tmp_path)
    assert [item.name for item in discover(["a.txt", "./a.txt", str(tmp_path)])] == ["a.txt"]


def test_archives_give_their_members_and_office_files_are_documents(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", ("b/2.txt", b"two"), ("1.txt", b"one"), ("b/", b""), (".DS_Store", b"x"),
                   ("__MACOSX/1.txt", b"x"), ("~$x.docx", b"x"))  # fmt: skip
    word = tmp_path / "c.docx"
    word.write_bytes(docx(p("x")))
    found = list(discover([path, str(word)]))
    assert [item.name for item in found] == [f"{path}!/1.txt", f"{path}!/b/2.txt", str(word)]
    assert [item.read() for item in found[:2]] == [b"one", b"two"]
    assert found[1].source_key == source_key(path, member="b/2.txt")


def test_chinese_member_names_of_windows_are_read(tmp_path: Path) -> None:
    name = "采购合同.txt"  # purchase contract
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as stream:
        stream.writestr("A" * len(name.encode("gb18030")), b"x")
    (tmp_path / "a.zip").write_bytes(out.getvalue().replace(b"A" * len(name.encode("gb18030")), name.encode("gb18030")))
    assert only([str(tmp_path / "a.zip")]).name.endswith(f"!/{name}")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "unsafe-name"),
        ("/etc/passwd", "unsafe-name"),
        ("C:\\x.txt", "unsafe-name"),
        ("a/..\\..\\x.txt", "unsafe-name"),
        ("a\nb.txt", "unsafe-name"),
        ("inner.zip", "nested-zip"),
    ],
)
def test_unsafe_members_are_refused_and_the_others_read(tmp_path: Path, name: str, expected: str) -> None:
    found = list(discover([archive(tmp_path / "a.zip", (name, b"x"), ("good.txt", b"good"))]))
    assert sorted(code(item) if item.error else "" for item in found) == ["", expected]
    assert [item.read() for item in found if item.error is None] == [b"good"]


def test_links_in_archives_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert code(only([archive(tmp_path / "a.zip", (link, b"/etc/passwd"))])) == "unsafe-link"


def test_too_many_entries_too_much_and_bombs_are_refused(tmp_path: Path) -> None:
    many = archive(tmp_path / "many.zip", *((f"{at}.txt", b"x") for at in range(2_001)))
    assert code(only([many])) == "zip-entries"
    bomb = archive(tmp_path / "bomb.zip", ("zeros.txt", bytes(30 * MIB)))
    assert code(only([bomb])) == "zip-ratio"
    assert code(only([bomb], Limits(zip_total_bytes=20 * MIB))) == "zip-size"
    honest = archive(tmp_path / "honest.zip", ("a.txt", b"honest text " * 500_000))
    assert len(only([honest]).read()) == 6_000_000


def test_a_member_that_lies_about_its_size_is_not_unpacked_further(tmp_path: Path) -> None:
    path = tmp_path / "lie.zip"
    archive(path, ("a.txt", b"x" * 5_000_000))
    data = path.read_bytes().replace((5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path.write_bytes(data)
    item = only([str(path)])
    with pytest.raises(InputError) as caught:
        item.read()
    assert caught.value.code in {"damaged", "zip-size"}


@pytest.mark.parametrize("data", [b"PK\x03\x04 broken", b"PK\x05\x06" + bytes(18), b"no zip at all"])
def test_broken_and_empty_archives_are_one_input(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    item = only([str(path)])
    if data.startswith(b"PK"):
        assert code(item) in {"damaged", "empty"}
    else:
        assert item.read() == data  # its reader says that it is no archive


def test_files_over_the_limit_are_refused_before_they_are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(LimitError) as caught:
        only([str(path)]).read()
    assert caught.value.code == "too-large"


def test_standard_input_and_uploads_are_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"from stdin")))
    item = only(["-"])
    assert (item.name, item.read()) == ("-", b"from stdin")
    upload = of_bytes(b"x", "../../etc/passwd")
    assert upload.read() == b"x"
    assert upload.source_key == source_key(upload="../../etc/passwd")


def test_an_input_without_content_says_so() -> None:
    with pytest.raises(UnreadableError):
        Input("a", "src-1").read()
