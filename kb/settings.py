"""Settings: environment variables ``DUEGRAPH_*``, a ``.env``-free, explicit argument everywhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB


class Settings(BaseSettings):
    """Everything an operator may set; each field is the environment variable ``DUEGRAPH_<NAME>``.

    Settings are passed as an argument; no module keeps one.
    """

    model_config = SettingsConfigDict(env_prefix="DUEGRAPH_", frozen=True, extra="forbid")

    data: Path = Field(
        default=Path("duegraph-data"),
        description="The data directory; everything Duegraph stores is below it.",
    )
    batch_documents: int = Field(
        default=16, ge=1, le=1024, description="Documents stored together; one disk flush serves them all."
    )
    batch_mib: int = Field(
        default=64, ge=1, le=4096, description="A batch is stored early when its originals and facts reach this size."
    )
    max_input_mib: int = Field(default=25, ge=1, le=4096, description="Largest file that is read or accepted.")
    max_stored_mib: int = Field(
        default=1024,
        ge=1,
        le=65536,
        description="Largest single stored item (original, text or facts) that is read back, against damaged headers.",
    )
    compress_from: int = Field(
        default=512, ge=0, description="Stored items of at least this many bytes are compressed."
    )
    compress_level: int = Field(
        default=3,
        ge=0,
        le=9,
        description="zlib level of stored items; 3 is within 16 % of 6 in size, in an eighth of its time.",
    )
    open_timeout: float = Field(
        default=10.0,
        gt=0,
        le=600,
        description="Seconds a reader waits for a consistent view, and a writer for a busy registry, before giving up.",
    )
    keep_views: int = Field(
        default=2, ge=1, le=100, description="Published views kept for readers that are about to open them."
    )
    sparql_seconds: float = Field(
        default=5.0, gt=0, le=300, description="Wall time after which a SPARQL query from outside is killed."
    )
    sparql_rows: int = Field(default=10_000, ge=1, le=1_000_000, description="Most rows a SPARQL query returns.")
    sparql_mib: int = Field(default=10, ge=1, le=1024, description="Largest answer of a SPARQL query.")
    sparql_memory_mib: int = Field(
        default=2048, ge=256, le=65536, description="Address space a SPARQL query may use (on Linux)."
    )
    sparql_query_kib: int = Field(default=64, ge=1, le=1024, description="Longest SPARQL query that is read.")
    sparql_nesting: int = Field(default=128, ge=8, le=256, description="Deepest nesting a SPARQL query may have.")
    restore_files: int = Field(
        default=20_000_000, ge=1, description="Most files a backup may hold before restore refuses it."
    )
    restore_gib: int = Field(default=1024, ge=1, description="Largest unpacked backup before restore refuses it.")
    job_lease: float = Field(
        default=300.0,
        gt=0,
        le=3600,
        description="Seconds after which a job whose worker fell silent may be taken over.",
    )
    job_attempts: int = Field(default=3, ge=1, le=20, description="Tries before a failing job is set aside.")
    list_days: int = Field(
        default=14, ge=1, le=3650, description="Days after which a watch list that was not loaded again counts as old."
    )
    monitor_register: Path | None = Field(
        default=None, description="The register of followed sources (CSV or JSON) that `monitor run` reads."
    )
    fetch_private: bool = Field(
        default=False, description="Whether followed sources may be at private or loopback addresses."
    )
    fetch_seconds: float = Field(
        default=60.0, gt=0, le=3600, description="Seconds one address of a followed source may take in all."
    )
    fetch_attempts: int = Field(
        default=3, ge=1, le=10, description="Tries before a followed source counts as failed in a run."
    )
    fetch_items: int = Field(default=100, ge=1, le=5000, description="Pages of one feed fetched in one run.")
    monitor_failures: int = Field(
        default=3, ge=1, le=1000, description="Runs in a row a followed source may fail before an alert is raised."
    )
