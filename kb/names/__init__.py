"""Name matching for people and organisations, in English and Chinese and most other scripts."""

from kb.names.index import NameIndex
from kb.names.latin import MATCH
from kb.names.match import NameKind, NameMatch, compare

__all__ = ["MATCH", "NameIndex", "NameKind", "NameMatch", "compare"]
