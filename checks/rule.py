"""Rules as data: one TOML file each, checked when loaded.

A rule file says what it looks for, when it applies, how bad it is, which law it rests on, what to do about it, and
carries the examples that must flag and must pass in each language it claims. ``load_rules`` refuses to start when a
file is malformed, an id is used twice, or no rule is found at all: an engine without rules would pass everything.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from checks.finding import Level, Text
from checks.phrases import expanded
from kb.errors import MissingPartError, NotFoundError
from ontology import risk_level

MIN_EXAMPLES = 2
"""Examples of each outcome a rule must carry per language it claims."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Bilingual(_Part):
    """A text in English and Chinese; both are required."""

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def text(self) -> Text:
        """Return the plain value used in findings."""
        return Text(self.en, self.zh)


class Patterns(_Part):
    """Regular expressions by language, each tried in order; case-insensitive for English.

    ``@{name}`` in a pattern stands for a phrase of ``phrases.toml``, words that many rules look for.
    """

    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()

    def compiled(self, language: str) -> tuple[re.Pattern[str], ...]:
        """Return the compiled patterns of one language."""
        return self._compiled.get(language, ())

    @cached_property
    def _compiled(self) -> dict[str, tuple[re.Pattern[str], ...]]:
        return {
            "en": tuple(re.compile(expanded(p, "en"), re.IGNORECASE | re.DOTALL) for p in self.en),
            "zh": tuple(re.compile(expanded(p, "zh"), re.DOTALL) for p in self.zh),
        }

    @model_validator(mode="after")
    def _patterns_compile(self) -> Patterns:
        try:
            _ = self._compiled
        except re.error as error:
            raise ValueError(f"pattern {error.pattern!r} does not compile: {error.msg} at {error.pos}") from error
        return self

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have at least one pattern."""
        return tuple(language for language in ("en", "zh") if self.compiled(language))


class BasisRef(_Part):
    """A provision of law by act id and canonical number.

    Attributes:
        note: what the provision says about the risk, in English; ``note_zh`` in Chinese.
        read_on: the day whose law the number was taken from; None means the day in ``impact_levels.toml``.
    """

    act: str
    provision: str | None = None
    note: str = ""
    note_zh: str = ""
    read_on: date | None = None


class Applies(_Part):
    """When a rule is asked at all; an empty list means no restriction.

    Attributes:
        governing_law: prefixes of ISO 3166 codes of the contract's governing law ("US", "CN"). A contract whose
            governing law is unknown is not evaluated by such a rule, unless ``assume_language`` names its language.
        assume_language: language in which a contract without a stated law is taken to be under ``governing_law``.
        contract_types: notations of the contract-type scheme.
        except_types: notations of contract types the rule has nothing to say about; an unknown type is none of them.
        unknown_type: what a contract of unknown type is to a rule for some types: "not_evaluated" where the rule is
            likely meant, "out_of_scope" where it is for a special kind that shows itself (an NDA, terms of service).
        effective_from: first day of contracts and checks the rule's law covers.
    """

    languages: tuple[Literal["en", "zh"], ...] = ("en", "zh")
    governing_law: tuple[str, ...] = ()
    assume_language: Literal["en", "zh"] | None = None
    contract_types: tuple[str, ...] = ()
    except_types: tuple[str, ...] = ()
    unknown_type: Literal["not_evaluated", "out_of_scope"] = "not_evaluated"
    effective_from: date | None = None
    effective_to: date | None = None


class ClausePattern(_Part):
    """Flags words inside clauses.

    Attributes:
        types: clause types to look in (any detected one); empty means every clause.
        cues: patterns that also make a clause relevant, for types the typer may miss.
        patterns: what is risky; the match is the evidence.
        unless: patterns that lift it when found in the same sentence.
        unless_clause: patterns that lift it when found anywhere in the clause or its parent.
        unless_contract: patterns that lift it when found anywhere in the contract.
        unsure: patterns that suggest the risk without showing it: the answer is then "not evaluated".
        once: report only the first flag per contract.
    """

    kind: Literal["clause_pattern"]
    types: tuple[str, ...] = ()
    cues: Patterns = Patterns()
    patterns: Patterns
    unless: Patterns = Patterns()
    unless_clause: Patterns = Patterns()
    unless_contract: Patterns = Patterns()
    unsure: Patterns = Patterns()
    once: bool = False


class MissingClause(_Part):
    """Flags a contract that lacks a clause.

    Attributes:
        types: any of these detected means it is there.
        cues: patterns that mean it is there although no type was detected.
        when: the clause is expected only where one of these is found; empty means always.
        when_types: … or where a clause of one of these types is detected.
        unless: patterns that lift the expectation.
        unsure: patterns that suggest it is there without showing it: the answer is then "not evaluated".
        grey: a type score from here up to its threshold is too uncertain to say "missing".
        min_clauses: fewer clauses than this is not a contract one can judge by absence.
    """

    kind: Literal["missing_clause"]
    types: tuple[str, ...]
    cues: Patterns = Patterns()
    when: Patterns = Patterns()
    when_types: tuple[str, ...] = ()
    unless: Patterns = Patterns()
    unsure: Patterns = Patterns()
    grey: float = Field(default=0.35, ge=0, le=1)
    min_clauses: int = Field(default=4, ge=1)


class ValueThreshold(_Part):
    """Flags an extracted value beyond a limit.

    Attributes:
        value_type: "percentage", "duration", "money", … or a role such as "Notice Period to Terminate Renewal".
        types: clause types the value must stand in; ``cues`` are the alternative by words in the same sentence.
        near: patterns that must be found within the value's sentence.
        frames: patterns of which one must be found in the value's sentence with the value itself written "⟨⟩", so that
            a pattern can say where the value stands ("within ⟨⟩ after receipt").
        unless: patterns in the sentence that lift it.
        above: flag when the value is greater (percentages as fractions, durations in days, money in its own unit).
        below: flag when the value is smaller.
        per: period of a rate ("P1D"); None means only values without one.
        per_cues: patterns in the sentence that give a value without a stated period that period ("for each day").
        currency: ISO 4217 code the amount must have.
    """

    kind: Literal["value_threshold"]
    value_type: str
    types: tuple[str, ...] = ()
    cues: Patterns = Patterns()
    near: Patterns = Patterns()
    frames: Patterns = Patterns()
    unless: Patterns = Patterns()
    above: float | None = None
    below: float | None = None
    per: str | None = None
    per_cues: Patterns = Patterns()
    currency: str | None = None

    @model_validator(mode="after")
    def _has_limit(self) -> ValueThreshold:
        if self.above is None and self.below is None:
            raise ValueError("a threshold needs 'above' or 'below'")
        return self


class SparqlSelect(_Part):
    """Flags each row of a set-based query over the evidence graph.

    The query must bind ``?subject``; optional ``?document ?start ?end ?quote`` give evidence and any other variable
    fills ``{name}`` in the message. ``population`` selects every subject the rule has looked at.
    """

    kind: Literal["sparql"]
    query: str
    population: str


class PythonEvaluator(_Part):
    """Runs an evaluator of ``checks.evaluators`` by name; ``options`` are its own, validated by it."""

    kind: Literal["python"]
    name: str
    options: dict[str, str | int | float | bool | list[str] | dict[str, list[str]]] = Field(default_factory=dict)

    @cached_property
    def patterns(self) -> dict[str, Patterns]:
        """The options that are patterns by language, compiled once."""
        return {name: Patterns.model_validate(o) for name, o in self.options.items() if isinstance(o, dict)}

    @model_validator(mode="after")
    def _patterns_compile(self) -> PythonEvaluator:
        _ = self.patterns
        return self


Evaluation = Annotated[
    ClausePattern | MissingClause | ValueThreshold | SparqlSelect | PythonEvaluator, Field(discriminator="kind")
]


class Given(_Part):
    """A file that is stored before an example is checked: law, a list, a register, news.

    Attributes:
        name: file name; it may state a version's date.
        kind: what the file is; guessed from it when not stated.
    """

    name: str
    text: str
    kind: Literal["regulation", "news", "watchlist", "register", "contract"] | None = None


class Example(_Part):
    """A text the rule must flag or pass; a whole small contract or one clause of one, or a register of partners.

    Attributes:
        given: what else is stored: the law it cites, the list its party is on.
        as_of: the day it is checked for; today when it does not matter.
    """

    lang: Literal["en", "zh"]
    text: str = Field(min_length=1)
    note: str = ""
    given: tuple[Given, ...] = ()
    as_of: date | None = None


class Tiers(_Part):
    """What to do, by depth of due diligence: the level of a finding says which.

    Attributes:
        basic: for a low level; ``standard`` for a medium one; ``enhanced`` for a high one.
    """

    basic: Bilingual
    standard: Bilingual
    enhanced: Bilingual

    def at(self, level: Level) -> Bilingual:
        """Return what a finding of a level asks for."""
        return {Level.LOW: self.basic, Level.MEDIUM: self.standard, Level.HIGH: self.enhanced}[level]


class Rule(_Part):
    """One rule, as its file states it.

    Attributes:
        id: "family/short-name", equal to the path of its file; never used again for another rule.
        version: semantic version; a change of outcome raises it.
        subject: what the rule is about.
        likelihood: 1 to 3 on DPV's 3-level scale, how likely harm follows where the rule flags.
        impact: 1 to 3 on DPV's 3-level scale, how bad it would be.
        risk: notation of the risk-category scheme.
        tiers: what to do by depth of due diligence, told beside the remedy.
        known_problems: what the rule gets wrong, for the reader who must judge it.
    """

    id: str = Field(pattern=r"^[a-z]+(-[a-z]+)*/[a-z0-9]+(-[a-z0-9]+)*$")
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    subject: Literal["contract", "partner", "provision"] = "contract"
    title: Bilingual
    message: Bilingual
    remedy: Bilingual
    tiers: Tiers | None = None
    known_problems: Bilingual | None = None
    risk: str
    likelihood: int = Field(ge=1, le=3)
    impact: int = Field(ge=1, le=3)
    basis: tuple[BasisRef, ...] = ()
    source: str = Field(default="", description="where the rule's criterion comes from when it is not a statute")
    applies: Applies = Applies()
    evaluate: Evaluation
    flags: tuple[Example, ...] = ()
    passes: tuple[Example, ...] = ()

    @property
    def family(self) -> str:
        """The folder of the rule."""
        return self.id.split("/", 1)[0]

    @property
    def level(self) -> Level:
        """Risk level of a flag, from DPV's 3×3 matrix."""
        return Level(risk_level(self.likelihood, self.impact))

    @model_validator(mode="after")
    def _carries_its_examples(self) -> Rule:
        if isinstance(self.evaluate, SparqlSelect) and self.subject != "contract":
            return self
        for language in self.applies.languages:
            for name, examples in (("flags", self.flags), ("passes", self.passes)):
                found = sum(1 for e in examples if e.lang == language)
                if found < MIN_EXAMPLES and not isinstance(self.evaluate, SparqlSelect):
                    raise ValueError(f"needs at least {MIN_EXAMPLES} {name} in {language}, has {found}")
        return self


def _files(root: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(root.iterdir(), key=lambda e: e.name):
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _files(entry, f"{path}/")
        elif path.endswith(".toml"):
            yield path.removesuffix(".toml"), entry


def parse_rule(text: str, place: str) -> Rule:
    """Return the rule of one TOML text.

    Raises:
        MissingPartError: the text is not TOML or not a valid rule; names the file and the field.
    """
    try:
        return Rule.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MissingPartError(f"rule file is not TOML: {error}", place=place, remedy="Correct the file.") from error
    except ValidationError as error:
        # A misspelt field is reported before the one that is missing because of it.
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        field = ".".join(str(part) for part in first["loc"])
        raise MissingPartError(
            f"rule field '{field}': {first['msg']}", place=place, remedy="Correct the field; see docs/rules.md."
        ) from error


def load_rules(root: Traversable | None = None) -> tuple[Rule, ...]:
    """Return every rule below ``root`` (default: the shipped rules), ordered by id.

    Raises:
        MissingPartError: a file is malformed, its id is not its path, an id is used twice, or there is no rule.
    """
    return _shipped() if root is None else _load(root)


@cache
def _shipped() -> tuple[Rule, ...]:
    """Read the shipped rules once per process: compiling their patterns takes half a second."""
    return _load(resources.files("checks") / "rules")


def _load(root: Traversable) -> tuple[Rule, ...]:
    rules: dict[str, Rule] = {}
    for path, entry in _files(root) if root.is_dir() else ():
        rule = parse_rule(entry.read_text(encoding="utf-8"), f"rules/{path}.toml")
        if rule.id != path:
            raise MissingPartError(
                f"rule id '{rule.id}' is not its path", place=f"rules/{path}.toml", remedy="Rename the file or the id."
            )
        rules[rule.id] = rule
    if not rules:
        raise MissingPartError("no rule was found", place=str(root), remedy="Reinstall Duegraph.")
    return tuple(rules[key] for key in sorted(rules))


def find_rule(rules: tuple[Rule, ...], rule_id: str) -> Rule:
    """Return the rule with an id.

    Raises:
        NotFoundError: there is none; names the nearest ids.
    """
    for rule in rules:
        if rule.id == rule_id:
            return rule
    near = [r.id for r in rules if rule_id.lower() in r.id or r.id.split("/")[1] in rule_id.lower()][:3]
    hint = f"Did you mean {', '.join(near)}?" if near else "List them with: duegraph rules list"
    raise NotFoundError(f"there is no rule '{rule_id}'", remedy=hint)
