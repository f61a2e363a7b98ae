from __future__ import annotations

import pytest

from tests.ingest.value_gold import cases, read, scores

LEAST_CASES = {"zh": 60, "en": 40}


@pytest.mark.parametrize("language", sorted(LEAST_CASES))
def test_there_are_enough_cases_and_every_quote_is_in_its_text(language: str) -> None:
    found = cases(language)
    assert len(found) >= LEAST_CASES[language]
    assert all(row[3] in case["text"] for case in found for row in case["found"])


@pytest.mark.parametrize("language", sorted(LEAST_CASES))
def test_role_values_reach_what_the_documentation_says(language: str) -> None:
    total, counts, wrong = scores(language)
    right, found, expected = (sum(count[column] for count in counts.values()) for column in range(3))
    assert right / found >= 0.95, wrong
    assert right / expected >= 0.95, wrong
    assert len(wrong) <= total // 20, wrong


@pytest.mark.parametrize("language", sorted(LEAST_CASES))
def test_texts_behind_each_other_keep_the_values_of_the_first(language: str) -> None:
    text = cases(language)[0]["text"]
    assert read(text + "\n\n", language) == read(text, language)
