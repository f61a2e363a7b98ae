"""Readers: the bytes of a file become one ``kb.model.Document``, or one clear error.

``discover`` turns paths into inputs, ``read_document`` reads one in this process, ``ReaderPool`` reads many in child
processes that may be killed.

Codes of the errors raised here (all are ``kb.errors.InputError``; one input fails, the batch goes on):

``UnreadableError``
    ``empty`` no bytes, or no visible character; ``type-mismatch`` the content is not what the name says; ``binary``
    named as text but is not; ``encoding`` no known character encoding fits; ``encrypted`` needs a password;
    ``damaged`` the structure of the file is broken; ``needs-ocr`` a scan without text; ``crashed`` the file made the
    reading process crash; ``not-found``, ``no-access``, ``not-a-file`` paths; ``unsafe-name``, ``unsafe-link`` members
    of archives; ``entities`` XML that declares entities where none are needed.
``UnsupportedError``
    ``unsupported`` the kind is known and not read; ``nested-zip`` an archive inside an archive.
``LimitError``
    ``too-large`` the input; ``text-too-long``, ``too-many-blocks`` the result; ``zip-entries``, ``zip-size``,
    ``zip-ratio`` archives; ``too-deep`` nesting; ``memory``, ``cpu-time``, ``wall-time`` the reading process.
"""

from ingest.readers.inputs import Input, discover, of_bytes
from ingest.readers.language import detect_language, languages
from ingest.readers.limits import DEFAULT_LIMITS, Limits
from ingest.readers.media import detect
from ingest.readers.pool import ReaderPool
from ingest.readers.reading import read_document

__all__ = [
    "DEFAULT_LIMITS",
    "Input",
    "Limits",
    "ReaderPool",
    "detect",
    "detect_language",
    "discover",
    "languages",
    "of_bytes",
    "read_document",
]
