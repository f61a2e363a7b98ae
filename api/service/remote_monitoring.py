"""Followed sources and alerts beside a running server: what is stored and recorded there, asked for over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from api.service.following import Outcome
from api.service.remote import answer_json, ask, post_file
from ingest.fetch import Followed, followed_json
from ingest.job import IngestOptions, IngestResult
from ingest.readers import Input
from kb.base import KnowledgeBase
from kb.errors import InputError


class ServerDoor:
    """The data of a running server; this process fetches and reads files, the server stores and checks."""

    def __init__(self, url: str, kb: KnowledgeBase, *, actor: str) -> None:
        """Use a server.

        Args:
            url: where it serves.
            kb: its data, open for reading.
            actor: who runs this.
        """
        self._url = url
        self._kb = kb
        self._actor = actor

    def reader(self) -> KnowledgeBase:
        """Return the data, open for reading."""
        return self._kb

    def begin(self, sources: Sequence[Followed], *, origin: str, whole: bool) -> None:
        """See ``Door``; places on this machine's disk are not told to the server, which could only misuse them."""
        remote_recheck(self._url, baseline=True)
        named = [source for source in sources if source.is_web]
        if origin:
            remote_follow(self._url, named, actor=self._actor, origin=origin, whole=whole)

    def store(self, inputs: Iterable[Input], options: IngestOptions) -> Iterator[IngestResult]:
        """See ``Door``."""
        with ask(self._url) as client:
            for source in inputs:
                try:
                    yield from post_file(client, source, options)
                except InputError as error:
                    detail = f"{error.detail} {error.remedy}".strip()
                    failed = {"code": error.code, "detail": detail, "place": error.place or source.name}
                    yield IngestResult(source.name, None, None, None, "rejected", 0, 0.0, failed)

    def record(self, outcome: Outcome) -> list[dict[str, Any]]:
        """See ``Door``."""
        validators = outcome.validators
        body = {
            "row": followed_json(outcome.source),
            "failed": outcome.failed,
            "error": outcome.error,
            "detail": outcome.detail,
            "documents": outcome.documents,
            "etag": "" if validators is None else validators.etag,
            "last_modified": "" if validators is None else validators.last_modified,
            "refused": outcome.refused,
            "looked": None if outcome.looked is None else outcome.looked.isoformat(),
        }
        with ask(self._url) as client:
            return list(answer_json(client.post("/v1/sources/outcomes", json=body))["alerts"])

    def finish(self) -> tuple[int, list[dict[str, Any]]]:
        """See ``Door``."""
        done = remote_recheck(self._url)
        return int(done["checked"]), list(done["alerts"])


def remote_recheck(url: str, *, baseline: bool = False) -> dict[str, Any]:
    """Have the server check what was touched, or remember where it stands."""
    with ask(url) as client:
        return answer_json(client.post("/v1/rechecks", json={"baseline": baseline}))


def remote_follow(
    url: str, sources: Sequence[Followed], *, actor: str, origin: str = "", whole: bool = False
) -> dict[str, Any]:
    """Have the server record that addresses are followed."""
    rows = [followed_json(source) for source in sources]
    with ask(url) as client:
        body = {"sources": rows, "actor": actor, "origin": origin, "whole": whole}
        return answer_json(client.post("/v1/sources", json=body))


def remote_unfollow(url: str, source: str, *, actor: str) -> None:
    """Have the server record that a source is followed no longer."""
    with ask(url) as client:
        answer_json(client.request("DELETE", f"/v1/sources/{source}", params={"actor": actor}))


def remote_alert_act(url: str, alert: str, *, action: str, reason: str, actor: str) -> dict[str, Any]:
    """Have the server record that a person acknowledged or reopened an alert; return the alert."""
    body = {"action": action, "reason": reason, "actor": actor}
    with ask(url) as client:
        return answer_json(client.post(f"/v1/alerts/{alert}/decisions", json=body))
