"""Commands about partners: show, ownership, candidates, merge, split."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.choices import AuthorityChoice, day
from api.cli.output import Cli, safe


def partner_show(
    context: typer.Context, partner: Annotated[str, typer.Argument(help="Partner by id, name or identifier.")]
) -> None:
    """Show everything known about a partner: register row, contracts, list hits, events, findings."""
    from api.service.decisions import decisions
    from api.service.hits import stored_histories
    from api.service.partners import dossier
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        found = dossier(snapshot, partner, decisions(kb.audit), stored_histories(kb, snapshot))
    if cli.json:
        cli.emit(found)
    else:
        _show_dossier(cli, found)


def _show_dossier(cli: Cli, found: dict[str, Any]) -> None:
    from api.cli.credit import show_summary
    from api.service.partners import main_name

    cli.console.print(f"[bold]{safe(main_name(found))}[/bold]  {safe(found['id'])}")
    show_summary(cli, found)
    language = cli.language
    for label, values in (
        (cli.say("country", "国家"), [found["country"]]),
        (cli.say("status", "状态"), [found["status"]]),
        (cli.say("identifiers", "证照号码"), [f"{i['scheme']} {i['value']}" for i in found["identifiers"]]),
        (cli.say("same party", "同一主体"), _party_lines(cli, found)),
        (cli.say("contracts", "合同"), [f"{c['title']} ({c['role'] or '-'})" for c in found["contracts"]]),
        (
            cli.say("list hits", "清单命中"),
            [_hit_line(cli, h) for h in (*found["hits"], *found["people_hits"])],
        ),
        (cli.say("events", "事件"), [f"{e['type']} {e['stage'] or ''}: {e['title']}" for e in found["events"]]),
        (cli.say("findings", "发现"), [f"{f['level']} {f['message'][language]}" for f in found["findings"]]),
    ):
        for value in values:
            if value:
                cli.show(f"  {label:<12} {value}")
    if not found["screened"]:
        cli.show(f"  {cli.say('no watch list is stored, so nothing was screened', '尚未导入任何清单，未作筛查')}")


def _hit_line(cli: Cli, hit: dict[str, Any]) -> str:
    """Return one hit with its id, where it stands, and the last decision."""
    from api.cli.screening import STATE_NAME

    who = f"{hit['name']} ({hit['role'][cli.language]}): " if hit["role"] is not None else ""
    line = f"{who}{hit['matched_name']}, {hit['list']}, {hit['score']:.2f}, {cli.say(*STATE_NAME[hit['status']])}"
    if hit["decision"] is not None:
        line += f" ({hit['decision']['actor']} {hit['decision']['at'][:10]}: {hit['decision']['reason']})"
    return f"{line}  {hit['hit']}"


def _party_lines(cli: Cli, found: dict[str, Any]) -> list[str]:
    """Return the records that are one party, why, and what they state differently."""
    party, language = found["party"], cli.language
    lines = []
    if party["asked_for"]:
        moved = f"{party['asked_for']} → {party['id']}"
        lines.append(cli.say(f"{moved} (merged)", f"{moved}（已合并）"))
    for tie in party["evidence"]:
        facts = "; ".join(fact["text"][language] for fact in tie["facts"])
        lines.append(f"{tie['left']} = {tie['right']}: {facts}")
    lines += [_act_line(cli, act) for act in party["acts"]]
    for held in party["held_apart"]:
        apart = " ≠ ".join(held["because"])
        lines.append(cli.say(f"not merged with {held['right']}: {apart}", f"未与 {held['right']} 合并：{apart}"))
    for conflict in found["conflicts"]:
        values = "; ".join(f"{v['value']} ({v['record']})" for v in conflict["values"])
        lines.append(
            cli.say(f"stated differently: {conflict['what']} {values}", f"表述不一：{conflict['what']} {values}")
        )
    return lines


def _act_line(cli: Cli, act: dict[str, Any]) -> str:
    word = cli.say(*{"merge": ("merged", "合并"), "split": ("split", "拆分")}[act["act"]])
    return f"{act['at'][:10]} {act['actor']} {word} {act['record']} / {', '.join(act['others'])}: {act['reason']}"


def partner_candidates(
    context: typer.Context,
    partner: Annotated[str | None, typer.Argument(help="Only those of this partner; all when none.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Proposals to show.")] = 50,
) -> None:
    """List records that may be one party, for a person to accept (partner merge) or reject (partner split --from)."""
    from api.service.entities import find_record
    from api.service.party_json import candidates_json
    from api.service.runtime import knowledge_base
    from kb.facts.entities import read_entities

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        record = None if partner is None else find_record(snapshot, partner)
        found = candidates_json(read_entities(snapshot.query), record, limit=limit)
    if cli.json:
        cli.emit(found)
        return
    for tie in found["candidates"]:
        cli.show(f"{tie['left']}  {tie['left_name']}\n{tie['right']}  {tie['right_name']}  {tie['score']:.2f}")
        for fact in tie["facts"]:
            cli.show(f"    {'+' if fact['agrees'] else '−'} {fact['text'][cli.language]}")
        if not tie["second_fact"]:
            cli.show(f"    {cli.say('by name only: find a second fact first', '仅名称相近：须先找到第二项事实')}")
    cli.show(cli.say(f"{found['total']} proposals", f"共 {found['total']} 个候选"))


def partner_merge(
    context: typer.Context,
    one: Annotated[str, typer.Argument(help="Record whose id the party keeps, by id, name or identifier.")],
    two: Annotated[str, typer.Argument(help="Record that means the same party; entry:<list>/<key> for a list entry.")],
    reason: Annotated[str, typer.Option("--reason", help="Why: the second fact besides the name.")],
    actor: Annotated[str | None, typer.Option("--by", help="Who decides; you when absent.")] = None,
    despite: Annotated[
        bool, typer.Option("--despite-conflict", help="Merge although identifiers that are given once differ.")
    ] = False,
) -> None:
    """Record that two records are one party; nothing is overwritten, and partner split takes it back."""
    from api.service.entities import merge
    from api.service.owner import server_of
    from api.service.runtime import knowledge_base
    from kb.errors import StoreOwnedError

    cli: Cli = context.obj
    settings, who = cli.settings, actor or _user()
    try:
        with knowledge_base(settings, write=True) as kb:
            party = merge(kb, one, two, reason=reason, actor=who, despite=despite)
    except StoreOwnedError as owned:
        from api.service.remote import remote_party

        body = {"record": one, "other": two, "reason": reason, "actor": who, "despite_conflict": despite}
        party = remote_party(server_of(owned, settings.data), "merges", body)
    _show_party(cli, party)


def partner_split(
    context: typer.Context,
    record: Annotated[str, typer.Argument(help="Record to take out of its party.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    other: Annotated[
        str | None, typer.Option("--from", help="The record it is not; all others of its party when absent.")
    ] = None,
    actor: Annotated[str | None, typer.Option("--by", help="Who decides; you when absent.")] = None,
) -> None:
    """Record that a record is another party than others; with --from it also rejects a proposal."""
    from api.service.entities import split
    from api.service.owner import server_of
    from api.service.runtime import knowledge_base
    from kb.errors import StoreOwnedError

    cli: Cli = context.obj
    settings, who = cli.settings, actor or _user()
    try:
        with knowledge_base(settings, write=True) as kb:
            party = split(kb, record, reason=reason, actor=who, other=other)
    except StoreOwnedError as owned:
        from api.service.remote import remote_party

        body = {"record": record, "other": other, "reason": reason, "actor": who}
        party = remote_party(server_of(owned, settings.data), "splits", body)
    _show_party(cli, party)


def _show_party(cli: Cli, party: dict[str, Any]) -> None:
    if cli.json:
        cli.emit(party)
        return
    cli.show(f"{party['id']}: {', '.join(party['records'])}")
    for act in party["acts"]:
        cli.show(f"  {_act_line(cli, act)}")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"  # a container without an entry for its user


def partner_ownership(
    context: typer.Context,
    partner: Annotated[str, typer.Argument(help="Partner by id, name or identifier.")],
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day whose holdings, lists and rules count.")] = None,
    rules: Annotated[
        list[AuthorityChoice] | None, typer.Option("--rules", help="Whose ownership rule; all when absent.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the picture to FILE.svg.")] = None,
) -> None:
    """Show who owns a partner, how much of it listed parties own, and what each ownership rule says of it."""
    from api.service.listing_verdicts import verdicts
    from api.service.ownership import ownership_json, ownership_picture, partner_ownership_of
    from api.service.runtime import knowledge_base
    from kb.errors import QueryError

    cli: Cli = context.obj
    chosen = tuple(rule.value for rule in rules or ())
    if output is not None and output.suffix.lower() != ".svg":
        raise QueryError(f"'{output}' is no .svg file.", code="picture-suffix", remedy="Name a file that ends in .svg.")
    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        verdict = verdicts(kb.audit, snapshot)
        found = partner_ownership_of(snapshot, partner, as_of=day(as_of), rules=chosen, verdict=verdict)
        record = ownership_json(found, snapshot)
        picture = ownership_picture(found, cli.language) if output is not None else None
    if output is not None and picture is not None:
        output.write_text(picture, encoding="utf-8")
    if cli.json:
        cli.emit(record)
    else:
        from api.cli.ownership import show_ownership

        show_ownership(cli, record)
        if output is not None:
            cli.note(cli.say(f"picture: {output}", f"图：{output}"))


GROUPED = {
    "partner": {
        "show": partner_show,
        "ownership": partner_ownership,
        "candidates": partner_candidates,
        "merge": partner_merge,
        "split": partner_split,
    },
}
