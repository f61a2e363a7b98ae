"""A small world for the pages, in memory: what an implementation of ``PageData`` returns."""
# ruff: noqa: E501, ARG002 - sample texts, and a protocol whose arguments the sample does not need

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from api.web.alerts import AlertActView, AlertsPage, AlertView, FieldChange
from api.web.data import (
    Basis,
    Bilingual,
    ClauseView,
    DocumentPage,
    EventView,
    Example,
    Feature,
    FindingsPage,
    FindingView,
    HitActView,
    IdentifierView,
    LawPage,
    ListHit,
    NameView,
    PartnerPage,
    Passage,
    Reference,
    RulePage,
    RuleRow,
    SearchPage,
    SignedContract,
    Subject,
    TermLink,
    TermPage,
)
from api.web.hits import HitsAsked, HitsPage
from api.web.overview import DocumentRow, PartnerRow
from kb.errors import NotFoundError, QueryError
from kb.search import Hit, SearchResult

HIT = "S:S-118@partner=northwind"
STATUSES = ("open", "reopened", "undecided", "true-match", "false-positive", "all")

ENGLISH = """MASTER SUPPLY AGREEMENT

This Agreement is made on 3 March 2025 between Northwind Traders Ltd (the "Supplier") and Harbour Bank plc (the "Customer").

1. Term
1.1 This Agreement starts on the Effective Date and renews automatically for successive periods of five years unless the \
Customer gives notice at least 180 days before the end of the current period.
1.2 The Supplier may terminate at any time without notice.

2. Liability
2.1 The Customer's liability under this Agreement is unlimited.
2.2 The Supplier's aggregate liability shall not exceed EUR 1,000 in any year, including for death or personal injury.

3. Data protection
3.1 The Supplier processes personal data on behalf of the Customer in accordance with Article 28(3)(h) of Regulation (EU) \
2016/679.
3.2 The Supplier may engage other processors at its own discretion.

4. Governing law
4.1 This Agreement is governed by the laws of Ireland.
"""

CHINESE = """采购合同

甲方：北方贸易有限公司
乙方：海港信息技术股份有限公司

第一条　标的与价款
甲方向乙方采购服务器设备，合同总价为人民币伍佰万元整（￥5,000,000.00）。甲方应当在本合同签订之日起三日内支付全部价款。

第二条　违约责任
甲方逾期付款的，每逾期一日，应当按照合同总价的百分之五向乙方支付违约金，且不适用《中华人民共和国民法典》第五百八十五条关于违约金调整的规定。
乙方对延迟交付不承担任何责任。

第三条　争议解决
因本合同引起的争议，由乙方住所地人民法院管辖。
"""


def span(text: str, words: str) -> tuple[int, int]:
    start = text.index(words)
    return start, start + len(words)


def passage(document: str, title: str, text: str, words: str) -> Passage:
    return Passage(document, title, *span(text, words), words)


def flag(
    number: int,
    level: str | None,
    rule: str,
    title: Bilingual,
    message: Bilingual,
    remedy: Bilingual,
    *evidence: Passage,
) -> FindingView:
    grade = {"high": (3, 3), "medium": (2, 2), "low": (1, 2)}.get(level or "", (None, None))
    subject = Subject("document", evidence[0].document, evidence[0].title)
    basis = (
        Basis(
            "eu/reg/2016/679",
            Bilingual("GDPR, Article 28(2)", "GDPR, Article 28(2)"),
            "28(2)",
            "eu/reg/2016/679@2016-04-27",
        ),
    )
    return FindingView(
        f"f-{number}", rule, "1.2.0", title, "flag", level, message, remedy, subject, evidence, basis, *grade
    )


EN_TITLE, ZH_TITLE = "Master Supply Agreement – Northwind / Harbour Bank", "采购合同（北方贸易／海港信息）"


def english() -> DocumentPage:
    def quote(words: str) -> Passage:
        return passage("doc-en", EN_TITLE, ENGLISH, words)

    findings = (
        flag(
            1,
            "high",
            "clause/unlimited-liability",
            Bilingual("Unlimited liability", "无限责任"),
            Bilingual("Our liability is not capped.", "我方责任没有上限。"),
            Bilingual("Cap liability at the fees of the last twelve months.", "将责任上限设为最近十二个月的费用。"),
            quote("The Customer's liability under this Agreement is unlimited."),
        ),
        flag(
            2,
            "medium",
            "clause/long-renewal",
            Bilingual("Long automatic renewal", "自动续期过长"),
            Bilingual(
                "The contract renews for five years unless notice is given 180 days ahead.",
                "除非提前180日通知，合同自动续期五年。",
            ),
            Bilingual("Renew for one year at most, with 30 days' notice.", "续期至多一年，通知期三十日。"),
            quote("renews automatically for successive periods of five years"),
            quote("at least 180 days before the end of the current period"),
        ),
        flag(
            3,
            "low",
            "clause/sub-processors",
            Bilingual("Sub-processors without authorisation", "未经授权的次级处理者"),
            Bilingual(
                "Other processors may be engaged without the controller's authorisation.",
                "可未经控制者授权聘用其他处理者。",
            ),
            Bilingual("Require prior written authorisation.", "要求事先书面授权。"),
            quote("may engage other processors at its own discretion"),
            quote("The Supplier may engage other"),
        ),
    )
    numbers = [("1.", "Term"), ("2.", "Liability"), ("3.", "Data protection"), ("4.", "Governing law")]
    heads = [f"{number} {title}" for number, title in numbers]
    starts = [ENGLISH.index(head) for head in heads] + [len(ENGLISH)]
    clauses = [
        ClauseView(
            f"c{n + 1}",
            starts[n],
            starts[n + 1],
            *numbers[n],
            1,
            (Bilingual("Governing Law", "管辖法律"),) if n == 3 else (),
        )
        for n in range(4)
    ]
    party = (*span(ENGLISH, "Northwind Traders Ltd"), Bilingual("Supplier", "供应方"))
    cited = (
        *span(ENGLISH, "Article 28(3)(h) of Regulation (EU) 2016/679"),
        Bilingual("Citation, resolved", "引用，已解析"),
    )
    return DocumentPage(
        "doc-en", EN_TITLE, "contract", "en", ENGLISH, "contracts/northwind-msa.docx", "2026-11-23 17:20 UTC", tuple(clauses),
        (Reference("party", *party, None, "northwind"), Reference("citation", *cited, "eu/reg/2016/679 · 28(3)(h)")),
        findings, ((Bilingual("Contract type", "合同类型"), "supply"), (Bilingual("Agreement date", "签订日期"), "2025-03-03")),
    )  # fmt: skip


def chinese() -> DocumentPage:
    finding = flag(
        4,
        "high",
        "clause/excessive-penalty",
        Bilingual("Excessive penalty", "违约金过高"),
        Bilingual(
            "A penalty of 5 % a day may be reduced by a court on request.",
            "日百分之五的违约金过分高于损失，可请求法院适当减少。",
        ),
        Bilingual("Agree on at most 0.05 % a day.", "约定每日不超过万分之五。"),
        passage("doc-zh", ZH_TITLE, CHINESE, "每逾期一日，应当按照合同总价的百分之五向乙方支付违约金"),
    )
    note = Bilingual("Checked against the version in force on 2021-01-01.", "依据自2021年1月1日起施行的版本核对。")
    finding = replace(
        finding,
        basis=(
            Basis(
                "cn/民法典",
                Bilingual("《民法典》第五百八十五条", "《民法典》第五百八十五条"),
                "585",
                "cn/民法典@2020-05-28",
                None,
                note,
            ),
        ),
    )
    starts = [CHINESE.index(head) for head in ("第一条", "第二条", "第三条")] + [len(CHINESE)]
    heads = ("标的与价款", "违约责任", "争议解决")
    clauses = tuple(ClauseView(f"c{n + 1}", starts[n], starts[n + 1], f"第{'一二三'[n]}条", heads[n]) for n in range(3))
    cited = (*span(CHINESE, "《中华人民共和国民法典》第五百八十五条"), Bilingual("Citation, resolved", "引用，已解析"))
    return DocumentPage(
        "doc-zh", ZH_TITLE, "contract", "zh", CHINESE, "contracts/采购合同.pdf", "2026-11-23 17:21 UTC", clauses,
        (Reference("citation", *cited, "cn/民法典 · 585"),), (finding,), (), ("Page 4 holds only an image and was not read.",),
    )  # fmt: skip


def partner() -> PartnerPage:
    listed = "Northwind Trading Co.; a.k.a. 北风贸易有限公司; Ireland; LEI 5493001KJTIIGC8Y1R12"
    article = "Prosecutors in Dublin have charged Northwind Traders with misreporting its customs duties."
    return PartnerPage(
        "northwind",
        (NameView("Northwind Traders Ltd", "primary", "en"), NameView("北风贸易有限公司", "aka", "zh"), NameView("Nordwind GmbH", "fka")),
        "organization", "IE", "active", "Limited (LTD)", "12 Quay Street, Dublin 1",
        (IdentifierView("LEI", "5493001KJTIIGC8Y1R12", True), IdentifierView("USCC", "91110000MA0000000X", False), IdentifierView("registration", "IE-448812")),
        {"Supplier class": "A", "Since": "2011"},
        (SignedContract(passage("doc-en", EN_TITLE, ENGLISH, "Northwind Traders Ltd"), "Supplier", date(2025, 3, 3)),),
        (
            ListHit("Sample sanctions list", "S-118", "Northwind Traders Ltd", "Northwind Trading Co.", 0.91, True, "2026-11-01", ("SAMPLE-PROGRAM",),
                (Feature("name", 0.91, "Northwind is the same; Traders resembles Trading"), Feature("country", 1.0, "IE on both sides")),
                Passage("doc-list", "Sample sanctions list", 10, 10 + len(listed), listed), HIT),
            ListHit("Sample watch list", "W-7", "Nordwind GmbH", "Nordwin AG", 0.62, False, "2026-10-15", hit="W:W-7@partner=northwind",
                status="false-positive", said=Bilingual("li decided on 2026-01-05 that it is a false positive: <i>seen</i>.", "li 于 2026-01-05 认定为误报：<i>seen</i>。"),
                history=(HitActView("true-match", "li", "too soon", "2026-01-04T10:00:00+00:00"), HitActView("false-positive", "li", "<i>seen</i>", "2026-01-05T10:00:00+00:00"))),
        ),
        ("Sample sanctions list 2026-11-01", "Sample watch list 2026-10-15"),
        (EventView(Bilingual("Fraud", "欺诈"), "charge", date(2026, 9, 14), Passage("doc-news", "Dublin Courier", 0, len(article), article), 0.88),),
        english().findings[:1],
        (Passage("doc-register", "Supplier register 2026", 120, 141, "Northwind Traders Ltd"),),
    )  # fmt: skip


RULES = (
    RuleRow("clause/excessive-penalty", "1.0.0", Bilingual("Excessive penalty", "违约金过高"), "high", ("en", "zh")),
    RuleRow("clause/unlimited-liability", "1.2.0", Bilingual("Unlimited liability", "无限责任"), "high", ("en", "zh")),
)


class SampleData:
    """``PageData`` over the sample; ``twist`` may change every text that goes out."""

    def documents(self) -> dict[str, DocumentPage]:
        return {page.id: page for page in (english(), chinese())}

    def search(
        self,
        query: str,
        *,
        type: str | None,  # noqa: A002
        language: str | None,
        filters: Mapping[str, Sequence[str]],
        limit: int,
        offset: int,
        sort: str,
    ) -> SearchPage:
        if query.startswith("*"):
            raise QueryError(
                "'*a': * may only stand at the end of a word.", code="query-wildcard", remedy="Write letters first."
            )
        text, start = ENGLISH, ENGLISH.index("The Customer's liability")
        shown = text[start : start + 120]
        mark = (shown.index("liability"), shown.index("liability") + 9)
        hits = (
            Hit("doc-en#c2", "clause", "2. Liability", shown, 7.1, "doc-en", start, start + 120, "en",
                {"clause_type": "Cap On Liability|Uncapped Liability", "level": "high"}, (mark,), 0, False),
            Hit("doc-zh#c2", "clause", "第二条 违约责任", CHINESE[110:190], 6.0, "doc-zh", 110, 190, "zh", {}, ((3, 6),), 12),
            Hit("northwind", "partner", "Northwind Traders Ltd", "Northwind Traders Ltd", 3.0, "doc-register", 0, 21, "en", {}),
        )  # fmt: skip
        if query == "nothing":
            return SearchPage(SearchResult(0, (), {}, "notice"))
        facets = {
            "type": {"clause": 41, "partner": 1},
            "level": {"high": 3, "medium": 7, "low": 2},
            "clause_type": {"Cap On Liability": 12, "Uncapped Liability": 3, "Governing Law": 1},
            "language": {"en": 30, "zh": 12},
        }
        return SearchPage(SearchResult(42, hits[:limit], facets), {"doc-en": EN_TITLE, "doc-zh": ZH_TITLE})

    def document_page(self, document: str) -> DocumentPage:
        found = self.documents().get(document)
        if found is None:
            raise NotFoundError(
                f"No document {document!r} is stored.", place=document, remedy="Search for it by its words."
            )
        return found

    def partner_page(self, partner_id: str) -> PartnerPage:
        if partner_id != "northwind":
            raise NotFoundError(f"No partner {partner_id!r} is stored.", remedy="Search for another name.")
        return partner()

    def document_rows(self, kind: str | None) -> Sequence[DocumentRow]:
        rows = (
            DocumentRow("doc-1", "Supply agreement", "in/supply.docx", "contract", "en", "2026-01-02", {"low": 1}),
            DocumentRow("doc-2", "采购合同", "in/采购.docx", "contract", "zh", "2026-01-03", {"high": 2, "low": 1}),
            DocumentRow("doc-3", "<b>Old</b> news", "in/news.html", "news", "en", "2026-01-04"),
        )
        return [row for row in rows if kind in (None, row.kind)]

    def partner_rows(self) -> Sequence[PartnerRow]:
        plain = [PartnerRow(f"partners/P{n:03}", f"Partner {n:03}", None, None, 0) for n in range(70)]
        return [
            *plain,
            PartnerRow(
                "partners/X", "天远科技有限公司", "CN", "存续", 2, {"high": 1}, (Bilingual("On a list", "列入名单"),)
            ),
        ]

    def hits_page(self, asked: HitsAsked, *, limit: int, offset: int) -> HitsPage:
        if asked.status not in STATUSES:
            raise QueryError(f"'{asked.status}' is no status of a hit.", remedy="Choose another.")
        rows = (
            *(replace(one, about=Subject("partner", "northwind", "Northwind Traders Ltd")) for one in partner().list_hits),
            ListHit("Sample watch list", "W-9", "王伟", "王 伟", 0.9, True, "2026-10-15", hit="W:W-9@document=doc-zh+name=王伟", status="reopened",
                about=Subject("document", "doc-zh", "采购合同"), documents=("doc-zh", "doc-en"), role=Bilingual("legal representative", "法定代表人")),
        )  # fmt: skip
        found = tuple(one for one in rows if asked.hit in ("", one.hit))
        acts = (HitActView("open", "li", "wrong row", "2026-01-05T10:00:00+00:00"),) if not found else ()
        return HitsPage(len(found), found[offset : offset + limit], ("Sample sanctions list",), STATUSES, acts)

    def alerts_page(
        self, *, kind: str | None, about: str | None, everything: bool, limit: int, offset: int
    ) -> AlertsPage:
        kinds = {
            "new_flag": Bilingual("New flag", "新增风险提示"),
            "source_failing": Bilingual("Source keeps failing", "来源持续失败"),
        }
        acts = (AlertActView(False, "li", "<i>seen</i>", "2026-01-05T00:00:00+00:00"),)
        rows = (
            AlertView("alert-1", kinds["new_flag"], "high", Bilingual("Supply: <b>listed</b>", "供货：列入名单"), "doc-en",
                Subject("document", "doc-en", "Supply agreement"), "2026-01-04T10:20:30+00:00",
                changes=(FieldChange("remarks", ("DOB 1968",), ("DOB 1968", "<b>alias</b>")), FieldChange("names", None, ())), hit=HIT),
            AlertView("alert-2", kinds["source_failing"], "medium", Bilingual("The feed fails", "来源失败"), "press",
                None, "2026-01-03T10:20:30+00:00", False, acts),
        )  # fmt: skip
        chosen = [row for row in rows if (everything or row.is_open) and about in (None, row.about)]
        return AlertsPage(len(chosen), tuple(chosen[offset : offset + limit]), kinds)

    def findings(
        self, *, level: str | None, rule: str | None, outcome: str | None, limit: int, offset: int
    ) -> FindingsPage:
        every = [finding for page in self.documents().values() for finding in page.findings]
        every.append(
            FindingView("f-9", "register/lei-current", "1.0.0", Bilingual("LEI is current", "LEI 有效"), "not_evaluated", None,
                Bilingual("", ""), Bilingual("", ""), Subject("partner", "northwind", "Northwind Traders Ltd"),
                reason=Bilingual("No LEI data was loaded.", "未加载 LEI 数据。"))
        )  # fmt: skip
        kept = [one for one in every if outcome in {None, one.outcome} and rule in {None, one.rule}]
        chosen = [one for one in kept if level in {None, one.level}]
        levels = {name: sum(one.level == name for one in kept) for name in ("high", "medium", "low")}
        rules = {one.rule: sum(other.rule == one.rule for other in every) for one in every}
        return FindingsPage(len(chosen), tuple(chosen[offset : offset + limit]), levels, rules)

    def rules(self) -> Sequence[RuleRow]:
        return RULES

    def rule(self, rule: str) -> RulePage:
        row = next((one for one in RULES if one.id == rule), None)
        if row is None:
            raise NotFoundError(f"No rule {rule!r} is installed.", remedy="See the list of rules.")
        return RulePage(
            row,
            Bilingual("Our liability is not capped.", "我方责任没有上限。"),
            Bilingual("Cap it.", "设定上限。"),
            2,
            3,
            Bilingual("A pattern over clauses", "条款模式"),
            (Basis("cn/民法典", Bilingual("《民法典》第五百八十四条", "《民法典》第五百八十四条"), "584"),),
            ((Bilingual("Contract type", "合同类型"), "any"),),
            (Bilingual("Does not see caps stated in annexes.", "无法识别附件中的上限。"),),
            (
                Example("en", "Liability of the Customer is unlimited.", True),
                Example("zh", "乙方对延迟交付承担无限责任。", True),
                Example("zh", "赔偿责任以合同总价为限。", False),
            ),
        )

    def law_page(self, act: str, *, begin: str, end: str, as_of: str) -> LawPage:
        raise NotFoundError(f"no stored act is called '{act}'")

    def term(self, name: str) -> TermPage:
        if name != "Governing Law":
            raise NotFoundError(f"No term {name!r}.", remedy="See the ontology.")
        return TermPage(
            name,
            "https://w3id.org/duegraph#governing-law",
            "concept",
            Bilingual("Governing law", "管辖法律"),
            Bilingual("The law by which the contract is to be read.", "合同所适用的法律。"),
            (TermLink("Clause type", Bilingual("Clause type", "条款类型")),),
            notation="Governing Law",
            source="https://www.atticusprojectai.org/cuad",
        )
