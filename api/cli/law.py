"""Commands about changed law: law impact, law decide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.choices import ImpactChoice, day
from api.cli.output import Cli, safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_WORDS = 160
"""Characters of a provision or quote in the table; the page and --json show all of it."""
MAX_LAWS = 20
"""Citing laws shown; the page and --json show all of them."""
STATE_STYLE = {"blocking": "bold red", "action": "yellow", "unknown": "magenta", "informational": "cyan", "none": "dim"}
STATE_NAME = {
    "none": ("none", "无影响"),
    "informational": ("informational", "提示"),
    "action": ("action", "须处理"),
    "blocking": ("blocking", "须停止"),
    "unknown": ("unknown", "未知"),
    "open": ("as computed", "按计算结果"),
}
"""Impact states for a reader in English and Chinese."""
FORCE_NAME = {
    "in_force": ("in force", "现行有效"),
    "not_yet": ("not yet in force", "尚未施行"),
    "no_longer": ("no longer in force", "已失效"),
    "unknown": ("force not known", "效力不明"),
}
"""Whether a version applies, for a reader in English and Chinese."""
FORCE_STYLE = {"in_force": "green", "not_yet": "yellow", "no_longer": "bold red", "unknown": "magenta"}
TYPE_NAME = {
    "clause": ("clause", "条款"),
    "law": ("law", "法律"),
    "rule": ("rule", "规则"),
    "finding": ("finding", "发现"),
}
"""What an item is, for a reader in English and Chinese."""


def law_impact(
    context: typer.Context,
    act: Annotated[str, typer.Argument(help="Act by id or title.")],
    begin: Annotated[
        str | None, typer.Option("--from", help="Only what changed after this day's version.", metavar="DATE")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Only what changed up to this day's version.", metavar="DATE")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Judge by the law of this day (default: today).", metavar="DATE")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also show changes that nothing rests on.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a file instead: .csv (one row per item) or .json.")
    ] = None,
) -> None:
    """Show what each change of an act touches: citing clauses, rules, findings, partners, and what to do."""
    from api.service.impact_decisions import impact_decisions
    from api.service.ledger import ledger_json, question
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    asked = question(day(as_of), day(begin), day(end))
    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        known = impact_decisions(kb.audit)
        found = ledger_json(snapshot, act, asked, known, everything=everything or cli.json or output is not None)
    if output is not None:
        _write(output, found)
        cli.note(cli.say(f"Written: {output}", f"已写入：{output}"))
    elif cli.json:
        cli.emit(found)
    else:
        _show_ledger(cli, found, everything=everything)


def _write(path: Path, found: Mapping[str, Any]) -> None:
    from api.service.ledger import ledger_csv
    from kb.errors import CannotRunError, QueryError

    suffix = path.suffix.lower()
    if suffix not in {".csv", ".json"}:
        raise QueryError(f"'{path.name}' is neither .csv nor .json.", remedy="Name a file with one of these suffixes.")
    # The mark at the beginning tells spreadsheets that the file is UTF-8.
    text = "\ufeff" + ledger_csv(found) if suffix == ".csv" else json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise CannotRunError(
            f"the file cannot be written: {error}", code="output", place=str(path), remedy="Name another file."
        ) from error


def _show_ledger(cli: Cli, found: Mapping[str, Any], *, everything: bool) -> None:
    cli.console.print(f"[bold]{safe(found['title'])}[/bold]  {safe(found['act'])}", soft_wrap=True)
    for version in found["versions"]:
        status = cli.say(*FORCE_NAME[version["status"]])
        since = f" {cli.say('since', '自')} {version['since']}" if version["since"] is not None else ""
        cli.show(f"  {version['version']}: {status}{since}")
    if len(found["versions"]) == 1 and not found["changes"]:
        cli.show(cli.say("  Only one version is stored: nothing to compare.", "  仅存有一个版本，无从比较。"))
    for change in found["changes"]:
        if change["items"] or everything:
            _show_change(cli, change)
    for citing in found["absent"]:
        where = f"{citing['title']} {_clause(citing)}".strip()
        cli.show(cli.say("  No such provision: ", "  无此条文：") + f"{where}: “{_short(citing['quote'])}”")
    if found["laws"]:
        _show_laws(cli, found["laws"])
    _show_counts(cli, found)


def _show_laws(cli: Cli, laws: Sequence[Mapping[str, Any]]) -> None:
    """Show the laws that cite the act, touched or not."""
    cli.show("")
    cli.show(cli.say("Laws that cite it:", "引用该法的法律："))
    for one in laws[:MAX_LAWS]:
        listed = ", ".join(one["provisions"]) or cli.say("the act as a whole", "整部法律")
        state = one["state"]
        cli.console.print(
            f"  [{STATE_STYLE[state]}]{cli.say(*STATE_NAME[state])}[/] {safe(one['title'])}  "
            f"[dim]{safe(one['version'])} · {safe(_short(listed))}[/dim]",
            soft_wrap=True,
        )
    if len(laws) > MAX_LAWS:
        more = len(laws) - MAX_LAWS
        cli.show(cli.say(f"  and {more} more; --json shows all.", f"  另有{more}部，--json 显示全部。"))


def _show_change(cli: Cli, change: Mapping[str, Any]) -> None:
    language = "zh" if cli.language == "zh" else "en"
    state = change["state"]
    day_of = change["effective_from"] or cli.say("day not stated", "日期未载明")
    basis = change["date_basis"] or {}
    quoted = f" “{basis['quote']}”" if basis.get("quote") else ""
    coming = cli.say(" (not yet in force)", "（尚未施行）") if change["in_effect"] is False else ""
    cli.console.print(
        f"\n[{STATE_STYLE[state]}]{cli.say(*STATE_NAME[state])}[/]  [bold]{safe(change['summary'][language])}[/bold]  "
        f"[dim]{safe(change['kind'])} · {cli.say('from', '自')} {safe(day_of + quoted + coming)}[/dim]",
        soft_wrap=True,
    )
    if change["old_text"]:
        cli.show(f"  - {_short(change['old_text'])}")
    for text in change["new_texts"]:
        cli.show(f"  + {_short(text or '')}")
    for item in change["items"]:
        _show_item(cli, item, language)


def _show_item(cli: Cli, item: Mapping[str, Any], language: str) -> None:
    if item["type"] == "clause":
        names = ", ".join(party["name"] for party in item["parties"])
        signed = item["written"] or cli.say("no date", "无日期")
        what = f"{item['title']} {_clause(item)}: “{_short(item['quote'])}” ({signed}; {names or '-'})"
    elif item["type"] == "law":
        where = cli.say(f"art. {_clause(item)}", f"第{_clause(item)}条") if item["clause"] is not None else ""
        what = f"{item['version']} {where}: “{_short(item['quote'])}”"
    elif item["type"] == "rule":
        what = f"{item['rule']}: {item['title'][language]}"
    else:
        stale = cli.say(", stale", "，已过时") if item["stale"] else ""
        what = f"{item['finding']} {item['rule']} ({item['outcome']}{stale})"
    state = item["state"]
    decided = ""
    if item["decision"] is not None and item["decision"]["state"] != "open":
        mark = cli.say("overtaken", "已被取代") if item["decision"]["overtaken"] else cli.say("decided", "已决定")
        decided = f" [{mark}: {item['decision']['actor']}, {item['decision']['reason']}]"
    cli.console.print(
        f"    [{STATE_STYLE[state]}]{cli.say(*STATE_NAME[state])}[/] {cli.say(*TYPE_NAME[item['type']])} {safe(what)}",
        soft_wrap=True,
    )
    moved = f"{item['cited']} → {', '.join(item['now']) or '-'}  " if item["cited"] is not None else ""
    told = safe(moved + item["reason"][language] + decided)
    cli.console.print(f"      [dim]{told}  {item['id']}[/dim]", soft_wrap=True)


def _show_counts(cli: Cli, found: Mapping[str, Any]) -> None:
    counted = [f"{number} {cli.say(*STATE_NAME[state])}" for state, number in found["states"].items() if number]
    listed = cli.say(", ", "，").join(counted) or cli.say("nothing is touched", "无任何内容受影响")
    cli.show("")
    cli.show(
        cli.say(f"{listed}; {found['unmoved']} citations unmoved.", f"{listed}；{found['unmoved']}处引用未受影响。")
    )
    for partner in found["partners"]:
        name = f"{partner['name']} ({partner['partner']})" if partner["partner"] is not None else partner["name"]
        contracts = cli.say(f"contracts: {len(partner['contracts'])}", f"合同{len(partner['contracts'])}份")
        cli.show(f"  {cli.say('partner', '合作方')} {name}: {cli.say(*STATE_NAME[partner['state']])}, {contracts}")


def _clause(item: Mapping[str, Any]) -> str:
    clause = item["clause"]
    return "" if clause is None else " ".join(part for part in (clause["number"], clause["heading"]) if part)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= MAX_WORDS else words[: MAX_WORDS - 1] + "…"


def law_decide(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help="Id of an impact item (imp-…).")],
    state: Annotated[
        ImpactChoice,
        typer.Option("--state", help="none, informational, action, blocking, unknown, or open (take it back)."),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence or two.")],
    actor: Annotated[str | None, typer.Option("--by", help="Who decides; you when absent.")] = None,
    act: Annotated[
        str | None, typer.Option("--act", help="The act whose ledger holds the item; finds it faster.")
    ] = None,
) -> None:
    """Record a decision on an impact item; it is added to the audit trail and never edited, the last one counts."""
    from api.cli.checking import user
    from api.service.impact_decisions import decide_impact
    from api.service.owner import server_of
    from api.service.runtime import knowledge_base
    from kb.errors import StoreOwnedError

    cli: Cli = context.obj
    settings = cli.settings
    who = actor or user()
    try:
        with knowledge_base(settings, write=True) as kb:
            made = decide_impact(kb, item, state=state.value, reason=reason, actor=who, act=act)
    except StoreOwnedError as owned:
        from api.service.remote import remote_decide_impact

        url = server_of(owned, settings.data)
        made = remote_decide_impact(url, item, state=state.value, reason=reason, actor=who, act=act)
    if cli.json:
        cli.emit({"item": item, **made.json()})
    else:
        cli.show(f"{item}: {cli.say(*STATE_NAME[made.state])} ({made.actor})")


GROUPED = {"law": {"impact": law_impact, "decide": law_decide}}
