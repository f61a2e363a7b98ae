"""The documents cannot drift: every command, setting, error code and rule is described in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import typer.main

from api.cli.app import GROUPS, app, register
from api.openapi import openapi
from checks.rule import load_rules
from kb import errors
from kb.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def all_commands() -> dict[str, str | None]:
    """Every command with its help text, subcommands as "law diff"."""
    register()
    found: dict[str, str | None] = {}
    for prefix, group in (("", app), *((f"{name} ", group) for name, group in GROUPS.items())):
        for command in group.registered_commands:
            assert command.callback is not None
            found[f"{prefix}{command.name}"] = command.help or command.callback.__doc__
    return found


def all_options() -> set[str]:
    """Every option of every command."""
    register()
    root = typer.main.get_command(app)
    found: set[str] = set()
    waiting = [root]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        found |= {name for one in command.params for name in one.opts if name.startswith("--")}
    return found


def test_every_command_has_help_and_is_documented() -> None:
    found = all_commands()
    assert len(found) >= 27
    text = (DOCS / "operator.md").read_text(encoding="utf-8")
    assert [name for name, help_text in found.items() if not help_text] == []
    assert [name for name in found if f"duegraph {name}" not in text] == []


def test_every_option_is_documented() -> None:
    text = (DOCS / "operator.md").read_text(encoding="utf-8")
    ours = all_options() - {"--help", "--install-completion", "--show-completion"}
    assert len(ours) >= 30
    assert sorted(name for name in ours if f"`{name}" not in text) == []


def test_every_route_is_documented_and_the_description_is_fresh() -> None:
    text = (DOCS / "operator.md").read_text(encoding="utf-8")
    described = json.loads((DOCS / "openapi.json").read_text(encoding="utf-8"))
    assert described == json.loads(openapi())
    assert len(described["paths"]) >= 20
    assert [path for path in described["paths"] if f"`{path}`" not in text] == []


def test_every_setting_is_documented() -> None:
    text = (DOCS / "operator.md").read_text(encoding="utf-8")
    names = [f"DUEGRAPH_{name.upper()}" for name in Settings.model_fields]
    assert len(names) >= 10
    assert [name for name in names if name not in text] == []
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_error_class_is_in_the_tree_and_documented() -> None:
    tree = errors.__doc__ or ""
    text = (DOCS / "operator.md").read_text(encoding="utf-8")
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.DuegraphError)]
    assert len(classes) == 14
    assert [c.__name__ for c in classes if c.__name__ not in tree] == []
    assert [c.default_code for c in classes if f"`{c.default_code}`" not in text] == []


def test_every_rule_is_in_the_catalogue() -> None:
    text = (DOCS / "rules.md").read_text(encoding="utf-8")
    assert [rule.id for rule in load_rules() if rule.id not in text] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
    assert len(pages) >= 8
    for page in pages:
        targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        broken += [f"{page.name}: {t}" for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert broken == []
