"""How ``partner ownership`` is shown to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.cli.output import Cli, safe
from api.service.ownership import share_text

# owner, held directly, through others, in all, voting rights
_HEADS = (("owner", "所有人"), ("direct", "直接"), ("through others", "间接"), ("in all", "合计"), ("votes", "表决权"))


def show_ownership(cli: Cli, found: Mapping[str, Any]) -> None:
    """Print a report: share of listed parties, rules, owners, chains, rings, what is not known."""
    cli.console.print(f"[bold]{safe(found['name'])}[/bold]  {safe(found['id'])}  {found['as_of']}")
    unknown = cli.say("unknown", "不详")
    if not found["known"]:
        cli.show(cli.say("  No owner of it is stored: who owns it is unknown.", "  未存入其所有人信息：股权归属不详。"))
    if found["screened"]:
        share = share_text(found["listed_share"], unknown)
        cli.show(cli.say(f"  owned by listed parties: {share}", f"  被列名者合计持股：{share}"))
    else:
        cli.show(cli.say("  no list is stored, so nobody was screened", "  未存入清单，未作筛查"))
    for one in [*found["listed_itself"], *found["listed_owners"]]:
        how = cli.say("listed", "列名") if one["status"] == "certain" else cli.say("perhaps listed", "可能列名")
        cli.show(f"    {how}: {one['name']} = {one['list']} {one['entry']} {one['listed_name']} ({one['score']:.2f})")
    for verdict in found["rules"]:
        _show_verdict(cli, verdict)
    _show_owners(cli, found, unknown)
    for owner in found["beneficial_owners"]["owners"]:
        share = share_text(owner["share"], unknown)
        cli.show(cli.say(f"  owner in the end: {owner['name']} {share}", f"  最终所有人：{owner['name']} {share}"))
        for chain in owner["chains"]:
            cli.show(f"    {_chain(cli, chain['steps'])}")
    if found["known"]:
        rest = share_text(found["beneficial_owners"]["not_named"], unknown)
        cli.show(cli.say(f"  belongs to owners not named: {rest}", f"  未披露最终所有人的份额：{rest}"))
    for ring in found["rings"]:
        names = " ↔ ".join(party["name"] for party in ring)
        cli.show(cli.say(f"  they own each other: {names}", f"  循环或交叉持股：{names}"))
    for gap in found["owners_not_named"]:
        cli.show(
            cli.say(f"  an owner of {gap['name']} is not named: ", f"  {gap['name']}的某一所有人未披露：")
            + gap["reason"]
        )
    for problem in found["problems"]:
        cli.show(f"  ! {problem['detail']}. {problem['remedy']}")


def _show_verdict(cli: Cli, verdict: Mapping[str, Any]) -> None:
    outcome = {
        "certain": cli.say("owned at or above the threshold", "持股达到标准"),
        "possible": cli.say("perhaps owned at or above the threshold", "持股可能达到标准"),
        "no": cli.say("not by the holdings stored", "按已存持股未达到标准"),
        "not_evaluated": cli.say("not evaluated", "未评估"),
    }[verdict["outcome"]]
    if verdict["listed_itself"] and verdict["outcome"] == "certain":
        outcome = cli.say("listed itself", "本身被列名")
    status = "" if verdict["status"] == "in-force" else f" [{verdict['status']}]"
    why = f" {verdict['reason'][cli.language]}" if verdict["reason"] is not None else ""
    sums = ", ".join(f"{measure} {share_text(share, '?')}" for measure, share in verdict["sums"].items())
    cli.show(f"  {verdict['title'][cli.language]}{status}: {outcome}{f' ({sums})' if sums else ''}{why}")
    if verdict["path"]:
        cli.show(f"    {_chain(cli, verdict['path'])}")
    if verdict["assumed_lists"]:
        lists = ", ".join(verdict["assumed_lists"])
        cli.show(
            cli.say(f"    counted although it names no authority: {lists}", f"    未注明发布机构、一并计入：{lists}")
        )


def _show_owners(cli: Cli, found: Mapping[str, Any], unknown: str) -> None:
    from rich.table import Table

    if not found["owners"]:
        return
    table = Table(box=None, pad_edge=False)
    heads = (
        ("owner", "所有人"),
        ("direct", "直接"),
        ("through others", "间接"),
        ("in all", "合计"),
        ("votes", "表决权"),
    )
    for head in heads:
        table.add_column(cli.say(*head), overflow="fold")
    for owner in found["owners"]:
        control = cli.say(" (control stated)", "（载有控制关系）") if owner["control"] else ""
        table.add_row(
            safe(owner["name"] + control),
            share_text(owner["direct"], unknown) if owner["direct"] is not None else "–",
            share_text(owner["indirect"], unknown),
            share_text(owner["total"], unknown),
            share_text(owner["votes"], unknown) if owner["votes"] is not None else "–",
        )
    cli.console.print(table)
    if found["more_owners"]:
        cli.show(cli.say(f"  and {found['more_owners']} further owners", f"  另有 {found['more_owners']} 个所有人"))


def _chain(cli: Cli, steps: Sequence[Mapping[str, Any]]) -> str:
    text = str(steps[0]["owner"]["name"]) if steps else ""
    for step in steps:
        share = cli.say("control", "控制") if step["measure"] == "control" else share_text(step["share"], "?")
        text += f" —{share}→ {step['owned']['name']}"
    return text
