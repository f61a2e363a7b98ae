"""Full-text search over clauses, provisions, partners, list entries, news and findings, in English and Chinese."""

from kb.search.index import SearchIndex
from kb.search.model import SEARCH_TYPES, Hit, IndexRow, SearchResult

__all__ = ["SEARCH_TYPES", "Hit", "IndexRow", "SearchIndex", "SearchResult"]
