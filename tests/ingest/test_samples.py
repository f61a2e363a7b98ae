"""The sample corpus is what it says it is: files, sizes, seeded quotes, articles, identifiers, list layout."""

import csv
import html
import re
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import docx
import pypdfium2
import pytest

from ingest.samples import build
from kb.identifiers import validate

SAMPLES = Path(build.__file__).parent
CORPUS = SAMPLES / "corpus"
EXPECTED = tomllib.loads((SAMPLES / "expected.toml").read_text("utf-8"))
SEEDS: list[dict[str, Any]] = EXPECTED["seed"]
QUOTED = [seed for seed in SEEDS if "quote" in seed]
DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")}


def text_of(document: str) -> str:
    """Return the plain text of a corpus file, for binary ones the text they are made from."""
    path = CORPUS / document
    if path.name in build.TARGETS:
        return (SAMPLES / "sources" / build.TARGETS[path.name][0]).read_text("utf-8")
    raw = path.read_text("utf-8")
    return html.unescape(re.sub(r"<[^<>]+>", " ", raw)) if path.suffix in {".html", ".xml"} else raw


def packed(text: str) -> str:
    """Return the text without any white space, which layout may add or lose."""
    return re.sub(r"\s+", "", text)


def number(numeral: str) -> int:
    """Return a Chinese numeral below one hundred."""
    tens, ten, units = numeral.rpartition("十")
    return (DIGITS[tens] if tens else 1) * 10 * bool(ten) + (DIGITS[units] if units else 0)


def articles(document: str) -> dict[int, str]:
    text = (CORPUS / document).read_text("utf-8")
    parts = re.split(r"^第([一二三四五六七八九十]{1,3})条 ", text, flags=re.MULTILINE)
    bodies = [re.sub(r"^## .*$", "", body, flags=re.MULTILINE).strip() for body in parts[2::2]]
    return {number(numeral): body for numeral, body in zip(parts[1::2], bodies, strict=True)}


def test_the_corpus_holds_every_kind_of_source() -> None:
    found = {
        folder.name: sorted(path.suffix for path in folder.iterdir()) for folder in CORPUS.iterdir() if folder.is_dir()
    }
    assert found == {
        "contracts": [".docx", ".html", ".md", ".pdf", ".pdf", ".txt"],
        "law": [".md", ".md", ".md"],
        "lists": [".csv", ".csv"],
        "news": [".html", ".html", ".html", ".html", ".xml"],
        "partners": [".csv"],
    }


@pytest.mark.parametrize("path", sorted((CORPUS / "contracts").iterdir()), ids=lambda path: path.name)
def test_contracts_have_the_length_of_real_ones(path: Path) -> None:
    text = text_of(f"contracts/{path.name}")
    if path.name.startswith("zh-"):
        assert 1_200 <= len(packed(text)) <= 3_000
        assert len(re.findall(r"第[一二三四五六七八九十]{1,3}条", text)) >= 12
    else:
        assert 1_500 <= len(text.split()) <= 4_000


def test_every_document_of_the_expectations_exists() -> None:
    named = {seed["document"] for seed in SEEDS} | {event["document"] for event in EXPECTED["event"]}
    named |= set(EXPECTED["clean"]) | set(EXPECTED["harmless"]) | {EXPECTED["law"]["old"], EXPECTED["law"]["new"]}
    assert all((CORPUS / name).is_file() for name in named)
    contracts = {f"contracts/{path.name}" for path in (CORPUS / "contracts").iterdir()}
    assert {seed["document"] for seed in SEEDS} | set(EXPECTED["clean"]) == contracts
    assert not {seed["document"] for seed in SEEDS} & set(EXPECTED["clean"])


@pytest.mark.parametrize("seed", QUOTED, ids=lambda seed: f"{seed['document']}:{seed['topic']}")
def test_every_seeded_quote_stands_in_its_text_once(seed: dict[str, Any]) -> None:
    assert text_of(seed["document"]).count(seed["quote"]) == 1


def test_the_seeds_cover_their_topics() -> None:
    assert (len(SEEDS), len(QUOTED)) == (37, 30)
    topics = {seed["topic"] for seed in SEEDS}
    assert topics == {
        "citation/phantom-provision",
        "citation/renumbered-provision",
        "citation/repealed-law",
        "clause/change-of-circumstances-waived",
        "clause/defective-arbitration",
        "clause/excessive-daily-damages",
        "clause/excessive-deposit",
        "clause/excessive-liquidated-damages",
        "clause/law-and-forum",
        "clause/long-payment-term",
        "clause/one-sided-termination",
        "clause/pay-when-paid",
        "clause/perpetual-confidentiality",
        "clause/short-renewal-notice",
        "clause/uncapped-liability",
        "document/amount-in-words",
        "document/blanks",
        "missing/confidentiality",
        "missing/data-processing",
        "missing/force-majeure",
        "missing/governing-law",
    }


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if "quote" not in seed], ids=lambda seed: seed["topic"])
def test_what_is_said_to_be_missing_is_not_in_the_text(seed: dict[str, Any]) -> None:
    words = {
        "missing/confidentiality": r"confidential|secret",
        "missing/force-majeure": r"force majeure|reasonable control|不可抗力",
        "missing/governing-law": r"governed by the law|governing law",
        "missing/data-processing": r"on behalf of the (controller|supplier|customer)|documented instructions|委托处理",
    }
    assert re.search(words[seed["topic"]], text_of(seed["document"]), re.IGNORECASE) is None


def test_word_and_pdf_files_are_up_to_date() -> None:
    made = build.build()
    assert len(made) == 3
    for name, content in made.items():
        assert (CORPUS / "contracts" / name).read_bytes() == content, name


def test_check_names_a_stale_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "CONTRACTS", tmp_path)
    assert build.main([]) == 0
    assert build.main(["--check"]) == 0
    (tmp_path / "zh-services.pdf").write_bytes(b"stale")
    assert build.main(["--check"]) == 1
    assert "zh-services.pdf is out of date" in capsys.readouterr().err


def test_the_word_file_carries_the_whole_text() -> None:
    read = docx.Document(str(CORPUS / "contracts/zh-procurement.docx"))
    text = "".join(paragraph.text for paragraph in read.paragraphs)
    assert packed(text) == packed(text_of("contracts/zh-procurement.docx"))


@pytest.mark.parametrize("name", ["zh-services.pdf", "en-distribution.pdf"])
def test_the_pdf_files_carry_the_whole_text(name: str) -> None:
    pages = pypdfium2.PdfDocument(CORPUS / "contracts" / name)  # type: ignore[no-untyped-call]
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    assert len(pages) >= 2
    assert packed(text) == packed(text_of(f"contracts/{name}"))


def test_the_two_versions_differ_as_stated() -> None:
    law = EXPECTED["law"]
    old, new = articles(law["old"]), articles(law["new"])
    assert list(old) == list(range(1, law["old_articles"] + 1))
    assert list(new) == list(range(1, law["new_articles"] + 1))
    inserted, deleted = {int(each) for each in law["inserted"]}, {int(each) for each in law["deleted"]}
    kept_old = [each for each in old if each not in deleted]
    kept_new = [each for each in new if each not in inserted]
    pairs = dict(zip(kept_old, kept_new, strict=True))
    changed = {str(before): str(after) for before, after in pairs.items() if old[before] != new[after]}
    assert changed == law["renumbered_modified"]
    assert all(old[before] == new[after] for before, after in pairs.items() if str(before) not in changed)
    moved = {seed["quote"]: seed["moved_to"] for seed in SEEDS if "moved_to" in seed}
    for quote, after in moved.items():
        cited = re.search(r"第([一二三四五六七八九十]+)条", quote)
        assert cited is not None
        assert str(pairs[number(cited[1])]) == after


def test_the_english_act_has_fourteen_sections() -> None:
    text = (CORPUS / "law/Fair Supply Contracts Act 2021.md").read_text("utf-8")
    assert re.findall(r"^### (\d+)\. ", text, re.MULTILINE) == [str(each) for each in range(1, 15)]


def test_identifiers_of_the_register_are_valid_but_for_two() -> None:
    with (CORPUS / "partners/partners.csv").open(encoding="utf-8", newline="") as rows:
        partners = list(csv.DictReader(rows))
    assert len(partners) == 13
    assert len({row["id"] for row in partners}) == 13
    judged = {(row["id"], scheme): validate(scheme.upper(), row[scheme])
              for row in partners for scheme in ("uscc", "lei") if row[scheme]}  # fmt: skip
    assert len(judged) == 11
    assert {key for key, valid in judged.items() if not valid} == set(
        EXPECTED["partners"]["invalid_identifiers"].items()
    )


def test_the_list_has_the_columns_of_its_model() -> None:
    def rows(name: str) -> list[list[str]]:
        with (CORPUS / "lists" / name).open(encoding="utf-8", newline="") as lines:
            return [[cell.strip() for cell in row] for row in csv.reader(lines)]

    entries, aliases = rows("sdn.csv"), rows("alt.csv")
    assert (len(entries), len(aliases)) == (8, 8)
    assert {len(row) for row in entries} == {12}
    assert {len(row) for row in aliases} == {5}
    assert {row[2] for row in entries} == {"-0-", "individual", "vessel"}
    assert {row[0] for row in aliases} <= {row[0] for row in entries}
    assert {row["entry"] for row in EXPECTED["look_alike"]} <= {row[0] for row in entries}


@pytest.mark.parametrize("event", EXPECTED["event"], ids=lambda event: event["document"])
def test_every_event_is_told_with_its_subject_and_day(event: dict[str, Any]) -> None:
    text = text_of(event["document"])
    day = event["date"]
    assert event["subject"] in text
    assert f"{day:%B} {day.day}, {day.year}" in text or f"{day.year}年{day.month}月{day.day}日" in text


def test_the_feed_is_well_formed() -> None:
    root = ET.fromstring((CORPUS / "news/feed.xml").read_text("utf-8"))  # noqa: S314 - our own file
    assert [item.findtext("title") is not None for item in root.iter("item")] == [True] * 3
