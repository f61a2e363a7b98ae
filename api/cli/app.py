"""The command line: global options, the commands, and the border where errors become exit codes."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from api.cli.choices import Language
from api.cli.output import CANNOT_RUN, DONE, INTERRUPTED, REJECTED, USAGE, Cli, forsake_stdout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typer._click.core import Context

HELP = """Find out what is risky in contracts and partners, why, says who, and what to do.

Law, contracts, partners and news in one evidence graph, in English and Chinese, offline. Start with: duegraph demo
"""


class Commands(TyperGroup):
    """Commands whose reader may leave early."""

    def invoke(self, ctx: Context) -> Any:
        """Run a command; when the reader of its output has seen enough ("| head"), it is done."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            forsake_stdout()
            raise typer.Exit(DONE) from None


app = typer.Typer(
    cls=Commands,
    name="duegraph",
    help=HELP,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
GROUPS = {
    "law": typer.Typer(help="Versions of acts, what changed, and what that touches.", no_args_is_help=True),
    "partner": typer.Typer(help="Partners and everything known about them.", no_args_is_help=True),
    "lists": typer.Typer(invoke_without_command=True),
    "monitor": typer.Typer(help="Sources that are looked at again and again.", no_args_is_help=True),
    "alerts": typer.Typer(invoke_without_command=True),
    "hits": typer.Typer(help="Screening hits that people decided on.", no_args_is_help=True),
    "findings": typer.Typer(help="Findings of the last check, and what people decided on them.", no_args_is_help=True),
    "rules": typer.Typer(help="The rules: list them, read them, run their examples.", no_args_is_help=True),
    "ontology": typer.Typer(help="The words of the evidence graph.", no_args_is_help=True),
}


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
    lang: Annotated[
        Language | None, typer.Option("--lang", help="Language of messages (default: from the environment).")
    ] = None,
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
    if isinstance(sys.stdout, TextIOWrapper):
        # Names that are not valid Unicode must not end a command; JSON is UTF-8 whatever the terminal speaks, and the
        # backslash form of half a character is JSON's own escape for it.
        if json:
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        else:
            sys.stdout.reconfigure(errors="replace")
    default = Path(os.environ.get("DUEGRAPH_DATA", "duegraph-data"))
    context.obj = Cli(
        data=data if data is not None else default,
        json=json,
        language=lang.value if lang is not None else _environment_language(),
    )


def _environment_language() -> str:
    """Return the language of messages as POSIX sets it: LC_ALL before LC_MESSAGES before LANG."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name, ""):
            return "zh" if value.startswith("zh") else "en"
    return "en"


def register() -> None:
    """Add every command, once."""
    from api.cli import (
        checking,
        credit,
        finding,
        law,
        lists,
        lookups,
        monitoring,
        partners,
        report,
        screening,
        storing,
        upkeep,
    )

    if app.registered_commands:
        return
    for module in (storing, checking, finding, screening, upkeep, report):
        for name, command in module.COMMANDS.items():
            app.command(name)(command)
    for module in (checking, screening, lookups, law, partners, lists, credit, monitoring):
        for group, commands in module.GROUPED.items():
            for name, command in commands.items():
                GROUPS[group].command(name)(command)
    for name, callback in (*lists.CALLBACKS.items(), *monitoring.CALLBACKS.items()):
        GROUPS[name].callback()(callback)
    for name, group_app in GROUPS.items():
        app.add_typer(group_app, name=name)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    register()
    try:
        app(args=arguments, prog_name="duegraph")
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else DONE
        if code == INTERRUPTED:
            _tell("\nStopped. What was acknowledged is stored; run the command again to go on.")
        return code
    except KeyboardInterrupt:
        _tell("\nStopped. What was acknowledged is stored; run the command again to go on.")
        return INTERRUPTED
    except Exception as error:  # the border of the program: every expected error gets its exit code here
        code_of = _exit_code(error)
        if code_of is None:
            raise
        _tell(f"duegraph: {error}")
        return code_of
    return DONE


def _tell(text: str) -> None:
    sys.stderr.write(text.encode("utf-8", "backslashreplace").decode() + "\n")


def _exit_code(error: Exception) -> int | None:
    """Return the exit code of an expected error, or None for a fault of the program itself."""
    from kb.errors import CannotRunError, ConflictError, DuegraphError, InputError, LimitError
    from ontology import OntologyError, TermNotFoundError

    if isinstance(error, LimitError) and error.code.startswith("sparql-"):
        return USAGE  # the query asked for too much; no input was rejected
    if isinstance(error, InputError):
        return REJECTED
    if isinstance(error, CannotRunError | ConflictError):
        return CANNOT_RUN
    if isinstance(error, DuegraphError | TermNotFoundError):
        return USAGE
    return CANNOT_RUN if isinstance(error, OntologyError) else None
