"""Small texts the tests of the doors store."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

ENGLISH = """SUPPLY AGREEMENT

This Supply Agreement is made on 3 March 2025 between Northwind Metals Ltd (the "Supplier")
and Kestrel Foods Inc. (the "Buyer").

1. Term. This Agreement runs for two years.

2. Liability. The Supplier's liability under this Agreement shall be unlimited.

3. Governing law. This Agreement is governed by the laws of the State of New York.
"""

# A purchase contract between two invented companies: price, damages of half the price, court and law.
CHINESE = """采购合同

甲方：杭州远山科技有限公司
乙方：宁波海岳贸易有限公司

第一条 合同价款为人民币伍拾万元整（¥500,000元）。

第二条 任何一方违约的，应向对方支付合同总价款百分之五十的违约金。

第三条 因本合同发生的争议，提交甲方所在地人民法院管辖。
"""


def contract(number: int) -> str:
    """Return a Chinese contract unlike every other number's."""
    return CHINESE.replace("宁波海岳", f"宁波海岳{number}号").replace("500,000", f"500,{number % 1000:03d}")


def archive(members: Mapping[str, bytes | str]) -> bytes:
    """Return a ZIP archive of the members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()
