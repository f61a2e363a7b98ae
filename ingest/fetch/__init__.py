"""Followed sources: the register that lists them, and fetching what is at their places, files or addresses."""

from ingest.fetch.places import Haul, changed_since, gather, web_key
from ingest.fetch.register import Followed, followed_json, followed_of, parse_interval, read_register
from ingest.fetch.web import FetchPolicy, Page, Validators, fetch

__all__ = [
    "FetchPolicy",
    "Followed",
    "Haul",
    "Page",
    "Validators",
    "changed_since",
    "fetch",
    "followed_json",
    "followed_of",
    "gather",
    "parse_interval",
    "read_register",
    "web_key",
]
