"""Commands that look things up: law, rules, ontology."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.output import DONE, FINDINGS, Cli, safe

if TYPE_CHECKING:
    from checks.rule import Rule

SHOWN_WORDS = 3
"""Changes of words shown per paragraph; all of them are in the JSON."""
MAX_LAWS = 10
"""Citing laws named in the list of versions; all of them are in the JSON."""


def law_versions(context: typer.Context, act: Annotated[str, typer.Argument(help="Act by id or title.")]) -> None:
    """List the stored versions of an act with their dates, each with the words it was read from."""
    from api.service.law import versions_json
    from api.service.runtime import knowledge_base

    cli: Cli = context.obj
    with knowledge_base(cli.settings, write=False) as kb, kb.snapshot() as snapshot:
        found = versions_json(snapshot, act)
    if cli.json:
        cli.emit(found)
        return
    cli.show(f"{found['title']} ({found['act']})")
    for version in found["versions"]:
        dates = ", ".join(f"{d['role']} {d['value']}" for d in version["dates"])
        dates = dates or cli.say("no date stated", "未载明日期")
        articles = cli.say(f"{version['provisions']} articles", f"共 {version['provisions']} 条")
        cli.show(f"  {version['version']}: {articles}; {dates}")
        for one in version["begins"]:
            day = one["day"] or cli.say("a day not stated", "未载明的日期")
            listed = ", ".join(one["provisions"])
            cli.show(cli.say(f"    {listed} from {day}: “{one['quote']}”", f"    {listed} 自{day}：“{one['quote']}”"))
    if found["cited_by"]:
        listed = "; ".join(f"{one['title']} ({one['citations']})" for one in found["cited_by"][:MAX_LAWS])
        more = len(found["cited_by"]) - MAX_LAWS
        rest = cli.say(f"; and {more} more", f"；另有{more}部") if more > 0 else ""
        cli.show(cli.say(f"  cited by: {listed}{rest}", f"  引用该法的法律：{listed}{rest}"))


def law_diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(help="File or version id.")],
    new: Annotated[str, typer.Argument(help="File or version id.")],
) -> None:
    """Compare two versions article by article; a moved article is reported as moved, not as changed."""
    from api.service.law import diff_json

    cli: Cli = context.obj
    found = diff_json(cli.settings, old, new)
    if cli.json:
        cli.emit(found)
        return
    for change in found["changes"]:
        before, after = change["before"] or "-", change["after"] or "-"
        cli.show(
            f"{change['kind']:<20} {before:>8} → {after:<8} {change['similarity']:.2f} {change['materiality'] or ''}"
        )
        for paragraph in change["paragraphs"]:
            cli.show(f"{'':<6}{_paragraph(paragraph)}")
    cli.show(cli.say(f"{len(found['changes'])} changes", f"共 {len(found['changes'])} 处变更"))


def _paragraph(change: dict[str, Any]) -> str:
    """Return one line about a paragraph inside a changed article: its number and which words became which."""
    number = change["after"] or change["before"]
    words = [_word(one["before"], one["after"]) for one in change["words"][:SHOWN_WORDS]]
    more = " …" if len(change["words"]) > SHOWN_WORDS else ""
    return f"{number} {change['kind']} {'; '.join(words)}{more}".rstrip()


def _word(before: str, after: str) -> str:
    if not before or not after:
        return f"+“{after}”" if after else f"−“{before}”"
    return f"“{before}” → “{after}”"


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
            cli.show(f"{rule.level.value:<7} {rule.id:<40} {rule.title.text().in_language(cli.language)}")


def rules_show(context: typer.Context, rule: Annotated[str, typer.Argument(help="Rule id.")]) -> None:
    """Show one rule whole: what it looks for, when, why, its law, remedy and examples."""
    from checks.rule import find_rule, load_rules

    cli: Cli = context.obj
    found = find_rule(load_rules(), rule)
    if cli.json:
        cli.emit(found.model_dump(mode="json") | {"level": found.level.value})
    else:
        _show_rule(cli, found)


def _show_rule(cli: Cli, rule: Rule) -> None:
    from kb.act_labels import act_label

    language = cli.language
    problems = rule.known_problems
    cli.console.print(f"[bold]{rule.id}[/bold] {rule.version}  {rule.level.value}")
    for label, text in (
        (cli.say("title", "标题"), rule.title.text().in_language(language)),
        (cli.say("message", "提示"), rule.message.text().in_language(language)),
        (cli.say("remedy", "建议"), rule.remedy.text().in_language(language)),
        (
            cli.say("basis", "依据"),
            "; ".join(
                f"{act_label(b.act, cli.language, b.provision)} {cli.say(b.note, b.note_zh or b.note)}".strip()
                for b in rule.basis
            ),
        ),
        (cli.say("source", "来源"), rule.source),
        (cli.say("known problems", "已知问题"), problems.text().in_language(language) if problems is not None else ""),
    ):
        if text:
            cli.show(f"  {label}: {text}")
    for label, examples in ((cli.say("flags", "触发"), rule.flags), (cli.say("passes", "通过"), rule.passes)):
        for example in examples:
            if example.lang == language:
                cli.show(f"  {label}: {' '.join(example.text.split())}")


def rules_test(
    context: typer.Context, rule: Annotated[list[str] | None, typer.Argument(help="Rule ids; all when none.")] = None
) -> None:
    """Run the examples of rules through the real pipeline; exit 1 when one does not do what its file says."""
    from dataclasses import asdict

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
            cli.emit(asdict(outcome))
        elif not outcome.ok:
            cli.show(f"FAILED {outcome.rule} {outcome.expected} {outcome.language} #{outcome.example}: {outcome.got}")
    if not cli.json:
        cli.show(cli.say(f"{total - failed} passed, {failed} failed", f"通过 {total - failed} 个，失败 {failed} 个"))
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
    cli.console.print(f"[bold]{safe(found.curie)}[/bold]  {found.kind}  {safe(found.iri)}")
    for language in ("en", "zh"):
        label, text = found.labels.get(language, ""), found.definition.get(language, "")
        cli.show(f"  {language}: {label}. {text}")


GROUPED = {
    "law": {"versions": law_versions, "diff": law_diff},
    "rules": {"list": rules_list, "show": rules_show, "test": rules_test},
    "ontology": {"show": ontology_show},
}
