"""Every error Duegraph raises on purpose, in one tree.

DuegraphError
├── InputError                one input is refused; the rest of the batch goes on (exit 3, HTTP 4xx)
│   ├── UnreadableError       the file is damaged, empty, encrypted or not what its name says
│   ├── UnsupportedError      no reader exists for this kind of file
│   ├── LimitError            reading it would cost more memory, time or depth than allowed
│   └── RecordError           the file reads, but a record in it is malformed
├── QueryError                a search, SPARQL or command argument is malformed (exit 2, HTTP 400)
├── NotFoundError             the thing asked for is not stored (exit 2, HTTP 404)
├── ConflictError             the request contradicts what is stored (HTTP 409)
└── CannotRunError            Duegraph refuses to start (exit 4, HTTP 503)
    ├── StoreOwnedError       another process owns the data directory
    ├── StoreDamagedError     the data directory does not hold what its registry says
    ├── IncompatibleDataError the data directory was written by another format version
    └── MissingPartError      a model, ontology module or rule that must exist is absent or empty

Every error carries a stable ``code``, what was wrong, where, and what to do next. ``ontology`` raises only its own
``OntologyError`` (a boot-time failure), which the doors turn into exit 4.
"""

from __future__ import annotations


class DuegraphError(Exception):
    """Base of all expected failures.

    Attributes:
        code: stable identifier, kebab-case, never reused for another meaning.
        detail: one sentence with the offending value.
        place: file, line, document id or span where it went wrong; empty when it has no place.
        remedy: what the user can do next, as an instruction.
    """

    default_code = "error"

    def __init__(self, detail: str, *, code: str | None = None, place: str = "", remedy: str = "") -> None:
        self.detail = detail
        self.code = code or self.default_code
        self.place = place
        self.remedy = remedy
        super().__init__(detail)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        then = f" {self.remedy}" if self.remedy else ""
        return f"{where}{self.detail}{then} [{self.code}]"

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the trip out of a reader's child process with code, place and remedy."""
        return _restore, (type(self), self.detail, self.code, self.place, self.remedy)


def _restore(kind: type[DuegraphError], detail: str, code: str, place: str, remedy: str) -> DuegraphError:
    return kind(detail, code=code, place=place, remedy=remedy)


class InputError(DuegraphError):
    """One input is refused; the rest of its batch goes on."""

    default_code = "input"


class UnreadableError(InputError):
    """The file is damaged, empty, encrypted or not what its name says."""

    default_code = "unreadable"


class UnsupportedError(InputError):
    """No reader exists for this kind of file."""

    default_code = "unsupported"


class LimitError(InputError):
    """Reading the input would cost more memory, time or depth than allowed."""

    default_code = "limit"


class RecordError(InputError):
    """The file reads, but a record in it is malformed."""

    default_code = "record"


class QueryError(DuegraphError):
    """A search, SPARQL or command argument is malformed."""

    default_code = "query"


class NotFoundError(DuegraphError):
    """The thing asked for is not stored."""

    default_code = "not-found"


class ConflictError(DuegraphError):
    """The request contradicts what is stored."""

    default_code = "conflict"


class CannotRunError(DuegraphError):
    """Duegraph refuses to start rather than answer from an incomplete installation or store."""

    default_code = "cannot-run"


class StoreOwnedError(CannotRunError):
    """Another process owns the data directory."""

    default_code = "store-owned"


class StoreDamagedError(CannotRunError):
    """The data directory does not hold what its registry says."""

    default_code = "store-damaged"


class IncompatibleDataError(CannotRunError):
    """The data directory was written by another format version."""

    default_code = "incompatible-data"


class MissingPartError(CannotRunError):
    """A model, ontology module or rule that must exist is absent or empty."""

    default_code = "missing-part"
