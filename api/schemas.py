"""Shapes of requests and answers over HTTP; every one refuses unknown fields."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

if TYPE_CHECKING:
    from ingest.job import IngestResult
    from kb.records import DocumentRecord

Name = Annotated[str, Field(min_length=1, max_length=2000)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """An error as RFC 9457 problem details.

    Source: RFC 9457, Problem Details for HTTP APIs.
    """

    type: str = Field(description="stable URI of the kind of problem")
    title: str
    status: int
    detail: str
    code: str = Field(description="stable identifier, the same as on the command line")
    place: str | None = None
    remedy: str | None = None
    request_id: str
    errors: list[dict[str, Any]] | None = Field(default=None, description="one entry per invalid field")


class IngestError(_Shape):
    """Why an input was rejected."""

    code: str
    detail: str
    place: str = ""


class IngestAnswer(_Shape):
    """What became of one uploaded input."""

    source: str
    document: str | None
    kind: str | None
    language: str | None
    status: Literal["ingested", "unchanged", "replaced", "rejected"]
    facts: int
    seconds: float
    error: IngestError | None
    warnings: list[str]

    @classmethod
    def of(cls, result: IngestResult) -> IngestAnswer:
        """Return the answer of the job's result."""
        return cls.model_validate(
            {
                **{name: getattr(result, name) for name in cls.model_fields},
                "seconds": round(result.seconds, 3),
                "warnings": list(result.warnings),
            }
        )


class IngestAnswers(_Shape):
    """What became of an upload; an archive has one entry per member."""

    results: list[IngestAnswer]


class DocumentRow(_Shape):
    """One stored document."""

    id: str
    title: str | None
    kind: str
    language: str
    source: str
    media_type: str
    size: int
    counts: dict[str, int]
    recorded_at: datetime
    sha256: str

    @classmethod
    def of(cls, record: DocumentRecord) -> DocumentRow:
        """Return a stored document as it is shown."""
        return cls(
            id=record.id,
            title=record.title,
            kind=record.kind.value,
            language=record.language,
            source=record.source,
            media_type=record.media_type,
            size=record.size,
            counts=dict(record.counts),
            recorded_at=record.recorded_at,
            sha256=record.original,
        )


class DocumentList(_Shape):
    """A page of documents; ``next`` is the cursor of the following page."""

    total: int
    documents: list[DocumentRow]
    next: str | None


class CheckRequest(_Shape):
    """What to check; empty lists mean everything."""

    subjects: list[Name] = Field(default_factory=list, max_length=1000)
    rules: list[Name] = Field(default_factory=list, max_length=1000)
    as_of: date | None = None
    known_at: AwareDatetime | None = Field(default=None, description="a time with a zone")

    @field_validator("known_at")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        try:
            return value.astimezone(UTC) if value is not None else None
        except OverflowError:
            raise ValueError("the time is outside the calendar") from None


class Findings(_Shape):
    """Findings in report order: flags by level, then what was not evaluated, then passes."""

    findings: list[dict[str, Any]]
    total: int | None = None
    next: str | None = None


class DecisionRequest(_Shape):
    """What a person decides on a finding, and why."""

    status: Literal["open", "accepted", "mitigated", "rejected"]
    reason: Annotated[str, Field(min_length=1, max_length=4000)]
    actor: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(default=None, description="who decides")


class DecisionShape(_Shape):
    """A recorded decision."""

    status: str
    reason: str
    actor: str
    at: datetime
    rule_version: str


class DecisionList(_Shape):
    """Every decision on one finding, oldest first."""

    decisions: list[DecisionShape]


class ImpactDecisionRequest(_Shape):
    """What a person decides on an item of the impact ledger, and why."""

    state: Literal["open", "none", "informational", "action", "blocking", "unknown"]
    reason: Annotated[str, Field(min_length=1, max_length=4000)]
    actor: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(default=None, description="who decides")
    act: Name | None = Field(default=None, description="the act whose ledger holds the item; finds it faster")


class ImpactDecisionShape(_Shape):
    """A recorded decision on an impact item; ``computed`` is the state the table gave then."""

    state: str
    reason: str
    actor: str
    at: datetime
    computed: str


class ImpactDecisionList(_Shape):
    """Every decision on one impact item, oldest first."""

    decisions: list[ImpactDecisionShape]


class SearchAnswer(_Shape):
    """Hits of one page, how many there are, and how they are spread."""

    total: int
    hits: list[dict[str, Any]]
    facets: dict[str, dict[str, int]]
    corrected: str | None
    truncated: bool


class ScreenRequest(_Shape):
    """Names to screen, with what else is known about each."""

    queries: list[ScreenQueryShape] = Field(min_length=1, max_length=1000)
    limit: int = Field(default=10, ge=1, le=100)


class ScreenQueryShape(_Shape):
    """One name."""

    name: Name
    type: Literal["person", "organization"] | None = None
    country: Annotated[str, Field(min_length=2, max_length=2)] | None = None
    identifiers: list[Annotated[str, Field(max_length=100)]] = Field(default_factory=list, max_length=20)
    birth_date: Annotated[str, Field(max_length=10)] | None = None


class ScreenAnswers(_Shape):
    """One answer per query, in order; each names the lists that were screened."""

    results: list[dict[str, Any]]


class HitDecisionRequest(_Shape):
    """What a person decides on a screening hit, and why."""

    hit: Annotated[str, Field(min_length=3, max_length=2700)]
    verdict: Literal["true-match", "false-positive", "undecided", "open"] = Field(
        description="open takes an earlier decision back"
    )
    reason: Annotated[str, Field(min_length=1, max_length=4000)]
    actor: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(default=None, description="who decides")
    check: bool = Field(default=True, description="check again at once what rests on it; else it stays marked stale")


class HitDecisionShape(_Shape):
    """A recorded decision on a screening hit; it holds while the list row has this digest."""

    hit: str
    verdict: str
    reason: str
    actor: str
    at: datetime
    row: str
    version: str


class HitDecisions(_Shape):
    """Decisions on screening hits."""

    decisions: list[HitDecisionShape]


class HitQuery(_Shape):
    """Which hits are asked for."""

    status: Literal["open", "reopened", "undecided", "true-match", "false-positive", "all"] = Field(
        default="open", description="open has those that are open again, too"
    )
    list: Annotated[str, Field(max_length=300)] | None = Field(default=None, description="id of a list")
    score: float = Field(default=0.7, ge=0, le=1, description="least score of undecided hits")
    partner: Annotated[str, Field(max_length=2000)] | None = Field(default=None, description="id, identifier or name")
    hit: Annotated[str, Field(max_length=2700)] | None = Field(default=None, description="only this one")
    format: Literal["json", "csv"] = Field(default="json", description="csv has every hit, not a page of them")
    limit: int = Field(default=100, ge=1, le=500)
    offset: int = Field(default=0, ge=0, le=1_000_000)


class HitList(_Shape):
    """Hits of one page, those open again first, then by score."""

    total: int
    hits: list[dict[str, Any]]
    next: str | None


class SparqlRequest(_Shape):
    """A read-only query."""

    query: Annotated[str, Field(min_length=1, max_length=65536)]


class Health(_Shape):
    """Whether the service can answer."""

    status: Literal["ok", "starting"]
    version: str
    documents: int | None = None


ScreenRequest.model_rebuild()


class OwnershipQuery(_Shape):
    """Of which day, and by which rules, the ownership of a partner is asked."""

    as_of: date | None = Field(default=None, description="day whose holdings, lists and rules count; today when absent")
    rules: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=10)] = Field(
        default_factory=list, description="ofac, eu, uk, bis; all when absent"
    )
    language: Literal["en", "zh"] = "en"


class MergeRequest(_Shape):
    """Two records that a person takes to be one party."""

    record: Annotated[str, Field(min_length=1, max_length=2000)] = Field(description="whose id the party keeps")
    other: Annotated[str, Field(min_length=1, max_length=2000)]
    reason: Annotated[str, Field(min_length=1, max_length=4000)] = Field(description="the second fact besides the name")
    actor: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(default=None, description="who decides")
    despite_conflict: bool = Field(default=False, description="merge although identifiers given once differ")


class SplitRequest(_Shape):
    """A record that a person takes out of its party."""

    record: Annotated[str, Field(min_length=1, max_length=2000)]
    other: Annotated[str, Field(min_length=1, max_length=2000)] | None = Field(
        default=None, description="the record it is not; every other of its party when absent"
    )
    reason: Annotated[str, Field(min_length=1, max_length=4000)]
    actor: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(default=None, description="who decides")
