"""Facts → domain types: reads back what ``ingest.map`` wrote, with few set-based queries over any number of documents.

One query per class of node, never one per node. Offsets are read from the span's IRI (``#s120-340``), which the mapper
makes of them, so that no join with the selector is needed.
"""

from kb.facts.base import Row, Select, span_of
from kb.facts.contracts import ContractParts, contract_parts, read_citations, read_entities, read_events
from kb.facts.holdings import StoredGap, StoredHolding, read_gaps, read_holdings
from kb.facts.law import StoredAct, read_acts, stored_versions
from kb.facts.norms import read_legal_norms
from kb.facts.partners import StoredList, StoredPartner, read_lists, read_partners
from kb.facts.statements import StoredStatement, read_statements

__all__ = [
    "ContractParts",
    "Row",
    "Select",
    "StoredAct",
    "StoredGap",
    "StoredHolding",
    "StoredList",
    "StoredPartner",
    "StoredStatement",
    "contract_parts",
    "read_acts",
    "read_citations",
    "read_entities",
    "read_events",
    "read_gaps",
    "read_holdings",
    "read_legal_norms",
    "read_lists",
    "read_partners",
    "read_statements",
    "span_of",
    "stored_versions",
]
