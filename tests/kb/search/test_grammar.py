import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import QueryError
from kb.search import SearchIndex
from kb.search.grammar import MAX_CHARACTERS, MAX_TERMS, parse
from kb.search.query import And, Not, Or, Property, Text
from tests.kb.search.conftest import row

ABUSE = [
    *(
        "*",
        "**",
        "*a*",
        "?",
        "a*",
        "??*",
        "* *",
        "***",
        "a~",
        "abc~9",
        "abcd~99999999999",
        "~",
        '"',
        '""',
        '"a',
        "(",
        ")",
    ),
    *("()", "(" * 1000, ")" * 1000, "(" * 30 + "a" + ")" * 30, "(" * 40 + "a" + ")" * 40, "[a TO z]", "{a TO z}"),
    *(
        "/(a+)+$/",
        "OR",
        "AND",
        "NOT",
        "a OR",
        "OR a",
        "a AND AND b",
        "NOT NOT NOT a",
        "-" * 500 + "a",
        "--",
        "+",
        "+ -",
    ),
    *("a OR b OR", "type:", "type::", ":::", "title:title:title:a", "type:type:type:x", "doc:*", "level:(a OR b", "\\"),
    *('\\"', "'; DROP TABLE rows; --", "<script>alert(1)</script>", "\x00\x01\x02", "\ud800", "\ufeff", "\u202e abc"),
    *("𠮷" * 300, "a " * 1000, "word " * 64, "word " * 65, "违" * 2000, "违约 " * 60, "x" * 2000, "x" * 2001, "a*b*c*"),
    *('"' + "a b " * 30 + '"', "第*", "第五*", "((((((a OR b) c) d) e) f) -g)", "・" * 50, "🙂", "💥 boom", "a\nb\tc"),
    *("1" * 1999, "1.2.3.4.5.6.7.8.9(a)(b)(c)", "e\u0301" * 500, "&&", "||", "a && b || c", "!a", "a^5", "-" * 2000),
    " OR ".join(f"{chr(97 + n)}aa*" for n in range(26)),
    " ".join(f"common{n}~2" for n in range(60)),
    " ".join("-aaa*" for _ in range(60)),
    " OR ".join("wor*" for _ in range(60)),
    " OR ".join(f"word{n}*" for n in range(60)),
    " ".join(f"wirdx{n}" for n in range(60)),
    " OR ".join("a(b)" * 30 for _ in range(10)),
]


def refusal(ask: Callable[[str], object], query: str) -> QueryError | None:
    try:
        ask(query)
    except QueryError as refused:
        return refused
    return None


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    index = SearchIndex.open(tmp_path_factory.mktemp("abuse") / "x", create=True)
    texts = (f"common{n % 97} word{n} aa{n}a b{n:05} 违约{chr(0x4E00 + n % 5000)}第{n}条" for n in range(8000))
    index.apply(remove=(), rows=[row(n, text) for n, text in enumerate(texts)])
    return index


def test_every_abusive_query_is_answered_or_refused_with_a_remedy(large: SearchIndex) -> None:
    assert len(ABUSE) >= 70
    slowest = 0.0
    for query in ABUSE:
        begin = time.monotonic()
        refused = refusal(large.search, query)
        assert refused is None or (refused.code.startswith("query-") and refused.remedy)
        slowest = max(slowest, time.monotonic() - begin)
    print(f"slowest abusive query: {slowest:.2f} s")


@given(st.text(max_size=300) | st.text(alphabet=st.sampled_from(list('ab*~"()-+:甲方 ORANDT\n')), max_size=120))
def test_parsing_any_text_gives_a_query_or_a_query_error(query: str) -> None:
    refused = refusal(parse, query)
    assert refused is None or refused.remedy


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("x" * (MAX_CHARACTERS + 1), "query-too-long"),
        ("w " * (MAX_TERMS + 1), "query-too-many-terms"),
        ("(" * 33 + "a" + ")" * 33, "query-nesting"),
        ("*a*", "query-wildcard"),
        ("ab*", "query-wildcard"),
        ("第*", "query-wildcard"),
        ("abc~9", "query-fuzzy"),
        ('"open', "query-quote"),
        ("(open", "query-parenthesis"),
        ("open)", "query-parenthesis"),
        ("a OR", "query-operator"),
        ("AND a", "query-operator"),
        ("a NOT", "query-operator"),
        ("!!! ...", "query-no-words"),
    ],
)
def test_refused_queries_say_why(query: str, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caught.value.code == code


def test_operators_bind_not_then_and_then_or() -> None:
    node = parse("a1x b1x OR -c1x d1x")
    assert isinstance(node, Or)
    left, right = node.parts
    assert isinstance(left, And)
    assert isinstance(right, And)
    assert isinstance(right.parts[0], Not)


def test_fields_apply_to_groups_and_quoted_values() -> None:
    assert parse('clause_type:"Governing Law"') == Property("clause_type", "governing law")
    assert parse("type:(clause OR news)") == Or((Property("type", "clause"), Property("type", "news")))
    assert parse("lang:ZH") == Property("language", "zh")
    titled = parse("title:(audit report)")
    assert isinstance(titled, And)
    assert all(isinstance(part, Text) and part.in_title for part in titled.parts)


def test_unknown_fields_are_ordinary_text() -> None:
    node = parse("https://example.com/a")
    assert isinstance(node, Text)
    assert [slot.text for slot in node.slots] == ["https", "example", "com", "a"]


def test_common_words_count_only_where_nothing_else_does() -> None:
    assert parse("the liability") == Text(parse("liability").slots, 4, 13)  # type: ignore[union-attr]
    assert isinstance(parse('"the" liability'), And)
    assert isinstance(parse("the of"), And)
    assert isinstance(parse("the type:clause"), And)
