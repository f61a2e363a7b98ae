"""Commands about what changes: monitor (run, add, remove, list, history) and alerts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.checking import user
from api.cli.choices import KindChoice, Language, LevelChoice, moment
from api.cli.output import DONE, FINDINGS, LEVEL_NAME, LEVEL_STYLE, REJECTED, Cli, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.service.monitoring import Door, Report
    from ingest.fetch import Followed
    from kb.base import KnowledgeBase
    from kb.errors import InputError
    from kb.settings import Settings


class ItemsChoice(StrEnum):
    """What is stored of the items of a feed."""

    FEED = "feed"
    PAGE = "page"


class AlertKindChoice(StrEnum):
    """Kinds of alerts, as on the command line."""

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


def _actor(by: str | None) -> str:
    return by if by is not None else user()


# --- monitor -----------------------------------------------------------------------------------------------------


def run(
    context: typer.Context,
    register: Annotated[
        Path | None,
        typer.Option("--register", help="Register of sources, CSV or JSON (default: DUEGRAPH_MONITOR_REGISTER)."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every source, whether it is due or not.")] = False,
    due_only: Annotated[bool, typer.Option("--due", help="Only the sources that are due (the default).")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only this source, due or not; may be repeated.", metavar="ID")
    ] = None,
    fail_on: Annotated[
        LevelChoice | None, typer.Option("--fail-on", help="Exit 1 when an alert of this level or worse is raised.")
    ] = None,
) -> None:
    """Fetch the followed sources that are due, store what is new, check what that touches, raise alerts.

    Exit 3 when some sources failed or some of their inputs were rejected; the rest is done.
    """
    from api.service.monitoring import due, not_due, policy_of, refused_row, run_sources
    from kb.alerts import RANK
    from kb.errors import QueryError

    cli: Cli = context.obj
    if sum((everything, due_only, bool(only))) > 1:
        raise QueryError("--all, --due and --only exclude each other.", remedy="See: duegraph monitor run --help")
    settings = cli.settings
    failed = False
    raised: list[dict[str, Any]] = []
    path = register if register is not None else settings.monitor_register
    named, errors = _register_file(path)
    with _door(settings) as door:
        door.begin(named, origin=str(path.absolute()) if path is not None else "", whole=not errors)
        sources = _sources(door.reader(), named, alone=register is not None)
        if only:
            sources = _chosen(sources, only)
        for error in errors:
            failed = True
            _tell(cli, refused_row(error))
        if not everything and not only:
            wanted = {source.id for source in due(door.reader(), sources)}
            for source in sources:
                if source.id not in wanted and cli.json:
                    cli.emit(not_due(source).json())
            sources = [source for source in sources if source.id in wanted]
        for report in run_sources(door, sources, policy_of(settings), batch=settings.batch_documents):
            failed |= report.status == "failed" or bool(report.rejected)
            _tell(cli, report)
            for alert in report.alerts:
                raised.append(alert)
                _tell_alert(cli, alert)
        checked, alerts = door.finish()
        for alert in alerts:
            raised.append(alert)
            _tell_alert(cli, alert)
    if not cli.json:
        cli.note(
            cli.say(
                f"{len(sources)} sources, {checked} contracts checked again, {len(raised)} alerts",
                f"{len(sources)} 个来源，重新检查 {checked} 份合同，{len(raised)} 条预警",
            )
        )
    if failed:
        raise typer.Exit(REJECTED)
    serious = fail_on is not None and any(RANK[alert["level"]] >= RANK[fail_on.value] for alert in raised)
    raise typer.Exit(FINDINGS if serious else DONE)


def _register_file(path: Path | None) -> tuple[Sequence[Followed], Sequence[InputError]]:
    from ingest.fetch import read_register

    return read_register(path) if path is not None else ((), ())


def _sources(kb: KnowledgeBase, named: Sequence[Followed], *, alone: bool) -> list[Followed]:
    """Return the sources of the file, and those followed besides unless the file was asked for alone."""
    from api.service.following import followed

    found = {} if alone else followed(kb)
    return list({**found, **{source.id: source for source in named}}.values())


def _chosen(sources: Sequence[Followed], wanted: Sequence[str]) -> list[Followed]:
    from kb.errors import NotFoundError

    known = {source.id: source for source in sources}
    for one in wanted:
        if one not in known:
            raise NotFoundError(
                f"no source '{one}' is followed.", code="no-source", remedy="List them with: duegraph monitor list"
            )
    return [known[one] for one in dict.fromkeys(wanted)]


@contextmanager
def _door(settings: Settings) -> Iterator[Door]:
    """Yield the way to the data: this process, or the server that owns it."""
    from api.service.monitoring import OwnDoor
    from api.service.owner import server_of
    from api.service.remote_monitoring import ServerDoor
    from api.service.runtime import knowledge_base
    from kb.base import KnowledgeBase
    from kb.errors import StoreOwnedError

    try:
        kb = KnowledgeBase.open(settings.data, write=True, settings=settings)
    except StoreOwnedError as owned:
        url = server_of(owned, settings.data)
    else:
        with kb:
            yield OwnDoor(kb, actor=_actor(None))
        return
    with knowledge_base(settings, write=False) as kb:
        yield ServerDoor(url, kb, actor=_actor(None))


STATUS_STYLE = {"fetched": "green", "unchanged": "dim", "failed": "red"}
STATUS_ZH = {"fetched": "已更新", "unchanged": "未变", "failed": "失败"}
"""Statuses of a source in Chinese: fetched, unchanged, failed."""


def _tell(cli: Cli, report: Report) -> None:
    if cli.json:
        cli.emit(report.json())
        return
    status = cli.say(report.status, STATUS_ZH[report.status])
    style = STATUS_STYLE[report.status]
    count = f"  {len(report.documents)} {cli.say('documents', '份文件')}" if report.documents else ""
    cli.console.print(f"[{style}]{status:<10}[/{style}] {safe(report.source)}{count}", soft_wrap=True)
    if report.error is not None:
        cli.console.print(f"           [red]{safe(report.error['detail'])}[/red]", soft_wrap=True)
    for one in report.rejected:
        cli.console.print(f"           [red]{safe(one['source'])}: {safe(one['detail'])}[/red]", soft_wrap=True)
    for warning in report.warnings:
        cli.console.print(f"           [yellow]{safe(warning)}[/yellow]", soft_wrap=True)


def _tell_alert(cli: Cli, alert: dict[str, Any]) -> None:
    if cli.json:
        cli.emit({"alert": alert})
    else:
        _show_alert(cli, alert)


def add(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="A short id of your own.")],
    location: Annotated[str, typer.Argument(help="A file, folder, glob pattern or http(s) address.")],
    kind: Annotated[KindChoice, typer.Option("--kind", help="What it gives.")],
    name: Annotated[str, typer.Option("--name", help="The act, list or feed in words.")] = "",
    every: Annotated[str, typer.Option("--every", help="daily, weekly, 6h, 每周, P1D …")] = "daily",
    suffix: Annotated[str, typer.Option("--format", help="csv, xml, … where the address does not show it.")] = "",
    language: Annotated[Language | None, typer.Option("--language", help="Warn when it is in another one.")] = None,
    items: Annotated[
        ItemsChoice, typer.Option("--items", help="Of a feed: its items as given, or the pages they link to.")
    ] = ItemsChoice.FEED,
    by: Annotated[str | None, typer.Option("--by", help="Who says so; you when absent.")] = None,
) -> None:
    """Follow a source: monitor run looks at it whenever it is due. The act is recorded."""
    from api.service.following import follow
    from api.service.owner import server_of
    from api.service.remote_monitoring import remote_follow
    from api.service.runtime import knowledge_base
    from ingest.fetch import followed_json, followed_of
    from kb.errors import StoreOwnedError

    cli: Cli = context.obj
    row = {
        "id": source,
        "kind": kind.value,
        "location": location,
        "name": name,
        "interval": every,
        "format": suffix,
        "language": language.value if language is not None else "",
        "items": items.value,
    }
    named = followed_of(row, folder=Path.cwd())
    try:
        with knowledge_base(cli.settings, write=True, create=True) as kb:
            changed = follow(kb, [named], actor=_actor(by))
    except StoreOwnedError as owned:
        changed = remote_follow(server_of(owned, cli.settings.data), [named], actor=_actor(by))["changed"]
    if cli.json:
        cli.emit({**followed_json(named), "changed": bool(changed)})
    else:
        cli.show(cli.say(f"following {named.id}: {named.location}", f"已跟踪 {named.id}：{named.location}"))


def remove(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Id of the source.")],
    by: Annotated[str | None, typer.Option("--by", help="Who says so; you when absent.")] = None,
) -> None:
    """Follow a source no longer; what was stored from it stays. The act is recorded."""
    from api.service.following import unfollow
    from api.service.owner import server_of
    from api.service.remote_monitoring import remote_unfollow
    from api.service.runtime import knowledge_base
    from kb.errors import StoreOwnedError

    cli: Cli = context.obj
    try:
        with knowledge_base(cli.settings, write=True) as kb:
            unfollow(kb, source, actor=_actor(by))
    except StoreOwnedError as owned:
        remote_unfollow(server_of(owned, cli.settings.data), source, actor=_actor(by))
    if cli.json:
        cli.emit({"source": source, "status": "removed"})
    else:
        cli.show(cli.say(f"no longer following {source}", f"已停止跟踪 {source}"))


def list_sources(context: typer.Context) -> None:
    """List the followed sources: where, how often, due or not, and how each fared last."""
    from api.service.following import sources_json
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb:
        found = sources_json(kb)
    for one in found:
        if cli.json:
            cli.emit(one)
            continue
        due = cli.say("due", "到期") if one["due"] else ""
        last = one["last_success"] or cli.say("never fetched", "从未获取")
        cli.console.print(
            f"[bold]{safe(one['id'])}[/bold]  {one['kind']}  {safe(one['interval'])}  {due}  [dim]{last}[/dim]  "
            f"{safe(one['location'])}",
            soft_wrap=True,
        )
        if one["failures"]:
            said = cli.say(f"failed {one['failures']} times", f"失败 {one['failures']} 次")
            cli.console.print(f"  [red]{said}: {safe(one['error'] or '')}[/red]")
    if not cli.json:
        cli.show(cli.say(f"{len(found)} sources", f"共 {len(found)} 个来源"))


def history(context: typer.Context) -> None:
    """Show who followed which source when, and who let it go."""
    from api.service.following import history as acts
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb:
        found = [act.json() for act in acts(kb)]
    for act in found:
        if cli.json:
            cli.emit(act)
        else:
            where = act["row"].get("location", "")
            cli.show(f"{act['at']}  {act['actor']}  {act['action']}  {act['source']}  {where}".rstrip())


# --- alerts ------------------------------------------------------------------------------------------------------


def list_alerts(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Acknowledged ones too.")] = False,
    kind: Annotated[AlertKindChoice | None, typer.Option("--kind", help="Of this kind only.")] = None,
    about: Annotated[
        str | None, typer.Option("--about", help="About this document, partner, act or source only.", metavar="ID")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="Raised since this day or time.", metavar="TIME")] = None,
    fail_on: Annotated[
        LevelChoice | None, typer.Option("--fail-on", help="Exit 1 when an open alert of this level or worse exists.")
    ] = None,
) -> None:
    """Show what a person should look at because it changed, the newest first; nothing is shown twice as new."""
    if context.invoked_subcommand is not None:
        return
    from api.service.runtime import knowledge_base
    from kb.alerts import RANK, alerts

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb:
        found = alerts(
            kb,
            open_only=not everything,
            kind=kind.value if kind is not None else None,
            about=about,
            since=moment(since),
        )
    for alert in found:
        if cli.json:
            cli.emit(alert.json())
        else:
            _show_alert(cli, alert.json())
    if not cli.json:
        cli.show(cli.say(f"{len(found)} alerts", f"共 {len(found)} 条预警"))
    serious = fail_on is not None and any(a.is_open and RANK[a.level] >= RANK[fail_on.value] for a in found)
    raise typer.Exit(FINDINGS if serious else DONE)


def _show_alert(cli: Cli, alert: dict[str, Any]) -> None:
    level = alert["level"]
    done = cli.say(" (acknowledged)", "（已确认）") if alert["status"] != "open" else ""
    cli.console.print(
        f"[{LEVEL_STYLE[level]}]{LEVEL_NAME[cli.language][level]}[/] {safe(alert['title'][cli.language])}{done}  "
        f"[dim]{alert['kind']}  {alert['id']}  {alert['raised_at']}[/dim]",
        soft_wrap=True,
    )
    for act in alert["acts"]:
        cli.show(f"    {act['at']} {act['actor']} {act['action']}: {act['reason']}")


def acknowledge(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(help="Id of the alert.")],
    reason: Annotated[str, typer.Option("--reason", help="What was done about it, or why nothing need be.")],
    by: Annotated[str | None, typer.Option("--by", help="Who says so; you when absent.")] = None,
) -> None:
    """Record that an alert has been seen to; it stays in the trail and under --all."""
    _act(context.obj, alert, "acknowledge", reason, by)


def reopen(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(help="Id of the alert.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it needs looking at again.")],
    by: Annotated[str | None, typer.Option("--by", help="Who says so; you when absent.")] = None,
) -> None:
    """Record that an alert needs looking at again."""
    _act(context.obj, alert, "reopen", reason, by)


def _act(cli: Cli, alert: str, action: str, reason: str, by: str | None) -> None:
    from api.service.owner import server_of
    from api.service.remote_monitoring import remote_alert_act
    from api.service.runtime import knowledge_base
    from kb import alerts
    from kb.errors import StoreOwnedError

    try:
        with knowledge_base(cli.settings, write=True) as kb:
            act = alerts.acknowledge if action == "acknowledge" else alerts.reopen
            done = act(kb, alert, actor=_actor(by), reason=reason).json()
    except StoreOwnedError as owned:
        url = server_of(owned, cli.settings.data)
        done = remote_alert_act(url, alert, action=action, reason=reason, actor=_actor(by))
    if cli.json:
        cli.emit(done)
    else:
        _show_alert(cli, done)


GROUPED = {
    "monitor": {"run": run, "add": add, "remove": remove, "list": list_sources, "history": history},
    "alerts": {"acknowledge": acknowledge, "reopen": reopen},
}
CALLBACKS = {"alerts": list_alerts}
"""What a group does when it is called without a command."""
