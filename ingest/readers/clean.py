"""Where text from a file becomes text of a ``Document``: NFC, single line feeds, nothing invisible unreported."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Final

# Every character at which some consumer's ``splitlines`` would break a line becomes the one line end we promise.
_LINE_ENDS: Final = re.compile("\r\n?|[\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
# Zero-width space, word joiner, byte order mark, soft hyphen, Mongolian vowel separator and the invisible operators:
# they carry no meaning but split a word for every search, so "govern\u200bing law" would hide from a rule.
_INVISIBLE: Final = re.compile("[\u200b\u2060\ufeff\u180e\u2061-\u2064]")
# They look like a space and only forbid a line end, which the text does not have; but "Section\u00a05" would not be
# found as "Section 5".
_NO_BREAK_SPACES: Final = re.compile("[\u00a0\u2007\u202f]")
_SOFT_HYPHEN: Final = "\u00ad"
# Embeddings, overrides and isolates change what a reader sees without changing the characters ("Trojan Source",
# CVE-2021-42574). They stay in the text, because removing them would show other words than the file shows.
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NEEDS_CARE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u180e\u200b\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


class Cleaner:
    """Cleans pieces of one document and counts what it removed or saw, for the document's warnings."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def clean(self, text: str) -> str:
        """Return ``text`` in NFC with single line feeds and plain spaces, without control and zero-width characters."""
        if not text.isascii():
            text = _NO_BREAK_SPACES.sub(" ", text)
        if not text.isascii() or _NEEDS_CARE.search(text):
            text = self._careful(text)
            if not unicodedata.is_normalized("NFC", text):
                text = unicodedata.normalize("NFC", text)
        return text

    def _careful(self, text: str) -> str:
        if not _NEEDS_CARE.search(text):
            return text
        text = _LINE_ENDS.sub("\n", text)
        for name, pattern, substitute in (
            ("nul", re.compile("\x00"), ""),
            ("control", _CONTROLS, ""),
            ("surrogate", _SURROGATES, "\ufffd"),
            ("zero-width", _INVISIBLE, ""),
        ):
            text, count = pattern.subn(substitute, text)
            self._seen[name] += count
        text = text.replace(_SOFT_HYPHEN, "")
        self._seen["bidi"] += sum(1 for _ in _BIDI.finditer(text))
        return text

    def warnings(self) -> tuple[str, ...]:
        """Return one sentence for each kind of character that was removed or is dangerous."""
        sentences = {
            "nul": "{n} NUL characters were removed.",
            "control": "{n} control characters were removed.",
            "surrogate": "{n} characters were not valid Unicode and are shown as U+FFFD.",
            "zero-width": "{n} zero-width characters were removed; they can hide words from a search.",
            "bidi": "{n} bidirectional control characters can make the text look different from what it says.",
        }
        return tuple(sentence.format(n=self._seen[kind]) for kind, sentence in sentences.items() if self._seen[kind])
