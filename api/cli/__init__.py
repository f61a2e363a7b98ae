"""The command line: `duegraph [--data DIR] [--json] COMMAND`."""

from __future__ import annotations

import os


def main() -> None:
    """Run the command line and leave with its exit code."""
    # Documents are small: threads of the matrix library only wait for each other (measured: twice the processor time).
    # Several documents at once are the business of --workers. Read when numpy is first imported, so set here.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from api.cli.app import run

    raise SystemExit(run())
