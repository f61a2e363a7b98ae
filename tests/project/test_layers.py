"""The layer direction: ontology ← kb ← {ingest, checks} ← api."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ontology", "kb", "ingest", "checks", "api")
ALLOWED = {
    "ontology": set(),
    "kb": {"ontology"},
    "ingest": {"kb", "ontology"},
    "checks": {"kb", "ontology"},
    "api": {"ontology", "kb", "ingest", "checks"},
}


def imported(path: Path) -> set[str]:
    """Top-level packages a file imports, wherever in the file it does so."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_from_the_layers_below_it(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files, f"{package} has no Python files"
    wrong = {
        str(path.relative_to(ROOT)): sorted(bad)
        for path in files
        if (bad := (imported(path) & set(PACKAGES)) - ALLOWED[package] - {package})
    }
    assert wrong == {}


def test_the_ontology_imports_rdflib_and_nothing_else_from_outside() -> None:
    import sys

    outside = {
        name
        for path in (ROOT / "ontology").rglob("*.py")
        for name in imported(path)
        if name not in sys.stdlib_module_names and name not in {"ontology", "__future__"}
    }
    assert outside == {"rdflib"}


def test_only_the_store_knows_the_engine() -> None:
    users = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if imported(path) & {"pyoxigraph", "oxrdflib"}
    }
    assert users == {"kb/graph_files.py", "kb/store.py", "kb/store_terms.py"}


def test_nothing_shipped_imports_the_tests() -> None:
    users = [p for package in PACKAGES for p in (ROOT / package).rglob("*.py") if "tests" in imported(p)]
    assert users == []
