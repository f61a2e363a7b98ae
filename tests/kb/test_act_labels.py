from __future__ import annotations

import pytest

from kb.act_labels import act_label


@pytest.mark.parametrize(
    ("act", "provision", "en", "zh"),
    [
        ("cn/民法典", "585", "《民法典》 art. 585", "《民法典》第585条"),  # Civil Code
        ("cn/关于适用《民法典》的解释", None, "《关于适用〈民法典〉的解释》", "《关于适用〈民法典〉的解释》"),
        ("eu/reg/2016/679", "28(3)", "Regulation (EU) 2016/679 Article 28(3)", "欧盟第2016/679号条例第28(3)条"),
        ("eu/reg/2012/648", None, "Regulation (EU) No 648/2012", "欧盟第648/2012号条例"),
        ("eu/dir/2011/7", "3", "Directive 2011/7 Article 3", "欧盟第2011/7号指令第3条"),
        ("ie/act/2014/38", "228", "No. 38 of 2014 (Ireland) section 228", "爱尔兰2014年第38号法第228条"),
        ("gb/act/1977/50", "3", "1977 c. 50 (UK) section 3", "英国1977年第50号法第3条"),
        ("us/usc/15", "78dd-1", "15 U.S.C. § 78dd-1", "《美国法典》第15编第78dd-1条"),
        ("us/cfr/12/1005", None, "12 CFR part 1005", "《美国联邦法规》第12编第1005部分"),
        ("ISO 37001", "8.2", "ISO 37001 8.2", "ISO 37001 8.2"),
    ],
)
def test_ids_of_acts_are_written_as_people_write_them(act: str, provision: str | None, en: str, zh: str) -> None:
    assert act_label(act, "en", provision) == en
    assert act_label(act, "zh", provision) == zh
