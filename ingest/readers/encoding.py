"""From bytes to text: which character encoding a file is in, decided so that text is never silently garbled.

Order: byte order mark, zeros that give UTF-16 away, the charset the file declares, strict UTF-8, UTF-8 with rare
damage, then the candidates below judged by how many of the characters they give are frequent ones, and at last
charset-normalizer over the same candidates. What fits none of them is refused, not guessed.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from kb.errors import UnreadableError

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# Labels stand for the larger set that real files use under them (WHATWG Encoding Standard, "Names and labels").
_SUPERSETS: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ascii": "utf-8",
    "iso8859-1": "cp1252",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "shift_jis": "cp932",
    "utf-16": "utf-16-le",
}
_SAMPLE: Final = 65_536
# One damaged byte in a thousand is a transmission error; more is another encoding.
_DAMAGE_SHARE: Final = 0.001
# Zero bytes in a text file: a few are padding, more mean that it is not text.
_NUL_SHARE: Final = 0.01
_CONTROL_SHARE: Final = 0.02
_CONTROL_BYTES: Final = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_HIGH: Final = re.compile("[^\x00-\x7f]")
# Frequent characters among the ideographs of a right decoding: 85-99 % in running text, above 40 % in lists of names;
# below 30 % when a wrong table was used (measured on laws, cases and their conversions).
_FREQUENT_SHARE: Final = 0.4
_UTF16_ZERO_SHARE: Final = 0.2
_HAN: Final = re.compile("[\u3400-\u9fff]")
_EAST_ASIAN: Final = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_LETTER_AROUND: Final = re.compile("[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with the encoding it was read by and what the reader should be told."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


@cache
def _frequent() -> dict[str, frozenset[str]]:
    raw = tomllib.loads((files("ingest.readers") / "data" / "common_characters.toml").read_text("utf-8"))
    return {name: frozenset(characters.replace("\n", "")) for name, characters in raw.items()}


def python_codec(label: str | None) -> str | None:
    """Return the Python codec for a charset label, the larger set where labels are used loosely, or None."""
    if label is None:
        return None
    try:
        name = codecs.lookup(label.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return None
    return _SUPERSETS.get(name, name)


def decode(data: bytes, declared: str | None = None, *, name: str = "") -> Decoded:
    """Return the text of ``data``.

    Args:
        data: the bytes of a text file.
        declared: the charset the file or its envelope declares, or None.
        name: for error messages.

    Raises:
        UnreadableError: "binary" when the bytes are no text, "encoding" when no known encoding fits.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _tolerant(data[len(mark) :], encoding, name)
    wide = _zeros_of_utf16(data)
    if wide is not None:
        return _tolerant(data, wide, name)
    _refuse_binary(data, name)
    utf8 = _strict(data, "utf-8")
    codec = python_codec(declared)
    warnings: tuple[str, ...] = ()
    if codec is not None and codec != "utf-8":
        if utf8 is not None and (not data.isascii() or codec.startswith(("utf-16", "utf-32"))):
            # Bytes that happen to be valid UTF-8 with multi-byte characters are UTF-8, whatever the label says.
            return Decoded(utf8, "utf-8", (f"The file declares {declared} but is UTF-8.",))
        text = _strict(data, codec)
        if text is not None:
            return Decoded(text, codec)
    if utf8 is not None:
        return Decoded(utf8, "utf-8")
    if declared is not None:
        warnings = (f"The file declares {declared}, but its bytes are not.",)
    repaired = _damaged_utf8(data)
    if repaired is not None:
        return Decoded(repaired.text, repaired.encoding, warnings + repaired.warnings)
    found = _by_frequency(data) or _by_normalizer(data)
    if found is None:
        raise UnreadableError(
            "The bytes fit none of UTF-8, UTF-16, GB18030, Big5, Windows-1252 and Shift_JIS.",
            code="encoding",
            place=name,
            remedy="Save the file as UTF-8.",
        )
    return Decoded(found.text, found.encoding, warnings + found.warnings)


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _tolerant(data: bytes, codec: str, name: str) -> Decoded:
    """Decode by a codec that is certain, replacing rare damage."""
    text = data.decode(codec, errors="replace")
    bad = text.count("\ufffd")
    if not bad:
        return Decoded(text, codec)
    if bad > 1 + len(text) * _DAMAGE_SHARE:
        raise UnreadableError(f"The file is marked {codec}, but {bad} places are not.", code="encoding", place=name)
    return Decoded(text, codec, (f"{bad} damaged characters are shown as U+FFFD.",))


def _zeros_of_utf16(data: bytes) -> str | None:
    """Tell UTF-16 without a mark by zeros that stand on one side of the byte pairs only."""
    sample = data[:_SAMPLE]
    pairs = len(sample) // 2
    if pairs < 2:
        return None
    even, odd = sample[0 : 2 * pairs : 2].count(0), sample[1 : 2 * pairs : 2].count(0)
    many, few = max(even, odd), min(even, odd)
    if many < _UTF16_ZERO_SHARE * pairs or few > many // 20:
        return None
    codec = "utf-16-be" if even > odd else "utf-16-le"
    text = sample[: 2 * pairs].decode(codec, errors="replace")
    controls = sum(1 for character in text if character < " " and character not in "\t\n\r\f")
    return codec if controls + text.count("\ufffd") <= 1 + len(text) * _CONTROL_SHARE else None


def _refuse_binary(data: bytes, name: str) -> None:
    zeros, controls = data.count(0), len(_CONTROL_BYTES.findall(data[:_SAMPLE]))
    sampled = min(len(data), _SAMPLE)
    wide = _wide_chinese(data)
    if wide is None and (zeros > 3 + len(data) * _NUL_SHARE or controls > 3 + sampled * _CONTROL_SHARE):
        raise UnreadableError(
            f"The file is not text: {zeros} zero bytes and {controls} control bytes in its first {sampled:,}.",
            code="binary",
            place=name,
        )


def _wide_chinese(data: bytes) -> Decoded | None:
    """UTF-16 Chinese without a mark has almost no zeros and looks like control bytes; its characters give it away."""
    if len(data) % 2 or data.isascii() or _strict(data[: _SAMPLE & ~1], "utf-8") is not None:
        return None
    for codec in ("utf-16-le", "utf-16-be"):
        sample = data[: _SAMPLE & ~1].decode(codec, errors="replace")
        if _plausible(sample, ("simplified", "traditional")) >= _FREQUENT_SHARE:
            text = _strict(data, codec)
            if text is not None:
                return Decoded(text, codec)
    return None


def _damaged_utf8(data: bytes) -> Decoded | None:
    text = data.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = len(_HIGH.findall(text[: 4 * _SAMPLE])) - text.count("\ufffd", 0, 4 * _SAMPLE)
    if bad <= 1 + len(text) * _DAMAGE_SHARE and good > 2 * bad:
        return Decoded(text, "utf-8", (f"{bad} damaged characters are shown as U+FFFD.",))
    return None


def _plausible(text: str, tables: tuple[str, ...]) -> float:
    """Return the share of frequent characters among all that are not ASCII, 0 when there are none."""
    other = _HIGH.findall(text)
    if not other:
        return 0.0
    frequent = _frequent()
    best = 0.0
    for table in tables:
        known = frequent[table]
        han = [character for character in other if _HAN.match(character)]
        hits = sum(1 for character in other if character in known)
        marks = len(_EAST_ASIAN.findall("".join(other))) - len(han)
        # Punctuation and full-width signs are neutral: they count with the ideographs only when there are such.
        if hits:
            best = max(best, hits / max(1, len(other) - (marks if table != "japanese" else 0)))
    return best


_CANDIDATES: Final = (
    ("gb18030", ("simplified", "traditional")),
    ("big5hkscs", ("traditional",)),
    ("cp932", ("japanese",)),
)


def _candidates(data: bytes) -> Iterator[tuple[float, Decoded]]:
    wide = _wide_chinese(data)
    if wide is not None:
        yield _plausible(wide.text[:_SAMPLE], ("simplified", "traditional")), wide
    for codec, tables in _CANDIDATES:
        text = data.decode(codec, errors="replace")
        bad = text.count("\ufffd")
        # A file cut in the middle of a character has one bad place at its end.
        if bad > 1 + len(text) * _DAMAGE_SHARE:
            continue
        warnings = (f"{bad} damaged characters are shown as U+FFFD.",) if bad else ()
        yield _plausible(text[:_SAMPLE], tables), Decoded(text, "big5" if codec == "big5hkscs" else codec, warnings)


def _by_frequency(data: bytes) -> Decoded | None:
    best = max(_candidates(data), key=lambda candidate: candidate[0], default=None)
    return best[1] if best is not None and best[0] >= _FREQUENT_SHARE else None


def _by_normalizer(data: bytes) -> Decoded | None:
    western = _strict(data, "cp1252")
    if western is not None and _is_western(western):
        return Decoded(western, "cp1252")
    import charset_normalizer

    allowed = ["gb18030", "big5", "cp1252", "shift_jis"]
    best = charset_normalizer.from_bytes(data[:_SAMPLE], cp_isolation=allowed).best()
    text = _strict(data, best.encoding) if best is not None else None
    if best is None or text is None:
        return None
    return Decoded(text, best.encoding, (f"The encoding was guessed to be {best.encoding}.",))


def _is_western(text: str) -> bool:
    """Accented letters and typographic marks stand among ASCII letters; other tables give runs of them."""
    sample = text[:_SAMPLE]
    high = len(_HIGH.findall(sample))
    runs = len(re.findall("[^\x00-\x7f]{3}", sample))
    return high < 0.3 * max(1, len(_LETTER_AROUND.findall(sample))) and runs <= 0.05 * high
