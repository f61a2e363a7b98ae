"""Workbooks for tests, written part by part, so that broken and hostile ones can be made too."""
# ruff: noqa: E501 - parts of a package

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

# Style numbers of the workbooks made here.
GENERAL, DATE, PERCENT, CUSTOM_DATE, MOMENT, TEXT, TIME, MONEY = range(8)
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/>'
    '<numFmt numFmtId="165" formatCode="[$-409]dd/mm/yyyy hh:mm;@"/>'
    '<numFmt numFmtId="166" formatCode="&quot;USD &quot;#,##0.00_);[Red]\\(#,##0.00\\)"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/><xf numFmtId="164"/><xf numFmtId="165"/>'
    '<xf numFmtId="49"/><xf numFmtId="20"/><xf numFmtId="166"/></cellXfs></styleSheet>'
)
Value = str | int | float | bool | tuple[float, int] | None
"""A cell: text, a number, a truth, or a number with a style."""


def cell(reference: str, value: Value) -> str:
    """Return the XML of one cell; a text that begins with "<" is taken as it is, one with "=" is a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, tuple):
        return f'<c r="{reference}" s="{value[1]}"><v>{value[0]}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{reference}"><v>{value}</v></c>'
    if value.startswith("<"):
        return value
    if value.startswith("="):
        return f'<c r="{reference}"><f>{escape(value[1:])}</f></c>'
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def sheet(rows: Sequence[Sequence[Value]]) -> str:
    """Return the XML of a sheet; None leaves a cell out."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    body = "".join(
        f'<row r="{number}">{"".join(cell(f"{letters[place]}{number}", v) for place, v in enumerate(row))}</row>'
        for number, row in enumerate(rows, 1)
        if row
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def workbook(
    sheets: Mapping[str, str | Sequence[Sequence[Value]]],
    *,
    strings: Sequence[str] = (),
    hidden: Sequence[str] = (),
    date1904: bool = False,
    extra: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return a workbook; a sheet is its rows or its XML, ``extra`` replaces or adds parts."""
    entries = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"{" state=" + chr(34) + "hidden" + chr(34) if name in hidden else ""}/>'
        for n, name in enumerate(sheets, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{RELS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r" Type="{RELS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><workbookPr date1904="{int(date1904)}"/><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}<Relationship Id="s" Type="{RELS}/styles" Target="styles.xml"/>'
        f'<Relationship Id="t" Type="{RELS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{"".join(strings)}</sst>',
    }
    for number, content in enumerate(sheets.values(), 1):
        parts[f"xl/worksheets/sheet{number}.xml"] = content if isinstance(content, str) else sheet(content)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            if extra is None or name not in extra:
                archive.writestr(name, text)
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return out.getvalue()
