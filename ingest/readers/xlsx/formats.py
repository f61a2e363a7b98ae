"""What a number in a cell shows: a date, a time, a percentage or the number, by its cell's format.

Source: ISO/IEC 29500-1 (SpreadsheetML), 18.8.30 (number formats), 18.17.4.1 (date systems).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

# Built-in formats without a code of their own in the file; 27-36 and 50-58 are dates in East Asian locales.
_DATES: Final = frozenset({14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 59)})
_TIMES: Final = frozenset({18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47})
_PERCENT: Final = frozenset({9, 10})
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DAYS: Final = re.compile(r"[yd年月日]|(?<![hs:\]])m(?!m?:|m?\]|:s)", re.IGNORECASE)
_CLOCK: Final = re.compile(r"[hs时]", re.IGNORECASE)
_MAX_CODE: Final = 400
_LAST_SERIAL: Final = 2_958_466  # 10000-01-01
_SMALLEST: Final = 1e-6  # of numbers shown without an exponent
_LEAP_BUG: Final = 60  # serial of the 29 February 1900 that never was


class Formats:
    """The number formats of a workbook."""

    def __init__(self, styles: etree._Element | None, *, starts_1904: bool = False) -> None:
        codes: dict[int, str] = {}
        self._kinds: list[str] = []
        self._first = datetime(1904, 1, 1) if starts_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - sheets know no zone
        self._is_1904 = starts_1904
        if styles is None:
            return
        for element in styles.iter():
            if _local(element) == "numFmt":
                codes[_integer(element.get("numFmtId"))] = (element.get("formatCode") or "")[:_MAX_CODE]
        cells = next((one for one in styles if _local(one) == "cellXfs"), None)
        for element in cells if cells is not None else ():
            number = _integer(element.get("numFmtId"))
            self._kinds.append(_kind(number, codes.get(number)))

    def shown(self, value: str, style: str | None) -> str:
        """Return what a stored number shows; what is no number stays as it is."""
        place = _integer(style)
        kind = self._kinds[place] if 0 <= place < len(self._kinds) else ""
        try:
            number = float(value)
        except ValueError:
            return value
        if kind in {"date", "time", "datetime"}:
            return self._moment(number, kind) or plain(number, value)
        if kind == "percent":
            return f"{plain(number * 100)}%"
        return plain(number, value)

    def _moment(self, number: float, kind: str) -> str | None:
        """Return a serial number as ISO 8601, None when it is outside the calendar."""
        if not 0 <= number < _LAST_SERIAL:
            return None
        if kind == "time" and number < 1:
            return (datetime(1900, 1, 1) + timedelta(seconds=round(number * 86_400))).time().isoformat()  # noqa: DTZ001
        days = number if self._is_1904 or number >= _LEAP_BUG else number + 1
        when = self._first + timedelta(days=int(days), seconds=round((days - int(days)) * 86_400))
        return when.date().isoformat() if (when.hour, when.minute, when.second) == (0, 0, 0) else when.isoformat(" ")


def plain(number: float, stated: str = "") -> str:
    """Return a number without an exponent and without the noise of binary fractions."""
    if number != number or number in {float("inf"), float("-inf")}:
        return stated
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    if stated.lstrip("-").isdigit():
        return stated  # long identifiers stored as text of a number
    text = f"{number:.15g}"
    return f"{number:.6f}".rstrip("0").rstrip(".") if "e-" in text and abs(number) >= _SMALLEST else text


def _kind(number: int, code: str | None) -> str:
    if code is None:
        return "date" if number in _DATES else "time" if number in _TIMES else "percent" if number in _PERCENT else ""
    first = _LITERAL.sub("", code.partition(";")[0])
    if "%" in first:
        return "percent"
    days, clock = _DAYS.search(first) is not None, _CLOCK.search(first) is not None
    if "general" in first.casefold():
        return ""
    return "datetime" if days and clock else "date" if days else "time" if clock else ""


def _local(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _integer(text: str | None) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) <= 6 else -1
