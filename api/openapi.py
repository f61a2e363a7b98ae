"""Writes docs/openapi.json: ``python -m api.openapi [--check]``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from api.app import create_app
from kb.settings import Settings

FILE = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def openapi() -> str:
    """Return the OpenAPI document as text, the same for the same sources."""
    return json.dumps(create_app(Settings()).openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> int:
    """Write the file, or with ``--check`` say whether it is fresh; return the exit code."""
    text = openapi()
    if "--check" not in sys.argv[1:]:
        FILE.write_text(text, encoding="utf-8")
        return 0
    if FILE.is_file() and FILE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("docs/openapi.json is stale: run python -m api.openapi\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
