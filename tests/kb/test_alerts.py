"""Alerts: raised once per occasion, acted on by people, kept in the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kb.alerts import (
    LEVELS,
    MAX_TITLE,
    Alert,
    AlertKind,
    acknowledge,
    alert_id,
    alerts,
    find_alert,
    raise_alert,
    reopen,
)
from kb.backup import backup, restore
from kb.base import KnowledgeBase
from kb.errors import ConflictError, NotFoundError, QueryError
from tests.kb.make import SETTINGS, rows_of

TITLE = {"en": "Acme is listed", "zh": "极点公司被列入名单"}  # the Chinese says the same


def raised(kb: KnowledgeBase, key: str = "k", about: str = "p1", kind: str = "partner_listed") -> Alert:
    alert = raise_alert(kb, kind=kind, about=about, title=TITLE, detail={"score": 0.9}, key=key)
    assert alert is not None
    return alert


def test_the_same_occasion_is_raised_once_even_after_it_was_acknowledged(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path, write=True, settings=SETTINGS) as kb:
        alert = raised(kb)
        again = {"kind": "new_flag", "about": "other", "title": TITLE, "detail": {}, "key": "k"}
        assert raise_alert(kb, **again) is None  # type: ignore[arg-type]
        acknowledge(kb, alert.id, actor="li", reason="seen")
        assert raise_alert(kb, **again) is None  # type: ignore[arg-type]
        assert [a.id for a in alerts(kb, open_only=False)] == [alert.id] == [alert_id("k")]
        assert not list(kb.audit.verify())


def test_acts_are_kept_in_order_and_the_last_one_counts(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path, write=True, settings=SETTINGS) as kb:
        alert = raised(kb)
        assert alert.is_open
        done = acknowledge(kb, alert.id, actor="li", reason=" seen\n it ")
        assert not done.is_open
        assert (done.acts[0].actor, done.acts[0].reason) == ("li", "seen it")
        assert alerts(kb) == []
        again = reopen(kb, alert.id, actor="wang", reason="not so fast")
        assert again.is_open
        assert [act.action for act in again.acts] == ["acknowledge", "reopen"]
        assert alerts(kb) == [find_alert(kb, alert.id)] == [again]


def test_alerts_are_found_by_kind_subject_and_time_newest_first(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path, write=True, settings=SETTINGS) as kb:
        first, second = raised(kb, "a", "p1"), raised(kb, "b", "p2", "new_flag")
        kb.audit.append(actor="x", action="finding.decide", about="zz-unrelated")
        kb.audit.append(actor="x", action="finding.decide", about="about")
        assert [a.id for a in alerts(kb)] == [second.id, first.id]
        assert [a.id for a in alerts(kb, kind="new_flag")] == [second.id]
        assert [a.id for a in alerts(kb, about="p1")] == [first.id]
        assert alerts(kb, since=datetime.now(UTC) + timedelta(minutes=1)) == []
        assert len(alerts(kb, since=first.raised_at)) == 2


def test_alerts_survive_backup_and_restore(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path / "a", write=True, settings=SETTINGS) as kb:
        acknowledge(kb, raised(kb, "a").id, actor="li", reason="seen")
        raised(kb, "b")
        before = alerts(kb, open_only=False)
        backup(kb, tmp_path / "b.tar.gz")
    restore(tmp_path / "b.tar.gz", tmp_path / "c", rows_of, settings=SETTINGS)
    with KnowledgeBase.open(tmp_path / "c", write=False, settings=SETTINGS) as kb:
        assert alerts(kb, open_only=False) == before
        with pytest.raises(ConflictError):
            raised(kb, "new")


def test_what_is_no_alert_is_refused(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path, write=True, settings=SETTINGS) as kb:
        raised(kb)
        for change in ({"kind": "gossip"}, {"level": "huge"}, {"title": {"en": "only"}}):
            with pytest.raises(ValueError, match=r"gossip|huge|zh"):
                raise_alert(
                    kb,
                    **{"kind": "new_flag", "about": "x", "title": TITLE, "detail": {}, "key": "n"} | change,  # type: ignore[arg-type]
                )
        for reason in ("", " \n", "x" * 4001):
            with pytest.raises(QueryError, match="reason"):
                acknowledge(kb, alert_id("k"), actor="li", reason=reason)
        for unknown in ("alert-0", "p1", ""):
            with pytest.raises(NotFoundError):
                acknowledge(kb, unknown, actor="li", reason="why")
        assert len(alerts(kb, open_only=False)) == 1


def test_a_title_of_others_is_cut_to_one_line(tmp_path: Path) -> None:
    with KnowledgeBase.open(tmp_path, write=True, settings=SETTINGS) as kb:
        alert = raise_alert(
            kb, kind="new_flag", about="x", title={"en": "a\nb " * 900, "zh": "甲" * 900}, detail={}, key="k"
        )
        assert alert is not None
        assert [len(text) for text in alert.title.values()] == [MAX_TITLE, MAX_TITLE]
        assert "\n" not in alert.title["en"]


def test_every_kind_has_a_level() -> None:
    assert set(LEVELS) == set(AlertKind)
