"""The documents cannot drift: every command, setting, error code and rule is described in them."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main

from api.cli.app import app, register
from checks.rule import load_rules
from kb import errors
from kb.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def all_commands() -> dict[str, str | None]:
    """Every command with its help text, subcommands as "law diff"."""
    register()
    root = typer.main.get_command(app)
    found: dict[str, str | None] = {}
    for name, command in getattr(root, "commands", {}).items():
        subcommands = getattr(command, "commands", None)
        if subcommands is None:
            found[name] = command.help
        else:
            found |= {f"{name} {sub}": c.help for sub, c in subcommands.items()}
    return found


def test_every_command_has_help_and_is_documented() -> None:
    found = all_commands()
    assert len(found) >= 22
    text = (DOCS / "operator.md").read_text(encoding="utf-8")
    assert [name for name, help_text in found.items() if not help_text] == []
    assert [name for name in found if f"duegraph {name}" not in text] == []


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
