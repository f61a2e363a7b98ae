"""Commands of the main job: demo, ingest, clauses, extract, check, search, screen, serve."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.output import DONE, FINDINGS, LEVEL_NAME, LEVEL_STYLE, REJECTED, Cli, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.finding import Finding
    from ingest.job import IngestResult
    from kb.settings import Settings


class KindChoice(StrEnum):
    """What a source is."""

    CONTRACT = "contract"
    REGULATION = "regulation"
    NEWS = "news"
    WATCHLIST = "watchlist"
    REGISTER = "register"


class LevelChoice(StrEnum):
    """Levels of a finding."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("demo")(demo)
    app.command("ingest")(ingest)
    app.command("clauses")(clauses)
    app.command("extract")(extract)
    app.command("check")(check)
    app.command("search")(search)
    app.command("screen")(screen)
    app.command("serve")(serve)


def settings_of(cli: Cli) -> Settings:
    """Return the settings with the data directory of the command line."""
    from kb.settings import Settings

    return Settings(data=cli.data)


def demo(
    context: typer.Context,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the data of an earlier demo and add to it.")] = False,
) -> None:
    """Ingest the bundled sample, check it, and show what was found and what to try next."""
    from api.cli.demo import run_demo

    raise typer.Exit(run_demo(context.obj, keep=keep))


def ingest(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(help="Files, folders (recursive), zip archives, or - for stdin.")],
    kind: Annotated[KindChoice | None, typer.Option("--kind", help="What the sources are; guessed if absent.")] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Extraction processes.")] = 1,
    again: Annotated[bool, typer.Option("--again", help="Read again what is stored unchanged.")] = False,
) -> None:
    """Read documents and store what was found in them; each is stored wholly or not at all.

    Exit 3 when some inputs were rejected; the rest is done.
    """
    from api.service.ingesting import run_ingest
    from api.service.remote import owner_url, remote_ingest
    from api.service.runtime import knowledge_base
    from ingest.job import IngestOptions
    from ingest.readers import Limits, discover
    from kb.errors import StoreOwnedError
    from kb.model import Kind

    cli: Cli = context.obj
    settings = settings_of(cli)
    limits = Limits(input_bytes=settings.max_input_mib * 1024 * 1024)
    inputs = list(discover(paths, limits=limits))
    options = IngestOptions(
        kind=Kind(kind.value) if kind is not None else None,
        workers=workers,
        batch=settings.batch_documents,
        again=again,
        limits=limits,
    )
    rejected = 0
    counts: dict[str, int] = {}
    with progress(cli, cli.say("Reading", "读取"), len(inputs)) as advance:
        try:
            with knowledge_base(settings, write=True) as kb:
                for result in run_ingest(kb, inputs, options):
                    rejected += _tell(cli, result, counts)
                    advance(result.source)
        except StoreOwnedError:
            url = owner_url(settings.data)
            if url is None:
                raise
            for result in remote_ingest(url, inputs, options):
                rejected += _tell(cli, result, counts)
                advance(result.source)
    if not cli.json:
        summary = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
        cli.note(f"{len(inputs)} inputs: {summary or 'nothing to do'}")
    raise typer.Exit(REJECTED if rejected else DONE)


def _tell(cli: Cli, result: IngestResult, counts: dict[str, int]) -> int:
    counts[result.status] = counts.get(result.status, 0) + 1
    if cli.json:
        record = asdict(result)
        record["seconds"] = round(result.seconds, 3)
        record["warnings"] = list(result.warnings)
        cli.emit(record)
    elif result.error is not None:
        cli.console.print(f"[red]rejected[/red]   {_safe(result.source)}: {_safe(result.error['detail'])}")
    elif result.status != "unchanged":
        cli.console.print(
            f"[green]{result.status:<10}[/green] {result.kind or '':<10} {result.language or '':<3} "
            f"{result.facts:>6} facts  {_safe(result.source)}"
        )
        for warning in result.warnings:
            cli.console.print(f"           [yellow]{_safe(warning)}[/yellow]")
    return 1 if result.status == "rejected" else 0


def _safe(text: str) -> str:
    from rich.markup import escape

    return escape("".join(c if c.isprintable() else "�" for c in text))


def clauses(
    context: typer.Context,
    sources: Annotated[list[str], typer.Argument(help="Files, folders, archives, or ids of stored documents.")],
    candidates: Annotated[
        bool, typer.Option("--candidates", help="Also propose scored spans per clause type.")
    ] = False,
) -> None:
    """Show the clauses, values and parties of contracts, without storing anything."""
    from api.service.extracting import clause_record, extract_sources
    from kb.model import Kind

    cli: Cli = context.obj
    rejected = 0
    for item in extract_sources(settings_of(cli), sources, kind=Kind.CONTRACT, candidates=candidates):
        if item.found is None or item.document is None:
            rejected += 1
            cli.note(f"rejected {item.source}: {item.error}")
        elif cli.json:
            cli.emit(clause_record(item))
        else:
            _show_clauses(cli, item.source, clause_record(item))
    raise typer.Exit(REJECTED if rejected else DONE)


def _show_clauses(cli: Cli, source: str, record: dict) -> None:  # type: ignore[type-arg]
    from rich.table import Table

    table = Table(title=f"{source} ({record['language']})", title_justify="left")
    for column in ("number", "heading", "types", "words"):
        table.add_column(column, overflow="fold")
    for clause in record["clauses"]:
        types = ", ".join(f"{t['type']} {t['score']:.2f}" for t in clause["types"] if t["detected"])
        words = " ".join(record["text"][clause["start"] : clause["end"]].split())[:80]
        table.add_row(clause["number"] or "", _safe(clause["heading"] or ""), types, _safe(words))
    cli.console.print(table)
    for party in record["parties"]:
        cli.console.print(f"party {_safe(party['role'] or '-')}: {_safe(party['name'])}")


def extract(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(help="Files, folders, archives, or - for stdin.")],
) -> None:
    """Show everything found in texts: names, citations of law, events."""
    from api.service.extracting import entity_record, extract_sources

    cli: Cli = context.obj
    rejected = 0
    for item in extract_sources(settings_of(cli), paths, kind=None, everything=True):
        if item.found is None or item.document is None:
            rejected += 1
            cli.note(f"rejected {item.source}: {item.error}")
            continue
        record = entity_record(item)
        if cli.json:
            cli.emit(record)
            continue
        cli.console.print(f"[bold]{_safe(item.source)}[/bold] ({record['language']})")
        for entity in record["entities"]:
            cli.console.print(f"  {entity['type']:<8} {_safe(entity['text'])}  {_safe(entity['link'] or '')}")
        for citation in record["citations"]:
            cli.console.print(f"  citation {_safe(citation['text'])}: {citation['status']}")
        for event in record["events"]:
            cli.console.print(f"  event    {event['type']} {event['stage'] or ''} {_safe(event['subject'] or '?')}")
    raise typer.Exit(REJECTED if rejected else DONE)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a date like 2026-01-31") from None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a time like 2026-01-31T12:00") from None
    return moment if moment.tzinfo is not None else moment.astimezone()


def check(
    context: typer.Context,
    subjects: Annotated[
        list[str] | None, typer.Argument(help="Contracts by id, path or title; all when none is named.")
    ] = None,
    rule: Annotated[list[str] | None, typer.Option("--rule", help="Run this rule only; may be repeated.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Judge by the law of this day.", metavar="DATE")] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="Judge by what was stored at this time.", metavar="TIME")
    ] = None,
    fail_on: Annotated[
        LevelChoice | None, typer.Option("--fail-on", help="Exit 1 when a finding is at this level or above.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also show passes and what was not evaluated.")] = False,
) -> None:
    """Run the rules and show what they found, each with its evidence, basis and remedy."""
    from api.service.checking import run_check
    from api.service.remote import owner_url, remote_check
    from api.service.runtime import knowledge_base
    from checks.engine import at_or_above
    from checks.finding import Level
    from checks.record import finding_json
    from kb.errors import StoreOwnedError

    cli: Cli = context.obj
    settings = settings_of(cli)
    day, moment = _day(as_of), _moment(known_at)
    past = day is not None or moment is not None
    try:
        with knowledge_base(settings, write=not past) as kb:
            findings = run_check(
                kb, subjects=subjects or (), rule_ids=rule or (), as_of=day, known_at=moment, keep=not past
            )
    except StoreOwnedError:
        url = owner_url(settings.data)
        if url is None:
            raise
        findings = remote_check(url, subjects or (), rule or ())
    if cli.json:
        cli.emit({"findings": [finding_json(f) for f in findings]})
    else:
        show_findings(cli, findings, everything=everything)
    failed = fail_on is not None and at_or_above(findings, Level(fail_on.value))
    raise typer.Exit(FINDINGS if failed else DONE)


def show_findings(cli: Cli, findings: Sequence[Finding], *, everything: bool = False, limit: int | None = None) -> None:
    """Print findings as a table in the user's language, worst first, then how many there are of each outcome."""
    from rich.table import Table

    from checks.finding import Outcome

    table = Table(show_lines=True, expand=True)
    table.add_column(cli.say("Level", "等级"), no_wrap=True)
    table.add_column(cli.say("Finding", "发现"), ratio=4, overflow="fold")
    table.add_column(cli.say("Says who", "原文"), ratio=4, overflow="fold")
    table.add_column(cli.say("What to do", "建议"), ratio=3, overflow="fold")
    shown = [f for f in findings if f.outcome is Outcome.FLAG][:limit]
    for finding in shown:
        level = finding.level.value if finding.level is not None else ""
        quote = " ".join(finding.evidence[0].quote.split()) if finding.evidence else ""
        table.add_row(
            f"[{LEVEL_STYLE[level]}]{LEVEL_NAME[cli.language][level]}[/]",
            _safe(finding.message.in_language(cli.language)) + f"\n[dim]{finding.rule}[/dim]",
            _safe(quote if len(quote) <= 240 else quote[:239] + "…"),
            _safe(finding.remedy.in_language(cli.language)),
        )
    if shown:
        cli.console.print(table)
    counts = {o: sum(1 for f in findings if f.outcome is o) for o in Outcome}
    cli.console.print(
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
                cli.console.print(
                    f"{finding.outcome.value:<14} {finding.rule:<36} {finding.subject}  {_safe(finding.reason)}"
                )


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help='Words, "a phrase", OR, NOT, clause_type:…, suffix*.')],
    type_: Annotated[
        str | None, typer.Option("--type", help="clause, provision, partner, news, finding, document.")
    ] = None,
    language: Annotated[str | None, typer.Option("--language", help="en or zh.")] = None,
    filters: Annotated[list[str] | None, typer.Option("--filter", help="FIELD=VALUE; may be repeated.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Hits to show.")] = 20,
    sort: Annotated[str, typer.Option("--sort", help="relevance, document or title.")] = "relevance",
) -> None:
    """Search clauses, provisions, partners, news and findings, in English and Chinese."""
    from api.service.runtime import knowledge_base
    from api.service.searching import parse_filters, search_json

    cli: Cli = context.obj
    with knowledge_base(settings_of(cli), write=False) as kb, kb.snapshot() as snapshot:
        found = search_json(
            snapshot,
            query,
            type_=type_,
            language=language,
            filters=parse_filters(filters or ()),
            limit=limit,
            sort=sort,
        )
    if cli.json:
        cli.emit(found)
        return
    for hit in found["hits"]:
        cli.console.print(f"[bold]{_safe(hit['title'])}[/bold]  [dim]{hit['type']}  {hit['document']}[/dim]")
        cli.console.print(f"  {_safe(' '.join(hit['snippet'].split()))}")
    cli.console.print(cli.say(f"{found['total']} hits", f"共 {found['total']} 条"))
    if found["corrected"]:
        cli.console.print(cli.say(f"Did you mean: {found['corrected']}", f"您是不是要找：{found['corrected']}"))


def screen(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name of a person or organisation.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="person or organization.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="ISO 3166 code.", metavar="CC")] = None,
    identifier: Annotated[list[str] | None, typer.Option("--identifier", help="LEI, 统一社会信用代码, …")] = None,
    birth_date: Annotated[str | None, typer.Option("--birth-date", help="YYYY, YYYY-MM or YYYY-MM-DD.")] = None,
    batch: Annotated[
        Path | None,
        typer.Option("--batch", help="CSV with a column 'name' (and type, country, identifier, birth_date)."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Candidates per name.")] = 10,
) -> None:
    """Match names against the stored watch lists; says what was screened, so that "no hit" means something."""
    from api.service.screening import ScreenInput, read_batch, screen_names
    from kb.errors import QueryError

    cli: Cli = context.obj
    if (name is None) == (batch is None):
        raise QueryError("give either a name or --batch FILE.csv", remedy="See: duegraph screen --help")
    queries = (
        read_batch(batch)
        if batch is not None
        else [ScreenInput(name or "", type_, country, tuple(identifier or ()), birth_date)]
    )
    with progress(cli, cli.say("Screening", "筛查"), len(queries)) as advance:
        for record in screen_names(settings_of(cli), queries, limit=limit):
            advance(record["query"]["name"])
            if cli.json:
                cli.emit(record)
            else:
                _show_screening(cli, record)


def _show_screening(cli: Cli, record: dict) -> None:  # type: ignore[type-arg]
    cli.console.print(f"[bold]{_safe(record['query']['name'])}[/bold]")
    for candidate in record["candidates"]:
        mark = "[bold red]match[/]" if candidate["match"] else "candidate"
        cli.console.print(
            f"  {mark} {candidate['score']:.2f}  {_safe(candidate['matched_name'])}  "
            f"[dim]{candidate['list']} {candidate['entity']}[/dim]"
        )
    lists = ", ".join(f"{s['list']} ({s['rows']} rows, {s['version']})" for s in record["screened"])
    cli.console.print(
        cli.say(f"  screened: {lists or 'no list is stored'}", f"  已筛查：{lists or '尚未导入任何清单'}")
    )


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 picks a free one.")] = 8420,
) -> None:
    """Serve the pages, the REST interface and its documentation; owns the data directory while it runs."""
    from api.app import serve_forever

    cli: Cli = context.obj
    serve_forever(settings_of(cli), host=host, port=port)
