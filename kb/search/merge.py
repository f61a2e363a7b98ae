"""When small segments are put together.

Each commit writes one segment. Whoosh's own policy rewrites small segments so often that a load in small batches spends
most of its time on merging; never merging makes every search visit hundreds of segments. Here segments are sorted into
tiers, each ``FACTOR`` times as large as the one below; when a tier holds ``FACTOR`` segments they become one of the
next tier. So every block is rewritten once per tier, and a search visits at most ``FACTOR - 1`` segments per tier.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any, Final

from whoosh.reading import SegmentReader

FACTOR: Final = 8

_MOSTLY_DELETED: Final = 0.5
"""A segment is rewritten when more than this share of its blocks is deleted."""


def tiered(writer: Any, segments: list[Any]) -> list[Any]:
    """Merge what is due into the writer's new segment.

    Args:
        writer: the Whoosh segment writer that is committing.
        segments: the segments committed before.

    Returns:
        The segments that stay as they are.
    """
    tiers: dict[int, list[Any]] = defaultdict(list)
    due: list[Any] = []
    for segment in segments:
        live = segment.doc_count_all() - segment.deleted_count()
        if segment.deleted_count() > _MOSTLY_DELETED * segment.doc_count_all():
            due.append(segment)
        else:
            tiers[int(math.log(max(1, live), FACTOR))].append(segment)
    for tier in sorted(tiers):
        if len(tiers[tier]) < FACTOR - 1:
            break
        due.extend(tiers[tier])
    merged = {segment.segment_id() for segment in due}
    for segment in due:
        if segment.deleted_count() < segment.doc_count_all():
            reader = SegmentReader(writer.storage, writer.schema, segment)
            writer.add_reader(reader)
            reader.close()
    return [segment for segment in segments if segment.segment_id() not in merged]
