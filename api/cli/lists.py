"""Commands on lists and registers: which are stored, what of them could not be read, what changed between versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.choices import ListChoice
from api.cli.output import Cli

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = 50
"""Changes shown to people unless they ask for all."""
_SIGNS = {"added": "+", "changed": "~", "removed": "-"}

List = Annotated[
    str, typer.Argument(help="Id of the list or name of the register, as `lists` shows it.", metavar="LIST")
]


def lists(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Every version there ever was.")] = False,
) -> None:
    """Lists and registers: versions, rows, age; what could not be read, what changed."""
    if context.invoked_subcommand is not None:
        return
    _show_lists(context.obj, everything=everything)


def lists_list(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Every version there ever was.")] = False,
) -> None:
    """Show the stored lists and registers with their version, rows, dates and age."""
    _show_lists(context.obj, everything=everything)


def _show_lists(cli: Cli, *, everything: bool) -> None:
    from api.service.lists import lists_json
    from api.service.runtime import knowledge_base

    with knowledge_base(cli.settings, write=False) as kb:
        found = lists_json(kb, everything=everything)
    if cli.json:
        for one in found:
            cli.emit(one)
        return
    for one in found:
        cli.show(f"{one['list']:<20} {_version_line(cli, one)}")
    cli.show(cli.say(f"{len(found)} lists and registers", f"共 {len(found)} 份名单与登记册"))


def _version_line(cli: Cli, one: Mapping[str, Any]) -> str:
    parts = [
        cli.say(f"version {one['number']} ({one['version']})", f"第 {one['number']} 版（{one['version']}）"),
        cli.say(
            f"{one['entries']:,} entries of {one['rows']:,} rows", f"{one['rows']:,} 行，{one['entries']:,} 个条目"
        ),
        cli.say(f"loaded {one['retrieved'][:10]}", f"载入于 {one['retrieved'][:10]}"),
    ]
    if one["rejected"]:
        parts.insert(2, cli.say(f"{one['rejected']:,} rows left out", f"{one['rejected']:,} 行未能读取"))
    if one["published"] is not None:
        parts.append(cli.say(f"published {one['published']}", f"发布于 {one['published']}"))
    if one["superseded"] is not None:
        parts.append(cli.say(f"superseded {one['superseded'][:10]}", f"已于 {one['superseded'][:10]} 被取代"))
    elif not one["current"]:
        parts.append(cli.say("older than another stored version", "另有更新版本"))
    if one["incomplete"] is not None:
        parts.append(cli.say(f"NOT WHOLE: {one['incomplete']}", f"不完整：{one['incomplete']}"))
    if one["stale"]:
        parts.append(cli.say(f"OLD: {one['age_days']} days", f"已过期：{one['age_days']} 天未更新"))
    return cli.say("; ", "；").join([*parts, one["source"]])


def lists_load(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(help="Files, folders (recursive), zip archives, or - for stdin.")],
    kind: Annotated[
        ListChoice | None, typer.Option("--kind", help="What the tables are; told from their layout if absent.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Store a list although it lost over 10 % of its entries or breaks off.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Read again what is stored unchanged.")] = False,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="HEADER=FIELD",
            help="What a column of a table means, or a TOML file of such pairs; repeat it.",
        ),
    ] = None,
) -> None:
    """Store every list and register that is found; whatever else is there is refused and left alone.

    Exit 3 when some files were refused; the rest is done.
    """
    from api.cli.storing import run_job
    from ingest.columns import parse_columns
    from ingest.job import IngestOptions
    from ingest.readers import Limits
    from kb.lists import KINDS
    from kb.model import Kind

    cli: Cli = context.obj
    options = IngestOptions(
        kind=Kind(kind.value) if kind is not None else None,
        only=frozenset(KINDS),
        batch=cli.settings.batch_documents,
        again=again,
        force=force,
        columns=parse_columns(columns or ()),
        limits=Limits(input_bytes=cli.settings.max_input_mib * 1024 * 1024),
    )
    code = run_job(cli, paths, options)
    if not cli.json:
        _show_lists(cli, everything=False)
    raise typer.Exit(code)


def lists_show(
    context: typer.Context,
    list_id: List,
    version: Annotated[
        str | None,
        typer.Option("--version", help="Number, beginning of the hash, or document id; the current one if absent."),
    ] = None,
) -> None:
    """Show one version of a list with every row and cell that could not be read, each with its place and reason."""
    from api.service.lists import version_with_errors
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb:
        found = version_with_errors(kb, list_id, version)
    if cli.json:
        cli.emit(found)
        return
    cli.show(f"{found['title']}\n{_version_line(cli, found)}")
    for one in found["errors"]:
        column = "" if one["column"] is None else cli.say(f", column {one['column']}", f"，{one['column']} 列")
        what = cli.say("cell left out", "略去单元格") if one["loaded"] else cli.say("row left out", "略去整行")
        cli.show(f"  {what}: {one['row']}{column}: {one['reason']}")


def lists_diff(
    context: typer.Context,
    list_id: List,
    old: Annotated[
        str | None, typer.Option("--from", help="Earlier version: number, hash or document; the one before if absent.")
    ] = None,
    new: Annotated[
        str | None, typer.Option("--to", help="Later version: number, hash or document; the current one if absent.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show every change, not the first 50.")] = False,
) -> None:
    """Compare two versions of a list: entries added, changed (in which fields) and removed."""
    from api.service.lists import delta_json
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb:
        found = delta_json(kb, list_id, old, new)
    if cli.json:
        cli.emit(found)
        return
    changes = found["changes"]
    for change in changes if everything else changes[:_SHOWN]:
        fields = f": {', '.join(change['fields'])}" if change["fields"] else ""
        cli.show(f"{_SIGNS[change['change']]} {change['entry']} {change['name']}{fields}")
    if len(changes) > _SHOWN and not everything:
        cli.show(cli.say(f"… {len(changes) - _SHOWN:,} more (--all)", f"… 另有 {len(changes) - _SHOWN:,} 处（--all）"))
    counts = found["counts"]
    cli.show(
        cli.say(
            f"{counts['added']:,} added, {counts['changed']:,} changed, {counts['removed']:,} removed",
            f"新增 {counts['added']:,}，变更 {counts['changed']:,}，移除 {counts['removed']:,}",
        )
    )


CALLBACKS = {"lists": lists}
"""What a group does when no command of it is named."""
GROUPED = {"lists": {"list": lists_list, "load": lists_load, "show": lists_show, "diff": lists_diff}}
