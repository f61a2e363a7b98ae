"""How much one input may cost before its reading is stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds for reading one input; going over one raises ``LimitError`` and ends only that input.

    Attributes:
        input_bytes: size of one file or one archive member.
        text_chars: length of the text a reader may hand back.
        blocks: number of blocks a reader may hand back.
        memory_bytes: address space of a reading process.
        cpu_seconds: processor time for one input.
        wall_seconds: elapsed time for one input, waiting for a free reading process not counted.
        temporary_bytes: size of one file a reading process may write into its own temporary folder.
        zip_entries: entries of one archive (a DOCX is one too).
        zip_total_bytes: unpacked size of all entries of one archive together.
        zip_part_bytes: unpacked size of one part of a DOCX.
        zip_ratio: unpacked to packed size of one entry, asked only of entries over ``zip_ratio_from_bytes``.
        zip_ratio_from_bytes: unpacked size from which the ratio is looked at; small files compress well honestly.
        pages: pages of one PDF that are read; the rest is reported.
        ocr: whether pages without text are handed to tesseract where it is installed.

    Source: OWASP ASVS 5.0 5.2.1, 5.2.3, 15.2.5; the figures are those of published fixes for the same attacks
        (50 MiB per DOCX part, 10,000 entries or fewer, ratio 100).
    """

    input_bytes: int = 64 * MIB
    text_chars: int = 32_000_000
    blocks: int = 1_000_000
    memory_bytes: int = 1024 * MIB
    cpu_seconds: int = 60
    wall_seconds: float = 90.0
    temporary_bytes: int = 256 * MIB
    zip_entries: int = 2_000
    zip_total_bytes: int = 200 * MIB
    zip_part_bytes: int = 50 * MIB
    zip_ratio: float = 100.0
    zip_ratio_from_bytes: int = 10 * MIB
    pages: int = 5_000
    ocr: bool = True


DEFAULT_LIMITS: Final = Limits()
