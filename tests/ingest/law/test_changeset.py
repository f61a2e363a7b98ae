"""An amending notice applied to the version it amends gives the version it makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.law import read_act
from ingest.law.changeset import apply_changeset
from ingest.readers import read_document
from kb.errors import RecordError
from kb.law_text import own_provisions

GOLD = Path(__file__).resolve().parents[2] / "gold" / "law"
DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "regulations" / "us-cfr-cfpb"

NOTICE = """<?xml version='1.0' encoding='UTF-8'?>
<notice xmlns="eregs">
  <preamble><cfr><title>12</title><section>1099</section></cfr><documentNumber>2032-1</documentNumber>
    <effectiveDate>2032-06-01</effectiveDate></preamble>
  <changeset leftDocumentNumber="2031-11" rightDocumentNumber="2032-1">
    <change operation="modified" label="1099-2-a-1">
      <paragraph label="1099-2-a-1" marker="(1)"><content>Ring it twice;</content></paragraph></change>
    <change operation="deleted" label="1099-1-p1"/>
    <change operation="added" label="1099-2-b">
      <paragraph label="1099-2-b" marker="(b)"><content>No bell rings at night.</content></paragraph></change>
    <change operation="added" label="1099-2-a-Interp-2" parent="1099-2-a-Interp">
      <interpParagraph label="1099-2-a-Interp-2" marker="2."><content>So do gongs.</content></interpParagraph></change>
    <change operation="modified" label="1099-2" subpath="subject"><subject>§ 1099.2 Bells.</subject></change>
  </changeset>
</notice>"""


def units(data: bytes) -> dict[str, str]:
    document = read_document(data, "x.xml")
    return dict(own_provisions(read_act(document, source_name="x.xml"), document.text))


def test_a_notice_adds_amends_and_deletes() -> None:
    old = (GOLD / "part.xml").read_bytes()
    before, after = units(old), units(apply_changeset(old, NOTICE.encode()))
    assert before.keys() - after.keys() == {"1099.1(p1)"}
    assert after.keys() - before.keys() == {"1099.2(b)", "1099.2-Interp(a)(cmt2)"}
    assert after["1099.2(a)(1)"] == "Ring it twice;"
    assert after["1099.2"] == "Bells."
    read = read_act(read_document(apply_changeset(old, NOTICE.encode()), "x.xml"), source_name="x.xml")
    assert read.version == "us/cfr/12/1099@2032-06-01~2032-1"


def test_a_notice_for_another_version_is_refused() -> None:
    with pytest.raises(RecordError) as refused:
        apply_changeset((GOLD / "part.xml").read_bytes(), NOTICE.replace("2031-11", "2031-12").encode())
    assert refused.value.code == "wrong-version"


def test_an_amended_unit_that_is_not_there_is_refused() -> None:
    with pytest.raises(RecordError) as refused:
        apply_changeset((GOLD / "part.xml").read_bytes(), NOTICE.replace("1099-2-a-1", "1099-9-z").encode())
    assert refused.value.code == "unknown-label"


@pytest.mark.shared
def test_real_notices_reproduce_the_version_they_made() -> None:
    notices = [
        path for folder in ("1005", "1013", "1016") for path in sorted((DATA / "changeset" / folder).glob("*.xml"))
    ]
    if not notices:
        pytest.skip("the evaluation data in ../shared/data is absent")
    same = 0
    for path in notices:
        folder = DATA / "regulation" / path.parent.name
        left = path.read_text("utf-8").partition('leftDocumentNumber="')[2].partition('"')[0]
        older, newer = folder / f"{left}.xml", folder / path.name
        if not older.is_file() or not newer.is_file():
            continue
        made = units(apply_changeset(older.read_bytes(), path.read_bytes(), name=path.name))
        stored = units(newer.read_bytes())
        assert {k: "".join(v.split()) for k, v in made.items()} == {k: "".join(v.split()) for k, v in stored.items()}
        same += 1
    assert same == 15
