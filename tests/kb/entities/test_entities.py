"""What ties two records, and which parties ties and acts make."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.entities import (
    Act,
    ActKind,
    Entities,
    Fact,
    Record,
    Standing,
    Tie,
    find_ties,
    merged_partners,
    resolve,
)
from kb.facts import StoredPartner
from kb.facts.entities import ENTITIES_GRAPH, entity_facts, read_acts, read_entities, read_ties, record_id, record_iri
from kb.ids import derived_graph_iri
from kb.model import Identifier, Name, Partner
from kb.store import EvidenceStore

LEI = "5493001KJTIIGC8Y1R12"
OTHER_LEI = "529900T8BM49AURSDO55"
USCC = "91350100M000100Y43"
AT = datetime(2026, 1, 2, tzinfo=UTC)


def record(key: str, *names: str, **more: object) -> Record:
    country = more.pop("country", None)
    identifiers = tuple(
        Identifier(scheme, value, valid)
        for scheme, value, valid in more.pop("identifiers", ())  # type: ignore[attr-defined]
    )
    address = more.pop("address", None)
    return Record(
        id=f"reg/{key}",
        names=names,
        countries=frozenset({str(country)} if country else ()),
        identifiers=identifiers,
        addresses=(str(address),) if address else (),
        **more,  # type: ignore[arg-type]
    )


def tie(left: Record, right: Record) -> Tie | None:
    found = find_ties([left, right])
    assert len(found) <= 1
    return found[0] if found else None


def lei(value: str = LEI, valid: bool | None = True) -> tuple[tuple[str, str, bool | None], ...]:
    return (("LEI", value, valid),)


@pytest.mark.parametrize(
    ("scheme", "value", "names"),
    [
        ("LEI", LEI, ("Northwind Metals Ltd", "Northwind Metal Limited")),
        ("LEI", LEI, ("宁波海岳贸易有限公司", "Ningbo Haiyue Trading Co., Ltd.")),
        ("USCC", USCC, ("宁波海岳贸易有限公司", "海岳贸易")),
        ("USCC", USCC, ("宁波海岳贸易有限公司", "Seamount Global Trade Inc.")),  # two scripts say nothing of likeness
    ],
)
def test_a_valid_identifier_given_once_makes_one_party(scheme: str, value: str, names: tuple[str, str]) -> None:
    found = tie(*(record(str(n), name, identifiers=((scheme, value, True),)) for n, name in enumerate(names)))
    assert found is not None
    assert found.standing is Standing.SAME


def test_an_organisation_code_is_found_in_the_credit_code_it_is_part_of() -> None:
    found = tie(
        record("1", "宁波海岳贸易有限公司", identifiers=(("USCC", USCC, True),)),
        record("2", "海岳贸易", identifiers=(("CN-ORG", USCC[8:17], True),)),
    )
    assert found is not None
    assert found.standing is Standing.SAME


def test_the_same_name_with_different_identifiers_is_never_one_party() -> None:
    one = record("1", "Northwind Metals Ltd", country="GB", identifiers=lei())
    two = record("2", "Northwind Metals Ltd", country="GB", identifiers=lei(OTHER_LEI))
    found = tie(one, two)
    assert found is not None
    assert found.standing is Standing.DISTINCT
    assert not resolve([found], []).are_same(one.id, two.id)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"country": "GB"},
        {"country": "GB", "identifiers": (("registration", "", None),)},
        {"identifiers": (("LEI", LEI, False),)},  # check digits fail
        {"identifiers": (("LEI", LEI, None),)},  # never checked
        {"identifiers": (("passport", "P1234567", None),)},
        {"identifiers": (("registration", "5512345", None),)},  # of which country?
        {"country": "GB", "address": "1 Harbour Road, London E1"},
    ],
)
def test_equal_names_alone_are_a_proposal_and_never_a_merge(more: dict[str, object]) -> None:
    one, two = record("1", "Northwind Metals Ltd", **more), record("2", "Northwind Metals Ltd", **more)
    found = tie(one, two)
    assert found is not None
    assert found.standing is Standing.CANDIDATE


def test_a_registration_number_needs_the_country_and_the_name() -> None:
    number = (("registration", "HRB 12345", None),)
    one = record("1", "Nordlicht Maschinenbau GmbH", country="DE", identifiers=number)
    same = record("2", "Nordlicht Maschinenbau GmbH", country="DE", identifiers=number)
    other_court = record("3", "Sonnenhof Brauerei AG", country="DE", identifiers=number)
    abroad = record("4", "Nordlicht Maschinenbau GmbH", country="AT", identifiers=number)
    standings = {found.pair: found.standing for found in find_ties([one, same, other_court, abroad])}
    assert standings["reg/1", "reg/2"] is Standing.SAME
    assert standings["reg/1", "reg/3"] is Standing.CANDIDATE
    assert standings["reg/1", "reg/4"] is Standing.CANDIDATE


def test_one_identifier_on_two_unlike_names_is_left_to_a_person() -> None:
    one = record("1", "Northwind Metals Ltd", identifiers=lei())
    two = record("2", "Orchid Bakery Services Inc.", identifiers=lei())
    found = tie(one, two)
    assert found is not None
    assert found.standing is Standing.CANDIDATE
    assert [fact.feature for fact in found.facts if not fact.agrees] == ["names"]


def test_a_contradiction_beside_an_identifier_is_left_to_a_person() -> None:
    one = record("1", "Northwind Metals Ltd", country="GB", identifiers=lei())
    for more in ({"country": "US"}, {"kind": "person"}):
        two = record("2", "Northwind Metals Ltd", identifiers=lei(), **more)
        if "kind" in more:
            one = record("1", "Northwind Metals Ltd", identifiers=lei(), kind="organization")
        found = tie(one, two)
        assert found is not None
        assert (found.standing, found.contradicted) == (Standing.CANDIDATE, True)


def test_people_are_told_apart_by_their_birth() -> None:
    one = record("1", "张伟", kind="person", birth_dates=("1970-05-01",))
    same = record("2", "张伟", kind="person", birth_dates=("1970-05-01",))
    other = record("3", "张伟", kind="person", birth_dates=("1981",))
    found = {t.pair: t for t in find_ties([one, same, other])}
    assert found["reg/1", "reg/2"].has_second_fact
    assert not found["reg/1", "reg/2"].contradicted
    assert found["reg/1", "reg/3"].contradicted
    assert {t.standing for t in found.values()} == {Standing.CANDIDATE}


def test_an_address_is_a_second_fact_and_a_country_is_none() -> None:
    one = record("1", "Kestrel Foods Inc.", country="US", address="5 Main Street, Boston MA")
    near = record("2", "Kestrel Foods Incorporated", country="US", address="5 Main Street Boston, MA")
    far = record("3", "Kestrel Foods Inc", country="US", address="900 Ocean Drive, Miami FL")
    found = {t.pair: t for t in find_ties([one, near, far])}
    assert found["reg/1", "reg/2"].has_second_fact
    assert not found["reg/1", "reg/3"].has_second_fact


def test_a_filler_is_no_identifier() -> None:
    rows = [record(str(n), f"Firm {n}", identifiers=(("registration", "000000", None),)) for n in range(3)]
    assert all(not found.has_second_fact for found in find_ties(rows))


def test_records_that_would_meet_through_a_third_are_compared_too() -> None:
    one = record("1", "Alpha Ltd", identifiers=(("LEI", LEI, True), ("GB-COH", "01234567", None)), country="GB")
    middle = record("2", "Alpha Ltd", identifiers=(("LEI", LEI, True), ("USCC", USCC, True)))
    numbers = (("USCC", USCC, True), ("GB-COH", "07654321", None))
    three = record("3", "阿尔法有限公司", identifiers=numbers, country="GB")
    found = find_ties([one, middle, three])
    parties = resolve(found, [])
    assert not parties.are_same(one.id, three.id)
    assert len(parties.held_apart) == 1


# --- parties ---------------------------------------------------------------------------------------------------------


def same(left: str, right: str) -> Tie:
    return Tie(left, right, left, right, 1.0, Standing.SAME, (Fact("identifier", agrees=True, detail=f"LEI {LEI}"),))


def act(number: int, kind: ActKind, one: str, *others: str) -> Act:
    return Act(number, kind, one, others, "ann", "because", AT)


def test_what_a_person_split_no_identifier_joins_again() -> None:
    ties = [same("a", "b")]
    assert resolve(ties, []).are_same("a", "b")
    assert not resolve(ties, [act(1, ActKind.SPLIT, "b", "a")]).are_same("a", "b")
    assert resolve(ties, [act(1, ActKind.SPLIT, "b", "a"), act(2, ActKind.MERGE, "a", "b")]).are_same("a", "b")


def test_a_split_holds_against_a_chain_of_others() -> None:
    ties = [same("a", "b"), same("b", "c"), same("a", "c")]
    found = resolve(ties, [act(1, ActKind.SPLIT, "c", "a")])
    assert not found.are_same("a", "c")
    assert [(h.blocked_by, h.by_person) for h in found.held_apart] == [(("a", "c"), True)]


def test_the_party_goes_by_the_id_the_newest_merge_kept() -> None:
    assert resolve([same("a", "b")], []).party("b") == "a"
    assert resolve([same("a", "b")], [act(3, ActKind.MERGE, "b", "a")]).party("a") == "b"
    assert resolve([], [act(1, ActKind.MERGE, "entry:OFAC/1", "z")]).party("entry:OFAC/1") == "z"


def test_a_decided_pair_is_proposed_no_more() -> None:
    proposal = Tie("a", "b", "A", "A", 0.9, Standing.CANDIDATE)
    assert resolve([proposal], []).proposals() == (proposal,)
    assert resolve([proposal], [act(1, ActKind.SPLIT, "a", "b")]).proposals() == ()
    assert resolve([proposal], [act(1, ActKind.MERGE, "a", "b")]).proposals() == ()


def test_proposals_come_with_the_surest_first() -> None:
    second = (Fact("address", agrees=True, detail="x"),)
    against = (Fact("country", agrees=False, detail="x"),)
    plain = Tie("a", "b", "A", "A", 0.99, Standing.CANDIDATE)
    backed = Tie("a", "c", "A", "A", 0.8, Standing.CANDIDATE, second)
    doubtful = Tie("a", "d", "A", "A", 1.0, Standing.CANDIDATE, against)
    distinct = Tie("a", "e", "A", "A", 1.0, Standing.DISTINCT, against)
    assert resolve([doubtful, distinct, plain, backed], []).proposals("a") == (backed, plain, doubtful)


IDS = st.sampled_from("abcdef")
PAIRS = st.tuples(IDS, IDS).filter(lambda pair: pair[0] < pair[1])
TIES = st.dictionaries(PAIRS, st.sampled_from(Standing), max_size=12).map(
    lambda found: [Tie(a, b, a, b, 1.0, standing) for (a, b), standing in found.items()]
)
ACTS = st.lists(st.tuples(st.sampled_from(ActKind), PAIRS), max_size=6).map(
    lambda found: [act(n, kind, pair[0], pair[1]) for n, (kind, pair) in enumerate(found, 1)]
)


def partition(found: Entities) -> set[frozenset[str]]:
    return {frozenset(found.records(one)) for one in "abcdef"}


@given(TIES, ACTS, st.randoms(use_true_random=False))
def test_parties_do_not_depend_on_the_order_of_facts(ties: list[Tie], acts: list[Act], chance: object) -> None:
    shuffled, mixed = list(ties), list(acts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert resolve(ties, acts) == resolve(shuffled, mixed)


@given(TIES, ACTS)
def test_no_party_holds_a_pair_that_must_stay_apart(ties: list[Tie], acts: list[Act]) -> None:
    found = resolve(ties, acts)
    for pair, decided in found.decided.items():
        if decided.kind is ActKind.SPLIT:
            assert not found.are_same(*pair)
    for one in ties:
        if one.standing is Standing.DISTINCT and one.pair not in found.decided:
            assert not found.are_same(*one.pair)


@given(TIES, ACTS)
def test_every_record_is_in_one_party_that_goes_by_one_of_its_records(ties: list[Tie], acts: list[Act]) -> None:
    found = resolve(ties, acts)
    assert sorted(one for group in partition(found) for one in group) == list("abcdef")
    for party, members in found.members.items():
        assert members[0] == party
        assert all(found.party(member) == party for member in members)


@given(TIES, ACTS)
def test_taking_every_act_back_gives_what_the_identifiers_say(ties: list[Tie], acts: list[Act]) -> None:
    """A merge is taken back by a split of the same pair, a split by a merge where an identifier ties the pair."""
    standing = {one.pair: one.standing for one in ties}
    reverse = [
        act(
            100 + n,
            ActKind.MERGE if standing.get((a.record, a.others[0])) is Standing.SAME else ActKind.SPLIT,
            a.record,
            *a.others,
        )
        for n, a in enumerate(acts)
    ]
    found = resolve(ties, [*acts, *reverse])
    for one in acts:
        if standing.get((one.record, one.others[0])) is not Standing.SAME:
            assert not found.are_same(one.record, one.others[0])


# --- in the graph ----------------------------------------------------------------------------------------------------


def graph_of(ties: Iterable[Tie], acts: Iterable[Act]) -> EvidenceStore:
    store = EvidenceStore.memory()
    store.apply(drop=(), add=[(derived_graph_iri(ENTITIES_GRAPH), entity_facts(ties, acts))])
    return store


def test_ties_and_acts_come_back_from_the_graph() -> None:
    ties = (
        Tie("reg/1", "reg/2", "A ≠", "B", 0.75, Standing.CANDIDATE, (Fact("country", agrees=False, detail='GB ≠ "D'),)),
        same("entry:OFAC-SDN/OFAC-1", "供应商/甲 乙"),
    )
    acts = (
        act(3, ActKind.MERGE, "reg/1", "reg/2", "reg/3"),
        act(7, ActKind.SPLIT, "doc-0123456789abcdef0123#s5-9", "reg/1"),
    )
    store = graph_of(ties, acts)
    assert read_ties(store.rows) == tuple(sorted(ties, key=lambda t: t.pair))
    assert read_acts(store.rows) == acts
    assert read_entities(store.rows) == resolve(ties, acts)
    assert read_entities(store.rows).party("entry:OFAC-SDN/OFAC-1") == "供应商/甲 乙"


@pytest.mark.parametrize(
    "key", ["reg/1", "供应商/甲 乙", "entry:OFAC-SDN/OFAC-1", "doc-0123456789abcdef0123#s5-9", "a/b/c"]
)
def test_a_record_is_found_again_by_its_iri(key: str) -> None:
    assert record_id(record_iri(key)) == key


# --- rows of one party as one partner --------------------------------------------------------------------------------


def row(key: str, name: str, **more: object) -> StoredPartner:
    return StoredPartner(key, "doc-1", Partner(key, (Name(name),), "organization", 0, 1, **more))  # type: ignore[arg-type]


def test_rows_of_one_party_keep_everything_they_state() -> None:
    rows = [
        row("a/1", "Northwind Metals Ltd", country="GB", identifiers=(Identifier("LEI", LEI, True),)),
        row("b/2", "Northwind Metals Limited", country="IE", status="active", attributes={"buyer": "Ann"}),
        row("b/3", "Kestrel"),
    ]
    one, other = merged_partners(rows, resolve([same("a/1", "b/2")], []))
    assert one.ids == ("a/1", "b/2")
    assert other.ids == ("b/3",)
    assert [(n.text, n.kind) for n in one.partner.names] == [
        ("Northwind Metals Ltd", "primary"),
        ("Northwind Metals Limited", "aka"),
    ]
    assert (one.partner.country, one.partner.status) == ("GB", "active")
    assert one.partner.attributes == {"buyer": "Ann"}
    assert one.conflicts == (("country", (("GB", "a/1"), ("IE", "b/2"))),)


def test_new_records_are_tied_to_all_others_without_comparing_those_again() -> None:
    firms = ("Northwind Metals", "Kestrel Foods", "Orchid Bakery", "Granite Optics")
    old = [record(str(n), f"{name} Ltd", country="GB") for n, name in enumerate(firms)]
    entry = Record("entry:OFAC-SDN/1", ("Kestrel Foods Ltd",))
    new = [record("9", "Northwind Metals Limited", country="GB"), entry]
    whole = find_ties([*old, *new])
    assert {t.pair for t in whole} == {("reg/0", "reg/9"), ("entry:OFAC-SDN/1", "reg/1")}
    assert find_ties([*old, *new], within={one.id for one in new}) == whole
    assert find_ties([*old, *new], within=set()) == ()


def test_a_new_record_between_two_old_ones_that_differ_joins_only_one() -> None:
    numbers = (("USCC", USCC, True), ("GB-COH", "07654321", None))
    one = record("1", "Alpha Ltd", identifiers=(("LEI", LEI, True), ("GB-COH", "01234567", None)), country="GB")
    two = record("2", "阿尔法有限公司", identifiers=numbers, country="GB")
    between = record("3", "Alpha Ltd", identifiers=(("LEI", LEI, True), ("USCC", USCC, True)))
    known = find_ties([one, two])
    found = find_ties([one, two, between], within={between.id}, before=known)
    assert found == find_ties([one, two, between])
    assert not resolve(found, []).are_same(one.id, two.id)
