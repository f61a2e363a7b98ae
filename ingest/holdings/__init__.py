"""Readers of holdings: who owns what part of whom, from BODS 0.4 packages and plain tables."""

from ingest.holdings.bods import read_bods
from ingest.holdings.read import read_holdings
from ingest.holdings.stated import Gap, HoldingsFile, StatedHolding
from ingest.holdings.table import read_table

__all__ = ["Gap", "HoldingsFile", "StatedHolding", "read_bods", "read_holdings", "read_table"]
