"""Small contracts for tests, cut and read by the real pipeline, and rules made of a few words."""

from __future__ import annotations

from functools import cache

from checks.rule import Rule, parse_rule
from ingest.extract import annotate
from ingest.readers import read_document
from kb.contract import ContractFacts
from kb.model import Kind


@cache
def contract(text: str, document: str = "doc-test", source: str = "contract.txt") -> ContractFacts:
    """Return the facts of a contract."""
    read = read_document(text.encode(), source, kind=Kind.CONTRACT)
    return ContractFacts.from_annotations(document, source, read, annotate(read, name=source, kind=Kind.CONTRACT))


RULE = """
id = "{id}"
version = "1.0.0"
risk = "clause"
likelihood = {likelihood}
impact = {impact}
source = "a test"
{top}
[title]
en = "Title"
zh = "标题"
[message]
en = "{{clause}}: {{matched}}"
zh = "{{clause}}：{{matched}}"
[remedy]
en = "Remedy"
zh = "建议"
[applies]
{applies}
[evaluate]
{evaluate}
"""
EXAMPLES = "".join(
    f'\n[[{kind}]]\nlang = "{language}"\ntext = "{number}"'
    for kind in ("flags", "passes")
    for language in ("en", "zh")
    for number in (1, 2)
)
RISKY = "kind = 'clause_pattern'\n[evaluate.patterns]\nen = ['\\brisky\\b']\nzh = ['危险']"


def rule(
    evaluate: str = RISKY,
    *,
    name: str = "clause/test",
    likelihood: int = 2,
    impact: int = 2,
    applies: str = "",
    top: str = "",
) -> Rule:
    """Return a rule that flags the word "risky" unless told otherwise."""
    text = RULE.format(id=name, likelihood=likelihood, impact=impact, applies=applies, top=top, evaluate=evaluate)
    return parse_rule(text + EXAMPLES, "test")
