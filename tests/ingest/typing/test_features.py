"""Features: the same in every process, and exact phrases find themselves."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.typing.features import HASH_BITS, extract, phrase_key
from ingest.typing.units import split

TEXT = "1. Force Majeure. Neither party is liable for acts of God. Delay of 30 days in 2024 is excused."


def test_features_do_not_depend_on_the_hash_seed() -> None:
    code = (
        "import zlib;from ingest.typing.units import split;from ingest.typing.features import extract;"
        f"t={TEXT!r};f=extract(t,split(t));print(zlib.crc32(f.key.tobytes()),zlib.crc32(f.unit.tobytes()))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(seen) == 1


def test_features_are_sorted_and_distinct_within_a_unit() -> None:
    features = extract(TEXT, split(TEXT))
    joined = features.unit * (1 << HASH_BITS) + features.key
    assert bool((np.diff(joined) > 0).all())
    assert int(features.unit.max()) < features.units


def test_phrases_of_one_to_three_words_are_found_by_their_key() -> None:
    units = split(TEXT)
    features = extract(TEXT, units)
    of_unit = {number: set(features.key[features.unit == number].tolist()) for number in range(len(units))}
    sentence = next(n for n, unit in enumerate(units) if TEXT[unit.start :].startswith("Neither"))
    for phrase in ("liable", "neither party", "Acts of God"):
        assert phrase_key(phrase) in of_unit[sentence]
    assert phrase_key("Delay of") not in of_unit[sentence]


def test_longer_phrases_have_no_key() -> None:
    assert phrase_key("one two three four") == -1
    assert phrase_key("") == -1


def test_no_units_have_no_features() -> None:
    assert extract("", ()).units == 0


@given(st.text(max_size=200))
def test_any_text_gives_one_row_of_word_counts_per_unit(text: str) -> None:
    units = split(text)
    features = extract(text, units)
    assert features.units == len(units)
    if units:
        assert len(features.words) == len(units)
