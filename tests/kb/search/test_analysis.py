import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.search.analysis import common_words, positions, stem, stem_probe, tokens
from kb.search.fold import fold, fold_with_origins

SCRIPTS = st.text(alphabet=st.sampled_from([*"aB3é'(). \n　甲方违约条ﬁ①Ａ，。ßİ가ガｶﾞ々", "𠮷", "\u0301"]), max_size=60)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"),  # full width
        ("違約責任", "违约责任"),  # traditional
        ("Société Générale", "societe generale"),
        ("ﬁnal", "final"),
        ("Party’s", "party's"),
        ("٣٤", "34"),  # Arabic-Indic digits
        ("ПРИВЕТ", "привет"),
    ],
)
def test_fold_gives_the_spelling_used_for_matching(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text(max_size=80))
def test_folding_does_not_depend_on_the_neighbours(text: str) -> None:
    folded, origins = fold_with_origins(text)
    assert folded == fold(text)
    assert origins is None or (len(origins) == len(folded) and origins == sorted(origins))
    joined = fold(text + "\u0101")  # never the ASCII shortcut
    assert joined.split() == (folded + "a").split()


@given(SCRIPTS | st.text(max_size=60))
def test_tokens_and_positions_agree_and_offsets_lie_in_the_text(text: str) -> None:
    found, after = positions(text, 7)
    listed = list(tokens(text))
    regrouped: dict[str, list[int]] = {}
    for token in listed:
        regrouped.setdefault(token.text, []).append(token.position + 7)
        assert 0 <= token.start < token.end <= len(text)
    assert regrouped == found
    assert after >= 7 + len(listed)


@given(SCRIPTS)
def test_the_original_of_every_token_folds_to_the_token(text: str) -> None:
    for token in tokens(text):
        original = re.sub(r"\s", "", fold(text[token.start : token.end]))
        assert original.replace("'", "").startswith(token.text) or token.text in original


def test_article_numbers_are_split_the_same_way_in_every_spelling() -> None:
    texts = ["28(3)(h)", "28 (3) (h)", "２８（３）（ｈ）"]
    assert {tuple(token.text for token in tokens(text)) for text in texts} == {("28", "3", "h")}


def test_spaces_inside_chinese_do_not_end_a_run_but_punctuation_does() -> None:
    assert [t.text for t in tokens("甲　方\n违约")] == ["甲方", "方违", "违约", "约"]
    assert [(t.text, t.position) for t in tokens("甲，方")] == [("甲", 0), ("方", 2)]


@pytest.mark.parametrize(
    "words",
    [
        ("terminate", "terminated", "termination", "terminating"),
        ("liability", "liabilities"),
        ("durable", "durability"),
        ("hope", "hoping", "hoped"),
        ("party", "parties"),
        ("indemnify", "indemnifies", "indemnified"),
    ],
)
def test_words_of_one_stem_begin_with_its_probe(words: tuple[str, ...]) -> None:
    assert len({stem(word) for word in words}) == 1
    assert all(word.startswith(stem_probe(stem(word))) for word in words)


def test_words_that_carry_legal_meaning_are_not_common() -> None:
    assert common_words().isdisjoint({"not", "no", "shall", "may", "must", "any", "all", "without"})
    assert {"the", "of", "and"} <= common_words()
