"""Alerts: what a person should look at because something changed, raised once each, kept in the audit trail.

An alert is an act like a decision: raising, acknowledging and opening it again are entries of the append-only trail, so
alerts survive backup, restore and rebuild, and nobody can make one vanish. The last act on an alert tells its status.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from kb.audit import AuditEntry
from kb.base import KnowledgeBase
from kb.errors import NotFoundError, QueryError

PREFIX: Final = "alert-"
"""What the id of every alert begins with; no other object of the audit trail does."""
RAISE: Final = "alert.raise"
ACKNOWLEDGE: Final = "alert.acknowledge"
REOPEN: Final = "alert.reopen"
MAX_REASON: Final = 4000
"""Characters of a reason: a paragraph, not a file."""
MAX_TITLE: Final = 500
"""Characters of a title: names in it come from files of others."""
_ID_DIGITS: Final = 20  # as many as a document id has; a chance of collision below 1e-12 at a million alerts
_SYSTEM: Final = "duegraph"
_PAGE: Final = 1000


class AlertKind(StrEnum):
    """Why an alert is raised; the labels are those of the SKOS scheme "alert-kinds"."""

    NEW_FLAG = "new_flag"
    LEVEL_RAISED = "level_raised"
    FINDING_STALE = "finding_stale"
    PARTNER_LISTED = "partner_listed"
    LIST_ENTRY_CHANGED = "list_entry_changed"
    PARTNER_EVENT = "partner_event"
    ACT_VERSION = "act_version"
    DECISION_REOPENED = "decision_reopened"
    SOURCE_FAILING = "source_failing"
    SOURCE_EMPTY = "source_empty"
    LOAD_REFUSED = "load_refused"


LEVELS: Final[Mapping[AlertKind, str]] = {
    AlertKind.NEW_FLAG: "medium",
    AlertKind.LEVEL_RAISED: "high",
    AlertKind.FINDING_STALE: "medium",
    AlertKind.PARTNER_LISTED: "high",
    AlertKind.LIST_ENTRY_CHANGED: "medium",
    AlertKind.PARTNER_EVENT: "medium",
    AlertKind.ACT_VERSION: "medium",
    AlertKind.DECISION_REOPENED: "medium",
    AlertKind.SOURCE_FAILING: "medium",
    AlertKind.SOURCE_EMPTY: "medium",
    AlertKind.LOAD_REFUSED: "high",
}
"""The level of an alert whose raiser names none (notations of the scheme "levels")."""

RANK: Final[Mapping[str, int]] = {"low": 0, "medium": 1, "high": 2}
"""Levels in order, for "at or above"."""


@dataclass(frozen=True, slots=True)
class AlertAct:
    """One thing a person did with an alert; ``action`` is "acknowledge" or "reopen"."""

    action: str
    actor: str
    reason: str
    at: datetime

    def json(self) -> dict[str, Any]:
        """Return the act as it is shown."""
        return {
            "action": self.action,
            "actor": self.actor,
            "reason": self.reason,
            "at": self.at.isoformat(timespec="seconds"),
        }


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person should look at.

    Attributes:
        id: "alert-" and a digest of ``key``.
        kind: an ``AlertKind``.
        level: "high", "medium" or "low".
        about: id of what it is about: a document, partner, act, finding or followed source.
        title: one sentence by language, "en" and "zh".
        detail: what a reader or program needs to follow it up, JSON values only.
        key: names the occasion; the same occasion is raised once.
        raised_at: when (UTC).
        acts: what people did with it, oldest first.
    """

    id: str
    kind: str
    level: str
    about: str
    title: Mapping[str, str]
    detail: Mapping[str, object]
    key: str
    raised_at: datetime
    acts: tuple[AlertAct, ...] = field(default=())

    @property
    def is_open(self) -> bool:
        """Whether somebody has yet to look at it."""
        return not self.acts or self.acts[-1].action == "reopen"

    def json(self) -> dict[str, Any]:
        """Return the alert in the JSON shape of the command line and HTTP."""
        return {
            "id": self.id,
            "kind": self.kind,
            "level": self.level,
            "status": "open" if self.is_open else "acknowledged",
            "about": self.about,
            "title": dict(self.title),
            "detail": dict(self.detail),
            "raised_at": self.raised_at.isoformat(timespec="seconds"),
            "acts": [act.json() for act in self.acts],
        }


def alert_id(key: str) -> str:
    """Return the id of the alert of an occasion."""
    return PREFIX + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]


def raise_alert(
    kb: KnowledgeBase,
    *,
    kind: str,
    about: str,
    title: Mapping[str, str],
    detail: Mapping[str, object],
    key: str,
    level: str | None = None,
) -> Alert | None:
    """Raise an alert, once per occasion; it is on disk when this returns.

    Args:
        kb: open for writing.
        kind: an ``AlertKind``.
        about: id of what it is about.
        title: one sentence in "en" and in "zh".
        detail: JSON values for whoever follows it up.
        key: names the occasion, for example "new-flag <finding id> <rule version>".
        level: "high", "medium" or "low"; by default that of the kind.

    Returns:
        The alert; None when one with this key was already raised, even if it was acknowledged since.

    Raises:
        ValueError: the kind or level does not exist, or a language of the title is missing.
        ConflictError: the data is open for reading only.
    """
    known = AlertKind(kind)
    chosen = LEVELS[known] if level is None else level
    if chosen not in RANK:
        raise ValueError(f"{chosen!r} is no level")
    if missing := [language for language in ("en", "zh") if not title.get(language)]:
        raise ValueError(f"the title of an alert lacks {missing}")
    entry = kb.audit.append_once(
        actor=_SYSTEM,
        action=RAISE,
        about=alert_id(key),
        detail={
            "kind": known.value,
            "level": chosen,
            "about": about,
            "title": {language: _short(text) for language, text in title.items()},
            "detail": dict(detail),
            "key": key,
        },
    )
    return None if entry is None else _alert(entry)


def alerts(
    kb: KnowledgeBase,
    *,
    open_only: bool = True,
    kind: str | None = None,
    about: str | None = None,
    since: datetime | None = None,
) -> list[Alert]:
    """Return alerts, the newest first.

    Args:
        kb: the data.
        open_only: leave out those that were acknowledged.
        kind: only this ``AlertKind``.
        about: only those about this id.
        since: only those raised at or after this moment (with a zone).
    """
    found: dict[str, Alert] = {}
    for entry in _entries(kb):
        if entry.action == RAISE:
            found[entry.about] = _alert(entry)
        elif entry.about in found:
            found[entry.about] = _with_act(found[entry.about], entry)
    return [
        alert
        for alert in reversed(found.values())
        if (alert.is_open or not open_only)
        and kind in (None, alert.kind)
        and about in (None, alert.about)
        and (since is None or alert.raised_at >= since)
    ]


def find_alert(kb: KnowledgeBase, alert: str) -> Alert:
    """Return one alert.

    Raises:
        NotFoundError: none has this id.
    """
    entries = kb.audit.entries(about=alert) if alert.startswith(PREFIX) else []
    found: Alert | None = None
    for entry in entries:
        if entry.action == RAISE:
            found = _alert(entry)
        elif found is not None:
            found = _with_act(found, entry)
    if found is None:
        raise NotFoundError(f"no alert '{alert}'.", code="no-alert", remedy="List them with: duegraph alerts --all")
    return found


def acknowledge(kb: KnowledgeBase, alert: str, *, actor: str, reason: str) -> Alert:
    """Record that a person has seen to an alert; return it. Doing so again adds another act.

    Raises:
        NotFoundError: no such alert.
        QueryError: the reason is missing or too long.
    """
    return _act(kb, alert, ACKNOWLEDGE, actor, reason)


def reopen(kb: KnowledgeBase, alert: str, *, actor: str, reason: str) -> Alert:
    """Record that an alert needs looking at again; return it.

    Raises:
        NotFoundError: no such alert.
        QueryError: the reason is missing or too long.
    """
    return _act(kb, alert, REOPEN, actor, reason)


def _act(kb: KnowledgeBase, alert: str, action: str, actor: str, reason: str) -> Alert:
    words = " ".join(reason.split())
    if not words or len(words) > MAX_REASON:
        raise QueryError(
            f"an alert needs a reason of 1 to {MAX_REASON} characters.",
            code="reason",
            remedy="Say why in a sentence or two.",
        )
    found = find_alert(kb, alert)
    return _with_act(found, kb.audit.append(actor=actor, action=action, about=alert, detail={"reason": words}))


def _entries(kb: KnowledgeBase) -> Iterator[AuditEntry]:
    after = 0
    while entries := kb.audit.entries(prefix=PREFIX, after=after, limit=_PAGE):
        after = entries[-1].number
        yield from entries


def _alert(entry: AuditEntry) -> Alert:
    said: Mapping[str, Any] = entry.detail
    return Alert(
        id=entry.about,
        kind=str(said["kind"]),
        level=str(said["level"]),
        about=str(said["about"]),
        title=dict(said["title"]),
        detail=dict(said["detail"]),
        key=str(said["key"]),
        raised_at=entry.at,
    )


def _with_act(alert: Alert, entry: AuditEntry) -> Alert:
    act = AlertAct(
        entry.action.removeprefix("alert."),
        entry.actor,
        str(entry.detail.get("reason", "")),
        entry.at,
    )
    return replace(alert, acts=(*alert.acts, act))


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= MAX_TITLE else words[: MAX_TITLE - 1] + "…"
