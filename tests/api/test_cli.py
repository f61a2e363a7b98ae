"""The command line within this process: what each command answers, in JSON and for people, and its exit codes."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rdflib

from api.cli.app import GROUPS, app, register, run
from tests.api.commands import Ran
from tests.api.conftest import CORPUS
from tests.api.texts import CHINESE, ENGLISH, archive, contract

Command = Callable[..., Ran]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command line in this process."""
    for name in ("DUEGRAPH_DATA", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run([str(one) for one in arguments])
        heard = capsys.readouterr()
        return Ran(code, heard.out, heard.err)

    return call


def all_commands() -> list[list[str]]:
    register()
    single = [str(one.name) for one in app.registered_commands]
    grouped = [[name, str(one.name)] for name, group in GROUPS.items() for one in group.registered_commands]
    return [[name] for name in single] + [[name] for name in GROUPS] + grouped


@pytest.mark.parametrize("name", all_commands(), ids=" ".join)
def test_every_command_explains_itself(command: Command, name: list[str]) -> None:
    for flag in ("--help", "-h"):
        told = command(*name, flag)
        assert told.code == 0
        assert f"Usage: duegraph {' '.join(name)}" in told.out
        assert len(told.out.splitlines()) >= 5


def test_no_command_and_no_subcommand_show_what_there_is(command: Command) -> None:
    assert "ingest" in command().out + command().err
    told = command("law")
    assert "versions" in told.out + told.err
    assert command("--version").out.startswith("duegraph 0.")


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["ingest"],
        ["ingest", "--kind", "poem", "x"],
        ["ingest", "--workers", "0", "x"],
        ["--no-such-option"],
        ["--lang", "fr", "doctor"],
        ["search"],
        ["search", "x", "--type", "thing"],
        ["search", "x", "--sort", "age"],
        ["search", "x", "--limit", "0"],
        ["search", "x", "--filter", "level"],
        ["search", "x", "--filter", "nonsense=1"],
        ["search", '"open'],
        ["check", "--as-of", "tomorrow"],
        ["check", "--known-at", "2026-99-99"],
        ["check", "--known-at", "0001-01-01T00:00:00+14:00"],
        ["check", "--fail-on", "lots"],
        ["check", "--rule", "no/rule"],
        ["check", "no such contract"],
        ["screen"],
        ["screen", " "],
        ["screen", "x", "--batch", "y.csv"],
        ["screen", "x", "--type", "ship"],
        ["law", "versions", "no such act"],
        ["law", "diff", "nothing", "at all"],
        ["partner", "show", "nobody at all"],
        ["findings", "show", "f-0"],
        ["findings", "list", "--status", "sleeping"],
        ["rules", "show", "no/rule"],
        ["ontology", "show", "no-such-term"],
        ["sparql", "no query"],
        ["sparql", "DROP ALL"],
        ["export", "--format", "csv"],
        ["remove", "no such document"],
        ["serve", "--port", "70000"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_exit_code_2_with_a_reason_and_clean_stdout(
    command: Command, sample: Path, arguments: list[str]
) -> None:
    told = command("--data", sample, "--json", *arguments)
    assert told.code == 2
    assert told.out == ""
    assert len(told.err.strip()) > 20


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["search", "x"],
        ["documents"],
        ["partner", "show", "x"],
        ["law", "versions", "x"],
        ["findings", "list"],
        ["export"],
        ["backup", "x.tar.gz"],
        ["verify"],
        ["rebuild"],
        ["remove", "x"],
        ["sparql", "ASK {}"],
    ],
    ids=" ".join,
)
def test_without_data_commands_say_so_and_make_none(command: Command, tmp_path: Path, arguments: list[str]) -> None:
    data = tmp_path / "nothing"
    told = command("--data", data, *arguments)
    assert told.code == 2
    assert "there is no Duegraph data" in told.err
    assert "Ingest something first" in told.err
    assert not data.exists()


def test_screening_without_data_says_that_nothing_was_screened(command: Command, tmp_path: Path) -> None:
    told = command("--data", tmp_path / "nothing", "screen", "Kestrel Foods")
    assert told.code == 0
    assert "no list is stored" in told.out
    assert not (tmp_path / "nothing").exists()


# --- storing -----------------------------------------------------------------------------------------------------

INGEST_KEYS = {"source", "document", "kind", "language", "status", "facts", "seconds", "error", "warnings"}


def test_ingest_answers_each_input_once_and_goes_on_after_a_bad_one(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_text(CHINESE, encoding="utf-8")
    (folder / "b.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (folder / "c.zip").write_bytes(archive({"d.txt": contract(2), "e.bin": bytes(range(256))}))
    told = command("--data", tmp_path / "kb", "--json", "ingest", folder, tmp_path / "missing.txt")
    assert told.code == 3
    assert all(set(r) == INGEST_KEYS for r in told.records)
    found = {r["source"].rsplit("/", 1)[-1]: r for r in told.records}
    assert {name: r["status"] for name, r in found.items()} == {
        "a.txt": "ingested",
        "b.pdf": "rejected",
        "d.txt": "ingested",
        "e.bin": "rejected",
        "missing.txt": "rejected",
    }
    assert found["missing.txt"]["error"]["code"] == "not-found"
    assert found["b.pdf"]["document"] is None
    again = command("--data", tmp_path / "kb", "--json", "ingest", folder / "a.txt")
    assert (again.code, [r["status"] for r in again.records]) == (0, ["unchanged"])
    anew = command("--data", tmp_path / "kb", "--json", "ingest", "--again", folder / "a.txt")
    assert [r["document"] for r in anew.records] == [found["a.txt"]["document"]]


def test_ingest_for_people_tells_time_and_rate_in_both_languages(command: Command, tmp_path: Path) -> None:
    (tmp_path / "[a].txt").write_text(CHINESE, encoding="utf-8")
    english = command("--data", tmp_path / "kb", "ingest", tmp_path / "[a].txt")
    assert "1 inputs in" in english.err
    assert "/s): 1 ingested" in english.err
    assert "[a].txt" in english.out
    chinese = command("--data", tmp_path / "kb", "--lang", "zh", "ingest", tmp_path / "[a].txt")
    assert "1 项输入" in chinese.err
    assert "1 未变" in chinese.err


def test_ingest_reads_standard_input(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CHINESE.encode()), encoding="utf-8"))
    told = command("--data", tmp_path / "kb", "--json", "ingest", "-", "--kind", "contract")
    assert (told.code, told.record["source"], told.record["status"]) == (0, "-", "ingested")


def test_documents_are_listed_for_programs_and_people(command: Command, sample: Path) -> None:
    rows = command("--data", sample, "--json", "documents").records
    assert len(rows) == sum(1 for p in CORPUS.rglob("*") if p.is_file())
    (one,) = command("--data", sample, "--json", "documents", "--source", "zh-logistics.md").records
    assert one in rows
    shown = command("--data", sample, "documents", "--kind", "contract")
    assert one["id"] in shown.out
    assert shown.out.rstrip().endswith("6 documents")
    assert "共 6 份文件" in command("--data", sample, "--lang", "zh", "documents", "--kind", "contract").out


def test_remove_is_the_undo_of_ingest(command: Command, own: Path) -> None:
    moment = "2100-01-01T00:00:00+00:00"
    (one,) = command("--data", own, "--json", "documents", "--source", "en-supply.txt").records
    told = command("--data", own, "--json", "remove", "en-supply.txt")
    assert [(r["document"], r["status"]) for r in told.records] == [(one["id"], "removed")]
    assert command("--data", own, "--json", "documents", "--source", "en-supply.txt").records == []
    assert command("--data", own, "remove", "en-supply.txt").code == 2
    checked = command("--data", own, "--json", "check", "--known-at", one["recorded_at"]).record["findings"]
    assert one["id"] in {f["subject"] for f in checked}
    later = command("--data", own, "--json", "check", "--known-at", moment).record["findings"]
    assert one["id"] not in {f["subject"] for f in later}


# --- reading without storing -------------------------------------------------------------------------------------


def test_clauses_of_files_and_of_stored_documents_are_the_same(command: Command, sample: Path) -> None:
    (stored,) = command("--data", sample, "--json", "documents", "--source", "zh-services.pdf").records
    told = command("--data", sample, "--json", "clauses", CORPUS / "contracts" / "zh-services.pdf", stored["id"])
    assert told.code == 0
    assert [r["document"] for r in told.records] == [stored["id"], stored["id"]]
    first, second = ({k: v for k, v in r.items() if k != "source"} for r in told.records)
    assert first == second


def test_clauses_store_nothing_and_refuse_what_they_cannot_read(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(ENGLISH, encoding="utf-8")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7\nnothing")
    told = command("--data", tmp_path / "kb", "--json", "clauses", tmp_path / "a.txt", tmp_path / "b.pdf", "doc-0")
    assert told.code == 3 or "there is no Duegraph data" in told.err
    told = command("--data", tmp_path / "kb", "--json", "clauses", tmp_path / "a.txt", tmp_path / "b.pdf")
    assert (told.code, len(told.records)) == (3, 1)
    assert "b.pdf" in told.err
    assert not (tmp_path / "kb").exists()


def test_extract_resolves_citations_against_stored_law(command: Command, sample: Path, tmp_path: Path) -> None:
    path = CORPUS / "contracts" / "zh-procurement.docx"
    without = command("--data", tmp_path / "kb", "--json", "extract", path).record
    stored = command("--data", sample, "--json", "extract", path).record
    assert {c["status"] for c in without["citations"]} == {"unresolved"}
    assert {"phantom", "repealed"} <= {c["status"] for c in stored["citations"]}
    for citation in stored["citations"]:
        assert stored["text"][citation["start"] : citation["end"]] == citation["text"]


@pytest.mark.parametrize("name", ["clauses", "extract"])
def test_what_was_read_is_shown_to_people(command: Command, sample: Path, name: str) -> None:
    told = command("--data", sample, name, CORPUS / "contracts" / "zh-procurement.docx")
    assert told.code == 0
    assert "澜沂精仪科技有限公司" in told.out


# --- checks, findings, decisions ---------------------------------------------------------------------------------


def test_check_fails_on_the_level_asked_for(command: Command, own: Path) -> None:
    found = command("--data", own, "--json", "check")
    assert found.code == 0
    assert {f["level"] for f in found.record["findings"] if f["outcome"] == "flag"} == {"high", "medium", "low"}
    assert command("--data", own, "--json", "check", "--fail-on", "high").code == 1
    rule = ("--rule", "clause/excessive-liquidated-damages")
    clean = command("--data", own, "--json", "check", "zh-logistics.md", *rule, "--fail-on", "low")
    assert clean.code == 0
    assert clean.record["findings"]
    assert "flag" not in {f["outcome"] for f in clean.record["findings"]}


def test_check_groups_by_contract_and_points_at_the_words(command: Command, sample: Path) -> None:
    rule = "citation/renumbered-provision"
    told = command("--data", sample, "check", "--rule", rule)
    (one,) = command("--data", sample, "--json", "documents", "--source", "zh-procurement.docx").records
    assert told.out.count(one["title"]) == 1
    assert f"/documents/{one['id']}?at=" in told.out.replace("\n", "")
    assert "serve" in told.out
    assert rule in told.out
    assert "2 flags" in told.out
    chinese = command("--data", sample, "--lang", "zh", "check", "--rule", rule, "--all")
    assert "触发 2 项" in chinese.out
    assert "pass" in chinese.out


def test_check_asks_about_other_days_without_changing_anything(command: Command, sample: Path) -> None:
    before = command("--data", sample, "--json", "findings", "list").record
    rule = ("--rule", "citation/renumbered-provision")
    now = command("--data", sample, "--json", "check", *rule).record["findings"]
    then = command("--data", sample, "--json", "check", *rule, "--as-of", "2024-01-01").record["findings"]
    assert sum(f["outcome"] == "flag" for f in now) == 2
    assert sum(f["outcome"] == "flag" for f in then) == 0
    nothing = command("--data", sample, "--json", "check", "--known-at", "2020-01-01T00:00:00Z").record["findings"]
    assert nothing == []
    assert command("--data", sample, "--json", "findings", "list").record == before


def test_findings_are_listed_without_checking_again(command: Command, sample: Path) -> None:
    every = command("--data", sample, "--json", "findings", "list").record["findings"]
    high = command("--data", sample, "--json", "findings", "list", "--level", "high").record["findings"]
    assert 0 < len(high) < len(every)
    mine = command("--data", sample, "--json", "findings", "list", "zh-procurement.docx").record["findings"]
    assert {f["subject"] for f in mine} == {mine[0]["subject"]}
    assert command("--data", sample, "--json", "findings", "list", "--status", "accepted").record["findings"] == []
    shown = command("--data", sample, "findings", "show", mine[0]["id"])
    assert mine[0]["evidence"][0]["document"] in shown.out


def test_a_decided_finding_no_longer_fails_a_check_until_it_is_opened_again(command: Command, own: Path) -> None:
    args = ("--data", own, "--json")
    rule = ("check", "--rule", "citation/phantom-provision", "--fail-on", "low")
    told = command(*args, *rule)
    assert told.code == 1
    flags = [f["id"] for f in told.record["findings"] if f["outcome"] == "flag"]
    for finding in flags:
        decided = command(
            *args, "findings", "decide", finding, "--status", "rejected", "--reason", "A typo.", "--by", "Ada"
        )
        assert (decided.code, decided.record["status"], decided.record["actor"]) == (0, "rejected", "Ada")
    assert command(*args, *rule).code == 0
    shown = command(*args, "findings", "show", flags[0]).record
    assert (shown["status"], [d["reason"] for d in shown["decisions"]]) == ("rejected", ["A typo."])
    assert "rejected" in command("--data", own, "check", "--rule", "citation/phantom-provision").out
    command(*args, "findings", "decide", flags[0], "--status", "open", "--reason", "It is none.")
    assert command(*args, *rule).code == 1
    assert len(command(*args, "findings", "show", flags[0]).record["decisions"]) == 2
    no_reason = command(*args, "findings", "decide", flags[0], "--status", "accepted", "--reason", "  ")
    assert (no_reason.code, no_reason.out) == (2, "")


# --- finding things ----------------------------------------------------------------------------------------------


def test_search_answers_in_json_and_to_people(command: Command, sample: Path) -> None:
    found = command("--data", sample, "--json", "search", "违约金", "--type", "clause", "--language", "zh").record
    assert found["total"] >= 2
    assert {h["type"] for h in found["hits"]} == {"clause"}
    one = command("--data", sample, "--json", "search", "违约金", "--limit", "1", "--offset", "1").record
    assert len(one["hits"]) == 1
    assert "hits" in command("--data", sample, "search", "liability").out
    assert "共 " in command("--data", sample, "--lang", "zh", "search", "liability").out
    title = command("--data", sample, "--json", "search", "", "--type", "partner", "--sort", "title").record
    assert title["total"] == 13


def test_screening_one_name_and_many(command: Command, sample: Path, tmp_path: Path) -> None:
    listed = command("--data", sample, "--json", "screen", "澜沂精仪贸易有限公司", "--fail-on", "match")
    assert listed.code == 1
    assert listed.record["candidates"][0]["match"] is True
    assert command("--data", sample, "--json", "screen", "Nobody Listed", "--fail-on", "candidate").code == 0
    batch = tmp_path / "names.csv"
    with batch.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(
            [
                ["name", "type", "country"],
                ["澜沂精仪贸易有限公司", "organization", "CN"],
                ["", "", ""],
                ["Nobody Listed"],
            ]
        )
    told = command("--data", sample, "--json", "screen", "--batch", batch)
    assert told.code == 3
    assert [("error" in r, bool(r["candidates"])) for r in told.records] == [
        (False, True),
        (True, False),
        (False, False),
    ]
    assert "match" in command("--data", sample, "screen", "澜沂精仪贸易有限公司").out


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"title\nx\n", "batch-columns"),
        (b"", "batch-columns"),
        (b"name\n\xff\xfe\n", "batch"),
        (b'name\n"' + b"x" * 200_000, "batch"),
    ],
)
def test_a_batch_that_is_none_is_refused(
    command: Command, sample: Path, tmp_path: Path, data: bytes, code: str
) -> None:
    batch = tmp_path / "names.csv"
    batch.write_bytes(data)
    told = command("--data", sample, "--json", "screen", "--batch", batch)
    assert (told.code, told.out) == (3, "")
    assert f"[{code}]" in told.err


# --- looking things up -------------------------------------------------------------------------------------------


def test_law_versions_and_differences(command: Command, sample: Path) -> None:
    title = "远山市政府采购货物服务合同管理办法"
    found = command("--data", sample, "--json", "law", "versions", title).record
    versions = [v["version"] for v in found["versions"]]
    assert len(versions) == 2
    stored = command("--data", sample, "--json", "law", "diff", *versions).record["changes"]
    files = sorted((CORPUS / "law").glob(f"{title}*"))
    read = command("--data", sample, "--json", "law", "diff", *files).record["changes"]
    assert stored == read
    assert {c["kind"] for c in stored} >= {"renumbered", "inserted"}
    changed = [c for c in stored if "modified" in c["kind"]]
    assert changed
    for change in changed:
        for paragraph in change["paragraphs"]:
            for word in paragraph["words"]:
                assert word["before"] in (paragraph["before_text"] or "")
                assert word["after"] in (paragraph["after_text"] or "")
    assert any(c["paragraphs"] for c in changed)
    assert all(c["paragraphs"] == [] for c in stored if c["kind"] in {"renumbered", "inserted", "deleted"})
    assert "articles" in command("--data", sample, "law", "versions", title).out
    assert "处变更" in command("--data", sample, "--lang", "zh", "law", "diff", *files).out


def test_partners_are_shown_with_everything_tied_to_them(command: Command, sample: Path) -> None:
    found = command("--data", sample, "--json", "partner", "show", "澜沂精仪科技有限公司").record
    assert found["contracts"]
    assert found["hits"]
    assert found["events"]
    assert found["findings"]
    assert len({(h["list"], h["entity"]) for h in found["hits"]}) == len(found["hits"])
    shown = command("--data", sample, "partner", "show", found["id"])
    assert found["names"][0]["text"] in shown.out
    assert "合同" in command("--data", sample, "--lang", "zh", "partner", "show", found["id"]).out


def test_rules_and_terms_are_shown(command: Command, tmp_path: Path) -> None:
    rules = command("--data", tmp_path, "--json", "rules", "list").records
    assert len(rules) >= 20
    for rule in rules:
        assert command("--json", "rules", "show", rule["id"]).record["id"] == rule["id"]
    for language, word in (("en", "remedy"), ("zh", "建议")):
        assert word in command("--lang", language, "rules", "show", rules[0]["id"]).out
        assert rules[0]["title"][language] in command("--lang", language, "rules", "list").out
    term = command("--json", "ontology", "show", "due:Finding").record
    assert command("ontology", "show", term["iri"]).out.startswith("due:Finding")


def test_rule_examples_run_and_a_failing_one_is_exit_code_1(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    told = command("--json", "rules", "test", "clause/excessive-liquidated-damages")
    assert told.code == 0
    assert len(told.records) >= 4
    assert all(r["ok"] for r in told.records)
    from api.service import ruletest

    monkeypatch.setattr(ruletest, "evaluate_example", lambda _rule, _example: ())
    failing = command("rules", "test", "clause/excessive-liquidated-damages")
    assert failing.code == 1
    assert "FAILED" in failing.out


# --- upkeep ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["nq", "ttl", "trig", "jsonld"])
def test_exports_parse_and_hold_the_graph(command: Command, sample: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"out.{form}"
    assert command("--data", sample, "export", "--format", form, "-o", path).code == 0
    names = {"nq": "nquads", "ttl": "turtle", "trig": "trig", "jsonld": "json-ld"}
    graph = rdflib.Dataset(default_union=True)
    graph.parse(path, format=names[form])
    finding = rdflib.URIRef("https://w3id.org/duegraph#Finding")
    count = command("--data", sample, "--json", "sparql", f"SELECT (COUNT(*) AS ?n) {{ ?f a <{finding}> }}").record
    assert len(set(graph.subjects(rdflib.RDF.type, finding))) == int(count["results"]["bindings"][0]["n"]["value"]) > 0


def test_sparql_answers_questions_and_tables(command: Command, sample: Path) -> None:
    yes = command("--data", sample, "sparql", "ASK { ?s ?p ?o }")
    assert yes.out.strip() == "true"
    table = command("--data", sample, "sparql", "SELECT ?p { ?s ?p ?o } GROUP BY ?p LIMIT 3")
    assert table.out.count("http") == 3
    past = command("--data", sample, "sparql", "ASK { ?s ?p ?o }", "--known-at", "2020-01-01T00:00:00Z")
    assert past.out.strip() == "false"
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    told = command("--data", sample, "sparql", slow)
    assert (told.code, told.out) == (2, "")
    assert "sparql-timeout" in told.err


def test_a_backup_restores_to_the_same_answers(command: Command, own: Path, tmp_path: Path) -> None:
    args = ("--data", own, "--json")
    flag = command(*args, "findings", "list").record["findings"][0]["id"]
    command(*args, "findings", "decide", flag, "--status", "accepted", "--reason", "Known.")
    made = command(*args, "backup", tmp_path / "b.tar.gz").record
    assert made["bytes"] == (tmp_path / "b.tar.gz").stat().st_size
    there = ("--data", tmp_path / "there", "--json")
    assert command(*there, "restore", tmp_path / "b.tar.gz").code == 0
    for question in (["documents"], ["findings", "list"], ["search", "违约金"], ["partner", "show", "partners/P002"]):
        before, after = command(*args, *question).records, command(*there, *question).records
        assert _without_time(before) == _without_time(after)
    assert command(*there, "verify").record["problems"] == []
    assert command(*there, "restore", tmp_path / "b.tar.gz").code != 0
    (tmp_path / "bad.tar.gz").write_bytes(b"nothing")
    assert command("--data", tmp_path / "x", "restore", tmp_path / "bad.tar.gz").code == 3


def _without_time(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Scores of equal hits may differ in the last bit between indexes that were filled in another order."""
    return [{k: v for k, v in json.loads(json.dumps(r)).items() if k not in {"recorded_at", "hits"}} for r in records]


def test_verify_and_rebuild(command: Command, own: Path) -> None:
    assert command("--data", own, "--json", "verify").record["problems"] == []
    before = command("--data", own, "--json", "search", "liability").record["total"]
    assert command("--data", own, "--json", "rebuild").record["problems"] == []
    assert command("--data", own, "--json", "search", "liability").record["total"] == before
    damaged = next(p for p in (own / "files").rglob("*") if p.is_file())
    damaged.write_bytes(b"broken")
    told = command("--data", own, "verify")
    assert told.code == 4
    assert "documents, " in told.out


def test_doctor_finds_everything_in_order_or_says_what_to_mend(
    command: Command, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = command("--data", sample, "--json", "doctor").records
    assert {p["state"] for p in parts} <= {"ok", "optional"}
    assert {"pipeline en", "pipeline zh", "ontology", "rules", "data"} <= {p["part"] for p in parts}
    empty = {p["part"]: p for p in command("--data", tmp_path / "none", "--json", "doctor").records}
    assert empty["data"]["state"] == "optional"
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "registry.sqlite").write_bytes(b"x" * 5000)
    told = command("--data", tmp_path / "bad", "doctor")
    assert told.code == 4
    assert "broken" in told.out


@pytest.mark.parametrize(
    ("name", "value"),
    [("DUEGRAPH_BATCH_DOCUMENTS", "many"), ("DUEGRAPH_SPARQL_SECONDS", "-1"), ("DUEGRAPH_KEEP_VIEWS", "")],
)
def test_a_wrong_setting_is_named(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    told = command("--data", tmp_path / "kb", "documents")
    assert told.code == 4
    assert name in told.err


def test_data_of_another_format_or_no_data_at_all_is_exit_code_4(command: Command, own: Path, tmp_path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(own / "registry.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    told = command("--data", own, "documents")
    assert told.code == 4
    assert "format 99" in told.err
    (tmp_path / "file").write_text("x")
    told = command("--data", tmp_path / "file", "ingest", CORPUS / "contracts" / "en-supply.txt")
    assert told.code == 4
    assert "cannot be made" in told.err


def test_language_comes_from_the_environment(command: Command, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "共 " in command("--data", sample, "search", "liability").out
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert "hits" in command("--data", sample, "search", "liability").out


def test_data_comes_from_the_environment(command: Command, sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUEGRAPH_DATA", str(sample))
    assert len(command("--json", "documents", "--kind", "contract").records) == 6


# --- demo --------------------------------------------------------------------------------------------------------


def test_the_demo_tells_its_story_twice_and_touches_nothing_else(command: Command, tmp_path: Path) -> None:
    data = tmp_path / "kb"
    first = command("--data", data, "--json", "demo")
    assert first.code == 0
    summary = first.record
    assert summary["rejected"] == 0
    assert summary["documents"] == sum(1 for p in CORPUS.rglob("*") if p.is_file())
    assert summary["findings"]["flag"] == sum(summary["levels"].values()) > 20
    assert {"澜沂精仪科技有限公司", "Corran Bay Instruments Limited"} <= {p["name"] for p in summary["partners"]}
    second = command("--data", data, "demo")
    assert second.code == 0
    assert "Try next:" in second.out
    assert "澜沂精仪科技有限公司" in second.out
    third = command("--data", data, "--lang", "zh", "demo", "--keep")
    assert third.code == 0
    assert "接下来可以试试" in third.out
    (data / "demo" / "DEMO").unlink()
    refused = command("--data", data, "demo")
    assert refused.code == 4
    assert "not-a-demo" in refused.err
    assert (data / "demo" / "registry.sqlite").is_file()
