"""REST over a real server on the sample corpus: answers, uploads, errors, headers."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import httpx
import pytest

from api.app import create_app
from api.deps import Bulkhead
from api.problems import status_of
from kb.errors import CannotRunError
from kb.settings import Settings
from tests.api.conftest import CORPUS
from tests.api.serving import serving
from tests.api.texts import CHINESE, ENGLISH, archive, contract

PROBLEM_KEYS = {"type", "title", "status", "detail", "code", "place", "remedy", "request_id"}


def is_problem(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Assert that an answer is a problem of this status, and return it."""
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"].startswith("application/problem+json")
    body: dict[str, Any] = answer.json()
    assert set(body) >= PROBLEM_KEYS
    assert body["status"] == status
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["type"].endswith(f"/{body['code']}")
    assert body["detail"]
    if code is not None:
        assert body["code"] == code
    leaked = re.findall(r"Traceback|File \"|site-packages|/tmp/|SELECT |sqlite|\.py\b", answer.text)
    assert leaked == []
    return body


def documents(client: httpx.Client, **parameters: str | int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/documents", params={"limit": 500, **parameters}).json()["documents"]
    return found


def upload(client: httpx.Client, name: str, data: bytes | str, **form: str) -> httpx.Response:
    raw = data.encode() if isinstance(data, str) else data
    return client.post("/v1/documents", files={"file": (name, raw)}, data=form)


# --- documents ---------------------------------------------------------------------------------------------------


def test_documents_are_listed_page_by_page_without_gap_or_repeat(client: httpx.Client) -> None:
    every = [d["id"] for d in documents(client)]
    assert len(every) == sum(1 for p in CORPUS.rglob("*") if p.is_file())
    seen: list[str] = []
    address: str | None = "/v1/documents?limit=4"
    while address is not None:
        answer = client.get(address)
        body = answer.json()
        assert body["total"] == len(every)
        seen += [d["id"] for d in body["documents"]]
        link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        assert (link is None) == (body["next"] is None)
        address = link[1] if link is not None else None
    assert seen == every == sorted(every)


def test_documents_are_filtered_by_kind_and_source(client: httpx.Client) -> None:
    assert {d["kind"] for d in documents(client, kind="contract")} == {"contract"}
    (one,) = documents(client, source="zh-logistics.md")
    assert one["source"].endswith("/contracts/zh-logistics.md")
    assert documents(client, source=one["source"]) == [one]
    assert documents(client, source="no-such-file.md") == []


def test_a_document_is_told_by_its_etag_and_needs_no_second_fetch(client: httpx.Client) -> None:
    document = documents(client, kind="contract")[0]["id"]
    for path in (f"/v1/documents/{document}", f"/v1/documents/{document}/text", f"/v1/documents/{document}/original"):
        first = client.get(path)
        etag = first.headers["etag"]
        assert re.fullmatch(r'"[0-9a-f]{32}"', etag)
        again = client.get(path, headers={"If-None-Match": f'W/"other", {etag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        head = client.head(path)
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", etag)
        assert head.headers["content-length"] == str(len(first.content))


def test_text_and_clauses_share_their_offsets(client: httpx.Client) -> None:
    contracts = documents(client, kind="contract")
    assert len(contracts) == 6
    for one in contracts:
        text = client.get(f"/v1/documents/{one['id']}/text").text
        found = client.get(f"/v1/documents/{one['id']}/clauses").json()
        assert found["text"] == text
        assert found["document"] == one["id"]
        assert len(found["clauses"]) >= 5
        for party in found["parties"]:
            assert text[party["start"] : party["end"]] == party["name"]


def test_the_original_is_for_download_under_its_own_name(client: httpx.Client) -> None:
    (one,) = documents(client, source="zh-procurement.docx")
    answer = client.get(f"/v1/documents/{one['id']}/original")
    assert answer.content == (CORPUS / "contracts" / "zh-procurement.docx").read_bytes()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''zh-procurement.docx")
    assert "sandbox" in answer.headers["content-security-policy"]


def test_what_is_no_contract_has_no_clauses(client: httpx.Client) -> None:
    news = documents(client, kind="news")[0]["id"]
    assert "news" in is_problem(client.get(f"/v1/documents/{news}/clauses"), 400)["remedy"]


@pytest.mark.parametrize("path", ["", "/text", "/original", "/clauses"])
@pytest.mark.parametrize(
    "name", ["doc-00000000000000000000", "%2e%2e%2fregistry.sqlite", "%00", "%F0%9F%92%A9", "a" * 3000]
)
def test_unknown_documents_are_not_found(client: httpx.Client, path: str, name: str) -> None:
    assert client.get(f"/v1/documents/{name}{path}").status_code == 404


# --- uploads -----------------------------------------------------------------------------------------------------


def test_an_upload_is_ingested_then_unchanged_then_replaced(writer: httpx.Client) -> None:
    first = upload(writer, "采购.txt", CHINESE).json()["results"]
    assert [(r["status"], r["kind"], r["language"], r["error"]) for r in first] == [
        ("ingested", "contract", "zh", None)
    ]
    again = upload(writer, "采购.txt", CHINESE).json()["results"]
    assert [(r["status"], r["document"]) for r in again] == [("unchanged", first[0]["document"])]
    new = upload(writer, "采购.txt", contract(7)).json()["results"]
    assert [r["status"] for r in new] == ["replaced"]
    assert new[0]["document"] != first[0]["document"]
    is_problem(writer.get(f"/v1/documents/{first[0]['document']}"), 404)
    assert [d["id"] for d in documents(writer, source="采购.txt")] == [new[0]["document"]]


def test_an_archive_is_answered_member_by_member(writer: httpx.Client) -> None:
    members = {
        "a/采购.txt": contract(1),
        "b.txt": contract(2),
        "bad.pdf": b"%PDF-1.7\nnothing",
        "../up.txt": contract(3),
    }
    results = upload(writer, "post.zip", archive(members)).json()["results"]
    found = {r["source"]: (r["status"], (r["error"] or {}).get("code")) for r in results}
    assert found == {
        "post.zip!/a/采购.txt": ("ingested", None),
        "post.zip!/b.txt": ("ingested", None),
        "post.zip!/bad.pdf": ("rejected", "damaged"),
        "post.zip!/../up.txt": ("rejected", "unsafe-name"),
    }
    assert all("duegraph-" not in json.dumps(r) for r in results)
    again = upload(writer, "post.zip", archive(members)).json()["results"]
    assert sorted(r["status"] for r in again) == ["rejected", "rejected", "unchanged", "unchanged"]


@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(64), 415, "unsupported"),
        ("contract.pdf", b"%PDF-1.7\nnothing", 422, "damaged"),
        ("contract.docx", ENGLISH.encode(), 422, "type-mismatch"),
        ("empty.txt", b"", 422, "empty"),
        ("empty.zip", archive({}), 422, "empty"),
        ("nested.zip", archive({"in.zip": archive({"a.txt": ENGLISH})}), 415, "nested-zip"),
        ("binary.txt", bytes(range(256)) * 40, 422, None),
    ],
)
def test_a_refused_upload_is_a_problem_that_says_why(
    writer: httpx.Client, name: str, data: bytes, status: int, code: str | None
) -> None:
    before = writer.get("/v1/documents").json()["total"]
    body = is_problem(upload(writer, name, data), status, code)
    assert "remedy" in body
    assert writer.get("/v1/documents").json()["total"] == before


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\boot.ini", "CON", "a\r\nb.txt", "\u202etxt.exe", "x" * 5000, "🦉.txt"]
)
def test_upload_names_are_shown_and_never_paths(writer: httpx.Client, own: Path, name: str) -> None:
    before = {p for p in own.parent.rglob("*") if own not in p.parents and p != own}
    answer = writer.post("/v1/documents", files={"file": ("x.txt", CHINESE.encode())}, data={"source": name})
    if len(name) > 2000:
        is_problem(answer, 422, "validation")
        return
    if answer.status_code == 200:
        (result,) = answer.json()["results"]
        assert result["status"] == "ingested"
        assert result["source"].isprintable()
    else:
        is_problem(answer, 422, "type-mismatch")
    assert {p for p in own.parent.rglob("*") if own not in p.parents and p != own} == before


def test_a_forgotten_document_is_gone_and_its_partner_ties_with_it(writer: httpx.Client) -> None:
    (one,) = documents(writer, source="en-supply.txt")
    before = writer.get(f"/v1/partners/{quote('Corran Bay Instruments Limited')}").json()["contracts"]
    assert one["id"] in {c["document"] for c in before}
    gone = writer.delete(f"/v1/documents/{one['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    is_problem(writer.get(f"/v1/documents/{one['id']}"), 404)
    is_problem(writer.delete(f"/v1/documents/{one['id']}"), 404)
    after = writer.get(f"/v1/partners/{quote('Corran Bay Instruments Limited')}").json()["contracts"]
    assert one["id"] not in {c["document"] for c in after}


def test_ties_put_off_are_made_by_the_next_check(writer: httpx.Client) -> None:
    text = CHINESE.replace("宁波海岳贸易有限公司", "澜沂精仪科技有限公司")
    (stored,) = upload(writer, "tie.txt", text, link="false").json()["results"]
    partner = f"/v1/partners/{quote('澜沂精仪科技有限公司')}"
    assert stored["document"] not in {c["document"] for c in writer.get(partner).json()["contracts"]}
    assert writer.post("/v1/links").status_code == 204
    assert stored["document"] in {c["document"] for c in writer.get(partner).json()["contracts"]}


# --- limits ------------------------------------------------------------------------------------------------------


def endless(size: int, sent: list[int]) -> Iterator[bytes]:
    """Yield a multipart body of ``size`` bytes, and note how much of it was taken."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    yield head
    for _ in range(size // 65536):
        sent[0] += 65536
        yield bytes(65536)
    yield b"\r\n--b--\r\n"


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_over_the_limit_is_refused_without_reading_the_rest(own: Path, declared: bool) -> None:
    sent = [0]
    size = 512 * 1024 * 1024
    with (
        serving(Settings(data=own, max_input_mib=1)) as address,
        httpx.Client(base_url=address, trust_env=False) as one,
    ):
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        if declared:
            headers["Content-Length"] = str(size + 100)
        try:
            answer = one.post("/v1/documents", content=endless(size, sent), headers=headers)
        except httpx.WriteError:
            pass  # the server answered and closed while we were still sending
        else:
            is_problem(answer, 413, "too-large")
        assert sent[0] < 64 * 1024 * 1024
        assert one.get("/health/ready").status_code == 200


def test_a_json_body_over_two_mebibytes_is_refused(client: httpx.Client) -> None:
    body = json.dumps({"query": "SELECT * WHERE {} #" + "x" * (3 * 1024 * 1024)}).encode()
    try:
        answer = client.post("/v1/sparql", content=body, headers={"Content-Type": "application/json"})
    except httpx.WriteError:
        return
    is_problem(answer, 413, "too-large")


def test_a_long_address_is_refused(client: httpx.Client) -> None:
    is_problem(client.get("/v1/search", params={"q": "x" * 9000}), 414, "address-too-long")


# --- law ---------------------------------------------------------------------------------------------------------


def test_acts_and_provisions_are_found_by_ids_with_slashes_and_hashes(client: httpx.Client) -> None:
    hit = client.get("/v1/search", params={"q": "合同", "type": "provision"}).json()["hits"][0]
    found = client.get(f"/v1/provisions/{quote(hit['id'], safe='/')}").json()
    assert found["id"] == hit["id"]
    assert "/" in hit["id"]
    assert "#" in hit["id"]
    text = client.get(f"/v1/documents/{found['document']}/text").text
    assert found["text"] == text[found["start"] : found["end"]]
    act = client.get(f"/v1/acts/{quote(found['act'])}").json()
    assert found["version"] in {v["version"] for v in act["versions"]}
    assert len(act["versions"]) == 2
    is_problem(client.get(f"/v1/provisions/{quote(found['version'] + '#999')}"), 404)
    is_problem(client.get("/v1/acts/cn/no-such-act"), 404)


# --- partners, screening -----------------------------------------------------------------------------------------


def test_partners_are_found_by_id_name_and_identifier(client: httpx.Client) -> None:
    listed = client.get("/v1/partners").json()
    assert listed["total"] == len(listed["partners"]) == 13
    by_id = client.get(f"/v1/partners/{listed['partners'][0]['id']}").json()
    assert "/" in by_id["id"]
    by_name = client.get(f"/v1/partners/{quote(by_id['names'][0]['text'])}").json()
    by_number = client.get(f"/v1/partners/{quote(by_id['identifiers'][0]['value'])}").json()
    assert by_id == by_name == by_number
    page = client.get("/v1/partners", params={"limit": 5, "offset": 10})
    assert len(page.json()["partners"]) == 3
    assert "link" not in page.headers
    assert "nearest" in is_problem(client.get("/v1/partners/Corran Harbour Metalworks Berlin"), 404)["remedy"]


def test_screening_names_the_lists_it_looked_at(client: httpx.Client) -> None:
    queries = [{"name": "澜沂精仪贸易有限公司"}, {"name": "Nobody Listed Anywhere", "type": "person", "country": "FR"}]
    results = client.post("/v1/screen", json={"queries": queries}).json()["results"]
    assert [bool(r["candidates"]) for r in results] == [True, False]
    assert results[0]["candidates"][0]["match"] is True
    assert results[0]["screened"] == results[1]["screened"]
    assert results[0]["candidates"][0]["list"] in {one["list"] for one in results[0]["screened"]}


# --- search ------------------------------------------------------------------------------------------------------


def test_search_finds_both_languages_and_its_offsets_hold(client: httpx.Client) -> None:
    for query in ("liability", "违约金"):
        found = client.get("/v1/search", params={"q": query, "type": "clause"}).json()
        assert found["total"] >= 1
        for hit in found["hits"]:
            text = client.get(f"/v1/documents/{hit['document']}/text").text
            assert 0 <= hit["start"] < hit["end"] <= len(text)
    assert client.get("/v1/clauses", params={"type": "Governing Law"}).json()["total"] >= 3


@pytest.mark.parametrize(
    "parameters",
    [
        {"q": '"open phrase'},
        {"q": "a*"},
        {"q": "(" * 1900},
        {"q": "x", "filter": "level"},
        {"q": "x", "filter": "nope=1"},
        {"q": "nofield:x"},
        {"q": "AND OR NOT"},
    ],
)
def test_search_answers_or_says_what_is_wrong(client: httpx.Client, parameters: dict[str, str]) -> None:
    answer = client.get("/v1/search", params=parameters)
    if answer.status_code != 200:
        is_problem(answer, 400)


@pytest.mark.parametrize(
    "parameters",
    [{}, {"q": "x", "limit": "0"}, {"q": "x", "limit": "501"}, {"q": "x", "type": "thing"}, {"q": "y" * 2001}],
)
def test_wrong_parameters_are_named(client: httpx.Client, parameters: dict[str, str]) -> None:
    body = is_problem(client.get("/v1/search", params=parameters), 422, "validation")
    assert body["errors"][0]["pointer"].startswith("/query/")


# --- search pages --------------------------------------------------------------------------------------------------
def test_the_search_page_names_findings_types_and_sources_in_the_language_of_the_reader(client: httpx.Client) -> None:
    chinese = client.get("/", params={"q": "违约金 type:finding", "lang": "zh"}).text
    english = client.get("/", params={"q": "违约金 type:finding", "lang": "en"}).text
    flags = client.get("/v1/findings", params={"outcome": "flag", "limit": 500}).json()["findings"]
    told = [f["message"] for f in flags if "违约金" in f["message"]["zh"]]
    assert told
    assert any(f">{message['zh']}</a>" in chinese for message in told)
    assert any(f">{message['en']}</a>" in english for message in told)
    clauses = client.get("/", params={"q": "违约金", "lang": "zh"}).text
    # Liquidated Damages goes by its Chinese label in tags and in the filter, the source by the word for contract.
    assert '<span class="tag">违约金</span>' in clauses
    assert "<span>违约金</span>" in clauses
    assert "<span>合同</span>" in clauses


# --- findings ----------------------------------------------------------------------------------------------------


def test_findings_are_filtered_paged_and_explained(client: httpx.Client) -> None:
    every = client.get("/v1/findings", params={"limit": 500}).json()
    flags = client.get("/v1/findings", params={"outcome": "flag", "limit": 500}).json()["findings"]
    assert every["total"] > len(flags) > 20
    high = client.get("/v1/findings", params={"level": "high", "limit": 500}).json()["findings"]
    assert [f["id"] for f in high] == [f["id"] for f in flags if f["level"] == "high"]
    assert {f["status"] for f in flags} == {"open"}
    one = client.get(f"/v1/findings/{flags[0]['id']}").json()
    assert one == flags[0]
    for evidence in one["evidence"]:
        text = client.get(f"/v1/documents/{evidence['document']}/text").text
        assert text[evidence["start"] : evidence["end"]] == evidence["quote"]
    subject = one["subject"]
    mine = client.get("/v1/findings", params={"subject": subject, "limit": 500}).json()["findings"]
    assert {f["subject"] for f in mine} == {subject}
    rule = client.get("/v1/findings", params={"rule": one["rule"]}).json()["findings"]
    assert {f["rule"] for f in rule} == {one["rule"]}
    first = client.get("/v1/findings", params={"limit": 7})
    following = client.get(re.fullmatch(r'<([^>]+)>; rel="next"', first.headers["link"])[1])  # type: ignore[index]
    ids = [f["id"] for f in first.json()["findings"] + following.json()["findings"]]
    assert ids == [f["id"] for f in every["findings"][:14]]
    is_problem(client.get("/v1/findings/f-0000000000000000"), 404)


def test_a_decision_is_recorded_shown_and_taken_back(writer: httpx.Client) -> None:
    finding = writer.get("/v1/findings", params={"outcome": "flag"}).json()["findings"][0]["id"]
    address = f"/v1/findings/{finding}/decisions"
    made = writer.post(address, json={"status": "accepted", "reason": "Insured.\nSee file 7.", "actor": "Ada"})
    assert made.status_code == 201
    shown = writer.get(f"/v1/findings/{finding}").json()
    assert (shown["status"], shown["decision"]["reason"], shown["decision"]["actor"]) == (
        "accepted",
        "Insured. See file 7.",
        "Ada",
    )
    assert finding in {f["id"] for f in writer.get("/v1/findings", params={"status": "accepted"}).json()["findings"]}
    checked = writer.post("/v1/checks", json={}).json()["findings"]
    assert {f["status"] for f in checked if f["id"] == finding} == {"accepted"}
    assert writer.post(address, json={"status": "open", "reason": "Not insured after all."}).status_code == 201
    assert writer.get(f"/v1/findings/{finding}").json()["status"] == "open"
    past = writer.get(address).json()["decisions"]
    assert [(d["status"], d["actor"]) for d in past] == [("accepted", "Ada"), ("open", "rest")]


def test_decisions_without_reason_status_or_flag_are_refused(writer: httpx.Client) -> None:
    passed = writer.get("/v1/findings", params={"outcome": "pass"}).json()["findings"][0]["id"]
    flagged = writer.get("/v1/findings", params={"outcome": "flag"}).json()["findings"][0]["id"]
    good = {"status": "accepted", "reason": "Because."}
    is_problem(writer.post(f"/v1/findings/{passed}/decisions", json=good), 400, "not-a-flag")
    is_problem(writer.post("/v1/findings/f-0/decisions", json=good), 404)
    is_problem(writer.post(f"/v1/findings/{flagged}/decisions", json={**good, "reason": "  \n "}), 400, "reason")
    is_problem(writer.post(f"/v1/findings/{flagged}/decisions", json={**good, "status": "stale"}), 422, "validation")
    is_problem(writer.post(f"/v1/findings/{flagged}/decisions", json={"status": "open"}), 422, "validation")
    assert writer.get(f"/v1/findings/{flagged}").json()["status"] == "open"


def test_checks_of_one_contract_one_rule_and_another_day(writer: httpx.Client) -> None:
    (one,) = documents(writer, source="zh-procurement.docx")
    found = writer.post("/v1/checks", json={"subjects": ["zh-procurement.docx"]}).json()["findings"]
    assert {f["subject"] for f in found} == {one["id"]}
    rule = "citation/renumbered-provision"
    today = writer.post("/v1/checks", json={"rules": [rule], "subjects": [one["id"]]}).json()["findings"]
    assert [f["outcome"] for f in today] == ["flag", "flag"]
    before = writer.post("/v1/checks", json={"rules": [rule], "as_of": "2024-01-01"}).json()["findings"]
    assert before
    assert "flag" not in {f["outcome"] for f in before}
    is_problem(writer.post("/v1/checks", json={"subjects": ["nothing like it"]}), 404)
    is_problem(writer.post("/v1/checks", json={"rules": ["no/rule"]}), 404)
    is_problem(writer.post("/v1/checks", json={"as_of": "yesterday"}), 422)
    is_problem(writer.post("/v1/checks", json={"surprise": 1}), 422)


# --- rules, terms, queries ---------------------------------------------------------------------------------------


def test_rules_and_terms_are_told_by_ids_with_slashes(client: httpx.Client) -> None:
    rules = client.get("/v1/rules").json()["rules"]
    assert len(rules) >= 20
    for one in rules:
        found = client.get(f"/v1/rules/{one['id']}").json()
        assert (found["id"], found["level"]) == (one["id"], one["level"])
    assert client.get("/v1/terms/due:Finding").json()["iri"] == "https://w3id.org/duegraph#Finding"
    assert (
        client.get(f"/v1/terms/{quote('https://w3id.org/duegraph#Finding', safe='')}").json()["curie"] == "due:Finding"
    )
    is_problem(client.get("/v1/rules/no/rule"), 404)
    is_problem(client.get("/v1/terms/no-such-term"), 404)


def test_queries_are_answered_within_their_limits(own: Path) -> None:
    settings = Settings(data=own, sparql_rows=5, sparql_seconds=1.0)
    with serving(settings) as address, httpx.Client(base_url=address, trust_env=False, timeout=60) as one:

        def ask(query: str) -> httpx.Response:
            return one.post("/v1/sparql", json={"query": query})

        cut = ask("SELECT * WHERE { ?s ?p ?o }").json()
        assert (len(cut["results"]["bindings"]), cut["truncated"]) == (5, True)
        assert ask("ASK { ?s a <https://w3id.org/duegraph#Finding> }").json()["boolean"] is True
        for update in ("DELETE WHERE { ?s ?p ?o }", "DROP ALL", "LOAD <http://127.0.0.1:1/x>"):
            is_problem(ask(update), 400)
        is_problem(ask("SELECT * WHERE { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"), 400)
        is_problem(ask("SELECT * FROM <file:///etc/passwd> WHERE { ?s ?p ?o }"), 400)
        is_problem(ask("SELECT * WHERE " + "{" * 3000 + "}" * 3000), 400)
        is_problem(ask("no query"), 400)
        slow = ask("SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }")
        is_problem(slow, 413)
        assert one.get("/health/ready").status_code == 200


# --- health, versions, description -------------------------------------------------------------------------------


def test_health_and_versions(client: httpx.Client) -> None:
    assert client.get("/health/live").json()["status"] == "ok"
    assert client.get("/health/ready").json()["documents"] == len(documents(client))
    assert "models" in client.get("/version").json()["tool"]


def test_a_damaged_store_is_not_ready_and_says_nothing_of_this_machine(own: Path) -> None:
    with (
        serving(Settings(data=own, open_timeout=0.2)) as address,
        httpx.Client(base_url=address, trust_env=False) as one,
    ):
        (own / "views").rename(own / "elsewhere")
        body = is_problem(one.get("/health/ready"), 503)
        assert str(own) not in json.dumps(body)
        assert one.get("/health/ready").headers["retry-after"] == "5"
        assert one.get("/health/live").status_code == 200
        (own / "elsewhere").rename(own / "views")
        assert one.get("/health/ready").status_code == 200


def test_the_description_covers_every_route_and_its_errors(client: httpx.Client) -> None:
    described = client.get("/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert len(described["paths"]) >= 20
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            assert "application/problem+json" in operation["responses"]["4XX"]["content"], (method, path)
            assert "422" not in operation["responses"], (method, path)


# --- errors and headers ------------------------------------------------------------------------------------------


def test_unknown_paths_and_methods_are_problems(client: httpx.Client) -> None:
    is_problem(client.get("/v1/nothing"), 404, "not-found")
    is_problem(client.get("/v1/documents/"), 404)
    wrong = client.put("/v1/documents")
    is_problem(wrong, 405, "method-not-allowed")
    assert wrong.headers["allow"]
    is_problem(client.request("OPTIONS", "/v1/search"), 405)
    is_problem(client.get("/v1/nothing", headers={"Accept": "text/html"}), 404)


def test_pages_answer_errors_as_pages_and_programs_as_problems(client: httpx.Client) -> None:
    for path in (
        "/nothing",
        "/documents/doc-0",
        "/rules/no/rule",
        "/partners/nobody",
        "/terms/nothing",
        "/findings?lang=xx&offset=-1",
    ):
        page = client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
        assert page.headers["content-type"].startswith("text/html"), path
        assert "Traceback" not in page.text
        assert "x-request-id" in page.headers
    is_problem(client.get("/nothing"), 404)


SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}


def test_every_route_carries_the_security_headers(client: httpx.Client, sample: Path) -> None:
    routes = create_app(Settings(data=sample)).openapi()["paths"]
    paths = {re.sub(r"\{[^}]+\}", "x", path) for path in routes}
    paths |= {
        "/",
        "/search?q=x",
        "/documents/x",
        "/partners/x",
        "/rules",
        "/rules/x",
        "/terms/x",
        "/findings",
        "/static/none",
        "/v1/openapi.json",
    }
    assert len(paths) >= 28
    for path in sorted(paths):
        for headers in ({"Accept": "text/html"}, {"Accept": "*/*"}):
            answer = client.get(path, headers=headers)
            assert answer.status_code < 500, path
            missing = {n: v for n, v in SECURITY.items() if answer.headers.get(n) != v}
            assert missing == {}, path
            policy = answer.headers["content-security-policy"]
            assert "'none'" in policy, path
            assert "unsafe" not in policy, path
            assert "access-control-allow-origin" not in answer.headers


def test_pages_of_other_sites_may_not_change_anything(client: httpx.Client) -> None:
    total = client.get("/v1/documents").json()["total"]
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = client.post("/v1/documents", files={"file": ("a.txt", ENGLISH.encode())}, headers=headers)
        is_problem(answer, 403, "cross-site")
    assert client.get("/v1/documents").json()["total"] == total
    own = {"Origin": str(client.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert client.post("/v1/screen", json={"queries": [{"name": "x y"}]}, headers=own).status_code == 200


def test_names_pointed_at_this_machine_by_others_are_not_answered(own: Path) -> None:
    hosts = ("localhost", "127.0.0.1", "::1")
    with serving(Settings(data=own), hosts=hosts) as address, httpx.Client(base_url=address, trust_env=False) as one:
        assert one.get("/health/live").status_code == 200
        assert one.get("/health/live", headers={"Host": "LOCALHOST:99"}).status_code == 200
        assert one.get("/health/live", headers={"Host": "[::1]:99"}).status_code == 200
        for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::2]", ""):
            is_problem(one.get("/health/live", headers={"Host": host}), 421, "unknown-host")


def test_many_slow_queries_leave_room_for_the_rest(own: Path) -> None:
    slow = {"query": "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"}
    with serving(Settings(data=own, sparql_seconds=1.0)) as address:
        seen: list[int] = []

        def ask() -> None:
            seen.append(httpx.post(f"{address}/v1/sparql", json=slow, timeout=120, trust_env=False).status_code)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        assert httpx.get(f"{address}/health/ready", trust_env=False, timeout=10).status_code == 200
        for thread in threads:
            thread.join()
    assert seen == [413] * 8


def test_one_more_than_may_wait_is_told_to_come_back() -> None:
    async def visit() -> list[str]:
        bulkhead = Bulkhead(workers=1, waiting=1)
        gate = threading.Event()
        answers: list[str] = []

        async def ask() -> None:
            try:
                await bulkhead.run(gate.wait, timeout=60)
                answers.append("done")
            except CannotRunError as error:
                answers.append(error.code)
                gate.set()

        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(ask)
                await anyio.wait_all_tasks_blocked()
        return answers

    assert anyio.run(visit) == ["busy", "done", "done"]
    assert status_of(CannotRunError("x")) == 503
