"""From a followed source to inputs: folders, patterns, pages and feeds."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.fetch import FetchPolicy, Followed, Haul, changed_since, gather
from ingest.fetch.places import web_key
from kb.errors import InputError, UnreadableError
from tests.ingest.fetch.server import Site, site

POLICY = FetchPolicy(private=True, seconds=5.0, attempts=1, sleep=lambda _: None)
FEED = "<rss version='2.0'><channel><title>t</title>{}</channel></rss>"


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as found:
        yield found


def followed(location: object, **more: str) -> Followed:
    return replace(Followed("a", "news", str(location)), **more)


def names(haul: Haul) -> list[str]:
    return [Path(one.name).name for one in haul.inputs]


def feed_of(*links: str) -> str:
    return FEED.format("".join(f"<item><title>{link}</title><link>{link}</link></item>" for link in links))


def test_a_folder_a_file_and_a_pattern_give_their_files(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.txt", "b.md", "sub/c.txt", ".hidden.txt"):
        (tmp_path / name).write_text("words", encoding="utf-8")
    assert names(gather(followed(tmp_path), POLICY)) == ["a.txt", "b.md", "c.txt"]
    assert names(gather(followed(tmp_path / "a.txt"), POLICY)) == ["a.txt"]
    assert names(gather(followed(tmp_path / "*.txt"), POLICY)) == ["a.txt"]
    assert names(gather(followed(tmp_path / "**" / "*.txt"), POLICY)) == ["a.txt", "c.txt"]
    assert gather(followed(tmp_path / "*.pdf"), POLICY).found == 0
    with pytest.raises(UnreadableError) as caught:
        gather(followed(tmp_path / "absent"), POLICY)
    assert caught.value.code == "not-found"


def test_a_folder_named_like_a_pattern_is_a_folder(tmp_path: Path) -> None:
    odd = tmp_path / "law [old]"
    odd.mkdir()
    (odd / "a.txt").write_text("words", encoding="utf-8")
    assert gather(followed(odd), POLICY).found == 1


def test_a_place_shows_that_something_in_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    file = tmp_path / "sub" / "a.txt"
    file.write_text("words", encoding="utf-8")
    later = time.time() + 5
    for place in (tmp_path, tmp_path / "**" / "*.txt"):
        assert changed_since(followed(place), time.time() - 60)
        assert not changed_since(followed(place), later)
    os.utime(file, (later + 5, later + 5))
    for place in (tmp_path, file, tmp_path / "**" / "*.txt"):
        assert changed_since(followed(place), later)
    assert changed_since(followed(tmp_path / "absent"), later)


def test_a_page_is_one_input_whose_name_says_what_it_is(web: Site) -> None:
    web.put("/download?id=3", "id,name\n1,Acme\n")
    haul = gather(followed(f"{web.address}/download?id=3", kind="watchlist", format="csv"), POLICY)
    assert [one.name for one in haul.inputs] == [f"{web.address}/download?id=3#content.csv"]
    assert haul.inputs[0].source_key == web_key(f"{web.address}/download?id=3")
    web.put("/list.csv", "x")
    plain = gather(followed(f"{web.address}/list.csv", kind="watchlist", format="csv"), POLICY)
    assert plain.inputs[0].name == f"{web.address}/list.csv"
    web.put("/nothing", " \n")
    assert gather(followed(f"{web.address}/nothing"), POLICY).found == 0


def test_items_of_a_feed_are_inputs_of_their_own_and_their_pages_are_left_alone(web: Site) -> None:
    web.put("/feed", feed_of("/a", "/b"))
    haul = gather(followed(f"{web.address}/feed"), POLICY)
    assert haul.found == 2
    assert len({one.source_key for one in haul.inputs}) == 2
    assert web.paths() == ["/feed"]


def test_pages_of_items_are_fetched_when_the_register_says_so_each_once(web: Site) -> None:
    web.put("/feed", feed_of("/a", "/missing", "http://169.254.169.254/x", "javascript:alert(1)"))
    web.put("/a", "<html><body><p>Acme was fined.</p></body></html>")
    source = followed(f"{web.address}/feed", items="page")
    haul = gather(source, POLICY)
    assert [None if one.error is None else one.error.code for one in haul.inputs] == [
        None, "http-404", "address-refused", "address-refused",
    ]  # fmt: skip
    with pytest.raises(InputError):
        haul.inputs[1].read()
    again = gather(source, POLICY, held=lambda key: key == web_key(f"{web.address}/a"))
    assert f"{web.address}/a" not in [one.name for one in again.inputs]


def test_a_long_feed_is_fetched_over_several_runs(web: Site) -> None:
    links = [f"/{number}" for number in range(5)]
    web.tagged("/feed", feed_of(*links))
    for link in links:
        web.put(link, "<html><body><p>Words.</p></body></html>")
    source, policy = followed(f"{web.address}/feed", items="page"), replace(POLICY, items=2)
    held: set[str] = set()
    seen: list[str] = []
    known = None
    for _ in range(3):
        haul = gather(source, policy, known=known, held=held.__contains__)
        held |= {one.source_key for one in haul.inputs}
        seen += [one.name for one in haul.inputs]
        known = haul.validators
    assert seen == [web.address + link for link in links]
    assert known is not None
    assert known.etag  # only once everything was fetched may the server say "unchanged"
    assert gather(source, policy, known=known).unchanged
