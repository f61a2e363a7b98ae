"""Index and search speed of ``kb.search`` beside plain Whoosh, in one run.

    python -m tests.bench.bench_search [--rows 10000] [--batch 16] [--seed 1]

The corpus is 80 % English clauses and 20 % Chinese ones, 100 clauses to a document; English from ``../shared/data``
where it exists, else generated. "Plain Whoosh" is the library's own schema, query parser, highlighter and facet
collector with the stemming analyser for English and a bigram tokenizer for Chinese, one row per document.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from whoosh import analysis, fields, qparser, query, sorting
from whoosh import index as whoosh_index

from kb.search import IndexRow, SearchIndex

CUAD = Path(__file__).parents[2].parent / "shared" / "data" / "contracts" / "cuad" / "train.json.gz"
LEVELS = ("high", "medium", "low")
ENGLISH = [
    "agreement",
    "party",
    "parties",
    "shall",
    "not",
    "liability",
    "terminate",
    "termination",
    "notice",
    "written",
    "days",
    "confidential",
    "information",
    "supplier",
    "customer",
    "services",
    "payment",
    "invoice",
    "governing",
    "law",
    "indemnify",
    "damages",
    "breach",
    "assign",
    "consent",
    "renewal",
    "term",
    "effective",
    "warranty",
    "audit",
    "records",
    "insurance",
    "intellectual",
    "property",
    "license",
    "royalty",
    "territory",
    "exclusive",
]
CHINESE = [
    "甲方",
    "乙方",
    "应当",
    "不得",
    "违约责任",
    "合同",
    "支付",
    "违约金",
    "保密信息",
    "转让",
    "第三方",
    "期限",
    "解除",
    "赔偿",
    "损失",
]


def english(count: int, rng: random.Random) -> list[str]:
    """Return ``count`` English paragraphs."""
    if not CUAD.is_file():
        return [" ".join(rng.choices(ENGLISH, k=rng.randint(20, 90))) for _ in range(count)]
    contracts = json.loads(gzip.decompress(CUAD.read_bytes()))["data"]
    found = (line.strip() for contract in contracts for line in contract["paragraphs"][0]["context"].split("\n"))
    return [line for line, _ in zip((line for line in found if len(line) > 40), range(count), strict=False)]


def corpus(count: int, seed: int) -> list[IndexRow]:
    """Return rows grouped by document."""
    rng = random.Random(seed)
    texts = english(count * 4 // 5, rng)
    chinese = [
        "，".join("".join(rng.choices(CHINESE, k=4)) for _ in range(rng.randint(3, 12))) for _ in range(count // 5)
    ]
    rows = []
    for number, text in enumerate(texts + chinese):
        owner = f"doc-{number // 100:05}"
        facets = {
            "level": rng.choice(LEVELS),
            "clause_type": rng.choice(["Audit", "Cap", "Notice"]),
            "kind": "contract",
        }
        language = "en" if number < len(texts) else "zh"
        start = number % 100 * 2000
        rows.append(
            IndexRow(
                f"{owner}#c{number}",
                owner,
                "clause",
                text[:40],
                text,
                owner,
                start,
                start + len(text),
                language,
                facets,
            )
        )
    return rows


class Bigrams(analysis.Tokenizer):  # type: ignore[misc]
    """Pairs of characters."""

    def __call__(self, value: str, positions: bool = False, chars: bool = False, **_: Any) -> Iterator[Any]:
        """Yield the tokens of ``value``."""
        token = analysis.Token(positions, chars)
        for place in range(max(1, len(value) - 1)):
            token.text = token.original = value[place : place + 2]
            token.pos, token.startchar, token.endchar, token.boost, token.stopped = place, place, place + 2, 1.0, False
            yield token


class Plain:
    """Whoosh as its documentation shows it."""

    def __init__(self, path: Path) -> None:
        schema = fields.Schema(
            id=fields.ID(unique=True, stored=True),
            owner=fields.ID(),
            en=fields.TEXT(analysis.StemmingAnalyzer(), stored=True),
            zh=fields.TEXT(Bigrams(), stored=True),
            level=fields.ID(stored=True, sortable=True),
            clause_type=fields.ID(stored=True, sortable=True),
        )
        self.index = whoosh_index.create_in(str(path), schema)

    def apply(self, owners: set[str], rows: Sequence[IndexRow]) -> None:
        """Replace the rows of some owners."""
        writer = self.index.writer(limitmb=256)
        for owner in owners:
            writer.delete_by_term("owner", owner)
        for row in rows:
            text = {row.language: row.text}
            writer.add_document(
                id=row.id, owner=row.owner, level=row.facets["level"], clause_type=row.facets["clause_type"], **text
            )
        writer.commit()

    def searcher(self) -> Callable[[str], int]:
        """Return a function that searches with filter, highlight and facets."""
        opened = self.index.searcher()
        parser = qparser.QueryParser("en", self.index.schema)

        def ask(words: str) -> int:
            if words.isascii():
                asked = parser.parse(words)
            else:
                asked = query.Phrase("zh", [words[place : place + 2] for place in range(len(words) - 1)])
            field = "en" if words.isascii() else "zh"
            facets = sorting.FieldFacet("clause_type")
            found = opened.search(asked, limit=20, filter=query.Term("level", "high"), groupedby=facets)
            for hit in found:
                hit.highlights(field)
            found.groups()
            return len(found)

        return ask


def timed(ask: Callable[[str], int], queries: Sequence[str]) -> tuple[float, float, int]:
    """Return p50 and p95 in milliseconds and the sum of totals."""
    took, total = [], 0
    for words in queries:
        begin = time.perf_counter()
        total += ask(words)
        took.append((time.perf_counter() - begin) * 1000)
    return statistics.median(took), statistics.quantiles(took, n=20)[-1], total


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--batch", type=int, default=16, help="documents per commit")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows = corpus(options.rows, options.seed)
    step = options.batch * 100
    rng = random.Random(options.seed)
    words = [word for row in rng.sample(rows, 400) if row.language == "en" for word in row.text.lower().split()]
    known = sorted({word for word in words if word.isascii() and word.isalpha() and len(word) > 4})
    queries = [" ".join(rng.sample(known, rng.randint(1, 2))) for _ in range(120)] + rng.sample(ENGLISH, 20)
    queries += ["".join(rng.choices(CHINESE, k=rng.randint(1, 2))) for _ in range(40)]
    rng.shuffle(queries)
    folder = Path(tempfile.mkdtemp())
    ours, plain = SearchIndex.open(folder / "ours", create=True), Plain(_made(folder / "plain"))
    characters = sum(len(row.text) for row in rows) / len(rows)
    print(
        f"{len(rows)} rows of {characters:.0f} characters, {options.batch} documents per commit, {len(queries)} queries"
    )
    for name, apply in (("kb.search", lambda o, r: ours.apply(remove=o, rows=r)), ("plain Whoosh", plain.apply)):
        begin = time.perf_counter()
        for place in range(0, len(rows), step):
            batch = rows[place : place + step]
            apply({row.owner for row in batch}, batch)
        print(f"{name:13} index {len(rows) / (time.perf_counter() - begin):7.0f} rows/s")
    for name, ask in (
        ("kb.search", lambda words: ours.search(words, filters={"level": "high"}).total),
        ("plain Whoosh", plain.searcher()),
    ):
        for turn in ("cold", "warm"):
            p50, p95, total = timed(ask, queries)
            print(f"{name:13} search {turn}: p50 {p50:6.1f} ms  p95 {p95:6.1f} ms  ({total} hits)")
    ours.close()
    shutil.rmtree(folder)


def _made(path: Path) -> Path:
    path.mkdir()
    return path


if __name__ == "__main__":
    main()
