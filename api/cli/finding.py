"""Commands that look for things: search, screen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.choices import HitChoice, Language, PartyChoice, SortChoice, TypeChoice, day
from api.cli.output import DONE, FINDINGS, REJECTED, Cli, progress, safe


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help='Words, "a phrase", OR, NOT, clause_type:…, suffix*.')],
    type_: Annotated[TypeChoice | None, typer.Option("--type", help="Only things of this type.")] = None,
    language: Annotated[Language | None, typer.Option("--language", help="Only texts in this language.")] = None,
    filters: Annotated[list[str] | None, typer.Option("--filter", help="FIELD=VALUE; may be repeated.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Hits to show.")] = 20,
    offset: Annotated[int, typer.Option("--offset", min=0, max=100_000, help="Hits to leave out first.")] = 0,
    sort: Annotated[SortChoice, typer.Option("--sort", help="Order of the hits.")] = SortChoice.RELEVANCE,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Only law that stood on this day.", metavar="DATE")
    ] = None,
) -> None:
    """Search clauses, provisions, partners, news and findings, in English and Chinese."""
    from api.service.runtime import knowledge_base
    from api.service.searching import parse_filters, search_json

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        found = search_json(
            snapshot,
            query,
            type_=type_.value if type_ is not None else None,
            language=language.value if language is not None else None,
            filters=parse_filters(filters or ()),
            limit=limit,
            offset=offset,
            sort=sort.value,
            as_of=day(as_of),
        )
    if cli.json:
        cli.emit(found)
        return
    for hit in found["hits"]:
        where = f"{hit['document']}:{hit['start']}-{hit['end']}" if hit["document"] else hit["id"]
        status = force_mark(cli, hit["force"])
        cli.console.print(
            f"[bold]{safe(hit['title'])}[/bold]  {status}[dim]{hit['type']}  {safe(where)}[/dim]", soft_wrap=True
        )
        cli.show(f"  {' '.join(hit['snippet'].split())}")
    cli.show(cli.say(f"{found['total']} hits", f"共 {found['total']} 条"))
    if found["truncated"]:
        cli.show(cli.say("There may be more; the search was cut short.", "检索被截断，可能还有更多。"))
    if found["corrected"]:
        cli.show(cli.say(f"Did you mean: {found['corrected']}", f"您是不是要找：{found['corrected']}"))


def force_mark(cli: Cli, force: dict[str, Any] | None) -> str:
    """Return how a hit says whether its law applies, as markup; empty for what is no law."""
    from api.cli.law import FORCE_NAME, FORCE_STYLE

    if force is None:
        return ""
    since = f" {force['since']}" if force["since"] is not None else ""
    return f"[{FORCE_STYLE[force['status']]}]{cli.say(*FORCE_NAME[force['status']])}{since}[/]  "


def screen(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name of a person or organisation.")] = None,
    type_: Annotated[PartyChoice | None, typer.Option("--type", help="What the name stands for.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="ISO 3166 code.", metavar="CC")] = None,
    identifier: Annotated[list[str] | None, typer.Option("--identifier", help="LEI, 统一社会信用代码, …")] = None,
    birth_date: Annotated[str | None, typer.Option("--birth-date", help="YYYY, YYYY-MM or YYYY-MM-DD.")] = None,
    batch: Annotated[
        Path | None,
        typer.Option("--batch", help="CSV with a column 'name' (and type, country, identifier, birth_date)."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Candidates per name.")] = 10,
    fail_on: Annotated[
        HitChoice | None, typer.Option("--fail-on", help="Exit 1 when there is a match, or any candidate.")
    ] = None,
) -> None:
    """Match names against the stored watch lists; says what was screened, so that "no hit" means something."""
    from api.service.screening import ScreenInput, read_batch, screen_names
    from kb.errors import QueryError

    cli: Cli = context.obj
    if (name is None) == (batch is None):
        raise QueryError("give either a name or --batch FILE.csv.", remedy="See: duegraph screen --help")
    if batch is not None:
        queries = read_batch(batch)
    else:
        kind = type_.value if type_ is not None else None
        queries = [ScreenInput(name or "", kind, country, tuple(identifier or ()), birth_date)]
        queries[0].query()  # a single name that cannot be screened is a wrong argument, not a rejected row
    hits = rejected = 0
    with progress(cli, cli.say("Screening", "筛查"), len(queries)) as advance:
        for record in screen_names(cli.settings, queries, limit=limit):
            advance(record["query"]["name"])
            rejected += "error" in record
            hits += any(c["match"] or fail_on is HitChoice.CANDIDATE for c in record["candidates"])
            if cli.json:
                cli.emit(record)
            else:
                _show_screening(cli, record)
    if rejected:
        raise typer.Exit(REJECTED)
    raise typer.Exit(FINDINGS if fail_on is not None and hits else DONE)


def _show_screening(cli: Cli, record: dict[str, Any]) -> None:
    cli.console.print(f"[bold]{safe(record['query']['name'])}[/bold]")
    if "error" in record:
        cli.note(f"  {cli.say('rejected', '拒绝')}: {record['error']['detail']}")
        return
    for candidate in record["candidates"]:
        mark = f"[bold red]{cli.say('match', '命中')}[/]" if candidate["match"] else cli.say("candidate", "疑似")
        cli.console.print(
            f"  {mark} {candidate['score']:.2f}  {safe(candidate['matched_name'])}  "
            f"[dim]{safe(candidate['list'])} {safe(candidate['entity'])}[/dim]"
        )
        for why in candidate["explanation"]:
            if why["detail"]:
                cli.console.print(f"      [dim]{safe(why['detail'])}[/dim]")
    lists = ", ".join(f"{s['list']} ({s['rows']} rows, {s['version']})" for s in record["screened"])
    cli.show(cli.say(f"  screened: {lists or 'no list is stored'}", f"  已筛查：{lists or '尚未导入任何清单'}"))


COMMANDS = {"search": search, "screen": screen}
