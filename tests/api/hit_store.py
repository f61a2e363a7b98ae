"""A small store for tests of decisions on hits: one list, one register, a contract in each language, all checked."""

from __future__ import annotations

from pathlib import Path

from api.service.checking import run_check
from api.service.ingesting import run_ingest
from ingest.job import IngestOptions
from ingest.readers import discover
from kb.base import KnowledgeBase

ROW = '{number},"{name}",{kind} ,"TEST",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"{remarks}"\n'
ROWS = (
    (1001, "NORTHWIND METALS LTD", "-0-", "Company Number 5512345 (United Kingdom)."),
    (1002, "OTHER SHIPPING LINES CO.", "-0-", "Tanker."),
    (1003, "宁波海岳贸易有限公司", "-0-", "Trade."),
    (1004, "WANG, Wei", "individual", "DOB 1970."),
    (1005, "QUARTZ FIELD MINING", "-0-", "Mine."),
)
REGISTER = """id,name,type,country,legal_representative
S1,Northwind Metals Ltd,organization,GB,Wei Wang
S2,宁波海岳贸易有限公司,organization,CN,王伟
S3,Kestrel Foods Inc.,organization,IE,Ann Murphy
"""
ENGLISH = """SUPPLY AGREEMENT

This Supply Agreement is made on 1 June 2021 between Northwind Metals Ltd (the "Supplier") and Other Shipping Lines \
Co. (the "Buyer").

1. Supply. The Supplier delivers widgets.

2. Price. The price is USD 10,000.

3. Law. This Agreement is governed by the laws of Ireland.
"""
CHINESE = """采购合同

甲方：杭州远山科技有限公司
乙方：宁波海岳贸易有限公司

第一条 标的
乙方供应办公设备。

第二条 价款
合同价款为人民币十万元。

第三条 争议
争议由甲方所在地人民法院管辖。
"""
OF_PARTNER = "OFAC-SDN:OFAC-1001@partner=suppliers%2FS1"
OF_CHINESE = "OFAC-SDN:OFAC-1003@partner=suppliers%2FS2"
OF_OFFICER = "OFAC-SDN:OFAC-1004@partner=suppliers%2FS1+person=wei_wang"
OF_NAME = "OFAC-SDN:OFAC-1002@name=other_shipping_lines_co+type=organization"


def write_list(folder: Path, **remarks: str) -> Path:
    """Write the list; ``remarks`` by name of a row ("r1001") replace its own."""
    path = folder / "sdn.csv"
    rows = (ROW.format(number=n, name=name, kind=k, remarks=remarks.get(f"r{n}", r)) for n, name, k, r in ROWS)
    path.write_text("".join(rows), encoding="utf-8")
    return path


def fill(kb: KnowledgeBase, folder: Path) -> None:
    """Store and check everything."""
    write_list(folder)
    (folder / "suppliers.csv").write_text(REGISTER, encoding="utf-8")
    (folder / "supply.txt").write_text(ENGLISH, encoding="utf-8")
    (folder / "采购.txt").write_text(CHINESE, encoding="utf-8")
    results = list(run_ingest(kb, discover([str(folder)]), IngestOptions()))
    assert [r.status for r in results] == ["ingested"] * 4
    assert run_check(kb)
