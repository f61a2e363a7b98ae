"""From a followed source to inputs: files below a folder, files of a pattern, a page, the items of a feed."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from ingest.fetch.feed import Item, is_feed, items
from ingest.fetch.register import Followed
from ingest.fetch.web import NO_VALIDATORS, FetchPolicy, Page, Validators, fetch
from ingest.readers import Input, Limits, discover
from ingest.readers.media import extension
from kb.errors import InputError, LimitError, UnreadableError
from kb.ids import source_key

MAX_FILES: Final = 100_000
"""Files of one followed folder or pattern."""
_PATTERN: Final = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Haul:
    """What a source gives now.

    Attributes:
        inputs: what to ingest; one that cannot be fetched carries its error.
        validators: what the server gave for next time; kept once the inputs are stored.
        unchanged: the server says nothing changed; then there are no inputs.
        found: how many things were there, fetched or not; 0 means the source is empty.
    """

    inputs: tuple[Input, ...] = ()
    validators: Validators = NO_VALIDATORS
    unchanged: bool = False
    found: int = 0


def gather(
    source: Followed,
    policy: FetchPolicy,
    *,
    known: Validators | None = None,
    held: Callable[[str], bool] = lambda _key: False,
    limits: Limits | None = None,
) -> Haul:
    """Fetch what a source gives.

    Args:
        source: the followed source.
        policy: limits of fetching.
        known: what its server gave last time.
        held: says whether a source key holds a document; pages of feed items that do are not fetched again.
        limits: of reading files.

    Raises:
        InputError: the place cannot be fetched at all.
    """
    limits = limits or Limits(input_bytes=policy.max_bytes)
    if not source.is_web:
        found = tuple(islice(_files(source, limits), MAX_FILES + 1))
        if len(found) > MAX_FILES:
            raise LimitError(f"it holds more than {MAX_FILES:,} files.", code="too-many-files", place=source.location)
        return Haul(found, found=len(found))
    page = fetch(source.location, policy, known)
    if page.data is None:
        return Haul(unchanged=True, validators=page.validators)
    if not page.data.strip():
        return Haul(validators=page.validators)
    if source.kind == "news" and is_feed(page.data):
        return _feed(source, page, page.data, policy, held)
    return Haul((web_input(source.location, page.data, suffix=source.format),), page.validators, found=1)


def changed_since(source: Followed, moment: float) -> bool:
    """Say whether files of a followed place were written, or names in its folders changed, since a moment.

    Args:
        source: one that is no address.
        moment: seconds since the epoch.
    """
    place = source.location
    if os.path.lexists(place):
        return any(_written(path) >= moment for path in _walk(place))
    if _PATTERN & set(place):
        return any(_written(path) >= moment for path in islice(glob.iglob(place, recursive=True), MAX_FILES))  # noqa: PTH207
    return True  # gone: looking says so


def _walk(place: str) -> Iterator[str]:
    yield place
    for current, folders, names in os.walk(place):
        yield from (os.path.join(current, name) for name in (*folders, *names))  # noqa: PTH118


def _written(path: str) -> float:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return 0.0  # gone meanwhile; its folder shows it
    # The later of the two: a file moved here keeps the time of its words, but not that of its entry.
    return max(found.st_mtime, found.st_ctime)


def web_input(url: str, data: bytes, *, suffix: str = "", key: str | None = None) -> Input:
    """Return an input for what an address gave.

    Args:
        url: the address that is followed, not the one it may redirect to.
        data: the body.
        suffix: what it is, where the address does not show it.
        key: tells it from others of the same address.
    """
    name = url if not suffix or extension(url) == f".{suffix}" else f"{url}#content.{suffix}"
    return Input(name, web_key(url, key), len(data), None, lambda: data)


def web_key(url: str, key: str | None = None) -> str:
    """Return the source key of an address, or of one item of the feed there."""
    return source_key(upload=url, member=key)


def _files(source: Followed, limits: Limits) -> Iterator[Input]:
    """Yield the files of a path or pattern; a pattern that fits nothing gives none, a path must exist."""
    place = source.location
    if os.path.lexists(place):
        yield from discover([place], limits=limits)
    elif _PATTERN & set(place):
        paths = sorted(glob.iglob(place, recursive=True))  # noqa: PTH207 - patterns are absolute
        yield from discover([path for path in paths if Path(path).is_file()], limits=limits)
    else:
        raise UnreadableError(
            "there is no such file or folder.", code="not-found", place=place, remedy="Correct the location."
        )


def _feed(source: Followed, page: Page, data: bytes, policy: FetchPolicy, held: Callable[[str], bool]) -> Haul:
    found = list(items(data, page.url))
    if source.items != "page":
        inputs = tuple(_item_input(source.location, one) for one in found)
        return Haul(inputs, page.validators, found=len(found))
    fetched: list[Input] = []
    left_out = 0
    for one in found:
        if not one.link or held(web_key(one.link)):
            continue
        if len(fetched) >= policy.items:
            left_out += 1
            continue
        fetched.append(_page_input(one.link, policy))
    # With items left out, the feed must be read again next time even if its server calls it unchanged.
    done = not left_out and all(one.error is None for one in fetched)
    return Haul(tuple(fetched), page.validators if done else Validators(), found=len(found))


def _item_input(url: str, item: Item) -> Input:
    shown = PurePosixPath(item.link or item.key).name or item.key
    return Input(f"{url}#{shown[:200]}.xml", web_key(url, item.key), len(item.data), None, lambda: item.data)


def _page_input(link: str, policy: FetchPolicy) -> Input:
    try:
        page = fetch(link, policy)
        return web_input(link, page.data or b"")
    except InputError as error:
        return Input(link, web_key(link), None, error)
