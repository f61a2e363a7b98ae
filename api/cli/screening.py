"""Commands about screening: screen, hits decide, hits list, hits show."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from api.cli.choices import HitChoice, HitStatusChoice, PartyChoice, VerdictChoice
from api.cli.output import DONE, FINDINGS, REJECTED, Cli, progress, safe

MATCH = 0.7
"""Least score the screener calls a match (``kb.names.MATCH``, which takes too long to import for --help)."""
STATE_NAME = {
    "open": ("open", "待处理"),
    "reopened": ("open again: the list row changed since the decision", "重新待处理：名单条目在处理后有变更"),
    "true-match": ("decided: true match", "已认定：确为同一主体"),
    "false-positive": ("decided: false positive", "已认定：误报"),
    "undecided": ("decided: cannot be told yet", "已记录：暂无法判断"),
}
"""Where a hit stands, in English and Chinese."""


def screen(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Name of a person or organisation.")] = None,
    type_: Annotated[PartyChoice | None, typer.Option("--type", help="What the name stands for.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="ISO 3166 code.", metavar="CC")] = None,
    identifier: Annotated[list[str] | None, typer.Option("--identifier", help="LEI, 统一社会信用代码, …")] = None,
    birth_date: Annotated[str | None, typer.Option("--birth-date", help="YYYY, YYYY-MM or YYYY-MM-DD.")] = None,
    batch: Annotated[
        Path | None,
        typer.Option(
            "--batch", help="CSV or XLSX with a column 'name' (名称), and type, country, identifier, birth_date."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="With --batch: write the answers there, one JSON object a line."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="With --output: keep the answers that are there and screen the other rows.")
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, max=64, help="With --batch: processes; two for long batches if absent."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Candidates per name.")] = 10,
    fail_on: Annotated[
        HitChoice | None, typer.Option("--fail-on", help="Exit 1 when there is a match, or any candidate.")
    ] = None,
) -> None:
    """Match names against the stored watch lists; says what was screened, so that "no hit" means something."""
    from api.service.screening import ScreenInput, screen_names
    from kb.errors import QueryError

    cli: Cli = context.obj
    if (name is None) == (batch is None):
        raise QueryError("give either a name or --batch FILE.", remedy="See: duegraph screen --help")
    if (output is not None and batch is None) or (resume and output is None):
        raise QueryError("--output needs --batch, and --resume needs --output.", remedy="See: duegraph screen --help")
    if batch is not None:
        _screen_batch(cli, batch, output, fail_on, limit=limit, resume=resume, workers=workers)
    else:
        kind = type_.value if type_ is not None else None
        asked = ScreenInput(name or "", kind, country, tuple(identifier or ()), birth_date)
        asked.query()  # a single name that cannot be screened is a wrong argument, not a rejected row
        _tell(cli, screen_names(cli.settings, [asked], limit=limit), fail_on, 1)


def _screen_batch(
    cli: Cli,
    batch: Path,
    output: Path | None,
    fail_on: HitChoice | None,
    *,
    limit: int,
    resume: bool,
    workers: int | None,
) -> None:
    from api.service.batch import Done, screen_batch, workers_for
    from api.service.batch_rows import open_batch

    total, rows = open_batch(batch)
    done = Done(output) if resume and output is not None else None
    left = total - (done.rows if done is not None else 0)
    answers = screen_batch(cli.settings, rows, limit=limit, workers=workers_for(left, workers), after=done)
    if output is None:
        _tell(cli, answers, fail_on, left)
    else:
        _tell(cli, _written(answers, output, resume=resume), fail_on, left, show=False)


def _written(answers: Iterable[dict[str, Any]], output: Path, *, resume: bool) -> Iterator[dict[str, Any]]:
    """Yield answers as they are written to a file."""
    from api.service.batch import write_answer
    from kb.errors import CannotRunError

    try:
        with output.open("ab" if resume else "wb") as file:
            for answer in answers:
                write_answer(file, answer)
                yield answer
    except OSError as error:
        raise CannotRunError(
            f"the answers cannot be written: {error}",
            code="file-not-writable",
            place=str(output),
            remedy="Check the path, its permissions and free space.",
        ) from error


def _tell(
    cli: Cli, answers: Iterable[dict[str, Any]], fail_on: HitChoice | None, total: int, *, show: bool = True
) -> NoReturn:
    """Show answers as they come, and leave with what they came to."""
    hits = rejected = matched = 0
    with progress(cli, cli.say("Screening", "筛查"), total) as advance:
        for record in answers:
            advance(record["query"]["name"])
            rejected += "error" in record
            hits += any(_counts(c, fail_on) for c in record["candidates"])
            matched += any(_counts(c, HitChoice.MATCH) for c in record["candidates"])
            if not show:
                continue
            if cli.json:
                cli.emit(record)
            else:
                _show_screening(cli, record)
    if not show:
        summary = {"rows": total, "with_match": matched, "rejected": rejected}
        if cli.json:
            cli.emit(summary)
        else:
            cli.show(
                cli.say(
                    f"{total:,} rows screened, {matched:,} with a match, {rejected:,} rejected",
                    f"已筛查 {total:,} 行，{matched:,} 行命中，{rejected:,} 行被拒",
                )
            )
    if rejected:
        raise typer.Exit(REJECTED)
    raise typer.Exit(FINDINGS if fail_on is not None and hits else DONE)


def _counts(candidate: dict[str, Any], fail_on: HitChoice | None) -> bool:
    """Say whether a candidate is a hit for --fail-on: on a list that counts, and not decided to be a false positive."""
    if candidate["source"] != "watchlist" or candidate["status"] == "false-positive":
        return False
    return candidate["match"] or fail_on is HitChoice.CANDIDATE


def _show_screening(cli: Cli, record: dict[str, Any]) -> None:
    cli.console.print(f"[bold]{safe(record['query']['name'])}[/bold]")
    if "error" in record:
        cli.note(f"  {cli.say('rejected', '拒绝')}: {record['error']['detail']}")
        return
    for candidate in record["candidates"]:
        if candidate["source"] == "register":
            mark = cli.say("known partner", "已有合作方")
        elif candidate["source"] == "former":
            mark = cli.say("formerly listed", "曾被列名")
        else:
            mark = f"[bold red]{cli.say('match', '命中')}[/]" if candidate["match"] else cli.say("candidate", "疑似")
        cli.console.print(
            f"  {mark} {candidate['score']:.2f}  {safe(candidate['matched_name'])}  "
            f"[dim]{safe(candidate['list'])} {safe(candidate['entity'])}[/dim]"
        )
        if candidate["source"] != "register":
            cli.show(f"      {candidate['hit']}  {cli.say(*STATE_NAME[candidate['status']])}")
        for why in candidate["explanation"]:
            if why["detail"]:
                cli.console.print(f"      [dim]{safe(why['detail'])}[/dim]")
    lists = ", ".join(f"{s['list']} ({s['rows']} rows, {s['version']})" for s in record["screened"])
    cli.show(cli.say(f"  screened: {lists or 'no list is stored'}", f"  已筛查：{lists or '尚未导入任何清单'}"))


def hits_decide(
    context: typer.Context,
    hit: Annotated[str, typer.Argument(help="Id of a hit, as screen shows it.")],
    verdict: Annotated[
        VerdictChoice,
        typer.Option("--as", help="true-match, false-positive, undecided, or open to take a decision back."),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why, in a sentence or two.")],
    actor: Annotated[str | None, typer.Option("--by", help="Who decides; you when absent.")] = None,
    later: Annotated[
        bool, typer.Option("--later", help="Only mark the findings it touches; check --stale judges them anew.")
    ] = False,
) -> None:
    """Record a decision on a screening hit and check again what rests on it; it holds until the list row changes."""
    from api.cli.checking import user
    from api.service.deciding import decide
    from api.service.owner import server_of
    from api.service.runtime import knowledge_base
    from kb.errors import StoreOwnedError

    cli: Cli = context.obj
    settings = cli.settings
    who = actor or user()
    try:
        with knowledge_base(settings, write=True) as kb:
            made = decide(kb, hit, verdict=verdict.value, reason=reason, actor=who, check=not later)
    except StoreOwnedError as owned:
        from api.service.remote import remote_decide_hit

        made = remote_decide_hit(
            server_of(owned, settings.data), hit, verdict=verdict.value, reason=reason, actor=who, check=not later
        )
    if cli.json:
        cli.emit(made.json())
    else:
        cli.show(f"{hit}: {cli.say(*STATE_NAME[made.verdict])} ({made.actor})")


def hits_list(
    context: typer.Context,
    status: Annotated[
        HitStatusChoice,
        typer.Option("--status", help="decided: every decision. Else hits of whom the store knows; open has reopened."),
    ] = HitStatusChoice.DECIDED,
    list_: Annotated[str | None, typer.Option("--list", help="Only of this list, by id.")] = None,
    score: Annotated[float, typer.Option("--score", min=0.0, max=1.0, help="Least score of undecided hits.")] = MATCH,
    partner: Annotated[str | None, typer.Option("--partner", help="Only of this partner, by id or name.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write CSV (UTF-8), one hit a line.")] = False,
) -> None:
    """List decisions on hits, or all hits of stored partners, their people and parties of contracts by status."""
    cli: Cli = context.obj
    if status is HitStatusChoice.DECIDED:
        _list_decisions(cli, csv=csv or list_ is not None or partner is not None)
        return
    from api.service.all_hits import HitFilter, hit_rows, hits_csv
    from api.service.hits import stored_histories
    from api.service.partners import find_partner
    from api.service.runtime import knowledge_base

    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        past = stored_histories(kb, snapshot)
        who = None if partner is None else find_partner(snapshot, partner).id
        with progress(cli, cli.say("Screening", "筛查"), None) as advance:
            rows = hit_rows(snapshot, past, HitFilter(status.value, list_, score, who), advance=advance)
    if csv:
        sys.stdout.write(hits_csv(rows))
        return
    for row in rows:
        if cli.json:
            cli.emit(row.json(past))
        else:
            _show_row(cli, row.json(past))
    if not cli.json:
        cli.show(cli.say(f"{len(rows)} hits", f"共 {len(rows)} 条命中"))


def _list_decisions(cli: Cli, *, csv: bool) -> None:
    """Show the last decision on every hit that has one."""
    from api.service.runtime import knowledge_base
    from api.service.screening import stored_ledger
    from kb.errors import QueryError

    if csv:
        raise QueryError(
            "--list, --partner and --csv list hits by where they stand.", remedy="Name a --status, for example all."
        )
    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        known = stored_ledger(kb, snapshot)
    for hit, decision in sorted(known.items()):
        if cli.json:
            cli.emit({**decision.json(), "hit": hit})
        else:
            cli.show(f"{hit}  {cli.say(*STATE_NAME[decision.verdict])}  {decision.actor}: {decision.reason}")


def _show_row(cli: Cli, hit: dict[str, Any]) -> None:
    about = hit["about"]
    role = f" ({about['role'][cli.language]}, {about['name']})" if about["role"] else ""
    mark = f"[bold red]{cli.say('match', '命中')}[/]" if hit["match"] else cli.say("candidate", "疑似")
    cli.console.print(
        f"{mark} {hit['score']:.2f}  {safe(hit['name'])}{safe(role)} → {safe(hit['matched_name'])}  "
        f"[dim]{safe(hit['list'])} {safe(hit['entity'])}; {safe(about['id'])}[/dim]"
    )
    decision = hit["decision"]
    said = f"  {decision['actor']} {decision['at'][:10]}: {decision['reason']}" if decision is not None else ""
    cli.show(f"    {hit['hit']}  {cli.say(*STATE_NAME[hit['status']])}{said}")


def hits_show(context: typer.Context, hit: Annotated[str, typer.Argument(help="Id of a hit.")]) -> None:
    """Show every decision on a hit, oldest first; none is ever edited."""
    from api.service.hits import history
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb:
        past = history(kb.audit, hit)
    if cli.json:
        cli.emit({"hit": hit, "decisions": [decision.json() for decision in past]})
        return
    for one in past:
        cli.show(
            f"{one.at.isoformat(timespec='seconds')}  {one.actor}: {cli.say(*STATE_NAME[one.verdict])}. {one.reason}"
        )


COMMANDS = {"screen": screen}
GROUPED = {"hits": {"decide": hits_decide, "list": hits_list, "show": hits_show}}
