"""Values options may have, and how dates on the command line are read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum

import typer


class Language(StrEnum):
    """Languages Duegraph speaks and reads."""

    EN = "en"
    ZH = "zh"


class KindChoice(StrEnum):
    """What a source is."""

    CONTRACT = "contract"
    REGULATION = "regulation"
    NEWS = "news"
    WATCHLIST = "watchlist"
    REGISTER = "register"


class LevelChoice(StrEnum):
    """Levels of a finding."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class TypeChoice(StrEnum):
    """What a search hit stands for."""

    CLAUSE = "clause"
    PROVISION = "provision"
    PARTNER = "partner"
    NEWS = "news"
    FINDING = "finding"
    DOCUMENT = "document"


class SortChoice(StrEnum):
    """Order of search hits."""

    RELEVANCE = "relevance"
    DOCUMENT = "document"
    TITLE = "title"


class PartyChoice(StrEnum):
    """What a screened name stands for."""

    PERSON = "person"
    ORGANIZATION = "organization"


class ListChoice(StrEnum):
    """Kinds of source that hold parties; see ``kb.lists.KINDS``."""

    WATCHLIST = "watchlist"
    REGISTER = "register"


class HitChoice(StrEnum):
    """How sure a screening hit must be to count."""

    CANDIDATE = "candidate"
    MATCH = "match"


class VerdictChoice(StrEnum):
    """What a person decided on a screening hit."""

    TRUE_MATCH = "true-match"
    FALSE_POSITIVE = "false-positive"
    UNDECIDED = "undecided"
    OPEN = "open"


class HitStatusChoice(StrEnum):
    """Where a hit stands, for a list of hits."""

    OPEN = "open"
    REOPENED = "reopened"
    UNDECIDED = "undecided"
    TRUE_MATCH = "true-match"
    FALSE_POSITIVE = "false-positive"
    DECIDED = "decided"
    ALL = "all"


class StatusChoice(StrEnum):
    """What a person decided on a finding."""

    OPEN = "open"
    ACCEPTED = "accepted"
    MITIGATED = "mitigated"
    REJECTED = "rejected"


class ImpactChoice(StrEnum):
    """What a person decided on an item of the impact ledger."""

    OPEN = "open"
    NONE = "none"
    INFORMATIONAL = "informational"
    ACTION = "action"
    BLOCKING = "blocking"
    UNKNOWN = "unknown"


class ExportFormat(StrEnum):
    """RDF formats of an export."""

    NQ = "nq"
    TTL = "ttl"
    TRIG = "trig"
    JSONLD = "jsonld"


def day(text: str | None) -> date | None:
    """Return the day of an option like 2026-01-31, None for an option not given.

    Raises:
        typer.BadParameter: it is no date.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a date like 2026-01-31") from None


def moment(text: str | None) -> datetime | None:
    """Return the time of an option like 2026-01-31T12:00; without a zone it is local time.

    Raises:
        typer.BadParameter: it is no time.
    """
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise typer.BadParameter(f"'{text}' is not a time like 2026-01-31T12:00") from None


class AuthorityChoice(StrEnum):
    """Whose ownership rule is asked."""

    OFAC = "ofac"
    EU = "eu"
    UK = "uk"
    BIS = "bis"
