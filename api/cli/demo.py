"""`duegraph demo`: the main job on the bundled sample, from nothing to findings, with what to try next."""

from __future__ import annotations

import shlex
import shutil
import time
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli.output import DONE, REJECTED, Cli, progress
from kb.errors import CannotRunError, ConflictError

if TYPE_CHECKING:
    from api.service.decisions import Decisions
    from checks.finding import Finding
    from ingest.job import IngestResult
    from kb.base import KnowledgeBase

MARK = "DEMO"
"""File that says a directory was made by this command, so that it may be emptied again."""
SHOWN = 12
"""Findings shown in full; the rest is counted."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a demo has to show."""

    results: list[IngestResult]
    findings: tuple[Finding, ...]
    partners: list[dict[str, Any]]
    known: Decisions
    titles: dict[str, tuple[str, str]]

    @property
    def rejected(self) -> list[IngestResult]:
        return [r for r in self.results if r.error is not None]


def run_demo(cli: Cli, *, keep: bool) -> int:
    """Ingest and check the sample corpus in ``<data>/demo``; return the exit code.

    Raises:
        ConflictError: the directory holds something this command did not make.
        StoreOwnedError: a server or another command uses it.
    """
    started = time.monotonic()
    data = cli.data / "demo"
    _prepare(data, keep=keep)
    told = _work(cli, data)
    if cli.json:
        cli.emit(_summary(data, told, time.monotonic() - started))
    else:
        _show(cli, data, told)
    return REJECTED if told.rejected else DONE


def _work(cli: Cli, data: Path) -> _Told:
    from api.service.checking import run_check
    from api.service.decisions import decisions
    from api.service.ingesting import run_ingest
    from api.service.runtime import knowledge_base, settings_for
    from ingest.job import IngestOptions
    from ingest.readers import discover

    results = []
    with resources.as_file(resources.files("ingest") / "samples" / "corpus") as corpus:
        inputs = list(discover([str(corpus)]))
        with knowledge_base(settings_for(data), write=True, create=True) as kb:
            with progress(cli, cli.say("Reading the sample", "读取示例"), len(inputs)) as advance:
                for result in run_ingest(kb, inputs, IngestOptions()):
                    results.append(result)
                    advance(Path(result.source).name)
            findings = run_check(kb)
            known = decisions(kb.audit)
            titles = {r.id: (r.title or r.source.rsplit("/", 1)[-1], r.source) for r in kb.documents_now()}
            return _Told(results, findings, _partners(kb, known), known, titles)


def _prepare(data: Path, *, keep: bool) -> None:
    """Make the demo directory, marked as this command's; empty it unless it is to be kept."""
    from kb.owner import OwnerLock

    if data.is_dir() and any(data.iterdir()):
        if not (data / MARK).is_file():
            raise ConflictError(
                "the demo directory holds data that the demo did not make.",
                code="not-a-demo",
                place=str(data),
                remedy="Name another directory with --data.",
            )
        if keep:
            return
        # Whoever uses it, for example a server started on the demo's data, keeps it.
        OwnerLock(data).release()
        shutil.rmtree(data)
    try:
        data.mkdir(parents=True, exist_ok=True)
        (data / MARK).touch()
    except OSError as error:
        raise CannotRunError(
            f"the demo directory cannot be made: {error}",
            code="data-not-writable",
            place=str(data),
            remedy="Check the path and its permissions, or name another directory with --data.",
        ) from error


def _summary(data: Path, told: _Told, seconds: float) -> dict[str, Any]:
    from checks.finding import Level, Outcome

    return {
        "data": str(data),
        "documents": len(told.results) - len(told.rejected),
        "rejected": len(told.rejected),
        "findings": {o.value: sum(1 for f in told.findings if f.outcome is o) for o in Outcome},
        "levels": {level.value: sum(1 for f in told.findings if f.level is level) for level in Level},
        "partners": told.partners,
        "seconds": round(seconds, 2),
    }


def _partners(kb: KnowledgeBase, known: Decisions) -> list[dict[str, Any]]:
    """Return the partners with something to tell: contracts, list hits, events."""
    from api.service.partners import Dossiers, main_name
    from kb.facts.entities import read_parties

    with kb.snapshot() as snapshot:
        dossiers = Dossiers(snapshot, known)
        found = [dossiers.of(partner) for partner in read_parties(snapshot.query)]
    return [
        {
            "id": d["id"],
            "name": main_name(d),
            "contracts": len(d["contracts"]),
            "hits": [f"{h['matched_name']} ({h['list']}, {h['score']:.2f})" for h in d["hits"]],
            "events": [f"{e['type']}: {e['title']}" for e in d["events"]],
        }
        for d in found
        if d["contracts"] or d["hits"] or d["events"]
    ]


def _show(cli: Cli, data: Path, told: _Told) -> None:
    from api.cli.checking import show_findings
    from checks.finding import Outcome

    read = len(told.results) - len(told.rejected)
    cli.show(cli.say(f"Read {read} documents into {data}.", f"已将 {read} 份文件读入 {data}。"))
    for result in told.rejected:
        cli.show(f"{cli.say('rejected', '拒绝')} {result.source}: {(result.error or {}).get('detail', '')}")
    show_findings(cli, told.findings, titles=told.titles, known=told.known, limit=SHOWN)
    flags = sum(1 for f in told.findings if f.outcome is Outcome.FLAG)
    if flags > SHOWN:
        cli.show(cli.say(f"… of these, {flags - SHOWN} are not shown here.", f"……其中 {flags - SHOWN} 项未在此显示。"))
    _show_partners(cli, told.partners)
    _next_steps(cli, data)


def _show_partners(cli: Cli, partners: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from api.cli.output import safe

    table = Table(title=cli.say("Partners", "合作方"), title_justify="left", show_lines=True)
    for column in (
        cli.say("Partner", "合作方"),
        cli.say("Contracts", "合同"),
        cli.say("On lists (possible)", "清单（疑似）"),
        cli.say("In the news", "新闻"),
    ):
        table.add_column(column, overflow="fold")
    for partner in partners:
        table.add_row(
            safe(partner["name"]),
            str(partner["contracts"]),
            safe("\n".join(partner["hits"])),
            safe("\n".join(partner["events"])),
        )
    cli.console.print(table)


def _next_steps(cli: Cli, data: Path) -> None:
    command = f"duegraph --data {shlex.quote(str(data))}"
    cli.show(cli.say("\nTry next:", "\n接下来可以试试："))
    for line, en, zh in (
        (f"{command} serve", "pages and REST in your browser", "在浏览器中打开页面和接口"),
        (f'{command} search "limitation of liability"', "search clauses", "搜索条款"),
        (f"{command} search 违约金", "… in Chinese too", "中文同样可以"),  # liquidated damages
        (f"{command} ingest YOUR-CONTRACTS/", "add your own files", "加入您自己的文件"),
        (f"{command} check --fail-on high", "check them; exit 1 on a high finding", "检查；有高风险则以 1 退出"),
    ):
        cli.console.print(f"  {line:<60} {cli.say(en, zh)}", markup=False, soft_wrap=True)
