import re
import string

import pytest

from api.web.language import LANGUAGES, choose, words
from kb.errors import MissingPartError


def placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_texts_with_the_same_placeholders() -> None:
    en, zh = words("en").texts, words("zh").texts
    assert en.keys() == zh.keys()
    assert len(en) > 150
    assert {key: placeholders(text) for key, text in en.items()} == {
        key: placeholders(text) for key, text in zh.items()
    }


def test_every_chinese_text_is_chinese_and_no_english_one_is() -> None:
    allowed = {"site.other_language", "site.switch_language"}
    untranslated = {key for key, text in words("zh").texts.items() if not re.search(r"[\u4e00-\u9fff]", text)}
    assert untranslated - allowed == {"search.more_before"}
    chinese = {key for key, text in words("en").texts.items() if re.search(r"[\u4e00-\u9fff]", text)}
    assert chinese - allowed == {"search.placeholder"}


@pytest.mark.parametrize(
    ("asked", "cookie", "accept", "expected"),
    [
        (None, None, None, "en"),
        ("zh", "en", "en", "zh"),
        ("fr", "zh", "en", "zh"),
        (None, None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, None, "fr,en;q=0.2,zh;q=0.7", "zh"),
        (None, None, "en;q=oops, zh;q=0.1", "zh"),
        (None, "<script>", ",;;q=,", "en"),
        (None, None, "zh;q=0.5," * 10_000, "zh"),
    ],
)
def test_language_is_chosen_by_address_then_cookie_then_browser(
    asked: str | None, cookie: str | None, accept: str | None, expected: str
) -> None:
    assert choose(asked, cookie, accept) == expected


def test_missing_texts_refuse_to_start() -> None:
    with pytest.raises(MissingPartError):
        words("xx")


def test_coded_values_have_names_and_unknown_ones_are_shown_as_they_are() -> None:
    assert words("zh").label("level", "high") == "高"
    assert words("en").label("level", "<odd>") == "<odd>"
    assert words("en").label("level", None) == "not known"
    assert LANGUAGES == ("en", "zh")
