"""Cutting a contract into clauses: marks (what looks like a number), lists (what counts up), headings, sentences."""
