"""Commands about findings: check, findings list, findings show, findings decide."""

from __future__ import annotations

import getpass
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.choices import LevelChoice, StatusChoice, day, moment
from api.cli.output import DONE, FINDINGS, LEVEL_NAME, LEVEL_STYLE, Cli, safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from api.service.decisions import Decisions
    from checks.finding import Finding
    from kb.settings import Settings

MAX_QUOTE = 240
"""Characters of a quote in a table; the page shows all of it."""
STATUS_NAME = {
    "open": ("open", "待处理"),
    "accepted": ("accepted", "接受风险"),
    "mitigated": ("mitigated", "已缓解"),
    "rejected": ("rejected", "误报"),
    "stale": ("stale", "已过时"),
}
"""Where a finding stands, for a reader in English and Chinese."""


def check(
    context: typer.Context,
    subjects: Annotated[
        list[str] | None, typer.Argument(help="Contracts by id, path or title; partners; all when none.")
    ] = None,
    rule: Annotated[list[str] | None, typer.Option("--rule", help="Run this rule only; may be repeated.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Judge by the law of this day.", metavar="DATE")] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="Judge by what was stored at this time.", metavar="TIME")
    ] = None,
    fail_on: Annotated[
        LevelChoice | None,
        typer.Option("--fail-on", help="Exit 1 when an undecided finding is at this level or above."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also show passes and what was not evaluated.")] = False,
    stale: Annotated[bool, typer.Option("--stale", help="Check again only what later law has overtaken.")] = False,
) -> None:
    """Run the rules and show what they found, each with its evidence, basis and remedy."""
    from api.service.decisions import finding_json, still_open
    from checks.engine import at_or_above
    from checks.finding import Level
    from kb.errors import QueryError

    cli: Cli = context.obj
    settings = cli.settings
    if stale and (subjects or rule or as_of is not None or known_at is not None):
        raise QueryError(
            "--stale chooses subjects and rules itself and judges by today's law.",
            remedy="Use it without subjects, --rule, --as-of and --known-at.",
        )
    if stale:
        findings = _rechecked(settings)
    else:
        findings = _checked(settings, subjects or (), rule or (), day(as_of), moment(known_at))
    known, titles = _around(settings)
    if cli.json:
        cli.emit({"findings": [finding_json(f, known) for f in findings]})
    else:
        show_findings(cli, findings, titles=titles, known=known, everything=everything)
    failed = fail_on is not None and at_or_above(still_open(findings, known), Level(fail_on.value))
    raise typer.Exit(FINDINGS if failed else DONE)


def _checked(
    settings: Settings, subjects: Sequence[str], rules: Sequence[str], as_of: date | None, known_at: datetime | None
) -> tuple[Finding, ...]:
    """Return the findings, from this process, or from the server that owns the data when they are to be kept."""
    from api.service.checking import run_check
    from api.service.owner import server_of
    from api.service.runtime import knowledge_base
    from kb.errors import StoreOwnedError

    # A question about the past, or about some rules only, changes nothing and so needs no ownership.
    keep = as_of is None and known_at is None and not rules
    try:
        with knowledge_base(settings, write=keep) as kb:
            return run_check(kb, subjects=subjects, rule_ids=rules, as_of=as_of, known_at=known_at, keep=keep)
    except StoreOwnedError as owned:
        from api.service.remote import remote_check

        return remote_check(server_of(owned, settings.data), subjects, rules)


def _rechecked(settings: Settings) -> tuple[Finding, ...]:
    """Return the findings made anew for those that later law has overtaken."""
    from api.service.checking import recheck_stale
    from api.service.owner import server_of
    from api.service.runtime import knowledge_base
    from kb.errors import StoreOwnedError

    try:
        with knowledge_base(settings, write=True) as kb:
            return recheck_stale(kb)
    except StoreOwnedError as owned:
        from api.service.remote import remote_recheck

        return remote_recheck(server_of(owned, settings.data))


def _around(settings: Settings) -> tuple[Decisions, Mapping[str, tuple[str, str]]]:
    """Return the decisions, and (title, source) of every document by id."""
    from api.service.decisions import decisions
    from api.service.runtime import knowledge_base

    with knowledge_base(settings, write=False) as kb, kb.snapshot() as snapshot:
        titles = {r.id: (r.title or r.source.rsplit("/", 1)[-1] or r.id, r.source) for r in snapshot.documents()}
        return decisions(kb.audit), titles


def show_findings(
    cli: Cli,
    findings: Sequence[Finding],
    *,
    titles: Mapping[str, tuple[str, str]],
    known: Decisions,
    everything: bool = False,
    limit: int | None = None,
) -> None:
    """Print findings in the user's language, contract by contract, worst first, then how many of each outcome.

    Args:
        cli: where to.
        findings: in report order.
        titles: (title, source) by subject.
        known: what people decided.
        everything: also passes and what was not evaluated.
        limit: flags shown in full; all when None.
    """
    from checks.finding import Outcome

    flags = [f for f in findings if f.outcome is Outcome.FLAG]
    rank = {subject: place for place, subject in enumerate(dict.fromkeys(f.subject for f in flags))}
    shown = sorted(flags[:limit], key=lambda f: rank[f.subject])
    for subject, group in groupby(shown, key=lambda f: f.subject):
        title, source = titles.get(subject, (subject, ""))
        cli.console.print(f"\n[bold]{safe(title)}[/bold]  [dim]{safe(subject)}  {safe(source)}[/dim]", soft_wrap=True)
        _table(cli, list(group), known)
    if shown:
        cli.console.print(_where_to_read(cli), style="dim", markup=False, soft_wrap=True)
    counts = {o: sum(1 for f in findings if f.outcome is o) for o in Outcome}
    cli.show(
        cli.say(
            f"{counts[Outcome.FLAG]} flags, {counts[Outcome.PASS]} passes, "
            f"{counts[Outcome.NOT_EVALUATED]} not evaluated.",
            f"触发 {counts[Outcome.FLAG]} 项，通过 {counts[Outcome.PASS]} 项，"
            f"未评估 {counts[Outcome.NOT_EVALUATED]} 项。",
        )
    )
    if everything:
        for finding in findings:
            if finding.outcome is not Outcome.FLAG:
                title = titles.get(finding.subject, (finding.subject, ""))[0]
                why = finding.why.in_language(cli.language)
                cli.show(f"{finding.outcome.value:<14} {finding.rule:<36} {title}  {why}".rstrip())
                for one in finding.stale:
                    cli.show(f"{'':<14} {one.text.in_language(cli.language)}")


def _table(cli: Cli, findings: Sequence[Finding], known: Decisions) -> None:
    from rich.table import Table

    from api.service.decisions import status_of
    from api.web import links

    table = Table(show_lines=True, expand=True)
    table.add_column(cli.say("Level", "等级"), no_wrap=True)
    table.add_column(cli.say("Finding", "发现"), ratio=4, overflow="fold")
    table.add_column(cli.say("Says who", "原文"), ratio=4, overflow="fold")
    table.add_column(cli.say("What to do", "建议"), ratio=3, overflow="fold")
    for finding in findings:
        level = finding.level.value if finding.level is not None else ""
        status = status_of(finding, known) or "open"
        decided = "" if status == "open" else f"\n{cli.say(*STATUS_NAME[status])}"
        overtaken = "".join(f"\n[magenta]{safe(one.text.in_language(cli.language))}[/]" for one in finding.stale)
        words = place = ""
        if finding.evidence:
            first = finding.evidence[0]
            quote = " ".join(first.quote.split())
            words = safe(quote if len(quote) <= MAX_QUOTE else quote[: MAX_QUOTE - 1] + "…")
            place = f"\n[dim]{safe(links.document(first.document, first.start, first.end))}[/dim]"
        table.add_row(
            f"[{LEVEL_STYLE[level]}]{LEVEL_NAME[cli.language][level]}[/]{decided}",
            safe(finding.message.in_language(cli.language)) + overtaken + f"\n[dim]{finding.rule}  {finding.id}[/dim]",
            words + place,
            safe(finding.remedy.in_language(cli.language)),
        )
    cli.console.print(table)


def _where_to_read(cli: Cli) -> str:
    from api.service.owner import owner_url

    url = owner_url(cli.data)
    if url is not None:
        return cli.say(
            f"Read the words in place: {url} and the address below the quote.", f"查看原文：{url} 加引文下方的地址。"
        )
    return cli.say(
        f"Read the words in place: duegraph --data {cli.data} serve, then the address below the quote.",
        f"查看原文：先运行 duegraph --data {cli.data} serve，再打开引文下方的地址。",
    )


def findings_list(
    context: typer.Context,
    subject: Annotated[str | None, typer.Argument(help="A contract or a partner; all when absent.")] = None,
    level: Annotated[LevelChoice | None, typer.Option("--level", help="At this level only.")] = None,
    status: Annotated[
        str | None, typer.Option("--status", help="open, accepted, mitigated, rejected or stale.")
    ] = None,
) -> None:
    """List the flags of the last check with where they stand, without running the rules again."""
    from api.service.checking import partner_subjects, stored_findings
    from api.service.decisions import decisions, finding_json, status_of
    from api.service.runtime import knowledge_base
    from checks.finding import Outcome
    from kb.errors import QueryError

    cli: Cli = context.obj
    if status is not None and status not in STATUS_NAME:
        raise QueryError(f"'{status}' is no status.", remedy=f"Use one of {', '.join(STATUS_NAME)}.")
    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        wanted = None
        if subject is not None:
            contracts, partners = partner_subjects(snapshot, [subject])
            wanted = [*partners] or contracts
        known = decisions(kb.audit)
        found = [
            f
            for f in stored_findings(snapshot, wanted)
            if (f.outcome is Outcome.FLAG or (status == "stale" and f.stale))
            and (level is None or (f.level is not None and f.level.value == level.value))
            and status in (None, status_of(f, known))
        ]
        titles = {r.id: (r.title or r.source.rsplit("/", 1)[-1] or r.id, r.source) for r in snapshot.documents()}
    if cli.json:
        cli.emit({"findings": [finding_json(f, known) for f in found]})
    else:
        # Law may also overtake what passed; who asks for what is stale wants to see that, too.
        show_findings(cli, found, titles=titles, known=known, everything=status == "stale")


def findings_show(context: typer.Context, finding: Annotated[str, typer.Argument(help="Id of a finding.")]) -> None:
    """Show one finding whole: evidence, basis, remedy, and every decision on it."""
    from api.service.decisions import decisions, find_finding, finding_json, history
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        found = find_finding(snapshot, finding)
        record = finding_json(found, decisions(kb.audit))
        past = [decision.json() for decision in history(kb.audit, finding)]
    if cli.json:
        cli.emit({**record, "decisions": past})
        return
    language = cli.language
    level = found.level.value if found.level is not None else ""
    cli.console.print(f"[bold]{found.id}[/bold]  {LEVEL_NAME[language].get(level, level)}  {record['status'] or ''}")
    cli.show(f"  {cli.say('rule', '规则')}: {found.rule} {found.rule_version}")
    cli.show(f"  {cli.say('subject', '对象')}: {found.subject}")
    cli.show(f"  {found.message.in_language(language)}")
    for evidence in found.evidence:
        cli.show(f"  {evidence.document}:{evidence.start}-{evidence.end}  “{' '.join(evidence.quote.split())}”")
    for basis in found.basis:
        place = f"{basis.act} {basis.provision or ''}".strip()
        note = basis.note.in_language(language)
        cli.show(f"  {cli.say('basis', '依据')}: {place} {basis.status} {note}".rstrip())
    cli.show(f"  {cli.say('remedy', '建议')}: {found.remedy.in_language(language)}")
    for one in found.stale:
        cli.show(f"  {cli.say('stale', '已过时')}: {one.text.in_language(language)}")
    for decision in past:
        cli.show(f"  {decision['at']}  {decision['actor']}: {decision['status']}. {decision['reason']}")


def findings_decide(
    context: typer.Context,
    finding: Annotated[str, typer.Argument(help="Id of a finding.")],
    status: Annotated[
        StatusChoice,
        typer.Option("--status", help="accepted (the risk), mitigated, rejected (false), or open (take it back)."),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence or two.")],
    actor: Annotated[str | None, typer.Option("--by", help="Who decides; you when absent.")] = None,
) -> None:
    """Record a decision on a finding; it is added to the audit trail and never edited, the last one counts."""
    from api.service.decisions import decide
    from api.service.owner import server_of
    from api.service.runtime import knowledge_base
    from kb.errors import StoreOwnedError

    cli: Cli = context.obj
    settings = cli.settings
    who = actor or user()
    try:
        with knowledge_base(settings, write=True) as kb:
            made = decide(kb, finding, status=status.value, reason=reason, actor=who)
    except StoreOwnedError as owned:
        from api.service.remote import remote_decide

        url = server_of(owned, settings.data)
        made = remote_decide(url, finding, status=status.value, reason=reason, actor=who)
    if cli.json:
        cli.emit({"finding": finding, **made.json()})
    else:
        cli.show(f"{finding}: {cli.say(*STATUS_NAME[made.status])} ({made.actor})")


def user() -> str:
    """Return who runs the command, as the machine knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"  # a container without an entry for its user


COMMANDS = {"check": check}
GROUPED = {"findings": {"list": findings_list, "show": findings_show, "decide": findings_decide}}
