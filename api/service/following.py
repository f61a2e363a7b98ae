"""The stored register of followed sources: who put what in it when, and how each source fared last.

Following and no longer following are entries of the audit trail; the last one on a source counts. How it fared is
working state, kept beside it: losing it costs one more fetch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ingest.fetch import Followed, Validators, changed_since, followed_json, followed_of
from kb.alerts import Alert, AlertKind, raise_alert
from kb.audit import AuditEntry
from kb.base import KnowledgeBase
from kb.errors import NotFoundError

PREFIX: Final = "followed-"
"""What the object of every act on a followed source begins with."""
FOLLOW: Final = "source.follow"
UNFOLLOW: Final = "source.unfollow"
STATE: Final = "monitor-source/"
"""Registry settings: how each source fared."""
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a followed source fared.

    Attributes:
        location: where it was then; validators of another place mean nothing.
        last_run: when it was last looked at (ISO, UTC), or "".
        last_success: when that last worked.
        failures: runs in a row that failed.
        failing_since: when the first of them was, or "".
        error: code of the last failure, or "".
        documents: how many things it held when that last worked.
        etag: what its server gave to ask "changed since?" with; likewise ``last_modified``.
        empty_since: when it first held nothing after it had held something, or "".
    """

    location: str = ""
    last_run: str = ""
    last_success: str = ""
    failures: int = 0
    failing_since: str = ""
    error: str = ""
    documents: int = 0
    etag: str = ""
    last_modified: str = ""
    empty_since: str = ""

    def validators(self, source: Followed) -> Validators | None:
        """Return what to ask the server with, None when nothing is known of this place."""
        if self.location != source.location or not (self.etag or self.last_modified):
            return None
        return Validators(self.etag, self.last_modified)

    def is_due(self, source: Followed, now: datetime) -> bool:
        """Say whether its interval has passed since it was last looked at, or files there were written since."""
        if not self.last_run or self.location != source.location:
            return True
        last = datetime.fromisoformat(self.last_run)
        return last + source.every <= now or (not source.is_web and changed_since(source, last.timestamp()))


@dataclass(frozen=True, slots=True)
class FollowAct:
    """One act on the register: a source was followed, changed, or is followed no longer."""

    source: str
    action: str
    actor: str
    at: datetime
    row: Mapping[str, Any]
    origin: str = ""

    def json(self) -> dict[str, Any]:
        """Return the act as it is shown."""
        return {
            "source": self.source,
            "action": self.action.removeprefix("source."),
            "actor": self.actor,
            "at": self.at.isoformat(timespec="seconds"),
            "row": dict(self.row),
            "origin": self.origin,
        }


def history(kb: KnowledgeBase) -> list[FollowAct]:
    """Return every act on the register, oldest first."""
    found: list[FollowAct] = []
    after = 0
    while entries := kb.audit.entries(prefix=PREFIX, after=after, limit=_PAGE):
        after = entries[-1].number
        found += [_act(entry) for entry in entries]
    return found


def followed(kb: KnowledgeBase) -> dict[str, Followed]:
    """Return the sources followed now, by id, in the order in which they were first followed."""
    found: dict[str, Followed] = {}
    for act in history(kb):
        if act.action == FOLLOW:
            found[act.source] = followed_of(act.row, folder=Path("/"))
        else:
            found.pop(act.source, None)
    return found


def follow(kb: KnowledgeBase, sources: Iterable[Followed], *, actor: str, origin: str = "", whole: bool = False) -> int:
    """Record that sources are followed; return how many are new, changed or followed no longer.

    Args:
        kb: open for writing.
        sources: the sources.
        actor: who says so.
        origin: the register file they stand in, "" for none.
        whole: they are all of that file, so that those it named earlier are followed no longer.
    """
    known, named = followed(kb), list(sources)
    changed = 0
    for source in named:
        if known.get(source.id) != source:
            detail = {"row": followed_json(source), "origin": origin}
            kb.audit.append(actor=actor, action=FOLLOW, about=PREFIX + source.id, detail=detail)
            changed += 1
    if whole and origin:
        here = {source.id for source in named}
        last = {act.source: act for act in history(kb)}
        for source_id, act in last.items():
            if act.action == FOLLOW and act.origin == origin and source_id not in here:
                unfollow(kb, source_id, actor=actor)
                changed += 1
    return changed


def unfollow(kb: KnowledgeBase, source: str, *, actor: str) -> None:
    """Record that a source is followed no longer; what came from it stays.

    Raises:
        NotFoundError: it is not followed.
    """
    if source not in followed(kb):
        raise NotFoundError(
            f"no source '{source}' is followed.", code="no-source", remedy="List them with: duegraph monitor list"
        )
    kb.audit.append(actor=actor, action=UNFOLLOW, about=PREFIX + source, detail={})


def state_of(kb: KnowledgeBase, source: str) -> SourceState:
    """Return how a source fared; an empty state when it was never looked at."""
    text = kb.registry.meta(STATE + source)
    if text is None:
        return SourceState()
    known = {field.name for field in fields(SourceState)}
    return SourceState(**{key: value for key, value in json.loads(text).items() if key in known})


def sources_json(kb: KnowledgeBase) -> list[dict[str, Any]]:
    """Return the followed sources as they are shown: the row, whether it is due, and how it fared last."""
    now = datetime.now(UTC)
    found = []
    for source in followed(kb).values():
        state = state_of(kb, source.id)
        found.append(
            {
                **followed_json(source),
                "due": state.is_due(source, now),
                "last_run": state.last_run or None,
                "last_success": state.last_success or None,
                "failures": state.failures,
                "error": state.error or None,
                "held": state.documents,
            }
        )
    return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of looking at a source once.

    Attributes:
        failed: it could not be fetched or read; ``error`` is the code, ``detail`` the sentence.
        documents: things it held; None when the server said it is unchanged.
        looked: when the look began; now when None.
        refused: what was said of lists that lost too many rows to be stored, "" when none did.
    """

    source: Followed
    failed: bool
    error: str = ""
    detail: str = ""
    documents: int | None = None
    validators: Validators | None = None
    refused: str = ""
    looked: datetime | None = None


def record_outcome(kb: KnowledgeBase, outcome: Outcome) -> list[Alert]:
    """Keep how a source fared; return the alerts raised: failing again and again, or unexpectedly empty."""
    now = (outcome.looked or datetime.now(UTC)).isoformat(timespec="seconds")
    source, before = outcome.source, state_of(kb, outcome.source.id)
    alerts: list[Alert | None] = []
    if outcome.failed:
        since = before.failing_since or now
        after = SourceState(
            location=source.location,
            last_run=now,
            last_success=before.last_success,
            failures=before.failures + 1,
            failing_since=since,
            error=outcome.error,
            documents=before.documents,
            empty_since=before.empty_since,
        )
        if outcome.error == EMPTY:
            after = _with(after, empty_since=before.empty_since or now)
            alerts.append(_empty_alert(kb, source, after))
        if after.failures >= kb.settings.monitor_failures:
            alerts.append(_failing_alert(kb, source, after, outcome.detail))
    else:
        validators = outcome.validators or Validators()
        after = SourceState(
            location=source.location,
            last_run=now,
            last_success=now,
            documents=before.documents if outcome.documents is None else outcome.documents,
            etag=validators.etag,
            last_modified=validators.last_modified,
        )
    if outcome.refused:
        alerts.append(_refused_alert(kb, source, outcome.refused))
    kb.registry.set_meta(STATE + source.id, json.dumps(asdict(after), ensure_ascii=False))
    return [alert for alert in alerts if alert is not None]


EMPTY: Final = "source-empty"
"""Error code of a source that held something before and holds nothing now."""


def _with(state: SourceState, **changes: Any) -> SourceState:
    return SourceState(**{**asdict(state), **changes})


def _failing_alert(kb: KnowledgeBase, source: Followed, state: SourceState, detail: str) -> Alert | None:
    shown = source.name or source.id
    return raise_alert(
        kb,
        kind=AlertKind.SOURCE_FAILING,
        about=source.id,
        title={
            "en": f"The followed source {shown} has failed {state.failures} times in a row",
            "zh": f"所跟踪的来源“{shown}”已连续失败 {state.failures} 次",
        },
        detail={"source": followed_json(source), "error": state.error, "said": detail, "since": state.failing_since},
        key=f"source-failing {source.id} {state.failing_since}",
    )


def _empty_alert(kb: KnowledgeBase, source: Followed, state: SourceState) -> Alert | None:
    shown = source.name or source.id
    return raise_alert(
        kb,
        kind=AlertKind.SOURCE_EMPTY,
        about=source.id,
        title={
            "en": f"The followed source {shown} is empty; it held {state.documents} before",
            "zh": f"所跟踪的来源“{shown}”现在为空，此前有 {state.documents} 项",
        },
        detail={"source": followed_json(source), "held": state.documents},
        key=f"source-empty {source.id} {state.empty_since}",
    )


def _refused_alert(kb: KnowledgeBase, source: Followed, detail: str) -> Alert | None:
    shown = source.name or source.id
    return raise_alert(
        kb,
        kind=AlertKind.LOAD_REFUSED,
        about=source.id,
        title={
            "en": f"A new version of {shown} was refused: {detail}",
            "zh": f"“{shown}”的新版本被拒绝载入：{detail}",
        },
        detail={"source": followed_json(source), "said": detail},
        key=f"load-refused {source.id} {hashlib.sha256(detail.encode()).hexdigest()}",
    )


def _act(entry: AuditEntry) -> FollowAct:
    row = entry.detail.get("row", {})
    return FollowAct(
        entry.about.removeprefix(PREFIX),
        entry.action,
        entry.actor,
        entry.at,
        row if isinstance(row, dict) else {},
        str(entry.detail.get("origin", "")),
    )
