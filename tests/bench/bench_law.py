"""Law: every figure of reading, dating, aligning and citing law, each beside its target or a peer.

Run: ``python -m tests.bench law`` from the root (``make bench-law``). Needs ../shared/data, except for the gold of our
own; figures are printed, not asserted.
"""

from __future__ import annotations

from checks.impact import diff
from kb.law_paragraphs import articles, paragraph_changes
from tests.bench.law import own_gold, reading, regulation_e, silver
from tests.bench.law.sources import ACTS, LAWS, Law, read_laws, timed

_LONG: tuple[str, str] = ("公司法(2018-10-26)", "公司法(2023-12-29)")  # the Company Law


def measure_long_act(laws: dict[str, Law]) -> None:
    """Print the time to compare a long act article by article and paragraph by paragraph."""
    if not all(name in laws for name in _LONG):
        return
    old, new = (laws[name] for name in _LONG)
    changes, seconds = timed(lambda: diff(list(old.articles), list(new.articles)))
    one, other = articles(old.act, old.text), articles(new.act, new.text)
    inside, more = timed(lambda: sum(len(paragraph_changes(change, one, other)) for change in changes))
    print(
        f"diff of {new.name}, {len(new.articles)} articles: {seconds:.2f} s (budget 2), its paragraphs {more:.2f} s: "
        f"{len(changes)} changes of articles, {inside} of paragraphs"
    )


def measure_irish(acts: dict[str, Law]) -> None:
    """Print how many sections of acts as enacted and as revised differ when formatting is left out."""
    names = sorted(acts)
    for older, newer in zip(names[::2], names[1::2], strict=False):
        if older.partition("(")[0] != newer.partition("(")[0]:
            continue
        old, new = acts[older], acts[newer]
        texts = dict(new.articles)
        printed = sum(number in texts and texts[number] != text for number, text in old.articles)
        changes = diff(list(old.articles), list(new.articles))
        modified = sum(change.before is not None and change.after is not None for change in changes)
        print(
            f"Irish {older} to {newer}: {len(old.articles)} to {len(new.articles)} sections, {modified} changed, "
            f"{len(changes) - modified} inserted or deleted; compared as printed {printed} would differ"
        )


def main() -> None:
    """Print every figure."""
    own_gold.measure_citations()
    own_gold.measure_norms()
    if not LAWS.is_dir():
        raise SystemExit("../shared/data is absent: the figures on real law are left out")
    reading.measure_folder()
    laws = read_laws(LAWS, "zh")
    reading.measure_dates(laws)
    silver.measure(laws)
    measure_long_act(laws)
    measure_irish(read_laws(ACTS, "en"))
    regulation_e.measure_differences()
    regulation_e.measure_notices()
    regulation_e.measure_layers()
    own_gold.measure_speed(laws)


if __name__ == "__main__":
    main()
