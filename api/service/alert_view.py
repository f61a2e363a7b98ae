"""Alerts as the page of alerts shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from api.service.library import Library, labels
from api.web.alerts import AlertActView, AlertsPage, AlertView, FieldChange
from api.web.data import Bilingual, Subject
from kb.alerts import Alert, AlertKind, alerts
from kb.base import KnowledgeBase

SCHEME: Final = "alert-kinds"
OF_PARTNERS: Final = frozenset(
    {
        AlertKind.NEW_FLAG,
        AlertKind.LEVEL_RAISED,
        AlertKind.PARTNER_LISTED,
        AlertKind.LIST_ENTRY_CHANGED,
        AlertKind.PARTNER_EVENT,
        AlertKind.DECISION_REOPENED,
    }
)
"""Kinds that are about a partner where they are not about a document."""
_DOCUMENT: Final = "doc-"


def alerts_page(
    kb: KnowledgeBase,
    library: Library,
    *,
    kind: str | None,
    about: str | None,
    everything: bool,
    limit: int,
    offset: int,
) -> AlertsPage:
    """Return a page of alerts, the newest first."""
    found = alerts(kb, open_only=not everything, kind=kind, about=about)
    stored = {record.id for record in library.snapshot.documents()}
    shown = tuple(_view(alert, library, stored) for alert in found[offset : offset + limit])
    return AlertsPage(len(found), shown, {one.value: labels(SCHEME, one.value) for one in AlertKind})


def _view(alert: Alert, library: Library, stored: set[str]) -> AlertView:
    subject: Subject | None = None
    if alert.about in stored:
        subject = Subject("document", alert.about, library.title(alert.about))
    elif alert.kind in OF_PARTNERS and not alert.about.startswith(_DOCUMENT) and alert.about != alert.detail.get("hit"):
        subject = Subject("partner", alert.about, "")
    return AlertView(
        id=alert.id,
        kind=labels(SCHEME, alert.kind),
        level=alert.level,
        title=Bilingual(alert.title["en"], alert.title["zh"]),
        about=alert.about,
        subject=subject,
        raised=alert.raised_at.isoformat(timespec="seconds"),
        is_open=alert.is_open,
        acts=tuple(
            AlertActView(act.action == "reopen", act.actor, act.reason, act.at.isoformat(timespec="seconds"))
            for act in alert.acts
        ),
        changes=tuple(_changes(alert.detail.get("change"))),
        hit=str(alert.detail.get("hit") or ""),
    )


def _changes(change: object) -> Iterator[FieldChange]:
    """Yield the fields of a list row that differ; alerts about anything else have none."""
    if not isinstance(change, Mapping):
        return
    before, after = change.get("before"), change.get("after") or {}
    for field in change.get("fields") or ():
        then = tuple(before.get(field, ())) if isinstance(before, Mapping) else None
        yield FieldChange(field, then, tuple(after.get(field, ())))
