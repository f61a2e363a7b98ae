"""Pairs written to try the matcher on what it was not fitted on: scripts, romanisations, look-alike firms."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from kb.names import MATCH, NameIndex, compare, latin
from kb.names.forms import is_form_word
from kb.names.match import NameKind
from kb.names.parse import parse

PROBES = Path(__file__).parents[2] / "gold" / "name_probes.csv"


def probes() -> list[dict[str, str]]:
    with PROBES.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_probes_are_judged_as_an_analyst_would() -> None:
    rows = probes()
    assert len(rows) >= 240
    assert {r["match"] for r in rows} == {"yes", "no"}
    wrong = [
        (r["left"], r["right"], r["match"])
        for r in rows
        if compare(r["left"], r["right"], kind=r["kind"]).match is not (r["match"] == "yes")  # type: ignore[arg-type]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("CHlNA DANDONG KUMSANG TRADE COMPANY, LIMITED", "CHINA DANDONG KUMSANG TRADE COMPANY, LIMITED"),
        ("Syrina Arab Airlines", "Syrian Arab Airlines"),
        ("Sevne Sea Golden General Trading LLC", "Seven Sea Golden General Trading LLC"),
        ("Rajbrook Likited", "Rajbrook Limited"),
        ("Dynapex Energylimited", "Dynapex Energy Limited"),
        ("Messrs. Niru Co. Ltd.", "Niru Co. Ltd."),
        ("Kvt-Rus Company Liability Limited", "Limited Liability Company Kvt-Rus"),
        ("B. Rahat Sepahan Ltd", "Bakhtar Rahat Sepahan Ltd"),
        ("Basaltos Tonala, S.A. de C.V", "Basaltos Tonala, S.A. de C.V."),
    ],
)
def test_a_firm_is_known_in_spite_of_a_slip_in_a_country_a_number_or_a_legal_form(left: str, right: str) -> None:
    assert compare(left, right, kind="organization").match, compare(left, right, kind="organization")


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        ("Banco Norte S.A.", "Banco Norte Chile S.A.", "organization"),
        ("Northwind Solutions Denmark A/S", "Northwind Solutions II Denmark A/S", "organization"),
        ("Orlov Bank AG", "Orlov Bank GmbH", "organization"),
        ("N.A.B.C. Company", "A.B.C. Company", "organization"),
        ("A. Varganov", "Nursultan Varganov", "person"),
        ("Kavya Sahota", "KAVE, S.A.", "person"),
        ("Li Ming", "Li Min", "person"),
        ("Zhang Xiaoming", "Zhang Xiaomin", "person"),
    ],
)
def test_what_tells_two_bearers_apart_is_heeded(left: str, right: str, kind: NameKind) -> None:
    assert not compare(left, right, kind=kind).match, compare(left, right, kind=kind)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Sergejs Lavrovs", "Sergej Lavrov"),
        ("Nikolai Patr ushev", "Nikolai Platonovich Patrushev"),
        ("Chou En-lai", "Zhou Enlai"),
        ("VARGA, Colonel", "Colonel Varga"),
    ],
)
def test_endings_split_words_and_romanisations_do_not_hide_a_person(left: str, right: str) -> None:
    assert compare(left, right, kind="person").match, compare(left, right, kind="person")


def test_words_of_legal_forms_are_known_with_one_slip_and_words_of_the_language_are_not() -> None:
    assert all(map(is_form_word, ("limited", "likited", "lmtd", "corporatino", "joynt", "liabilty", "cmpny")))
    assert not any(map(is_form_word, ("limit", "point", "northwind", "partner", "ag")))


def test_partial_agreement_counts_less_the_more_names_are_searched() -> None:
    scored = latin.score(parse("Francisco Lopez", "person"), parse("LOPEZ, Jose Francisco", "person"))
    scores = [latin.in_crowd(scored, names).score for names in (1, 1_000, 10_000, 100_000)]
    assert scores[0] == scores[1] == scored.score
    assert scores[1] > scores[2] > scores[3]
    same = latin.score(parse("Francisco Lopez", "person"), parse("LOPEZ, Francisco", "person"))
    assert latin.in_crowd(same, 100_000).score == same.score


def test_rare_words_that_agree_are_not_chance_in_a_long_list() -> None:
    scored = latin.score(parse("Anselm Quibril", "person"), parse("QUIBRIL, Anselm Torvald", "person"))
    assert latin.in_crowd(scored, 10_000).score == scored.score >= MATCH


def test_a_firm_among_a_long_list_is_found_by_its_rare_word_and_not_by_usual_ones() -> None:
    filler = [(f"f{n}", f"General Trading Company {n} of Orient") for n in range(1_500)]
    index = NameIndex.build([*filler, ("q", "Quibril Shipping Company"), ("g", "Golden Shipping Company")])
    assert [m.entity for m in index.search("Quibril Shiping Co", kind="organization") if m.match] == ["q"]
    assert not any(m.match for m in index.search("Silver Shipping Company", kind="organization"))
