"""Holdings are read with their bounds and times from BODS packages and tables; what cannot be read is said."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.ownership import blocked, listed_share
from ingest.holdings import HoldingsFile, read_bods, read_holdings, read_table
from ingest.holdings.stated import OPEN_BOUND
from kb.errors import LimitError, RecordError, UnreadableError

EXAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "partners" / "bods" / "examples"


def table(*rows: str, header: str = "owner,owned,percent") -> HoldingsFile:
    return read_table("\n".join([header, *rows]), source_name="list.csv")


def bounds(percent: str) -> tuple[float, float]:
    (holding,) = table(f'A,B,"{percent}"').holdings
    return holding.low, holding.high


# --- tables --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [
        ("25", 0.25, 0.25),
        ("25 %", 0.25, 0.25),
        ("0.5", 0.005, 0.005),
        ("33,33", 0.3333, 0.3333),
        ("２５．５％", 0.255, 0.255),
        ("25-50", 0.25, 0.5),
        ("25% – 50%", 0.25, 0.5),
        ("25 to 50 %", 0.25, 0.5),
        ("25至50%", 0.25, 0.5),
        (">= 75", 0.75, 1.0),
        ("75 or more", 0.75, 1.0),
        ("不低于25%", 0.25, 1.0),
        ("25%以上", 0.25, 1.0),
        ("> 50 %", 0.5 + OPEN_BOUND, 1.0),
        ("超过50%", 0.5 + OPEN_BOUND, 1.0),
        ("<5", 0.0, 0.05 - OPEN_BOUND),
        ("not more than 50%", 0.0, 0.5),
        ("more than 25% but not more than 50%", 0.25 + OPEN_BOUND, 0.5),
        ("", 0.0, 1.0),
        ("unknown", 0.0, 1.0),
        ("未知", 0.0, 1.0),
    ],
)
def test_a_share_is_read_however_it_is_written(cell: str, low: float, high: float) -> None:
    assert bounds(cell) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize("cell", ["abc", "150", "50-25", "-5", "25 %%x", "1e1", "9" * 100, "> 60 but < 40"])
def test_a_share_that_is_none_is_rejected_and_the_rest_is_read(cell: str) -> None:
    found = table(f'A,B,"{cell}"', "C,D,10")
    assert [holding.owner for holding in found.holdings] == ["C"]
    assert found.rows == 2
    assert len(found.rejected) == 1
    assert found.rejected[0].startswith("line 2: ")


def test_bounds_dates_measure_and_source_have_columns_of_their_own() -> None:
    found = table(
        "A,B,25,50,2020-02-01,2021/3/5,votes,register",
        "A,B,,50,,,control,",
        header="Owner,Owned,Min,Max,From,To,Measure,Source",
    )
    first, second = found.holdings
    assert (first.low, first.high, first.measure, first.source) == (0.25, 0.5, "votes", "register")
    assert (first.valid_from, first.valid_to) == (date(2020, 2, 1), date(2021, 3, 5))
    assert (second.low, second.high, second.measure, second.source) == (1.0, 1.0, "control", "list.csv")
    assert second.place == "line 3"


def test_a_chinese_table_with_a_title_above_its_header_is_read() -> None:
    text = "股东名册\n股东名称;被投资企业;持股比例;入股日期\n甲公司;乙公司;51%;2019年5月1日\n"  # shareholder list
    (holding,) = read_holdings(text, source_name="名册.csv").holdings
    assert (holding.owner, holding.owned, holding.low, holding.valid_from) == (
        "甲公司",
        "乙公司",
        0.51,
        date(2019, 5, 1),
    )


def test_a_fraction_column_holds_fractions() -> None:
    (holding,) = table("A,B,0.5", header="owner,owned,fraction").holdings
    assert (holding.low, holding.high) == (0.5, 0.5)


def test_a_date_known_to_the_year_is_certain_only_outside_it() -> None:
    found = table("X,A,60,2019", header="owner,owned,percent,from")
    days = {date(2018, 12, 31): (0, 0), date(2019, 6, 1): (0, 0.6), date(2020, 1, 1): (0.6, 0.6)}
    for day, expected in days.items():
        share = listed_share(found.holdings, {"X"}, as_of=day).get("A")
        assert expected == (0.0, 0.0) if share is None else (share.low, share.high) == pytest.approx(expected)


def test_a_repeated_row_counts_once_and_is_noted() -> None:
    found = table("X,A,30", "X,A,30", "X,A,10")
    assert len(found.holdings) == 2
    assert found.notes == ("line 3 repeats line 2 and is counted once",)
    assert blocked(found.holdings, {"X"}, threshold=0.4) == {"X", "A"}


@pytest.mark.parametrize("row", [",B,10", "A,,10", "A,B,10,20,30", 'A,"B,10', "A,B,10,2020-13"])
def test_a_broken_row_is_rejected_with_its_line(row: str) -> None:
    found = table("C,D,5,", row, header="owner,owned,percent,from")
    assert len(found.holdings) == 1
    assert found.rejected[0].startswith("line 3: ")


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "owner,owned,percent\n", "owner,owned,percent\nA,B,much\n"])
def test_a_table_without_holdings_is_refused(text: str) -> None:
    with pytest.raises(RecordError):
        read_holdings(text, source_name="x.csv")


@given(st.text(max_size=40))
def test_no_cell_breaks_the_reader(cell: str) -> None:
    quoted = cell.replace('"', '""').replace("\n", " ").replace("\r", " ")
    found = table("C,D,5", f'A,B,"{quoted}"')
    assert all(0.0 <= holding.low <= holding.high <= 1.0 for holding in found.holdings)
    assert len(found.holdings) + len(found.rejected) + len(found.notes) >= 2


# --- BODS ----------------------------------------------------------------------------------------------------------


def statement(number: int, kind: str, record: str, details: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "statementId": f"{number:032}",
        "recordId": record,
        "recordType": kind,
        "statementDate": "2020-01-01",
        "declarationSubject": "S",
        "recordDetails": details,
        **fields,
    }


def relation(number: int, owner: Any, owned: Any, *interests: dict[str, Any], **fields: Any) -> dict[str, Any]:
    details = {"isComponent": False, "subject": owned, "interestedParty": owner, "interests": list(interests)}
    return statement(number, "relationship", fields.pop("record", f"r{number}"), details, **fields)


def shares(direct: str = "direct", **fields: Any) -> dict[str, Any]:
    return {"type": "shareholding", "directOrIndirect": direct, **fields}


def bods(*statements: dict[str, Any]) -> HoldingsFile:
    return read_bods(json.dumps(statements), source_name="package.json")


def test_names_and_kinds_come_with_the_holdings() -> None:
    found = bods(
        statement(1, "entity", "S", {"name": "Subject Ltd"}),
        statement(
            2,
            "person",
            "P",
            {"names": [{"type": "alternative", "fullName": "Pat"}, {"type": "legal", "fullName": "P"}]},
        ),
        relation(3, "P", "S", shares(share={"exact": 40})),
    )
    assert (found.names, found.kinds) == ({"S": "Subject Ltd", "P": "P"}, {"S": "organization", "P": "person"})
    (holding,) = found.holdings
    assert (holding.owner, holding.owned, holding.low, holding.high, holding.measure) == ("P", "S", 0.4, 0.4, "shares")


def test_excluded_bounds_do_not_reach_a_threshold() -> None:
    found = bods(
        relation(1, "P", "S", shares(share={"minimum": 25, "exclusiveMaximum": 50})),
        relation(2, "P", "T", shares(share={"exclusiveMinimum": 50, "maximum": 75})),
    )
    assert found.holdings[0].high < 0.5 < found.holdings[1].low
    assert blocked(found.holdings, {"P"}) == {"P", "T"}


def test_an_unstated_interest_is_a_share_of_unknown_size_and_an_office_is_none() -> None:
    found = bods(relation(1, "P", "S"), relation(2, "P", "T", {"type": "boardMember"}), relation(3, "P", "U", {}))
    assert [(holding.owned, holding.low, holding.high) for holding in found.holdings] == [("S", 0, 1), ("U", 0, 1)]


def test_each_statement_governs_until_the_next_took_effect() -> None:
    found = bods(
        relation(1, "P", "S", shares(share={"exact": 100}, startDate="2010-05-01"), record="r"),
        relation(
            2, "P", "S", shares(share={"exact": 40}, startDate="2021-06-01"), record="r", statementDate="2021-07-01"
        ),
        relation(
            3, "P", "S", shares(share={"exact": 40}), record="r", statementDate="2022-01-01", recordStatus="closed"
        ),
    )
    spans = [(holding.low, holding.valid_from, holding.valid_to) for holding in found.holdings]
    assert spans == [(1.0, date(2010, 5, 1), date(2021, 6, 1)), (0.4, date(2021, 6, 1), date(2022, 1, 1))]


def test_the_order_of_statements_does_not_matter() -> None:
    first = relation(1, "P", "S", shares(share={"exact": 100}), record="r")
    second = relation(2, "P", "S", shares(share={"exact": 40}), record="r", statementDate="2021-07-01T10:00:00Z")
    assert bods(first, second).holdings == bods(second, first, first).holdings


def test_an_indirect_interest_is_restated_only_where_its_chain_is_stated() -> None:
    whole = relation(3, "P", "S", shares("indirect", share={"exact": 30}), componentRecords=["I", "r1", "r2"])
    chain = [relation(1, "P", "I", shares(share={"exact": 50})), relation(2, "I", "S", shares(share={"exact": 60}))]
    assert [holding.measure for holding in bods(*chain, whole).holdings] == ["shares", "shares", "indirect"]
    assert [holding.measure for holding in bods(whole).holdings] == ["shares"]
    assert [holding.measure for holding in bods(chain[0], whole).holdings] == ["shares", "shares"]


def test_an_owner_who_is_not_named_is_a_gap() -> None:
    found = bods(relation(1, {"reason": "subjectExemptFromDisclosure"}, "S", shares(share={"exact": 10})))
    assert found.holdings == ()
    assert [(gap.owned, gap.reason) for gap in found.gaps] == [("S", "subjectExemptFromDisclosure")]


def test_a_malformed_statement_is_rejected_and_the_rest_is_read() -> None:
    found = bods(
        relation(1, "P", "S", shares(share={"exact": 400})),
        relation(2, "P", "S", shares(share={"exact": 40}, startDate="yesterday")),
        relation(3, "P", "S", shares(share={"exact": 40})),
        {"statementId": 7},
        "nonsense",  # type: ignore[arg-type]
    )
    assert len(found.holdings) == 1
    assert len(found.rejected) == 4
    assert found.rejected[0].startswith("statement 1: interests.0.share.exact")


def test_statements_on_lines_and_a_single_one_are_read() -> None:
    one = json.dumps(relation(1, "P", "S", shares()))
    two = json.dumps(relation(2, "P", "T", shares()))
    assert len(read_holdings(f"{one}\n\n{two}\n", source_name="x").holdings) == 2
    assert len(read_holdings(f"\ufeff {one}", source_name="x").holdings) == 1


@pytest.mark.parametrize("text", ["[{]", "{", '[{"a": ' + "9" * 5000 + "}]"])
def test_damaged_json_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        read_holdings(text, source_name="x.json")


def test_json_without_statements_and_json_without_end_are_refused() -> None:
    with pytest.raises(RecordError):
        read_holdings('[{"name": "x"}, 3]', source_name="x.json")
    with pytest.raises((LimitError, UnreadableError)):
        read_holdings("[" * 200_000, source_name="x.json")


# --- the standard's own examples -----------------------------------------------------------------------------------

# relationship statements, holdings, gaps
COUNTS = {
    "bods-package-annotations": (1, 1, 0),
    "bods-package-entity-owning-entity": (1, 1, 0),
    "bods-package-fi-soe": (5, 5, 0),
    "bods-package-linking-annotations": (1, 1, 0),
    "bods-package": (1, 1, 0),
    "fermcat": (10, 8, 0),
    "full-pep-declaration": (1, 2, 0),
    "indirect-ownership": (3, 3, 0),
    "joint-ownership": (3, 3, 0),
    "levent": (3, 4, 0),
    "listed-company-exempt-from-disclosure": (1, 0, 1),
    "mixed-direct-and-indirect-ownership": (3, 4, 0),
    "multiple-indirect-ownership": (5, 5, 0),
    "multiple-tax-residencies": (1, 1, 0),
    "mutilple-indirect-ownership-2": (5, 5, 0),
    "nomination": (4, 2, 0),
    "plc-entity-statement": (0, 0, 0),
    "simple-pep-declaration": (1, 2, 0),
    "tecido": (7, 12, 0),
}


@pytest.mark.shared
@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="../shared/data/partners/bods is absent")
def test_every_example_of_the_standard_is_read() -> None:
    found = {
        path.stem: read_holdings(path.read_text(encoding="utf-8"), source_name=path.name)
        for path in EXAMPLES.glob("*.json")
    }
    assert {name: (file.rows, len(file.holdings), len(file.gaps)) for name, file in found.items()} == COUNTS
    assert [file.rejected for file in found.values() if file.rejected] == []


@pytest.mark.shared
@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="../shared/data/partners/bods is absent")
def test_a_history_is_answered_for_each_of_its_days() -> None:
    text = (EXAMPLES / "tecido.json").read_text(encoding="utf-8")
    holdings = read_holdings(text, source_name="tecido.json").holdings
    days = {date(2010, 1, 1): 0.0, date(2021, 12, 31): 0.6, date(2022, 12, 31): 0.7, date(2023, 4, 1): 0.8}
    for day, expected in days.items():
        share = listed_share(holdings, {"033E84672B"}, as_of=day)["01B68D7633"]
        assert (share.low, share.high) == pytest.approx((expected, expected))
