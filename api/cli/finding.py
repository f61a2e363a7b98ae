"""Commands that look for things: search."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.choices import Language, SortChoice, TypeChoice, day
from api.cli.output import Cli, safe


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


COMMANDS = {"search": search}
