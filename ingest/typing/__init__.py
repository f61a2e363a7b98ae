"""Clause types: what each clause of a contract is about, in English by a trained model, in Chinese by weighted cues."""

from ingest.typing.typer import ClauseTyper

__all__ = ["ClauseTyper"]
