"""The command that writes a report of one partner or contract to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import Cli


def report(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(help="Partner by id, name or identifier; contract by id, path or title.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write: .html or .json.", metavar="FILE")],
) -> None:
    """Write everything known about a partner, or the findings of a contract, to one file (.html or .json)."""
    from api.service.decisions import decisions
    from api.service.hits import stored_histories
    from api.service.report import render, report_json, suffix_of
    from api.service.runtime import knowledge_base
    from kb.errors import QueryError

    cli: Cli = context.obj
    suffix = suffix_of(output)
    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        found = report_json(snapshot, subject, decisions(kb.audit), stored_histories(kb, snapshot))
    text = render(found, suffix, cli.language)
    try:
        output.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise QueryError(
            f"the report cannot be written: {error.strerror}", place=str(output), remedy="Name another file."
        ) from error
    if cli.json:
        cli.emit(
            {"report": str(output), "kind": found["kind"], "title": found["title"], "bytes": output.stat().st_size}
        )
    else:
        cli.show(cli.say(f"Report written: {output}", f"报告已写入：{output}"))


COMMANDS = {"report": report}
