"""Language: "en", "zh", or "und" rather than a guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers import detect_language, languages
from tests.ingest.readers.samples import CHINESE, ENGLISH, TRADITIONAL


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        (CHINESE, "zh"),
        (TRADITIONAL, "zh"),
        ("采购合同", "zh"),  # purchase contract
        ("", "und"),
        ("12 345.00", "und"),
        ("ACME", "und"),
        (
            "Le présent contrat est conclu entre les parties pour une durée de trois ans et il est soumis au droit.",
            "und",
        ),
        (
            "Dieser Vertrag wird zwischen den Parteien für die Dauer von drei Jahren geschlossen.",
            "und",
        ),
        ("El presente contrato se celebra entre las partes por un plazo de tres años y está sujeto a la ley.", "und"),
        (
            "本契約は、甲と乙との間で締結され、その有効期間は三年とする。ただし、双方の合意により更新することができる。",
            "und",
        ),
        ("이 계약은 당사자 사이에 체결되며 그 유효 기간은 삼 년으로 한다.", "und"),
        ("Настоящий договор заключён между сторонами сроком на три года.", "und"),
        (f"{ENGLISH} The Chinese name of the Buyer is 海港食品有限公司.", "en"),  # a company name
        (f"{CHINESE}（以下简称 Northwind Trading Limited）", "zh"),  # hereinafter
        (CHINESE + ENGLISH, "zh"),
    ],
)
def test_language_is_told_from_scripts_and_function_words(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_a_contract_in_both_languages_says_so() -> None:
    assert languages(CHINESE + "\n" + ENGLISH * 2) == ("zh", "en")
    assert languages(ENGLISH) == ("en",)
    assert languages("???") == ()


@given(st.text())
def test_any_text_has_one_of_three_answers(text: str) -> None:
    assert detect_language(text) in {"en", "zh", "und"}
