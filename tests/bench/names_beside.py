"""Our name matcher beside rapidfuzz and nomenklatura on the same pairs in the same run (part of ``bench_names``)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from pathlib import Path

from rapidfuzz import fuzz, utils

from kb.names import MATCH, compare
from kb.names.fold import fold

Pair = tuple[str, str, str | None, bool]
Counts = tuple[float, float, float]

PEER_VARIABLE = "DUEGRAPH_PEER_PYTHON"
ALGORITHMS = ("logic-v2", "logic-v1", "regression-v1")
PEER_THRESHOLD = 0.7  # the threshold its users screen with (yente's default)
PEER_SECONDS = 540
HOW_TO_INSTALL = (
    "nomenklatura is left out: make an environment for it (python3 -m venv PEER; PEER/bin/pip install nomenklatura "
    f"followthemoney rigour) and give --peer PEER/bin/python or set {PEER_VARIABLE}"
)


@dataclass(frozen=True)
class Scores:
    """What one matcher said of one set of pairs, and how long it took."""

    values: list[float]
    seconds: float


def forget() -> None:
    """Empty every cache of names (not of tables), as if the process had seen no name."""
    for name, module in list(sys.modules.items()):
        if name.startswith("kb.names"):
            for value in vars(module).values():
                if isinstance(value, _lru_cache_wrapper) and value.cache_info().maxsize is not None:
                    value.cache_clear()


def ours(pairs: Sequence[Pair]) -> Scores:
    """Score pairs with the project's matcher, nothing cached."""
    compare("Anselm Varga", "Anselm Vargas")
    compare("Northwind Metals Ltd", "杭州远山科技有限公司")
    forget()
    start = time.process_time()
    values = [compare(a, b, kind=kind).score for a, b, kind, _ in pairs]  # type: ignore[arg-type]
    return Scores(values, time.process_time() - start)


def rapidfuzz(pairs: Sequence[Pair], scorer: Callable[..., float]) -> Scores:
    """Score pairs with one function of rapidfuzz, on folded names; folding is not timed, in its favour."""
    plain = [(utils.default_process(fold(a)), utils.default_process(fold(b))) for a, b, *_ in pairs]
    start = time.process_time()
    values = [scorer(a, b) / 100 for a, b in plain]
    return Scores(values, time.process_time() - start)


def peer(python: str, sets: dict[str, list[Pair]]) -> tuple[str, dict[str, dict[str, Scores]]]:
    """Score sets of pairs with each algorithm of nomenklatura in a process of the peer's Python.

    Returns:
        Version of nomenklatura, and scores by algorithm and set.
    """
    request = {"algorithms": ALGORITHMS, "sets": {label: [p[:3] for p in pairs] for label, pairs in sets.items()}}
    # Without the project's own settings: its modules are not the peer's.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        [python, str(Path(__file__).with_name("peer_names.py"))],
        input=json.dumps(request), capture_output=True, text=True, check=True, timeout=PEER_SECONDS, env=environment,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    said = {
        name: {label: Scores(found["scores"], found["seconds"]) for label, found in of.items()}
        for name, of in answer["answers"].items()
    }
    return answer["version"], said


def f1_at(scores: Scores, pairs: Sequence[Pair], threshold: float) -> Counts:
    """Return F1, precision and recall of a matcher at a threshold."""
    said = [(value >= threshold, pair[3]) for value, pair in zip(scores.values, pairs, strict=True)]
    hits = sum(s and t for s, t in said)
    wrong = sum(s and not t for s, t in said)
    missed = sum(t and not s for s, t in said)
    return 2 * hits / max(2 * hits + wrong + missed, 1), hits / max(hits + wrong, 1), hits / max(hits + missed, 1)


def best(scores: Scores, pairs: Sequence[Pair]) -> float:
    """Return the threshold of the best F1 on these very pairs, which is in the matcher's favour."""
    return max((f1_at(scores, pairs, t / 100)[0], t / 100) for t in range(30, 100))[1]


def print_beside(
    sets: dict[str, list[Pair]], strangers: dict[str, list[Pair]], searched: dict[str, set[str]], python: str | None
) -> None:
    """Print F1, precision, recall and speed of every matcher on every set, and who alerts for the strangers.

    Args:
        sets: labelled pairs by name of the set.
        strangers: for each set of strangers, every stranger's pairs with the listed names most like it.
        searched: the strangers that our search of the whole list matches with somebody; it knows how long the list is,
            which a comparison of two names does not.
        python: the peer's Python, or None.
    """
    found: dict[str, dict[str, tuple[Scores, float | None]]] = {}
    for label, pairs in {**sets, **strangers}.items():
        found.setdefault("Duegraph", {})[label] = ours(pairs), MATCH
        for name, scorer in (("WRatio", fuzz.WRatio), ("token_set_ratio", fuzz.token_set_ratio)):
            found.setdefault(f"rapidfuzz {name}", {})[label] = rapidfuzz(pairs, scorer), None
    if python is None:
        sys.stdout.write(HOW_TO_INSTALL + "\n")
    else:
        version, said = peer(python, {**sets, **strangers})
        for name, of in said.items():
            found[f"nomenklatura {version} {name}"] = {k: (scores, PEER_THRESHOLD) for k, scores in of.items()}
    for label, pairs in sets.items():
        sys.stdout.write(f"{label} ({len(pairs)} pairs): F1, P, R at the matcher's threshold; best F1; pairs/s/core\n")
        for name, by_set in found.items():
            scores, threshold = by_set[label]
            at = best(scores, pairs)
            fixed = "  -      -     -  " if threshold is None else "{:.3f}  {:.3f} {:.3f}".format(
                *f1_at(scores, pairs, threshold)
            )  # fmt: skip
            speed = len(pairs) / max(scores.seconds, 1e-9)
            sys.stdout.write(f"  {name:<34} {fixed}  {f1_at(scores, pairs, at)[0]:.3f} at {at:.2f}  {speed:>11,.0f}\n")
    for label, pairs in strangers.items():
        asked = {a for a, *_ in pairs}
        alerts = len(searched[label])
        sys.stdout.write(f"{label} ({len(asked)}, {len(pairs):,} pairs): strangers with a match; pairs/s/core\n")
        sys.stdout.write(
            f"  {'Duegraph, search of the list':<34} {alerts:>4} ({alerts / len(asked):.2%}) at {MATCH:.2f}\n"
        )
        for name, by_set in found.items():
            scores, threshold = by_set[label]
            if threshold is None:  # the threshold that is best for it on the public bench
                first = next(iter(sets))
                threshold = best(by_set[first][0], sets[first])
            alerted = {p[0] for p, value in zip(pairs, scores.values, strict=True) if value >= threshold}
            speed = len(pairs) / max(scores.seconds, 1e-9)
            share = len(alerted) / len(asked)
            sys.stdout.write(f"  {name:<34} {len(alerted):>4} ({share:.2%}) at {threshold:.2f}  {speed:>11,.0f}\n")
