"""The command that shows a partner's credit scorecard."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.choices import day
from api.cli.output import LEVEL_STYLE, Cli, safe

SHOWN_CHANGES = 8
"""Changes told on a screen; the JSON has all of them."""


def partner_credit(
    context: typer.Context,
    partner: Annotated[str, typer.Argument(help="Partner by id, name or identifier.")],
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Day asked about (YYYY-MM-DD); today when absent.", metavar="DATE")
    ] = None,
) -> None:
    """Show a partner's credit scorecard: level, what drives it, what is missing, what would change it."""
    from api.service.credit import credit_json
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        found = credit_json(snapshot, partner, day(as_of))
    if cli.json:
        cli.emit(found)
    else:
        _show(cli, found)


def _show(cli: Cli, found: dict[str, Any]) -> None:
    language = cli.language
    style = LEVEL_STYLE.get(found["level"], "bold")
    score = "-" if found["score"] is None else f"{found['score']:.0f}/100"
    cli.console.print(f"[bold]{safe(found['partner']['name'])}[/bold]  {safe(found['partner']['id'])}")
    cli.console.print(
        f"  {cli.say('credit risk', '信用风险')} [{style}]{_level(cli, found['level'])}[/]  "
        f"{cli.say('score', '得分')} {score}  {cli.say('period', '报表期间')} {safe(found['period'] or '-')}  "
        f"{cli.say('known', '已知指标')} {found['coverage']:.0%}  "
        f"{cli.say('confidence', '可信度')} {_level(cli, found['confidence'])}"
    )
    for text in found["doubts"]:
        cli.show(f"    {text[language]}")
    for one in found["drivers"]:
        cli.show(f"  -{one['lost']:<5.1f} {_driver(one, language)}")
        for evidence in one["evidence"] if one["kind"] == "record" else ():
            cli.show(f"         {evidence['document']}:{evidence['start']}-{evidence['end']} {evidence['quote']}")
    for one in found["missing"]:
        inputs = (
            "、".join(i["name"]["zh"] for i in one["inputs"])
            if language == "zh"
            else ", ".join(i["name"]["en"] for i in one["inputs"])
        )
        why = one["why"][language] if one["why"] is not None else ""
        told = "; ".join(part for part in (inputs, why) if part)
        cli.show(f"  {cli.say('not computed', '未计算')}: {one['title'][language]} ({told})")
    for one in found["changes"][:SHOWN_CHANGES]:
        cli.show(f"  {'↑' if one['better'] else '↓'} {one['text'][language]}")
    for text in found["notes"]:
        cli.show(f"  {text[language]}")


def _driver(one: dict[str, Any], language: str) -> str:
    title = one["title"][language]
    if one["kind"] == "record":
        return f"{title}: {one['stated']}"
    value = "-" if one["value"] is None else f"{one['value']:.4g}"
    cells = ", ".join(
        f"{i['label'] or i['name'][language]} {i['amount']}" + (f" ({i['cell']})" if i["cell"] else "")
        for i in one["inputs"]
    )
    return f"{title} {value}  [{cells}]"


def _level(cli: Cli, level: str) -> str:
    zh = {"low": "低", "medium": "中", "high": "高", "unknown": "未知"}[level]  # low, medium, high, unknown
    return cli.say(level, zh)


def show_summary(cli: Cli, found: dict[str, Any]) -> None:
    """Show the risk summary of a dossier: what, how bad, why, says who, since when, what to do."""
    summary, credit, language = found["summary"], found["credit"], cli.language
    level = summary["level"]
    shown = _level(cli, level) if level is not None else cli.say("none found", "未发现")
    score = "" if credit["score"] is None else f" {credit['score']:.0f}/100"
    cli.show(
        f"  {cli.say('risk', '风险')}: {shown}; {cli.say('credit risk', '信用风险')}: "
        f"{_level(cli, credit['level'])}{score}; "
        + cli.say(
            f"{summary['passed']} questions found nothing, {len(summary['not_evaluated'])} could not be answered",
            f"{summary['passed']} 个问题未发现异常，{len(summary['not_evaluated'])} 个无法回答",
        )
    )
    for one in summary["risks"]:
        since = one["since"]["date"] if one["since"] is not None else cli.say("day not known", "日期不明")
        who = ", ".join(source["title"] for source in one["says_who"])
        cli.show(f"  ! {_level(cli, one['level'])}  {one['why'][language]}")
        cli.show(f"      {cli.say('says', '来源')}: {who}; {cli.say('since', '自')} {since}")
        cli.show(f"      {cli.say('do', '建议')}: {one['what_to_do'][language]}")
    for person in found["people"]:
        cli.show(f"  {person['role'][language]}: {person['name']}")


GROUPED = {"partner": {"credit": partner_credit}}
