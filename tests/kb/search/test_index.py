import random
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.errors import QueryError, StoreDamagedError, StoreOwnedError
from kb.search import IndexRow, SearchIndex
from tests.kb.search.conftest import ids, row

TEXTS = [
    "Supplier shall not terminate this Agreement without notice.",  # 0
    "Termination for convenience requires thirty days' written notice.",  # 1
    "The parties' aggregate liability is capped at USD500,000.",  # 2
    "Processor obligations under Article 28(3)(h) GDPR apply.",  # 3
    "See 12 CFR 1005.2(b) for the definition of account.",  # 4
    "Société Générale acts as agent; non-compete applies.",  # 5
    "甲方违约的，应当按照《民法典》第五百八十五条支付违约金。",  # 6
    "乙方（ABC公司）不得将本合同转让给第三方。",  # 7
    "Force majeure, acts of God and war suspend performance.",  # 8
    "甲方：北京某某科技有限公司，责任自负。乙方无须承担。",  # 9
]


@pytest.fixture
def filled(index: SearchIndex) -> SearchIndex:
    index.apply(remove=(), rows=[row(n, text) for n, text in enumerate(TEXTS)])
    return index


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("terminates", {"0", "1"}),
        ("termination notice", {"0", "1"}),
        ('"written notice"', {"1"}),
        ('"notice written"', set()),
        ("termin*", {"0", "1"}),
        ("terminat*", {"0", "1"}),
        ("not", {"0"}),
        ("notice -written", {"0"}),
        ("notice NOT written", {"0"}),
        ("liability OR majeure", {"2", "8"}),
        ("(liability OR majeure) war", {"8"}),
        ('"acts of god"', {"8"}),
        ('"acts god"', set()),
        ("500,000", {"2"}),
        ("usd500,000", {"2"}),
        ("28(3)(h)", {"3"}),
        ("28(3)(g)", set()),
        ("1005.2(b)", {"4"}),
        ("“１００５．２（ｂ）”", {"4"}),
        ("1005.2", {"4"}),
        ("societe", {"5"}),
        ("noncompete OR non-compete", {"5"}),
        ("违约金", {"6"}),
        ("違約金", {"6"}),
        ("第五百八十五条", {"6"}),
        ("五百八十", {"6"}),
        ("第五百八十六条", set()),
        ("ABC公司", {"7"}),
        ("abc 转让", {"7"}),
        ("约", {"6"}),
        ("甲方责任", set()),  # both are there, but not side by side
        ("甲方 责任", {"9"}),
        ("公司责任", set()),  # a comma stands between them
        ("公司，责任", {"9"}),
        ("「有限公司」 NOT 违约", {"9"}),
        ("liabilty~1", {"2"}),
        ("the", {"2", "4"}),
        ("the liability", {"2"}),
        ("what is force majeure?", set()),
        ("force majeure?", {"8"}),
    ],
)
def test_query_finds_exactly_the_rows_it_describes(filled: SearchIndex, query: str, expected: set[str]) -> None:
    assert set(ids(filled, query)) == expected


def test_empty_query_finds_everything_in_reading_order(filled: SearchIndex) -> None:
    assert ids(filled, "  ") == [str(n) for n in range(len(TEXTS))]


def test_title_counts_more_and_can_be_asked_for_alone(index: SearchIndex) -> None:
    rows = [
        row(1, "Nothing here about it but confidentiality once, in a rather long sentence of many words."),
        row(2, "Each party keeps the other's secrets.", title="Confidentiality"),
        row(3, "Secrets stay secret.", title="Other " * 70 + "Finally"),
    ]
    index.apply(remove=(), rows=rows)
    assert ids(index, "confidentiality") == ["2", "1"]
    assert ids(index, "title:confidentiality") == ["2"]
    assert ids(index, "finally") == ["3"]
    assert ids(index, '"confidentiality each"') == []
    assert index.search("finally").hits[0].snippet == "Secrets stay secret."


def test_facets_filters_and_totals_stay_right_after_rows_are_replaced_and_removed(index: SearchIndex) -> None:
    for number in range(30):
        owner = f"doc-{number}"
        facets = {"level": ("high", "low")[number % 2], "clause_type": "Audit|Insurance" if number % 3 else "Audit"}
        index.apply(remove={owner}, rows=[row(n, "audit right", owner=owner, facets=facets) for n in range(3)])
    for number in range(0, 30, 5):
        index.apply(remove={f"doc-{number}"}, rows=())
    kept = [number for number in range(30) if number % 5]
    high = [number for number in kept if number % 2 == 0]
    result = index.search("audit", filters={"level": "high"}, limit=5)
    assert result.total == 3 * len(high)
    assert result.facets["level"] == {"high": 3 * len(high)}
    insured = 3 * sum(number % 3 > 0 for number in high)
    assert result.facets["clause_type"] == {"Audit": 3 * len(high), "Insurance": insured}
    assert result.facets["type"] == {"clause": 3 * len(high)}
    assert len(result.hits) == 5
    assert index.search("audit", filters={"clause_type": ["Insurance", "None"], "level": "HIGH"}).total == insured
    assert index.search("audit clause_type:insurance level:high").total == insured
    assert index.search("NOT clause_type:insur* level:high").total == 3 * len(high) - insured
    assert index.search("audit", filters={"nonsense": "x"}).total == 0
    assert index.search("doc:doc-7").total == 3
    assert index.search("doc:doc-5").total == 0
    assert index.owners() == {f"doc-{number}": 3 for number in kept}
    assert index.count() == 3 * len(kept)
    index.optimize()
    assert index.count() == 3 * len(kept)
    assert index.search("audit", filters={"level": "high"}, limit=5) == result


def test_applying_a_batch_again_changes_nothing(index: SearchIndex) -> None:
    rows = [row(n, f"clause number {n}") for n in range(5)] + [row(2, "the second version")]
    for _ in range(3):
        index.apply(remove={"doc-a"}, rows=rows)
        assert index.count() == 5
        assert ids(index, "second version") == ["2"]


def test_rows_without_removal_replace_rows_of_the_same_id_only(index: SearchIndex) -> None:
    index.apply(remove=(), rows=[row(n, "old words") for n in range(3)])
    for _ in range(2):
        index.apply(remove=(), rows=[row(1, "new words"), row(7, "new words")])
    assert index.count() == 4
    assert set(ids(index, "old")) == {"0", "2"}
    assert set(ids(index, "new")) == {"1", "7"}


def test_a_batch_that_fails_leaves_the_index_as_it_was(index: SearchIndex) -> None:
    index.apply(remove=(), rows=[row(1, "first words")])

    def broken() -> object:
        yield row(2, "second words")
        raise OSError("source is gone")

    with pytest.raises(OSError, match="source is gone"):
        index.apply(remove={"doc-a"}, rows=broken())  # type: ignore[arg-type]
    assert ids(index, "words") == ["1"]
    index.apply(remove={"doc-a"}, rows=[row(3, "third words")])
    assert ids(index, "words") == ["3"]


def test_readers_see_the_newest_commit_of_another_handle(tmp_path: Path) -> None:
    writer = SearchIndex.open(tmp_path / "i", create=True)
    reader = SearchIndex.open(tmp_path / "i", create=False)
    assert reader.search("word").total == 0
    for number in range(12):
        writer.apply(remove=(), rows=[row(number, "word")])
        assert reader.search("word").total == number + 1
    writer.apply(remove={"doc-a"}, rows=())
    assert reader.search("word").total == 0
    assert reader.count() == 0
    writer.close()
    reader.close()


def test_second_writer_is_refused_with_a_clear_message(index: SearchIndex) -> None:
    held = index._index.writer()
    with pytest.raises(StoreOwnedError, match="Another process is writing"):
        index.apply(remove=(), rows=[row(1, "word")])
    held.cancel()
    index.apply(remove=(), rows=[row(1, "word")])
    assert index.count() == 1


def test_opening_nothing_or_rubbish_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StoreDamagedError) as absent:
        SearchIndex.open(tmp_path / "absent", create=False)
    assert "rebuild" in absent.value.remedy
    assert not (tmp_path / "absent").exists()


def test_many_small_commits_stay_few_segments_and_find_everything(index: SearchIndex) -> None:
    for number in range(150):
        index.apply(remove={f"doc-{number}"}, rows=[row(0, f"common unique{number}", owner=f"doc-{number}")])
    with index._snapshot() as segments:
        assert len(segments) < 30
    assert index.search("common").total == 150
    assert all(index.search(f'"common unique{number}"').total == 1 for number in range(0, 150, 7))


def test_pages_do_not_overlap_and_cover_the_result_in_every_order(filled: SearchIndex) -> None:
    for order in ("relevance", "document", "title"):
        whole = [hit.id for hit in filled.search("", sort=order, limit=100).hits]  # type: ignore[arg-type]
        pages = [filled.search("", sort=order, limit=3, offset=n).hits for n in range(0, 12, 3)]  # type: ignore[arg-type]
        assert [hit.id for page in pages for hit in page] == whole
        assert len(whole) == len(TEXTS)


def test_order_by_title_and_by_document(index: SearchIndex) -> None:
    kinds = [(2, "doc-b", "Ä"), (1, "doc-b", "zeta"), (9, "doc-a", "b")]
    rows = [row(number, "word", owner=owner, title=title) for number, owner, title in kinds]
    index.apply(remove=(), rows=rows)
    assert ids(index, "word", sort="document") == ["9", "1", "2"]
    assert ids(index, "word", sort="title") == ["2", "9", "1"]


def test_misspelt_words_are_corrected_and_right_ones_left(filled: SearchIndex) -> None:
    assert filled.search("majuere").corrected == "majeure"
    assert filled.search("liabilty terminatoin").corrected == "liability termination"
    assert filled.search("(liabilty) OR notice").corrected == "(liability) OR notice"
    assert filled.search("notice").corrected is None
    assert filled.search("xylophone").corrected is None
    assert filled.search("违约").corrected is None


def test_one_thread_and_eight_threads_get_identical_results(index: SearchIndex) -> None:
    rng = random.Random(7)
    vocabulary = ["notice", "liability", "termination", "违约责任", "保密", "audit", "party", "shall", "not"]
    for batch in range(10):
        rows = [row(n, " ".join(rng.choices(vocabulary, k=8)), owner=f"doc-{batch}") for n in range(40)]
        index.apply(remove=(), rows=rows)
    queries = [" ".join(rng.sample(vocabulary, 2)) for _ in range(40)] + ['"notice liability"', "not OR audit", "term*"]
    expected = {query: index.search(query) for query in queries}
    wrong: list[str] = []

    def work(seed: int) -> None:
        order = random.Random(seed).sample(queries, len(queries))
        wrong.extend(query for query in order if index.search(query) != expected[query])

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_searching_while_another_thread_writes_sees_whole_documents(index: SearchIndex) -> None:
    stop = threading.Event()
    torn: list[int] = []

    def read() -> None:
        while not stop.is_set():
            total = index.search("version").total
            if total % 5:
                torn.append(total)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in range(25):
        owner = f"doc-{version % 4}"
        index.apply(remove={owner}, rows=[row(n, f"version {version}", owner=owner) for n in range(5)])
    stop.set()
    for thread in threads:
        thread.join()
    assert torn == []
    assert index.count() == 20


def test_chinese_search_is_exactly_substring_search(index: SearchIndex) -> None:
    rng = random.Random(11)
    pieces = ["违约", "责任", "合同", "甲方", "乙方", "应当", "支付", "不得", "转让", "金", "期限", "条款", "第三方"]
    marks = ["，", "。", "、"]
    texts = ["".join(rng.choices(pieces + marks, k=rng.randint(5, 40))) for _ in range(400)]
    index.apply(remove=(), rows=[row(n, text, language="zh") for n, text in enumerate(texts)])
    parts = [rng.choice(texts)[a : a + k] for k in range(1, 9) for a in range(40)]
    queries = {"".join(character for character in part if character not in marks) for part in parts}
    queries |= {"".join(rng.choices(pieces, k=3)) for _ in range(100)}
    queries.discard("")
    assert len(queries) > 200
    for query in queries:
        truth = {str(n) for n, text in enumerate(texts) if query in text}
        assert set(ids(index, query)) == truth, query


MIXED = st.text(alphabet=st.sampled_from(list("ab Z1甲乙丙違约，。(\n")), min_size=1, max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(MIXED, min_size=1, max_size=6), data=st.data())
def test_every_piece_of_an_indexed_text_is_found_by_its_phrase_with_valid_highlights(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], data: st.DataObject
) -> None:
    index = SearchIndex.open(tmp_path_factory.mktemp("i") / "x", create=True)
    rows = [row(n, text) for n, text in enumerate(texts)]
    index.apply(remove=(), rows=rows)
    number = data.draw(st.integers(0, len(texts) - 1))
    cut = sorted(data.draw(st.tuples(st.integers(0, len(texts[number])), st.integers(0, len(texts[number])))))
    inside = [word for word in texts[number].replace("(", " ").replace("，", " ").replace("。", " ").split() if word]
    piece = texts[number][cut[0] : cut[1]].replace("(", " ")
    chinese = "".join(character for character in piece if character in "甲乙丙違约")
    if chinese and chinese in texts[number]:
        inside.append(chinese)
    for phrase in inside:
        result = index.search(f'"{phrase}"')
        assert str(number) in {hit.id.rpartition("#c")[2] for hit in result.hits}, phrase
        for hit in result.hits:
            text = texts[int(hit.id.rpartition("#c")[2])]
            assert hit.snippet == text[hit.snippet_start : hit.snippet_start + len(hit.snippet)]
            assert hit.highlights
            ends = [0, *(mark for pair in hit.highlights for mark in pair)]
            assert ends == sorted(ends)
            assert ends[-1] <= len(hit.snippet)
    index.close()


def test_a_row_of_millions_of_characters_is_found_and_shown_near_its_match(index: SearchIndex) -> None:
    long = "lorem ipsum dolor " * 60_000 + "the needle is here " + "sit amet " * 20_000
    index.apply(remove=(), rows=[row(1, long), row(2, "第一条 " * 50_000 + "违约金在此" + "第二条 " * 1000)])
    hit = index.search("needle").hits[0]
    assert [hit.snippet[a:b] for a, b in hit.highlights] == ["needle"]
    hit = index.search("违约金").hits[0]
    assert [hit.snippet[a:b] for a, b in hit.highlights] == ["违约金"]
    assert hit.snippet_start > 0
    assert not hit.snippet_is_tail


def test_snippet_shows_the_original_text_and_prefers_the_place_with_most_matches(index: SearchIndex) -> None:
    text = (
        "audit. "
        + "filler words go on and on. " * 30
        + "The AUDITOR’s right to audit “Records” of 違約方。"
        + " more" * 90
    )
    index.apply(remove=(), rows=[row(1, text)])
    hit = index.search("audit records 违约方").hits[0]
    assert [hit.snippet[a:b] for a, b in hit.highlights] == ["audit", "Records", "違約方"]
    assert not hit.snippet_is_tail
    hit = index.search("方").hits[0]
    assert [hit.snippet[a:b] for a, b in hit.highlights] == ["方"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"limit": -1}, "query-page"),
        ({"limit": 10_000}, "query-page"),
        ({"offset": -1}, "query-page"),
        ({"sort": "size"}, "query-sort"),
    ],
)
def test_bad_arguments_are_query_errors(index: SearchIndex, arguments: dict[str, object], code: str) -> None:
    with pytest.raises(QueryError) as caught:
        index.search("x", **arguments)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert caught.value.remedy


def test_words_of_other_scripts_and_encoded_data_are_indexed(index: SearchIndex) -> None:
    blob = "QUJD" * 200
    index.apply(
        remove=(),
        rows=[row(1, "Газпром и Роснефть"), row(2, f"data {blob}"), row(3, "شركة النفط"), row(4, "株式会社ガス")],
    )
    assert ids(index, "газпром") == ["1"]
    assert ids(index, blob) == ["2"]
    assert ids(index, "النفط") == ["3"]
    assert ids(index, "ｶﾞｽ") == ["4"]


def test_rows_need_an_owner(index: SearchIndex) -> None:
    with pytest.raises(ValueError, match="no owner"):
        index.apply(remove=(), rows=[IndexRow("x", "", "clause", "", "", "", 0, 0, "en")])
