"""Structured law (Akoma Ntoso 3, RegML, ELI RDF, EU acts as JSON) becomes readable text with an outline.

``law_format`` recognises one by its beginning, ``read_law`` reads it; see ``ingest.readers.law.outline`` for how the
structure travels on.
"""

from __future__ import annotations

import re
from typing import Final

from ingest.readers.builder import DocumentBuilder

_HEAD: Final = 16_384
_AKN: Final = re.compile(r"<(?:[\w.-]{1,40}:)?akomaNtoso[\s>]")
_REGML: Final = re.compile(
    r"<(?:[\w.-]{1,40}:)?(?:regulation|notice)\s[^<>]{0,400}xmlns(?::[\w.-]{1,40})?=[\"']eregs[\"']"
)
_ELI: Final = b"http://data.europa.eu/eli/ontology#"
_RDF: Final = re.compile(r"<(?:[\w.-]{1,40}:)?RDF[\s>]")

_ACT_JSON: Final = re.compile(rb"(?s)(?=\s*\{)(?=.*\"(?:regulation|directive|decision)\"\s*:)(?=.*\"chapters\"\s*:)")

__all__ = ["law_format", "read_law"]


def law_format(data: bytes, media_key: str) -> str | None:
    """Return "akn", "regml", "eli-turtle", "eli-xml" or "act-json" when a file is structured law, else None.

    Args:
        data: the bytes of the file.
        media_key: key of its kind in ``media.toml``; only XML, Turtle and JSON can hold structured law.
    """
    if media_key == "turtle":
        return "eli-turtle" if _ELI in data else None
    if media_key == "json":
        return "act-json" if _ACT_JSON.match(data[:_HEAD]) is not None else None
    if media_key != "xml":
        return None
    head = data[:_HEAD].replace(b"\0", b"").decode("utf-8", errors="replace")
    if _AKN.search(head) is not None:
        return "akn"
    if _REGML.search(head) is not None:
        return "regml"
    return "eli-xml" if _RDF.search(head) is not None and _ELI in data else None


def read_law(data: bytes, builder: DocumentBuilder, law: str) -> bool:
    """Read a file of one of the formats; False when it holds no law after all and nothing was added."""
    if law == "akn":
        from ingest.readers.law.akn import read_akn

        read_akn(data, builder)
        return True
    if law == "regml":
        from ingest.readers.law.regml import read_regml

        read_regml(data, builder)
        return True
    if law == "act-json":
        from ingest.readers.law.act_json import read_act_json

        return read_act_json(data, builder)
    from ingest.readers.law.eli import read_eli

    return read_eli(data, builder, turtle=law == "eli-turtle")
