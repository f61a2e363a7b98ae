"""Scores pairs of names with nomenklatura, run by the peer's own Python: ``bench_names --peer PYTHON`` starts it.

Reads ``{"sets": {label: [[left, right, kind], ...]}, "algorithms": [...]}`` from the standard input and writes
``{"version": ..., "answers": {algorithm: {label: {"scores": [...], "seconds": ...}}}}``. Imports nothing of this
project, which the peer's environment does not hold. The seconds are processor time of the comparisons alone, every
entity new.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from typing import Any

SCHEMATA = {"person": "Person", "organization": "Organization", None: "LegalEntity"}


def main() -> None:
    """Answer the request on the standard input."""
    from followthemoney import model  # type: ignore[import-not-found]
    from nomenklatura.matching import get_algorithm  # type: ignore[import-not-found]

    def entity(key: str, name: str, kind: str | None) -> Any:
        made = model.make_entity(SCHEMATA[kind])
        made.id = key
        made.add("name", name)
        return made

    request = json.load(sys.stdin)
    answers: dict[str, dict[str, Any]] = {}
    for name in request["algorithms"]:
        algorithm = get_algorithm(name)
        config = algorithm.default_config()
        warm = [entity("a", "Anselm Varga", "person"), entity("b", "Anselm Vargas", "person")]
        algorithm.compare(*warm, config)  # loads its tables
        for label, pairs in request["sets"].items():
            # An algorithm may remember an entity by its id, so every one has its own.
            made = [
                (entity(f"{name}-{label}-{n}-a", a, kind), entity(f"{name}-{label}-{n}-b", b, kind))
                for n, (a, b, kind) in enumerate(pairs)
            ]
            start = time.process_time()
            scores = [algorithm.compare(left, right, config).score for left, right in made]
            answers.setdefault(name, {})[label] = {"scores": scores, "seconds": time.process_time() - start}
    json.dump({"version": version("nomenklatura"), "answers": answers}, sys.stdout)


if __name__ == "__main__":
    main()
