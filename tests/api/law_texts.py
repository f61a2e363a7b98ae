"""Short laws and contracts of our own for the tests of the impact ledger: one act in two versions, three contracts."""

from __future__ import annotations

OLD_LAW = """# 示例采购条例

2018年10月26日公布

第一条 为了规范采购，制定本条例。

第二条 采购人应当公开采购信息。

第三条 采购人向他人提供担保，由采购委员会决议。

前款规定的决议，应当由出席会议的成员过半数通过。

采购人不得为其成员提供担保。

第四条 供应商应当在三十日内交付货物。

第五条 供应商逾期交付的，处一万元罚款。

第六条 供应商可以委托他人运输。

第七条 采购档案应当保存十五年。

第八条 本条例自2018年12月1日起施行。
"""
NEW_LAW = """# 示例采购条例

2018年10月26日公布，2023年12月29日修订

第一条 为了规范采购，制定本条例。

第二条 采购人向他人提供担保，由采购委员会决议。

前款规定的决议，应当由出席会议的成员三分之二以上通过。

采购人不得为其成员提供担保。

第三条 供应商应当在十五日内交付货物。

第四条 供应商逾期交付的，处五万元罚款。

第五条 采购人应当公开采购信息。

第六条 供应商可以委托他人运输。

第七条 本条例自2024年7月1日起施行。
"""
REPEALING_LAW = """# 示例采购法

2025年3月1日公布

第一条 为了规范采购，制定本法。

第二条 采购人应当公开采购信息。

第三条 本法自2025年9月1日起施行。《示例采购条例》同时废止。
"""


def chinese_contract(signed: str, *clauses: str) -> str:
    """Return a Chinese supply contract of that date with these clauses between the usual ones."""
    numbers = "二三四五六七"  # two to seven
    titles = (
        "担保",
        "成员",
        "公开",
        "档案",
        "合规",
        "运输",
    )  # security, members, disclosure, records, compliance, carriage
    middle = "\n\n".join(
        f"第{n}条 {title}\n{clause}" for n, title, clause in zip(numbers, titles, clauses, strict=False)
    )
    return f"""采购合同

签订日期：{signed}

甲方：杭州远山科技有限公司
乙方：宁波海岳贸易有限公司

第一条 标的
乙方供应办公设备。

{middle}

第八条 争议
争议由甲方所在地人民法院管辖。
"""


EARLY = chinese_contract(
    "2022年6月1日",
    "甲方提供担保的，适用《示例采购条例》第三条第二款。",
    "甲方的成员担保适用《示例采购条例》第三条第三款。",
    "信息公开适用《示例采购条例》第二条。",
    "档案保存适用《示例采购条例》第七条。",
    "双方遵守《示例采购条例》。",
    "运输适用《示例采购条例》第六条，交付适用《示例采购条例》第四条及其不时修订。",
)
"""Signed before the new version: paragraphs, moved, deleted and unchanged articles, the act as a whole."""
LATE = chinese_contract("2024年9月1日", "交付适用《示例采购条例》第三条。")
"""Signed under the new version."""
UNDATED = chinese_contract("", "交付适用《示例采购条例》第四条。").replace("签订日期：\n\n", "")
"""Without a date of its own."""
