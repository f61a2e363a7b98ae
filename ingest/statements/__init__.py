"""Financial statements in tables: items by periods, in English and Chinese, with every figure's cell."""

from ingest.statements.read import is_statements, read_statements

__all__ = ["is_statements", "read_statements"]
