"""docs/rules.md says what the rule files and models say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from checks import catalogue, rule
from checks.evaluators.registry import CONTRACT_EVALUATORS
from checks.rule import load_rules
from kb.errors import MissingPartError

PAGE = catalogue.TARGET.read_text("utf-8")
MODELS = [
    model
    for model in vars(rule).values()
    if isinstance(model, type)
    and issubclass(model, BaseModel)
    and model.__module__ == "checks.rule"
    and model.__name__[0] != "_"
]
TEXTS = {"Bilingual", "Patterns"}
"""Models whose fields are the language codes."""


def test_the_table_of_rules_is_fresh() -> None:
    assert catalogue.render(PAGE, load_rules()) == PAGE, "run: python -m checks.catalogue"


@pytest.mark.parametrize("model", [m for m in MODELS if m.__name__ not in TEXTS], ids=lambda model: model.__name__)
def test_every_field_of_a_rule_file_is_described(model: type[BaseModel]) -> None:
    described = set(re.findall(r"`(\w+)`", PAGE.partition("## Fields")[2]))
    assert set(model.model_fields) - {"kind", "lang"} <= described, set(model.model_fields) - described


def test_the_models_were_found() -> None:
    assert {"Rule", "ClausePattern", "MissingClause", "ValueThreshold", "SparqlSelect", "PythonEvaluator", "Given"} <= {
        model.__name__ for model in MODELS
    }


def test_every_rule_is_in_the_table_once() -> None:
    rows = re.findall(r"^\| `([a-z-]+/[a-z0-9-]+)` \|", PAGE, re.MULTILINE)
    assert rows == [each.id for each in load_rules()]


@pytest.mark.parametrize("name", CONTRACT_EVALUATORS)
def test_every_option_of_an_evaluator_is_in_its_docstring(name: str) -> None:
    text = CONTRACT_EVALUATORS[name].__doc__ or ""
    used = {
        option
        for each in load_rules()
        if isinstance(each.evaluate, rule.PythonEvaluator) and each.evaluate.name == name
        for option in each.evaluate.options
    }
    for option in used:
        assert f"``{option}``" in text or f"``options.{option}``" in text, f"{name}: {option}"


def test_check_fails_on_a_stale_page(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:

    stale = Path(str(tmp_path)) / "rules.md"
    stale.write_text(PAGE.replace("`clause/pay-when-paid` |", "`clause/old` |"), "utf-8")
    monkeypatch.setattr(catalogue, "TARGET", stale)
    assert catalogue.main(["--check"]) == 1
    assert "python -m checks.catalogue" in capsys.readouterr().err
    assert catalogue.main([]) == 0
    assert stale.read_text("utf-8") == PAGE


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(MissingPartError, match="no place"):
        catalogue.render("# Rules", load_rules())
