"""Commands of the operator: verify, rebuild, export, sparql, backup, restore, doctor, forget."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.commands import settings_of
from api.cli.output import CANNOT_RUN, DONE, Cli, progress


class ExportFormat(StrEnum):
    """RDF formats of an export."""

    NQ = "nq"
    TTL = "ttl"
    TRIG = "trig"
    JSONLD = "jsonld"


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for name, command in (
        ("verify", verify),
        ("rebuild", rebuild),
        ("export", export),
        ("sparql", sparql),
        ("backup", backup),
        ("restore", restore),
        ("remove", remove),
        ("doctor", doctor),
    ):
        app.command(name)(command)


def verify(context: typer.Context) -> None:
    """Check that files, graph, index and registry agree; exit 4 when they do not."""
    from api.service.runtime import knowledge_base
    from kb import maintenance

    cli: Cli = context.obj
    with knowledge_base(settings_of(cli), write=True) as kb:
        problems = maintenance.verify(kb)
        documents = len(kb.documents_now())
    if cli.json:
        cli.emit(
            {
                "documents": documents,
                "problems": [
                    {"part": p.part, "document": p.document, "detail": p.detail, "remedy": p.remedy} for p in problems
                ],
            }
        )
    else:
        for problem in problems:
            cli.console.print(
                f"{problem.part}: {problem.document or ''} {problem.detail} {problem.remedy}", markup=False
            )
        cli.console.print(f"{documents} documents, {len(problems)} problems")
    raise typer.Exit(CANNOT_RUN if problems else DONE)


def rebuild(context: typer.Context) -> None:
    """Make graph and index again from the stored files."""
    from api.service.ingesting import renew_links
    from api.service.runtime import knowledge_base
    from kb import maintenance
    from kb.facts.annotations import rows_of

    cli: Cli = context.obj
    with knowledge_base(settings_of(cli), write=True) as kb:
        total = len(kb.documents_now())
        with progress(cli, cli.say("Rebuilding", "重建"), total) as advance:
            problems = maintenance.rebuild(kb, rows_of, lambda _done, _of: advance())
        renew_links(kb)
    for problem in problems:
        cli.note(f"{problem.document}: {problem.detail} {problem.remedy}")
    if cli.json:
        cli.emit({"documents": total, "problems": len(problems)})
    else:
        cli.console.print(f"{total - len(problems)} of {total} documents rebuilt")
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
    with knowledge_base(settings_of(cli), write=False) as kb:
        maintenance.export(kb, format_.value, output if output is not None else sys.stdout.buffer)


def sparql(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="SPARQL SELECT, ASK, CONSTRUCT or DESCRIBE; - reads stdin.")],
) -> None:
    """Query the evidence graph, read-only, with limits on time, rows and memory."""
    import json

    from api.service.runtime import knowledge_base
    from kb.sparql import run_sparql

    cli: Cli = context.obj
    settings = settings_of(cli)
    text = sys.stdin.read(settings.sparql_chars + 1) if query == "-" else query
    with knowledge_base(settings, write=False) as kb, kb.snapshot() as snapshot:
        answer = run_sparql(snapshot, text, settings)
    if answer.truncated:
        cli.note("The answer was cut at the row or size limit.")
    if cli.json:
        cli.emit({**answer.results, "truncated": answer.truncated})
    elif answer.form == "ask":
        cli.console.print(str(answer.results.get("boolean")).lower())
    else:
        from rich.table import Table

        table = Table()
        names = answer.results["head"]["vars"]
        for name in names:
            table.add_column(name, overflow="fold")
        for row in answer.results["results"]["bindings"]:
            table.add_row(*(json.dumps(row[n]["value"], ensure_ascii=False)[1:-1] if n in row else "" for n in names))
        cli.console.print(table)


def backup(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="Archive to write, for example backup.tar.gz.")]
) -> None:
    """Write everything that cannot be made again into one archive, also while a server runs."""
    from api.service.runtime import knowledge_base
    from kb.backup import backup as write_backup

    cli: Cli = context.obj
    with (
        knowledge_base(settings_of(cli), write=False) as kb,
        progress(cli, cli.say("Backing up", "备份"), None) as advance,
    ):
        write_backup(kb, file, lambda _done, _of: advance())
    size = file.stat().st_size
    if cli.json:
        cli.emit({"file": str(file), "bytes": size})
    else:
        cli.console.print(f"{file}: {size / 1e6:.1f} MB", markup=False)


def restore(context: typer.Context, file: Annotated[Path, typer.Argument(help="Archive made by backup.")]) -> None:
    """Restore an archive into an empty data directory and rebuild graph and index."""
    from kb.backup import restore as read_backup
    from kb.facts.annotations import rows_of

    cli: Cli = context.obj
    settings = settings_of(cli)
    with progress(cli, cli.say("Restoring", "恢复"), None) as advance:
        problems = read_backup(file, settings.data, rows_of, settings=settings, progress=lambda _done, _of: advance())
    for problem in problems:
        cli.note(f"{problem.document}: {problem.detail} {problem.remedy}")
    if cli.json:
        cli.emit({"data": str(settings.data), "problems": len(problems)})
    else:
        cli.console.print(f"restored into {settings.data}", markup=False)
    raise typer.Exit(CANNOT_RUN if problems else DONE)


def remove(
    context: typer.Context,
    sources: Annotated[list[str], typer.Argument(help="Documents by id, path or title.")],
) -> None:
    """Forget documents: the undo of ingest. They stay visible to --known-at."""
    from api.service.checking import find_documents
    from api.service.ingesting import renew_links
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    with knowledge_base(settings_of(cli), write=True) as kb:
        with kb.snapshot() as snapshot:
            wanted = find_documents(snapshot, sources)
            records = [snapshot.document(document) for document in wanted]
        for record in records:
            for key, source in record.sources:
                kb.remove(key)
                if cli.json:
                    cli.emit({"source": source, "document": record.id, "status": "removed"})
                else:
                    cli.console.print(f"removed {source}", markup=False)
        renew_links(kb)


def doctor(context: typer.Context) -> None:
    """Say whether everything Duegraph needs is installed, intact and usable; exit 4 when something must be mended."""
    from api.service.health import examine

    cli: Cli = context.obj
    parts = examine(settings_of(cli))
    for part in parts:
        if cli.json:
            cli.emit({"part": part.name, "state": part.state, "detail": part.detail})
        else:
            style = {"ok": "green", "optional": "yellow"}.get(part.state, "bold red")
            cli.console.print(f"[{style}]{part.state:<9}[/] {part.name:<22} {part.detail}")
    raise typer.Exit(CANNOT_RUN if any(part.state == "broken" for part in parts) else DONE)
