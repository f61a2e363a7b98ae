"""Commands that store and forget documents, and that show them: demo, ingest, documents, clauses, extract, remove."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.choices import KindChoice
from api.cli.output import DONE, REJECTED, Cli, forsake_stdout, progress, safe

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from ingest.job import IngestOptions, IngestResult
    from ingest.readers import Input
    from kb.settings import Settings


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
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Store a list or register although it lost over 10 % of its entries or breaks off."
        ),
    ] = False,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="HEADER=FIELD",
            help="What a column of a table means, or a TOML file of such pairs; repeat it.",
        ),
    ] = None,
) -> None:
    """Read documents and store what was found in them; each is stored wholly or not at all.

    Exit 3 when some inputs were rejected; the rest is done.
    """
    from ingest.columns import parse_columns
    from ingest.job import IngestOptions
    from ingest.readers import Limits
    from kb.model import Kind

    cli: Cli = context.obj
    settings = cli.settings
    limits = Limits(input_bytes=settings.max_input_mib * 1024 * 1024)
    options = IngestOptions(
        kind=Kind(kind.value) if kind is not None else None,
        workers=workers,
        batch=settings.batch_documents,
        again=again,
        force=force,
        columns=parse_columns(columns or ()),
        limits=limits,
    )
    raise typer.Exit(run_job(cli, paths, options))


def run_job(cli: Cli, paths: list[str], options: IngestOptions) -> int:
    """Read and store what paths name, telling what becomes of each input; return the exit code."""
    from ingest.readers import discover

    settings, limits = cli.settings, options.limits
    # Counted first only for a bar on a terminal; otherwise one archive at a time is in memory.
    total = sum(1 for _ in discover(paths, limits=limits)) if sys.stderr.isatty() else None
    counts: Counter[str] = Counter()
    started = time.monotonic()
    with (
        progress(cli, cli.say("Reading", "读取"), total) as advance,
        closing(_results(settings, discover(paths, limits=limits), options)) as results,
    ):
        for result in results:
            counts[result.status] += 1
            try:
                _tell(cli, result)
            except BrokenPipeError:
                # Whoever read our answers has left; the work goes on, or "ingest | head" would store half of it.
                forsake_stdout()
            advance(result.source)
    if not cli.json:
        _sum_up(cli, counts, time.monotonic() - started)
    return REJECTED if counts["rejected"] else DONE


def _results(
    settings: Settings, inputs: Iterator[Input], options: IngestOptions
) -> Generator[IngestResult, None, None]:
    """Yield an answer per input, from this process, or from the server that owns the data."""
    from api.service.ingesting import run_ingest
    from api.service.owner import server_of
    from api.service.remote import remote_ingest
    from api.service.runtime import knowledge_base
    from kb.errors import StoreOwnedError

    try:
        with knowledge_base(settings, write=True, create=True) as kb:
            yield from run_ingest(kb, inputs, options)
    except StoreOwnedError as owned:
        url = server_of(owned, settings.data)
    else:
        return
    yield from remote_ingest(url, inputs, options)


def _tell(cli: Cli, result: IngestResult) -> None:
    if cli.json:
        record = asdict(result)
        record["seconds"] = round(result.seconds, 3)
        record["warnings"] = list(result.warnings)
        cli.emit(record)
        return
    if result.error is not None:
        status = f"[red]{cli.say('rejected', '拒绝'):<10}[/red]"
        cli.console.print(f"{status} {safe(result.source)}: {safe(result.error['detail'])}", soft_wrap=True)
        return
    if result.status != "unchanged":
        facts = cli.say("facts", "条事实")
        cli.console.print(
            f"[green]{result.status:<10}[/green] {result.kind or '':<10} {result.language or '':<3} "
            f"{result.facts:>6} {facts}  {safe(result.source)}",
            soft_wrap=True,
        )
        for warning in result.warnings:
            cli.console.print(f"           [yellow]{safe(warning)}[/yellow]", soft_wrap=True)


STATUS_ZH = {"ingested": "已导入", "unchanged": "未变", "replaced": "已更新", "rejected": "被拒绝"}
"""Statuses of an input in Chinese: ingested, unchanged, replaced, rejected."""


def _sum_up(cli: Cli, counts: Counter[str], seconds: float) -> None:
    total = counts.total()
    rate = total / seconds if seconds > 0 else 0.0
    en = ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "nothing to do"
    zh = "，".join(f"{count} {STATUS_ZH[status]}" for status, count in sorted(counts.items())) or "无事可做"
    cli.note(
        cli.say(
            f"{total} inputs in {seconds:.1f} s ({rate:.1f}/s): {en}",
            f"{total} 项输入，用时 {seconds:.1f} 秒（每秒 {rate:.1f} 项）：{zh}",
        )
    )


def documents(
    context: typer.Context,
    kind: Annotated[KindChoice | None, typer.Option("--kind", help="Of this kind only.")] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="From this path or upload name, or a path that ends in it.")
    ] = None,
) -> None:
    """List the stored documents with their ids; the ids are what other commands take."""
    from api.schemas import DocumentRow
    from api.service.naming import from_source
    from api.service.runtime import knowledge_base
    from kb.model import Kind

    cli: Cli = context.obj
    wanted = Kind(kind.value) if kind is not None else None
    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        records = [r for r in snapshot.documents(wanted) if source is None or from_source(r, source)]
    for record in records:
        if cli.json:
            cli.emit(DocumentRow.of(record).model_dump(mode="json"))
        else:
            title = record.title or record.source.rsplit("/", 1)[-1]
            cli.console.print(
                f"{record.id}  {record.kind.value:<10} {record.language:<3} "
                f"[bold]{safe(title)}[/bold]  [dim]{safe(record.source)}[/dim]",
                soft_wrap=True,
            )
    if not cli.json:
        cli.show(cli.say(f"{len(records)} documents", f"共 {len(records)} 份文件"))


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
    for item in extract_sources(cli.settings, sources, kind=Kind.CONTRACT, candidates=candidates):
        if item.error is not None:
            rejected += 1
            _refused(cli, item.source, item.error)
        elif cli.json:
            cli.emit(clause_record(item))
        else:
            _show_clauses(cli, item.source, clause_record(item))
    raise typer.Exit(REJECTED if rejected else DONE)


def _refused(cli: Cli, source: str, error: Exception) -> None:
    text = str(error)
    cli.note(f"{cli.say('rejected', '拒绝')} {text if text.startswith(source) else f'{source}: {text}'}")


def _show_clauses(cli: Cli, source: str, record: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(title=f"{safe(source)} ({record['language']})", title_justify="left")
    for en, zh in (("number", "编号"), ("heading", "标题"), ("types", "类型"), ("words", "原文")):
        table.add_column(cli.say(en, zh), overflow="fold")
    for clause in record["clauses"]:
        types = ", ".join(f"{t['type']} {t['score']:.2f}" for t in clause["types"] if t["detected"])
        words = " ".join(record["text"][clause["start"] : clause["end"]].split())[:80]
        table.add_row(safe(clause["number"] or ""), safe(clause["heading"] or ""), types, safe(words))
    cli.console.print(table)
    for party in record["parties"]:
        cli.show(f"{cli.say('party', '当事人')} {party['role'] or '-'}: {party['name']}")
    for value in record["values"]:
        if value["type"][:1].isupper():
            cli.show(f"{value['type']}: {value['value'] or '?'} {value['unit'] or ''}".rstrip())


def extract(
    context: typer.Context,
    paths: Annotated[
        list[str], typer.Argument(help="Files, folders, archives, - for stdin, or ids of stored documents.")
    ],
) -> None:
    """Show everything found in texts: names, citations of law, events."""
    from api.service.extracting import entity_record, extract_sources

    cli: Cli = context.obj
    rejected = 0
    for item in extract_sources(cli.settings, paths, kind=None, everything=True):
        if item.error is not None:
            rejected += 1
            _refused(cli, item.source, item.error)
        elif cli.json:
            cli.emit(entity_record(item))
        else:
            _show_entities(cli, item.source, entity_record(item))
    raise typer.Exit(REJECTED if rejected else DONE)


def _show_entities(cli: Cli, source: str, record: dict[str, Any]) -> None:
    cli.console.print(f"[bold]{safe(source)}[/bold] ({record['language']})")
    for entity in record["entities"]:
        cli.show(f"  {entity['type']:<12} {entity['text']}  {entity['link'] or ''}".rstrip())
    for citation in record["citations"]:
        cli.show(
            f"  {cli.say('citation', '引用'):<12} {citation['text']}: {citation['status']} {citation['note']}".rstrip()
        )
    for event in record["events"]:
        subject, stage = event["subject"] or "?", event["stage"] or ""
        cli.show(f"  {cli.say('event', '事件'):<12} {event['type']} {stage} {subject} {event['date'] or ''}".rstrip())


def remove(
    context: typer.Context,
    sources: Annotated[list[str], typer.Argument(help="Documents by id, path or title.")],
) -> None:
    """Forget documents: the undo of ingest. They stay visible to --known-at."""
    from api.service.ingesting import forget
    from api.service.naming import find_documents
    from api.service.owner import server_of
    from api.service.remote import remote_forget
    from api.service.runtime import knowledge_base
    from kb.errors import StoreOwnedError

    cli: Cli = context.obj
    settings = cli.settings
    with knowledge_base(settings, write=False) as kb, kb.snapshot() as snapshot:
        records = [snapshot.document(document) for document in find_documents(snapshot, sources)]
    try:
        with knowledge_base(settings, write=True) as kb:
            removed = list(forget(kb, records))
    except StoreOwnedError as owned:
        remote_forget(server_of(owned, settings.data), [record.id for record in records])
        removed = [(record.id, source) for record in records for _, source in record.sources]
    for document, source in removed:
        if cli.json:
            cli.emit({"source": source, "document": document, "status": "removed"})
        else:
            cli.show(cli.say(f"removed {source}", f"已移除 {source}"))


COMMANDS = {
    "demo": demo,
    "ingest": ingest,
    "documents": documents,
    "clauses": clauses,
    "extract": extract,
    "remove": remove,
}
