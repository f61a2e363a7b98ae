"""Texts and files that several reader tests use, all written for them."""

from __future__ import annotations

import io
from collections.abc import Sequence

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

ENGLISH = (
    "This Supply Agreement is made between Northwind Trading Limited and Harbour Foods GmbH. The Supplier shall "
    "deliver the Goods to the place that the Buyer has named, and the Buyer shall pay the price within thirty days."
)
# A purchase clause: delivery to the named place, payment within thirty days, liability for delay.
CHINESE = (
    "本采购合同由北方贸易有限公司与海港食品有限公司订立。卖方应当将货物交付至买方指定的地点，买方应当在收到发票之日起"
    "三十日内支付全部货款。任何一方迟延履行义务的，应当按照合同约定承担违约责任，并赔偿对方因此遭受的损失。"
)
# The same in traditional characters.
TRADITIONAL = (
    "本採購合同由北方貿易有限公司與海港食品有限公司訂立。賣方應當將貨物交付至買方指定的地點，買方應當在收到發票之日起"
    "三十日內支付全部貨款。任何一方遲延履行義務的，應當按照合同約定承擔違約責任，並賠償對方因此遭受的損失。"
)


class PdfPage:
    """Lines of one page: (x, y, text) with y from the bottom, or x, y, text and a font size."""

    def __init__(self, *lines: tuple[float, float, str] | tuple[float, float, str, float]) -> None:
        self.lines = lines


def pdf(pages: Sequence[PdfPage], *, chinese: bool = False, encrypt: str | None = None, **info: str) -> bytes:
    """Return a PDF with text at the places given."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, encrypt=encrypt)
    if chinese:
        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    font = "STSong-Light" if chinese else "Helvetica"
    if "title" in info:
        canvas.setTitle(info["title"])
    for page in pages:
        for x, y, text, *size in page.lines:
            canvas.setFont(font, size[0] if size else 10)
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def flowing(text: str, *, x: float = 72, top: float = 760, width: float = 440, pitch: float = 14) -> list[
    tuple[float, float, str]
]:  # fmt: skip
    """Return a paragraph broken into lines of ``width`` points."""
    lines: list[tuple[float, float, str]] = []
    current = ""
    for word in text.split(" "):
        if current and pdfmetrics.stringWidth(f"{current} {word}", "Helvetica", 10) > width:
            lines.append((x, top - pitch * len(lines), current))
            current = word
        else:
            current = f"{current} {word}" if current else word
    lines.append((x, top - pitch * len(lines), current))
    return lines
