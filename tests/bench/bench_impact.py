"""Impact of one act over many citing clauses: the ledger, and beside it resolving every citation one by one.

    python -m tests.bench.bench_impact [clauses] [articles] [contracts]

Generated: an act of ``articles`` articles in two versions (a fifth reworded, a twentieth deleted, a tenth inserted, so
that most are renumbered) and ``contracts`` contracts (1,000) that cite it in ``clauses`` clauses (10,000), each with
thirty more clauses that cite nothing. Then a hundred laws are stored that cite the act in twenty articles each. Figures
are printed, not asserted; the aim is a ledger in at most 1 s.
"""

from __future__ import annotations

import hashlib
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from api.service.impact import refresh
from api.service.ledger import ledger_json, question
from checks.law_reading import LawReading
from checks.ledger_load import act_names, citing_clauses
from ingest.law import read_act
from ingest.law.citing import cited_elsewhere
from ingest.map import Origin, facts_of
from kb.base import KnowledgeBase
from kb.ids import document_id
from kb.model import Annotations, Citation, Clause, Document, Kind, Party, Value
from kb.records import Revision
from kb.settings import Settings

ACT = "cn/示例经营法"
NUMERALS = "零一二三四五六七八九"
VERBS = ("公告", "登记", "报送", "保存", "核验", "清点", "评估", "检查", "通知", "复核")  # publish, register, report, …
THINGS = ("账册", "名册", "样品", "货款", "合同", "凭证", "印章", "厂房", "库存", "报告")  # ledgers, rolls, samples, …
CITING_LAWS, CITED_BY_EACH = 100, 20
OTHERS = 30
"""Clauses of a contract that cite nothing."""


def numeral(value: int) -> str:
    """Return an article number in Chinese numerals, 1 to 999."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = f"{NUMERALS[hundreds]}百" if hundreds else ""
    if tens:
        text += f"{NUMERALS[tens]}十"
    elif hundreds and ones:
        text += "零"
    return text + (NUMERALS[ones] if ones else "")


def law_text(articles: int, *, revised: bool) -> str:
    """Return one version of the act."""
    chance = random.Random(7)
    lines: list[str] = []
    for number in range(1, articles + 1):
        words = "、".join(chance.choice(THINGS) for _ in range(4))
        days = chance.randrange(3, 60)
        text = f"经营者应当在{days}日内{chance.choice(VERBS)}第{number}类{words}。"
        second = f"前款所称{words}，由{chance.choice(THINGS)}管理人员{chance.choice(VERBS)}。"
        drop, reword, insert = (chance.random() < share for share in (0.05, 0.2, 0.1))
        if revised and drop:
            continue
        if revised and insert:
            lines.append(f"任何单位不得伪造{chance.choice(THINGS)}{number}。")
        lines.append(f"{text.replace('应当', '必须') if revised and reword else text}\n\n{second}")
    head = "2015年3月1日公布" + ("，2023年12月29日修订" if revised else "")
    start = "2024年7月1日" if revised else "2015年6月1日"
    lines.append(f"本法自{start}起施行。")
    body = "\n\n".join(f"第{numeral(i)}条 {line}" for i, line in enumerate(lines, 1))
    return f"# 示例经营法\n\n{head}\n\n{body}\n"


def stored(name: str, document: Document, found: Annotations) -> Revision:
    """Return a made-up document ready to be stored."""
    original = document.text.encode()
    id_ = document_id(found.kind, hashlib.sha256(original).hexdigest())
    origin = Origin(name, hashlib.sha256(original).hexdigest(), "bench", datetime(2025, 1, 1, tzinfo=UTC))
    return Revision(f"src-{name}", name, found.kind, original, document, facts_of(id_, document, found, origin))


def contract(number: int, citing: int, articles: int) -> Revision:
    """Return one made-up contract."""
    chance = random.Random(number)
    signed = date(2016 + number % 10, 1 + number % 12, 1)
    text = f"采购合同{number}\n签订日期：{signed}\n甲方：甲{number}公司\n乙方：乙{number % 97}公司\n"
    value = text.index(str(signed))
    parties = tuple(
        Party(name, role, text.index(name), text.index(name) + len(name), "organization")
        for name, role in ((f"甲{number}公司", "甲方"), (f"乙{number % 97}公司", "乙方"))
    )
    clauses: list[Clause] = []
    citations: list[Citation] = []
    cites = set(chance.sample(range(OTHERS + citing), citing))
    for place in range(OTHERS + citing):
        start = len(text)
        label = f"第{numeral(place + 1)}条"
        text += f"{label} {chance.choice(VERBS)}{chance.choice(THINGS)}，" * 3
        if place in cites:
            article = chance.randrange(1, articles + 1)
            part = chance.choice(("", "(1)", "(2)"))
            words = f"《示例经营法》第{numeral(article)}条" + {"": "", "(1)": "第一款", "(2)": "第二款"}[part]
            citations.append(Citation(words, len(text), len(text) + len(words), ACT, f"{article}{part}"))
            text += words + chance.choice(("", "及其修订"))
        text += "。\n"
        clauses.append(Clause(f"c{place + 1}", start, len(text) - 1, label, None, 1, None, start))
    document = Document(text, (), "text/plain", "zh", f"采购合同{number}")
    found = Annotations(
        Kind.CONTRACT,
        clauses=tuple(clauses),
        values=(Value("Agreement Date", signed.isoformat(), None, value, value + 10),),
        parties=parties,
        citations=tuple(citations),
    )
    return stored(f"contract-{number}.txt", document, found)


def fill(kb: KnowledgeBase, clauses: int, articles: int, contracts: int) -> None:
    """Store law and contracts."""
    laws = []
    for name, revised in (("示例经营法(2015-03-01).md", False), ("示例经营法(2023-12-29).md", True)):
        document = Document(law_text(articles, revised=revised), (), "text/markdown", "zh")
        laws.append(stored(name, document, Annotations(Kind.REGULATION, law=read_act(document, source_name=name))))
    kb.commit(laws)
    for first in range(0, contracts, 250):
        kb.commit([contract(n, clauses // contracts, articles) for n in range(first, min(first + 250, contracts))])


def citing_law(number: int, articles: int) -> Revision:
    """Return one made-up law that cites the act."""
    chance = random.Random(-number - 1)
    lines = [
        f"第{numeral(place)}条 {chance.choice(THINGS)}的{chance.choice(VERBS)}，依照《示例经营法》"
        f"第{numeral(chance.randrange(1, articles + 1))}条办理。"
        for place in range(1, CITED_BY_EACH + 1)
    ]
    text = f"# 示例经营法实施办法{numeral(number + 1)}\n\n2017年3月1日公布\n\n" + "\n\n".join(lines) + "\n"
    document = Document(text, (), "text/markdown", "zh")
    act = read_act(document, source_name=f"law-{number}.md")
    cited = cited_elsewhere(text, act, language="zh")
    return stored(f"law-{number}.md", document, Annotations(Kind.REGULATION, law=act, citations=cited))


def measure(kb: KnowledgeBase, what: str) -> None:
    """Print how long the ledger takes."""
    with kb.snapshot() as snapshot:
        asked = question(date(2026, 1, 1), None, None)
        found = ledger_json(snapshot, ACT, asked, {}, everything=False)
        items = sum(len(change["items"]) for change in found["changes"])
        cpu = time.process_time()
        times = sorted(seconds(lambda: ledger_json(snapshot, ACT, asked, {}, everything=False)))
        cpu = (time.process_time() - cpu) / len(times)
        print(
            f"ledger: {what}, {items} items under {len(found['changes'])} changes, {len(found['laws'])} citing laws, "
            f"{found['unmoved']} unmoved: {times[0]:.2f} s (best of {len(times)}), {times[len(times) // 2]:.2f} s "
            f"(median), {cpu:.2f} s of CPU"
        )


def seconds(work: Callable[[], object], times: int = 5) -> Iterator[float]:
    """Yield how long some calls took."""
    for _ in range(times):
        start = time.perf_counter()
        work()
        yield time.perf_counter() - start


def main() -> None:
    """Print the figures."""
    clauses, articles, contracts = (int(a) for a in [*sys.argv[1:], *("10000", "260", "1000")[len(sys.argv) - 1 :]])
    with (
        tempfile.TemporaryDirectory() as folder,
        KnowledgeBase.open(Path(folder), write=True, settings=Settings()) as kb,
    ):
        fill(kb, clauses, articles, contracts)
        kb.optimize()
        start = time.perf_counter()
        made = refresh(kb)
        print(f"refresh: {made.changes} change objects of {articles} articles in {time.perf_counter() - start:.2f} s")
        start = time.perf_counter()
        refresh(kb)
        print(f"refresh again, nothing new: {time.perf_counter() - start:.3f} s")
        measure(kb, f"{clauses} citing clauses in {contracts} contracts")
        with kb.snapshot() as snapshot:
            law = LawReading(snapshot)
            citing = citing_clauses(snapshot, act_names(snapshot, law.index, ACT), ACT)
            start, used = time.perf_counter(), time.process_time()
            for each in citing:
                law.index.resolve(each.citation, date(2026, 1, 1), written=each.written)
            alone, used = time.perf_counter() - start, time.process_time() - used
            print(f"peer: resolving the {len(citing)} citations, without a ledger: {alone:.2f} s, {used:.2f} s of CPU")
            print(f"peer: {used / max(len(citing), 1) * 1e6:.0f} microseconds of CPU a citation")
        kb.commit([citing_law(number, articles) for number in range(CITING_LAWS)])
        kb.optimize()
        refresh(kb)
        measure(kb, f"the same with {CITING_LAWS * CITED_BY_EACH} citations of {CITING_LAWS} laws")


if __name__ == "__main__":
    main()
