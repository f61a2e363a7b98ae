"""Commands of the operator: serve, verify, rebuild, export, sparql, backup, restore, doctor."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.choices import ExportFormat, moment
from api.cli.output import CANNOT_RUN, DONE, Cli, progress, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kb.base import KnowledgeBase
    from kb.maintenance import Problem


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 picks a free one.")] = 8420,
    allow_host: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="Further host name it answers to, behind a proxy; may be repeated."),
    ] = None,
) -> None:
    """Serve the pages, the REST interface and its documentation; owns the data directory while it runs."""
    from api.app import serve_forever

    cli: Cli = context.obj
    serve_forever(cli.settings, host=host, port=port, names=allow_host or ())


def verify(
    context: typer.Context,
    shapes: Annotated[
        bool, typer.Option("--shapes", help="Also check every document's whole graph against the shapes (slow).")
    ] = False,
) -> None:
    """Check that files, graph, index and registry agree; exit 4 when they do not."""
    from api.service.runtime import knowledge_base
    from kb import maintenance

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=True) as kb:
        problems = maintenance.verify(kb)
        if shapes:
            problems = [*problems, *_not_conforming(cli, kb)]
        documents = len(kb.documents_now())
    if cli.json:
        cli.emit({"documents": documents, "problems": [_problem(p) for p in problems]})
    else:
        for problem in problems:
            cli.show(f"{problem.part}: {problem.document or ''} {problem.detail} {problem.remedy}")
        cli.show(
            cli.say(f"{documents} documents, {len(problems)} problems", f"{documents} 份文件，{len(problems)} 个问题")
        )
    raise typer.Exit(CANNOT_RUN if problems else DONE)


def _not_conforming(cli: Cli, kb: KnowledgeBase) -> Iterator[Problem]:
    """Yield a problem per statement that does not conform to the shapes."""
    from kb.maintenance import Problem as Found
    from kb.shapes import violations

    with (
        kb.snapshot() as snapshot,
        progress(cli, cli.say("Checking shapes", "校验图形约束"), len(snapshot.documents())) as advance,
    ):
        for record in snapshot.documents():
            for message in violations(snapshot.facts(record.id)):
                yield Found("shapes", record.id, message, "Ingest the source again with --again, or report it.")
            advance(record.source)


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "part": problem.part,
        "document": problem.document,
        "detail": problem.detail,
        "remedy": problem.remedy,
    }


def rebuild(context: typer.Context) -> None:
    """Make graph and index again from the stored files."""
    from api.service.linking import renew_links
    from api.service.runtime import knowledge_base
    from api.service.screening import make_ready
    from kb import maintenance
    from kb.facts.annotations import rows_of

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=True, repair=True) as kb:
        total = len(kb.documents_now())
        with progress(cli, cli.say("Rebuilding", "重建"), total) as advance:
            problems = maintenance.rebuild(kb, rows_of, lambda _done, _of: advance(""))
        renew_links(kb)
        make_ready(kb)
    for problem in problems:
        cli.note(f"{problem.document}: {problem.detail} {problem.remedy}")
    if cli.json:
        cli.emit({"documents": total, "problems": [_problem(p) for p in problems]})
    else:
        done = total - len(problems)
        cli.show(cli.say(f"{done} of {total} documents rebuilt", f"已重建 {total} 份文件中的 {done} 份"))
    raise typer.Exit(CANNOT_RUN if problems else DONE)


def export(
    context: typer.Context,
    format_: Annotated[ExportFormat, typer.Option("--format", help="RDF format.")] = ExportFormat.NQ,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; stdout when absent.")] = None,
) -> None:
    """Write the whole evidence graph as RDF."""
    from api.service.runtime import knowledge_base
    from kb import maintenance

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb:
        maintenance.export(kb, format_.value, output if output is not None else sys.stdout.buffer)


def sparql(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="SPARQL SELECT, ASK, CONSTRUCT or DESCRIBE; - reads stdin.")],
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="Ask what was stored at this time.", metavar="TIME")
    ] = None,
) -> None:
    """Query the evidence graph, read-only, with limits on time, rows and memory."""
    from api.service.runtime import knowledge_base
    from kb.settings import KIB
    from kb.sparql import run_sparql

    cli: Cli = context.obj
    settings = cli.settings
    text = sys.stdin.read(settings.sparql_query_kib * KIB + 1) if query == "-" else query
    with knowledge_base(settings, write=False) as kb, kb.snapshot(moment(known_at)) as snapshot:
        answer = run_sparql(snapshot, text, settings)
    if answer.truncated:
        cli.note(cli.say("The answer was cut at the row or size limit.", "结果已按行数或大小上限截断。"))
    if cli.json:
        cli.emit({**answer.results, "truncated": answer.truncated})
    elif answer.form == "ask":
        cli.show(str(answer.results.get("boolean")).lower())
    else:
        _show_rows(cli, answer.results)


def _show_rows(cli: Cli, results: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table()
    names = results["head"]["vars"]
    for name in names:
        table.add_column(name, overflow="fold")
    for row in results["results"]["bindings"]:
        # The JSON form shows line feeds and quotes within a cell as what they are.
        table.add_row(*(safe(json.dumps(row[n]["value"], ensure_ascii=False)[1:-1]) if n in row else "" for n in names))
    cli.console.print(table)


def backup(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="Archive to write, for example backup.tar.gz.")]
) -> None:
    """Write everything that cannot be made again into one archive, also while a server runs."""
    from api.service.runtime import knowledge_base
    from kb.backup import backup as write_backup

    cli: Cli = context.obj
    with (
        knowledge_base(cli.settings, write=False) as kb,
        progress(cli, cli.say("Backing up", "备份"), None) as advance,
    ):
        write_backup(kb, file, lambda _done, _of: advance(""))
    size = file.stat().st_size
    if cli.json:
        cli.emit({"file": str(file), "bytes": size})
    else:
        cli.show(f"{file}: {size / 1e6:.1f} MB")


def restore(context: typer.Context, file: Annotated[Path, typer.Argument(help="Archive made by backup.")]) -> None:
    """Restore an archive into an empty data directory and rebuild graph and index."""
    from kb.backup import restore as read_backup
    from kb.facts.annotations import rows_of

    cli: Cli = context.obj
    settings = cli.settings
    with progress(cli, cli.say("Restoring", "恢复"), None) as advance:
        problems = read_backup(file, settings.data, rows_of, settings=settings, progress=lambda _done, _of: advance(""))
    for problem in problems:
        cli.note(f"{problem.document}: {problem.detail} {problem.remedy}")
    if cli.json:
        cli.emit({"data": str(settings.data), "problems": [_problem(p) for p in problems]})
    else:
        cli.show(cli.say(f"restored into {settings.data}", f"已恢复到 {settings.data}"))
    raise typer.Exit(CANNOT_RUN if problems else DONE)


def doctor(context: typer.Context) -> None:
    """Say whether everything Duegraph needs is installed, intact and usable; exit 4 when something must be mended."""
    from api.service.health import examine

    cli: Cli = context.obj
    parts = examine(cli.settings)
    for part in parts:
        if cli.json:
            cli.emit({"part": part.name, "state": part.state, "detail": part.detail})
        else:
            style = {"ok": "green", "optional": "yellow"}.get(part.state, "bold red")
            cli.console.print(f"[{style}]{part.state:<9}[/] {part.name:<22} {safe(part.detail)}", soft_wrap=True)
    raise typer.Exit(CANNOT_RUN if any(part.state == "broken" for part in parts) else DONE)


COMMANDS = {
    "serve": serve,
    "verify": verify,
    "rebuild": rebuild,
    "export": export,
    "sparql": sparql,
    "backup": backup,
    "restore": restore,
    "doctor": doctor,
}
