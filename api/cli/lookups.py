"""Commands that look things up: law, partner, rules, ontology."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.commands import settings_of
from api.cli.output import DONE, FINDINGS, Cli


def register(
    app: typer.Typer, law: typer.Typer, partner: typer.Typer, rules: typer.Typer, ontology: typer.Typer
) -> None:
    """Add the commands to their groups."""
    del app
    law.command("versions")(law_versions)
    law.command("diff")(law_diff)
    partner.command("show")(partner_show)
    rules.command("list")(rules_list)
    rules.command("show")(rules_show)
    rules.command("test")(rules_test)
    ontology.command("show")(ontology_show)


def law_versions(context: typer.Context, act: Annotated[str, typer.Argument(help="Act by id or title.")]) -> None:
    """List the stored versions of an act with their dates, each with the words it was read from."""
    from api.service.law import versions_json
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    with knowledge_base(settings_of(cli), write=False) as kb, kb.snapshot() as snapshot:
        found = versions_json(snapshot, act)
    if cli.json:
        cli.emit(found)
        return
    cli.console.print(f"{found['title']} ({found['act']})", markup=False)
    for version in found["versions"]:
        dates = ", ".join(f"{d['role']} {d['value']}" for d in version["dates"]) or "no date stated"
        cli.console.print(f"  {version['version']}: {version['provisions']} articles; {dates}", markup=False)


def law_diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help="File or version id.")],
    new: Annotated[str, typer.Argument(help="File or version id.")],
) -> None:
    """Compare two versions article by article; a moved article is reported as moved, not as changed."""
    from api.service.law import diff_json

    cli: Cli = context.obj
    found = diff_json(settings_of(cli), old, new)
    if cli.json:
        cli.emit(found)
        return
    for change in found["changes"]:
        before, after = change["before"], change["after"]
        cli.console.print(
            f"{change['kind']:<20} {before or '-':>8} → {after or '-':<8} "
            f"{change['similarity']:.2f} {change['materiality'] or ''}",
            markup=False,
        )
    cli.console.print(cli.say(f"{len(found['changes'])} changes", f"共 {len(found['changes'])} 处变更"))


def partner_show(
    context: typer.Context, partner: Annotated[str, typer.Argument(help="Partner by id, name or identifier.")]
) -> None:
    """Show everything known about a partner: register row, contracts, list hits, events, findings."""
    from api.service.partners import dossier
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    with knowledge_base(settings_of(cli), write=False) as kb, kb.snapshot() as snapshot:
        found = dossier(snapshot, partner)
    if cli.json:
        cli.emit(found)
        return
    cli.console.print(f"[bold]{found['names'][0]['text']}[/bold]  {found['id']}")
    for label, values in (
        (cli.say("country", "国家"), [found["country"]]),
        (cli.say("status", "状态"), [found["status"]]),
        (cli.say("identifiers", "证照号码"), [f"{i['scheme']} {i['value']}" for i in found["identifiers"]]),
        (cli.say("contracts", "合同"), [f"{c['title']} ({c['role'] or '-'})" for c in found["contracts"]]),
        (
            cli.say("list hits", "清单命中"),
            [f"{h['matched_name']} on {h['list']} {h['score']:.2f}" for h in found["hits"]],
        ),
        (cli.say("events", "事件"), [f"{e['type']} {e['stage'] or ''}: {e['title']}" for e in found["events"]]),
        (
            cli.say("findings", "发现"),
            [f"{f['level']} {f['message'][cli.language]}" for f in found["findings"]],
        ),
    ):
        for value in values:
            if value:
                cli.console.print(f"  {label:<12} {value}", markup=False)


def rules_list(context: typer.Context) -> None:
    """List the rules with their level and title."""
    from checks.rule import load_rules

    cli: Cli = context.obj
    for rule in load_rules():
        if cli.json:
            cli.emit(
                {
                    "id": rule.id,
                    "version": rule.version,
                    "level": rule.level.value,
                    "risk": rule.risk,
                    "title": rule.title.model_dump(),
                    "languages": list(rule.applies.languages),
                }
            )
        else:
            cli.console.print(
                f"{rule.level.value:<7} {rule.id:<40} {rule.title.text().in_language(cli.language)}", markup=False
            )


def rules_show(context: typer.Context, rule: Annotated[str, typer.Argument(help="Rule id.")]) -> None:
    """Show one rule whole: what it looks for, when, why, its law, remedy and examples."""
    from checks.rule import find_rule, load_rules

    cli: Cli = context.obj
    found = find_rule(load_rules(), rule)
    if cli.json:
        cli.emit(found.model_dump(mode="json") | {"level": found.level.value})
        return
    language = cli.language
    cli.console.print(f"[bold]{found.id}[/bold] {found.version}  {found.level.value}")
    for label, text in (
        (cli.say("title", "标题"), found.title.text().in_language(language)),
        (cli.say("message", "提示"), found.message.text().in_language(language)),
        (cli.say("remedy", "建议"), found.remedy.text().in_language(language)),
        (cli.say("basis", "依据"), "; ".join(f"{b.act} {b.provision or ''} {b.note}" for b in found.basis)),
        (cli.say("source", "来源"), found.source),
        (
            cli.say("known problems", "已知问题"),
            found.known_problems.text().in_language(language) if found.known_problems is not None else "",
        ),
    ):
        if text:
            cli.console.print(f"  {label}: {text}", markup=False)
    for name, examples in (("flags", found.flags), ("passes", found.passes)):
        for example in examples:
            if example.lang == language:
                cli.console.print(f"  {name}: {' '.join(example.text.split())}", markup=False)


def rules_test(
    context: typer.Context, rule: Annotated[list[str] | None, typer.Argument(help="Rule ids; all when none.")] = None
) -> None:
    """Run the examples of rules through the real pipeline; exit 1 when one does not do what its file says."""
    from api.service.ruletest import run_examples
    from checks.rule import find_rule, load_rules

    cli: Cli = context.obj
    every = load_rules()
    chosen = tuple(find_rule(every, r) for r in rule) if rule else every
    failed = total = 0
    for outcome in run_examples(chosen):
        total += 1
        failed += not outcome.ok
        if cli.json:
            cli.emit(
                {
                    "rule": outcome.rule,
                    "example": outcome.example,
                    "language": outcome.language,
                    "expected": outcome.expected,
                    "got": outcome.got,
                    "ok": outcome.ok,
                }
            )
        elif not outcome.ok:
            cli.console.print(
                f"FAILED {outcome.rule} {outcome.expected} {outcome.language} #{outcome.example}: {outcome.got}",
                markup=False,
            )
    if not cli.json:
        cli.console.print(f"{total - failed} passed, {failed} failed")
    raise typer.Exit(FINDINGS if failed else DONE)


def ontology_show(
    context: typer.Context,
    term: Annotated[str, typer.Argument(help="IRI, prefixed name, notation, or label in English or Chinese.")],
) -> None:
    """Explain a term of the evidence graph: labels, definition, where it belongs."""
    from ontology import describe

    cli: Cli = context.obj
    found = describe(term)
    record = {
        "iri": found.iri,
        "curie": found.curie,
        "kind": found.kind,
        "labels": dict(found.labels),
        "definition": dict(found.definition),
    }
    if cli.json:
        cli.emit(record)
        return
    cli.console.print(f"[bold]{found.curie}[/bold]  {found.kind}  {found.iri}")
    for language in ("en", "zh"):
        label, text = found.labels.get(language, ""), found.definition.get(language, "")
        cli.console.print(f"  {language}: {label}. {text}", markup=False)
