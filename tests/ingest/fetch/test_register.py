"""The register of followed sources: every row stands for itself, and every wrong one says where and why."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fetch import Followed, followed_json, followed_of, parse_interval, read_register
from kb.errors import LimitError, RecordError, UnreadableError

HEADER = "id,kind,name,location,interval,format,language,items\n"


def write(folder: Path, text: str | bytes, name: str = "sources.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_csv_and_json_say_the_same(tmp_path: Path) -> None:
    rows = [
        {"id": "ofac", "kind": "watchlist", "name": "OFAC", "location": "https://example.org/sdn", "format": "csv"},
        {"id": "公司法", "kind": "regulation", "location": "law/*.md", "interval": "每周", "language": "zh"},
    ]
    lines = [HEADER, "ofac,Watchlist,OFAC,https://example.org/sdn,,.CSV,,\n", "公司法,regulation,,law/*.md,每周,,ZH,\n"]
    from_csv, errors = read_register(write(tmp_path, "".join(lines)))
    assert errors == ()
    assert from_csv == read_register(write(tmp_path, json.dumps(rows), "a.json"))[0]
    assert from_csv == read_register(write(tmp_path, json.dumps({"sources": rows}), "b.json"))[0]
    assert [source.is_web for source in from_csv] == [True, False]
    assert from_csv[1].location == str(tmp_path / "law/*.md")
    assert from_csv[1].every == timedelta(weeks=1)
    assert from_csv[0].every == timedelta(days=1)


def test_a_register_from_a_chinese_spreadsheet_is_read(tmp_path: Path) -> None:
    text = (
        HEADER + "gs,register,供应商登记,suppliers.csv,每天,,zh,\n" + "# 供应商、合作方与客户的登记信息，每天更新一次\n"
    )
    sources, errors = read_register(write(tmp_path, text.encode("gb18030")))
    assert errors == ()
    assert sources[0].name == "供应商登记"


WRONG = {
    "unknown kind": "a,gossip,,x,,,,",
    "no kind": "a,,,x,,,,",
    "no location": "a,news,,,,,,",
    "no id": ",news,,x,,,,",
    "id with a slash": "a/b,news,,x,,,,",
    "id with a dash first": "-a,news,,x,,,,",
    "another scheme": "a,news,,ftp://example.org/x,,,,",
    "file address": "a,news,,file:///etc/passwd,,,,",
    "script": "a,news,,javascript:alert(1),,,,",
    "no host": "a,news,,https:///x,,,,",
    "no slashes": "a,news,,http:example.org,,,,",
    "password": "a,news,,https://me:secret@example.org/,,,,",
    "hidden character": "a,news,,https://example.org/\u200b,,,,",
    "no interval": "a,news,,x,sometimes,,,",
    "too often": "a,news,,x,0m,,,",
    "too seldom": "a,news,,x,99999w,,,",
    "unknown format": "a,news,,x,,exe,,",
    "unknown language": "a,news,,x,,,fr,",
    "unknown items": "a,news,,x,,,,all",
    "too many cells": "a,news,,x,,,,,extra",
}


@pytest.mark.parametrize("row", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_row_is_one_error_with_its_line_and_the_rest_goes_on(tmp_path: Path, row: str) -> None:
    path = write(tmp_path, f"{HEADER}good,news,,x,,,,\n\n{row}\nalso,news,,y,,,,\n")
    sources, errors = read_register(path)
    assert [source.id for source in sources] == ["good", "also"]
    (error,) = errors
    assert isinstance(error, RecordError)
    assert (error.code, error.place) == ("register-row", f"{path}:4")
    assert "secret" not in str(error)


def test_the_second_row_of_an_id_is_refused(tmp_path: Path) -> None:
    sources, errors = read_register(write(tmp_path, f"{HEADER}a,news,,x,,,,\na,news,,y,,,,\n"))
    assert [Path(source.location).name for source in sources] == ["x"]
    assert "earlier row" in errors[0].detail


@pytest.mark.parametrize(
    "text",
    ["name,place\na,b\n", "[1, 2", '{"rows": []}', '{"sources": 3}', "[" * 5000, b"\x00\x01\x02" * 400],
    ids=["no columns", "cut json", "no sources", "no list", "deep json", "binary"],
)
def test_a_file_that_is_no_register_is_refused(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(UnreadableError):
        read_register(write(tmp_path, text))


def test_a_register_that_is_absent_or_endless_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="cannot be opened"):
        read_register(tmp_path / "absent.csv")
    with pytest.raises(LimitError):
        read_register(write(tmp_path, HEADER + "#" * (9 << 20)))


def test_rows_of_json_that_are_no_objects_are_errors(tmp_path: Path) -> None:
    sources, errors = read_register(
        write(tmp_path, '[3, null, {"id": "a", "kind": "news", "location": "x"}]', "a.json")
    )
    assert [source.id for source in sources] == ["a"]
    assert [error.place.rpartition(": ")[2] for error in errors] == ["source 1", "source 2"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("hourly", 3600),
        ("Daily", 86400),
        ("6h", 21600),
        ("2 weeks", 1209600),
        ("90 min", 5400),
        ("3天", 259200),
        ("每小时", 3600),
        ("P1D", 86400),
        ("pt12h", 43200),
        ("P1W", 604800),
        ("P1DT6H30M", 109800),
    ],
)
def test_intervals_are_read_as_people_and_standards_write_them(text: str, seconds: int) -> None:
    assert parse_interval(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "P", "PT", "6", "h", "6 parsecs", "-1d", "P-1D", "1e9 d", "30s"])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no interval"):
        parse_interval(text)


@given(
    st.builds(
        Followed,
        id=st.from_regex(r"[a-z][a-z0-9_.\-]{0,20}", fullmatch=True),
        kind=st.sampled_from(["news", "regulation", "watchlist", "register", "contract"]),
        location=st.sampled_from(["https://example.org/a?b=c", "/srv/law", "/srv/law/**/*.md"]),
        name=st.text(alphabet="abc 公司法", max_size=20).map(str.strip),
        interval=st.sampled_from(["daily", "6h", "每周", "P3D"]),
        format=st.sampled_from(["", "csv", "xml"]),
        language=st.sampled_from(["", "en", "zh"]),
        items=st.sampled_from(["feed", "page"]),
    )
)
def test_a_source_survives_its_json(source: Followed) -> None:
    assert followed_of(followed_json(source), folder=Path("/elsewhere")) == source
