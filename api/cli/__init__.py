"""The command line: `duegraph [--data DIR] [--json] COMMAND`."""

from __future__ import annotations


def main() -> None:
    """Run the command line and leave with its exit code."""
    from api.cli.app import run

    raise SystemExit(run())
