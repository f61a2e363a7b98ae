"""Searching many names."""

from __future__ import annotations

import random

from kb.names import NameIndex

SYLLABLES = ["ka", "lo", "mi", "ren", "tas", "vor", "quil", "bes", "dun", "fal", "gor", "hil"]


def many(count: int) -> list[tuple[str, str]]:
    dice = random.Random(3)
    return [(f"e{i}", " ".join("".join(dice.choices(SYLLABLES, k=3)).title() for _ in range(2))) for i in range(count)]


def test_the_best_name_of_each_entity_is_returned_best_first() -> None:
    index = NameIndex.build(
        [("a", "Anselm Varga"), ("a", "A. Varga"), ("b", "Anselma Vargas"), ("c", "Orlov Gate Metals JSC")]
    )
    found = index.search("VARGA, Anselm", kind="person")
    assert found[0].entity == "a"
    assert found[0].matched_name == "Anselm Varga"
    assert found[0].score == 1.0
    assert len({m.entity for m in found}) == len(found)
    assert [m.score for m in found] == sorted((m.score for m in found), reverse=True)


def test_a_misspelt_name_is_found_among_thousands() -> None:
    names = many(3000)
    index = NameIndex.build(names)
    assert len(index) == 3000
    missed = []
    for entity, name in names[::100]:
        broken = name[:4] + name[5:]
        if index.search(broken, kind="person", limit=1)[0].entity != entity:
            missed.append(name)
    assert len(missed) <= 1


def test_scripts_meet_in_the_index() -> None:
    index = NameIndex.build(
        [
            ("1", "WANG, Xiaoming"),
            ("2", "Сергей Иванов"),
            ("3", "杭州远山科技有限公司"),
            ("4", "Huawei Technologies Co., Ltd."),
        ]
    )
    assert index.search("王晓明")[0].entity == "1"
    assert index.search("Sergej Iwanow")[0].entity == "2"
    assert index.search("Hangzhou Yuanshan Technology")[0].entity == "3"
    assert index.search("華為技術有限公司")[0].entity == "4"


def test_limit_empty_query_and_empty_index_are_kept() -> None:
    index = NameIndex.build(many(50))
    assert len(index.search("Kalomi Rentas", limit=3)) <= 3
    assert index.search("   ") == []
    assert index.search("Kalomi", limit=0) == []
    assert NameIndex.build([]).search("Kalomi") == []
