"""Fetching one address: conditionally, within limits of time and size, from public places only, with patience.

Headers of others decide nothing but redirects and waiting: what a page is, is seen from its bytes by the readers.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Final

import httpx

from ingest.fetch.address import resolve
from kb.errors import InputError, LimitError, UnreadableError

log = logging.getLogger(__name__)

MAX_REDIRECTS: Final = 5
CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 20.0
"""Silence after which a server counts as gone; the whole fetch has a limit of its own."""
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0
_CHUNK: Final = 64 * 1024
_RETRY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_USER_AGENT: Final = "duegraph (followed sources)"


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """How sources are fetched.

    Attributes:
        max_bytes: largest body, unpacked.
        seconds: time for one address, redirects and body included, waiting between tries not.
        attempts: tries before it counts as failed.
        private: allow private and loopback addresses.
        items: pages of one feed fetched in one run.
        sleep: waits between tries; for tests.
    """

    max_bytes: int = 25 << 20
    seconds: float = 60.0
    attempts: int = 3
    private: bool = False
    items: int = 100
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask "changed since?" with; "" for none. They hold for one address only."""

    etag: str = ""
    last_modified: str = ""


NO_VALIDATORS: Final = Validators()


@dataclass(frozen=True, slots=True)
class Page:
    """What was fetched.

    Attributes:
        url: where it was in the end, after redirects.
        data: the body; None when it is unchanged since the validators that were sent.
    """

    url: str
    data: bytes | None
    validators: Validators


class _TryAgainError(Exception):
    """A failure that may pass, with the seconds the server asks for, if any."""

    def __init__(self, failure: InputError, wait: float | None = None) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.wait = wait


def fetch(url: str, policy: FetchPolicy, known: Validators | None = None) -> Page:
    """Return what is at an address.

    Args:
        url: http or https.
        policy: limits.
        known: validators of what is held already.

    Raises:
        UnreadableError: it does not answer, or answers with an error ("http-404", "no-host", "timeout", …).
        LimitError: it is too large or takes too long.
        InputError: it, or where it redirects to, must not be fetched from.
    """
    wait = FIRST_WAIT
    for attempt in range(1, policy.attempts + 1):
        try:
            return _follow(url, policy, known)
        except _TryAgainError as again:
            asked = again.wait if again.wait is not None else wait
            if attempt == policy.attempts or asked > LONGEST_WAIT:
                raise again.failure from again
            log.info("event=fetch.retry attempt=%d code=%s", attempt, again.failure.code)
            policy.sleep(asked)
            wait = min(2 * wait, LONGEST_WAIT)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _follow(url: str, policy: FetchPolicy, known: Validators | None) -> Page:
    deadline = time.monotonic() + policy.seconds
    here = _checked(url, None)
    for _ in range(MAX_REDIRECTS + 1):
        answer = _get(here, policy, known, deadline)
        if isinstance(answer, Page):
            return answer
        here = _checked(answer, here)
    raise UnreadableError(f"it redirects more than {MAX_REDIRECTS} times.", code="redirects", place=url)


def _checked(url: str, before: httpx.URL | None) -> httpx.URL:
    """Return an address that may be asked, resolved against the one that redirects to it."""
    try:
        found = httpx.URL(url) if before is None else before.join(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise UnreadableError(f"not an address: {error}", code="bad-address", place=url[:200]) from error
    if found.scheme not in {"http", "https"} or not found.host or found.userinfo:
        raise InputError(
            "only http and https addresses without a password are fetched.", code="address-refused", place=url[:200]
        )
    if before is not None and before.scheme == "https" and found.scheme == "http":
        raise InputError("it redirects from https to http.", code="address-refused", place=str(before))
    return found


def _get(url: httpx.URL, policy: FetchPolicy, known: Validators | None, deadline: float) -> Page | str:
    """Ask once; return what is there, or the address it redirects to."""
    port = url.port or (443 if url.scheme == "https" else 80)
    address = resolve(url.raw_host.decode("ascii").strip("[]"), port, private=policy.private)[0]
    headers = {"Host": url.netloc.decode("ascii"), "User-Agent": _USER_AGENT, "Accept-Encoding": "gzip, identity"}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    left = max(0.1, deadline - time.monotonic())
    try:
        return asyncio.run(_ask(url, address, headers, policy, left))
    except TimeoutError as error:
        raise LimitError(
            f"it takes longer than {policy.seconds:g} seconds.",
            code="too-slow",
            place=str(url),
            remedy="Raise DUEGRAPH_FETCH_SECONDS, or follow a smaller source.",
        ) from error
    except httpx.TimeoutException as error:
        raise _TryAgainError(UnreadableError("it does not answer in time.", code="timeout", place=str(url))) from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        said = str(error) or type(error).__name__
        raise _TryAgainError(
            UnreadableError(f"it cannot be reached: {said}.", code="no-answer", place=str(url))
        ) from error


async def _ask(
    url: httpx.URL, address: str, headers: dict[str, str], policy: FetchPolicy, seconds: float
) -> Page | str:
    """Ask once, for so many seconds in all: a server may send its headers or its body letter by letter."""
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    # The connection goes to the address that was judged; the name stays in the header and the certificate check.
    extensions = {"sni_hostname": url.raw_host.decode("ascii")}
    async with (
        asyncio.timeout(seconds),
        httpx.AsyncClient(verify=_trust(), timeout=timeout, trust_env=False, follow_redirects=False) as client,
        client.stream("GET", url.copy_with(host=address), headers=headers, extensions=extensions) as answer,
    ):
        return await _read(answer, url, policy)


@cache
def _trust() -> ssl.SSLContext:
    """Return the certificates that are trusted; reading them takes longer than most fetches."""
    return httpx.create_ssl_context(trust_env=False)


async def _read(answer: httpx.Response, url: httpx.URL, policy: FetchPolicy) -> Page | str:
    status = answer.status_code
    validators = Validators(answer.headers.get("etag", "")[:500], answer.headers.get("last-modified", "")[:100])
    if status == httpx.codes.NOT_MODIFIED:
        return Page(str(url), None, validators)
    if status in _REDIRECTS and "location" in answer.headers:
        return str(answer.headers["location"])
    if status != httpx.codes.OK:
        failure = UnreadableError(
            f"it answers with status {status}.", code=f"http-{status}", place=str(url), remedy="Check the address."
        )
        if status in _RETRY:
            raise _TryAgainError(failure, _retry_after(answer))
        raise failure
    data = b"".join([chunk async for chunk in _body(answer, url, policy)])
    return Page(str(url), data, validators)


async def _body(answer: httpx.Response, url: httpx.URL, policy: FetchPolicy) -> AsyncIterator[bytes]:
    """Yield the body, unpacked here so that a small packed one cannot become a huge one."""
    coding = answer.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", "", "gzip", "x-gzip", "deflate"}:
        raise UnreadableError(f"its body is packed as {coding!r}.", code="encoding", place=str(url))
    unpack = None if coding in {"identity", ""} else zlib.decompressobj(wbits=47)  # 47: gzip or zlib, by its header
    size = 0
    declared = answer.headers.get("content-length", "")
    if unpack is None and declared.isascii() and declared.isdecimal() and int(declared[:18]) > policy.max_bytes:
        raise _too_large(url, policy)
    try:
        async for raw in answer.aiter_raw(_CHUNK):
            chunk = raw if unpack is None else unpack.decompress(raw, policy.max_bytes - size + 1)
            size += len(chunk)
            if size > policy.max_bytes:
                raise _too_large(url, policy)
            yield chunk
        if unpack is not None and not unpack.eof:
            raise _TryAgainError(UnreadableError("its packed body ends early.", code="cut-short", place=str(url)))
    except zlib.error as error:
        raise UnreadableError(f"its packed body is damaged: {error}.", code="encoding", place=str(url)) from error


def _too_large(url: httpx.URL, policy: FetchPolicy) -> LimitError:
    return LimitError(
        f"it is larger than {policy.max_bytes:,} bytes.",
        code="too-large",
        place=str(url),
        remedy="Raise DUEGRAPH_MAX_INPUT_MIB, or follow a smaller source.",
    )


def _retry_after(answer: httpx.Response) -> float | None:
    """Return the seconds a server asks to wait; None when it does not say. Source: RFC 9110, section 10.2.3."""
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdecimal():
        return float(asked[:9])
    try:
        when = parsedate_to_datetime(asked)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
