from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from ingest import components
from ingest.pipeline import LONGEST_TEXT, Pipeline, entities, extract_entities, load, load_folder
from kb.errors import LimitError, MissingPartError
from kb.model import Document, Kind

MODELS = Path(str(resources.files("ingest"))) / "models"
ENGLISH = """SUPPLY AGREEMENT

This Supply Agreement is made as of March 3, 2025 (the "Effective Date") between Acme Components, Inc., a Delaware
corporation ("Supplier"), and Northwind Traders Ltd. ("Buyer").

1. Term

The term of this Agreement shall be three (3) years from the Effective Date.

2. Price

Buyer shall pay One Million Dollars ($1,000,000) within thirty (30) days.

3. Governing Law

This Agreement shall be governed by the laws of the State of New York.
"""
CHINESE = """采购合同

甲方：北京华信科技有限公司
乙方：上海云图软件股份有限公司

第一条 价款
合同总价为人民币伍拾万元整（¥500,000元）。
第二条 法律适用
本合同适用中华人民共和国法律。
"""


@pytest.fixture(scope="module", params=["en", "zh"])
def rules_only(request: pytest.FixtureRequest) -> tuple[Pipeline, Document]:
    language: str = request.param
    nlp = load_folder(MODELS / f"{language}_contract", exclude=(components.CLAUSE_TYPES,))
    return Pipeline(nlp), Document(ENGLISH if language == "en" else CHINESE, (), "text/plain", language)


def test_every_component_is_a_registered_factory() -> None:
    assert all(Language.has_factory(name) for name in (*components.FACTORIES, components.LAC))


def test_the_doc_is_the_text_sign_for_sign(rules_only: tuple[Pipeline, Document]) -> None:
    pipeline, document = rules_only
    assert pipeline.read(document).text == document.text


def test_span_groups_cover_the_records(rules_only: tuple[Pipeline, Document]) -> None:
    pipeline, document = rules_only
    doc = pipeline.read(document)
    for group in ("clauses", "values", "parties", "terms"):
        records = getattr(doc._, group)
        spans = doc.spans[group]
        assert len(spans) == len(records)
        for span, record in zip(spans, records, strict=True):
            assert span.start_char <= record.start < record.end <= span.end_char
    assert len(doc._.parties) == 2


def test_annotations_hold_what_the_contract_states(rules_only: tuple[Pipeline, Document]) -> None:
    pipeline, document = rules_only
    found = pipeline.annotate(document, kind=Kind.CONTRACT)
    assert found.kind is Kind.CONTRACT
    law = [value.value for value in found.values if value.type == "Governing Law"]
    assert law == ["US-NY" if document.language == "en" else "CN"]
    assert [clause.heading for clause in found.clauses if clause.number is not None] == (
        ["Term", "Price", "Governing Law"] if document.language == "en" else ["价款", "法律适用"]
    )


def test_the_same_document_gives_the_same_annotations(rules_only: tuple[Pipeline, Document]) -> None:
    pipeline, document = rules_only
    assert pipeline.annotate(document, kind=Kind.CONTRACT) == pipeline.annotate(document, kind=Kind.CONTRACT)


def test_candidates_without_a_clause_typer_are_refused(rules_only: tuple[Pipeline, Document]) -> None:
    pipeline, document = rules_only
    with pytest.raises(MissingPartError):
        pipeline.annotate(document, kind=Kind.CONTRACT, candidates=True)


def test_a_too_long_text_is_refused(rules_only: tuple[Pipeline, Document]) -> None:
    with pytest.raises(LimitError):
        rules_only[0].annotate(Document("a" * (LONGEST_TEXT + 1), (), "text/plain", "en"), kind=Kind.CONTRACT)


def test_a_language_without_pipeline_is_refused() -> None:
    with pytest.raises(MissingPartError):
        load("xx")


def test_an_absent_pipeline_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingPartError):
        load_folder(tmp_path)


def test_english_entities_have_rules_before_the_model() -> None:
    text = "Acme Components, Inc. of Berlin hired Mary Jones. The Supplier paid the Party."
    found = {(entity.type, entity.text) for entity in entities(text, "en", ((0, len(text)),))}
    assert ("ORG", "Acme Components, Inc.") in found
    assert ("GPE", "Berlin") in found
    assert ("PERSON", "Mary Jones") in found
    assert not any(entity in ("The Supplier", "Party", "the Party") for _, entity in found)


def test_chinese_entities_come_from_the_tagger() -> None:
    text = "北京华信科技有限公司的张三丰前往上海市浦东新区。甲方付款。"
    found = {(entity.type, entity.text) for entity in extract_entities(Document(text, (), "text/plain", "zh"))}
    assert ("ORG", "北京华信科技有限公司") in found
    assert ("PERSON", "张三丰") in found
    assert ("LOC", "上海市浦东新区") in found


def test_entities_are_read_inside_the_windows_only() -> None:
    text = "Acme, Inc. pays. " + "x " * 50 + "Bolt, Inc. waits."
    found = entities(text, "en", ((0, 20),))
    assert all(entity.end <= 20 for entity in found)
    assert all(text[entity.start : entity.end].split() == entity.text.split() for entity in found)


def test_the_tagger_works_as_a_spacy_component() -> None:
    nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"@tokenizers": components.CHARACTERS}}})
    nlp.add_pipe(components.LAC)
    doc = nlp("张三丰在北京市工作。")
    assert ("张三丰", "PERSON") in {(ent.text, ent.label_) for ent in doc.ents}


def test_annotation_makes_tokens_only_for_components_of_others() -> None:
    document = Document("Supplier shall pay Customer.", (), "text/plain", "en")
    pipeline = Pipeline(spacy.blank("en"))
    pipeline.nlp.add_pipe("duegraph_clauses")
    assert pipeline.is_packaged
    assert len(pipeline.prepare(document, records_only=True)) == 1
    assert len(pipeline.prepare(document)) > 4
    pipeline.nlp.add_pipe("sentencizer")
    assert not pipeline.is_packaged
