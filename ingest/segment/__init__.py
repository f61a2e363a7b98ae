"""Cutting a contract into clauses: marks (what looks like a number), lists (what counts up), tree, headings, sentences."""
