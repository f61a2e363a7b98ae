"""`duegraph demo`: the main job on the bundled sample, from nothing to findings, with what to try next."""

from __future__ import annotations

import shutil
import time
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.output import DONE, REJECTED, Cli, progress
from kb.errors import ConflictError

if TYPE_CHECKING:
    from kb.base import KnowledgeBase

MARK = "DEMO"
"""File that says a directory was made by this command, so that it may be emptied again."""
SHOWN = 12
"""Findings shown in full; the rest is counted."""


def run_demo(cli: Cli, *, keep: bool) -> int:
    """Ingest and check the sample corpus in ``<data>/demo``; return the exit code."""
    from api.cli.commands import show_findings
    from api.service.checking import run_check
    from api.service.ingesting import run_ingest
    from api.service.runtime import knowledge_base
    from checks.finding import Outcome
    from ingest.job import IngestOptions
    from ingest.readers import discover
    from kb.settings import Settings

    started = time.monotonic()
    data = cli.data / "demo"
    if not keep:
        _clear(data)
    settings = Settings(data=data)
    results = []
    with resources.as_file(resources.files("ingest") / "samples" / "corpus") as corpus:
        inputs = list(discover([str(corpus)]))
        with knowledge_base(settings, write=True) as kb:
            (data / MARK).touch()
            with progress(cli, cli.say("Reading the sample", "读取示例"), len(inputs)) as advance:
                for result in run_ingest(kb, inputs, IngestOptions()):
                    results.append(result)
                    advance(Path(result.source).name)
            findings = run_check(kb)
            story = _story(kb)
    rejected = [r for r in results if r.error is not None]
    flags = [f for f in findings if f.outcome is Outcome.FLAG]
    if cli.json:
        cli.emit(
            {
                "data": str(data),
                "documents": len(results) - len(rejected),
                "rejected": len(rejected),
                "findings": {o.value: sum(1 for f in findings if f.outcome is o) for o in Outcome},
                "levels": {
                    level: sum(1 for f in flags if f.level is not None and f.level.value == level)
                    for level in ("high", "medium", "low")
                },
                "partners": story,
                "seconds": round(time.monotonic() - started, 2),
            }
        )
        return REJECTED if rejected else DONE
    cli.console.print(
        cli.say(
            f"Read {len(results) - len(rejected)} documents into {data}.",
            f"已将 {len(results) - len(rejected)} 份文件读入 {data}。",
        ),
        markup=False,
    )
    for result in rejected:
        cli.console.print(f"rejected {result.source}: {result.error}", markup=False)
    show_findings(cli, findings, limit=SHOWN)
    if len(flags) > SHOWN:
        cli.console.print(cli.say(f"… and {len(flags) - SHOWN} more.", f"……另有 {len(flags) - SHOWN} 项。"))
    _show_story(cli, story)
    _next_steps(cli, data)
    return REJECTED if rejected else DONE


def _clear(data: Path) -> None:
    """Empty the demo directory of an earlier run.

    Raises:
        ConflictError: it holds something this command did not make.
    """
    if data.exists() and any(data.iterdir()):
        if not (data / MARK).is_file():
            raise ConflictError(
                "the demo directory holds data that the demo did not make",
                code="not-a-demo",
                place=str(data),
                remedy="Name another directory with --data.",
            )
        shutil.rmtree(data)


def _story(kb: KnowledgeBase) -> list[dict[str, Any]]:
    """Return the partners with something to tell: contracts, list hits, events."""
    from api.service.partners import dossier
    from kb.facts import read_partners

    with kb.snapshot() as snapshot:
        dossiers = [dossier(snapshot, p.id) for p in read_partners(snapshot.query)]
    return [
        {
            "id": d["id"],
            "name": d["names"][0]["text"],
            "contracts": len(d["contracts"]),
            "hits": [f"{h['matched_name']} ({h['list']}, {h['score']:.2f})" for h in d["hits"]],
            "events": [f"{e['type']}: {e['title']}" for e in d["events"]],
        }
        for d in dossiers
        if d["contracts"] or d["hits"] or d["events"]
    ]


def _show_story(cli: Cli, story: list[dict[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=cli.say("Partners", "合作方"), title_justify="left", show_lines=True)
    for column in (
        cli.say("Partner", "合作方"),
        cli.say("Contracts", "合同"),
        cli.say("On lists (possible)", "清单（疑似）"),
        cli.say("In the news", "新闻"),
    ):
        table.add_column(column, overflow="fold")
    for partner in story:
        table.add_row(
            escape(partner["name"]),
            str(partner["contracts"]),
            escape("\n".join(partner["hits"])),
            escape("\n".join(partner["events"])),
        )
    cli.console.print(table)


def _next_steps(cli: Cli, data: Path) -> None:
    command = f"duegraph --data {data}"
    cli.console.print(cli.say("\nTry next:", "\n接下来可以试试："))
    for line, en, zh in (
        (f"{command} serve", "pages and REST in your browser", "在浏览器中打开页面和接口"),
        (f'{command} search "limitation of liability"', "search clauses", "搜索条款"),
        (f"{command} search 违约金", "… in Chinese too", "中文同样可以"),
        (f"{command} ingest YOUR-CONTRACTS/", "add your own files", "加入您自己的文件"),
        (f"{command} check --fail-on high", "check them; exit 1 on a high finding", "检查；有高风险则以 1 退出"),
    ):
        cli.console.print(f"  {line:<60} {cli.say(en, zh)}", markup=False, soft_wrap=True)
