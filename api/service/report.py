"""Reports: one partner or one contract as a file that needs nothing else, for people (.html) or programs (.json)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from api.service.checking import stored_findings
from api.service.decisions import Decisions, finding_json
from api.service.hits import Histories
from api.service.naming import exact_partner, find_documents
from api.service.partners import dossier, main_name
from api.service.runtime import version
from api.web.language import words as interface_words
from checks.finding import Outcome
from kb.errors import NotFoundError, QueryError
from kb.model import Kind
from kb.snapshot import Snapshot

FORMATS = (".html", ".json")
"""Suffixes a report can be written with."""


def report_json(snapshot: Snapshot, subject: str, known: Decisions, past: Histories | None = None) -> dict[str, Any]:
    """Return the report of a partner or a contract as JSON.

    Args:
        snapshot: one view of the store.
        subject: who or what it is about.
        known: decisions on findings.
        past: decisions on list hits.

    Raises:
        NotFoundError: neither a stored contract nor a stored partner answers to the name.
    """
    head = {"made_at": datetime.now(UTC).replace(microsecond=0).isoformat(), "made_by": f"duegraph {version()}"}
    if exact_partner(snapshot, subject) is None:
        try:
            return {**head, **_contract(snapshot, subject, known)}
        except NotFoundError:
            pass  # a partner by a name that is not exact, or nothing at all; the dossier says which
    found = dossier(snapshot, subject, known, past)
    return {**head, "kind": "partner", "title": main_name(found), "partner": found}


def _contract(snapshot: Snapshot, subject: str, known: Decisions) -> dict[str, Any]:
    documents = find_documents(snapshot, [subject], Kind.CONTRACT)
    if len(documents) > 1:
        raise QueryError(
            f"{len(documents)} contracts are called '{subject}'.",
            remedy=f"Name one by its id: {', '.join(documents[:5])}.",
        )
    record = snapshot.document(documents[0])
    findings = [finding_json(f, known) for f in stored_findings(snapshot, [record.id])]
    return {
        "kind": "contract",
        "title": record.title or record.source.rsplit("/", 1)[-1],
        "contract": {
            "document": record.id,
            "source": record.source,
            "language": record.language,
            "sha256": record.original,
            "recorded_at": record.recorded_at.isoformat(),
            "findings": [f for f in findings if f["outcome"] == Outcome.FLAG.value],
            "dismissed": [f for f in findings if f["outcome"] == Outcome.PASS.value and f["reason"]],
            "not_evaluated": [f for f in findings if f["outcome"] == Outcome.NOT_EVALUATED.value],
            "passed": sum(1 for f in findings if f["outcome"] == Outcome.PASS.value),
        },
    }


def suffix_of(path: Path) -> str:
    """Return the format a file name asks for.

    Raises:
        QueryError: there is no such format.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise QueryError(
            f"reports cannot be written as '{suffix or path.name}'.",
            code="report-format",
            place=str(path),
            remedy=f"Name a file that ends in {' or '.join(FORMATS)}.",
        )
    return suffix


def render(report: dict[str, Any], suffix: str, language: str) -> str:
    """Return the text of a report file.

    Args:
        report: of ``report_json``.
        suffix: one of ``FORMATS``.
        language: "en" or "zh", for the words of an HTML report; JSON has both.
    """
    if suffix == ".json":
        return json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("api.web", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    other = "en" if language == "zh" else "zh"

    def words(text: dict[str, str] | None) -> str:
        return "" if text is None else text.get(language) or text.get(other) or ""

    def say(en: str, zh: str) -> str:
        return zh if language == "zh" else en

    texts = interface_words(language)
    return environment.get_template("report.html").render(
        report=report,
        words=words,
        say=say,
        standing=partial(texts.label, "hit"),
        verdict=partial(texts.label, "verdict"),
        language="zh-Hans" if language == "zh" else "en",
    )
