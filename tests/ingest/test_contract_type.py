from __future__ import annotations

import pytest

from ingest.contract_type import contract_title, contract_type
from kb.model import Document


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "SUPPLY AGREEMENT\n\nThis Supply Agreement is made", "Supply"),
        ("en", "Mutual Non-Disclosure Agreement\n\nbetween", "Confidentiality Agreement"),
        ("en", "SOFTWARE LICENSE AGREEMENT\n", "Software"),
        ("en", "This Lease is made between", "Lease"),
        ("en", "Hello world, no title here", None),
        ("zh", "房屋租赁合同\n甲方：", "Lease"),
        ("zh", "技术服务合同\n甲方：", "Technology"),
        ("zh", "设备采购合同\n甲方：", "Supply"),
        ("zh", "通知\n请付款。", None),
    ],
)
def test_the_title_says_what_the_contract_is(language: str, text: str, found: str | None) -> None:
    assert contract_type(Document(text, (), "text/plain", language)) == found


def test_the_title_of_the_file_comes_first() -> None:
    document = Document("This Agreement is made", (), "application/pdf", "en", title="Loan Agreement")
    assert contract_type(document) == "Loan"


def test_every_type_is_in_the_scheme() -> None:
    from importlib import resources

    from ingest.lang import grammar

    scheme = (resources.files("ontology") / "vocab" / "contract-types.ttl").read_text(encoding="utf-8")
    for language in ("en", "zh"):
        types = [entry["notation"] for entry in grammar(language, "contract_types")["type"]]
        assert len(types) >= 25
        assert all(f'skos:notation "{notation}"' in scheme for notation in types)


@pytest.mark.parametrize(
    ("language", "text", "title"),
    [
        (
            "en",
            "\n      MASTER SUPPLY AGREEMENT\n\nThis Master Supply Agreement is made today.",
            "MASTER SUPPLY AGREEMENT",
        ),
        ("en", "EXHIBIT 10.6\n\nExhibit 10.6 Reseller Agreement\n", "Reseller Agreement"),
        ("en", "== Joint Venture Agreement ==\nbetween A and B", "Joint Venture Agreement"),
        (
            "en",
            "Ex. 10 filed today CO-BRANDING AND LINK AGREEMENT between the parties to it, who agree to these terms "
            "as they are written down here.",
            "CO-BRANDING AND LINK AGREEMENT",
        ),
        ("en", "This agreement is made between A and B.\nThey agree.", None),
        ("zh", "合同编号：HT-1\n\n设备采购合同\n\n甲方：某公司", "设备采购合同"),  # equipment purchase contract
        ("zh", "甲方与乙方协商一致，签订本合同。", None),
    ],
)
def test_a_contract_is_called_what_its_head_says(language: str, text: str, title: str | None) -> None:
    assert contract_title(Document(text, (), "text/plain", language)) == title


def test_a_title_the_file_states_is_kept() -> None:
    assert contract_title(Document("SUPPLY AGREEMENT", (), "text/plain", "en", "Our deal")) == "Our deal"
