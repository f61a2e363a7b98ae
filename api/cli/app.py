"""The command line: global options, the commands, and the border where errors become exit codes."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import CANNOT_RUN, DONE, INTERRUPTED, REJECTED, USAGE, Cli

HELP = """Find out what is risky in contracts and partners, why, says who, and what to do.

Law, contracts, partners and news in one evidence graph, in English and Chinese, offline. Start with: duegraph demo
"""

app = typer.Typer(
    name="duegraph",
    help=HELP,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
law_app = typer.Typer(help="Versions of acts and what changed between them.", no_args_is_help=True)
partner_app = typer.Typer(help="Partners and everything known about them.", no_args_is_help=True)
rules_app = typer.Typer(help="The rules: list them, read them, run their examples.", no_args_is_help=True)
ontology_app = typer.Typer(help="The words of the evidence graph.", no_args_is_help=True)
app.add_typer(law_app, name="law")
app.add_typer(partner_app, name="partner")
app.add_typer(rules_app, name="rules")
app.add_typer(ontology_app, name="ontology")


class Language(StrEnum):
    """Languages Duegraph speaks."""

    EN = "en"
    ZH = "zh"


def _version(wanted: bool) -> None:
    if wanted:
        from api.service.runtime import version

        typer.echo(f"duegraph {version()}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Data directory (default: DUEGRAPH_DATA, else ./duegraph-data).", metavar="DIR"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout; logs and progress go to stderr.")] = False,
    lang: Annotated[Language | None, typer.Option("--lang", help="Language of messages (default: from LANG).")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens to stderr.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Set what every command shares."""
    del version  # answered by its own callback
    import logging

    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    spoken = lang.value if lang is not None else ("zh" if os.environ.get("LANG", "").startswith("zh") else "en")
    default = Path(os.environ.get("DUEGRAPH_DATA", "duegraph-data"))
    context.obj = Cli(data=data if data is not None else default, json=json, language=spoken)


def run() -> int:
    """Run the command line; return its exit code."""
    from api.cli import commands, lookups, upkeep

    commands.register(app)
    lookups.register(app, law_app, partner_app, rules_app, ontology_app)
    upkeep.register(app)
    try:
        app()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else DONE
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. What was acknowledged is stored; run the command again to go on.\n")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has seen enough ("| head"); nothing more can be told to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # the border of the program: every expected error gets its exit code here
        code = _exit_code(error)
        if code is None:
            raise
        sys.stderr.write(f"duegraph: {error}\n")
        return code
    return DONE


def _exit_code(error: Exception) -> int | None:
    """Return the exit code of an expected error, or None for a fault of the program itself."""
    from kb.errors import CannotRunError, ConflictError, DuegraphError, InputError
    from ontology import OntologyError, TermNotFoundError

    if isinstance(error, InputError):
        return REJECTED
    if isinstance(error, CannotRunError | ConflictError):
        return CANNOT_RUN
    if isinstance(error, DuegraphError | TermNotFoundError):
        return USAGE
    return CANNOT_RUN if isinstance(error, OntologyError) else None
