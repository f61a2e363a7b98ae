from __future__ import annotations

import pytest

from ingest.values import find_values
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


@pytest.mark.parametrize(
    ("language", "text", "term", "start"),
    [
        (
            "en",
            "This Agreement is made on 3 May 2021.\n\n2. The term of this Agreement is two years from the date hereof.",
            "two years",
            "3 May 2021",
        ),
        ("en", "The term of this Agreement is one year commencing on June 1, 2020.", "one year", "June 1, 2020"),
        ("zh", "签订日期：2022年3月1日\n本合同有效期三年，自签订之日起计算。", "三年", "2022年3月1日"),
    ],
)
def test_a_computed_end_names_the_day_it_was_counted_from(language: str, text: str, term: str, start: str) -> None:
    end = next(value for value in find_values(text, language) if value.type == "Expiration Date")
    assert text[end.start : end.end] == term
    assert end.value is not None
    assert end.since is not None
    assert end.since.of(text) == start


def test_a_stated_end_was_not_counted() -> None:
    text = "This Agreement shall continue until 31 May 2024."
    end = next(value for value in find_values(text, "en") if value.type == "Expiration Date")
    assert (end.value, end.since) == ("2024-05-31", None)
