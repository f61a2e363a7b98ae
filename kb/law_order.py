"""Orders inside an alignment: which pairs keep the order of both texts."""

from __future__ import annotations

from bisect import bisect_left

__all__ = ["heaviest_chain", "longest_chain"]


def longest_chain(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest increasing subsequence of pairs sorted by their first: those that did not move."""
    tails: list[int] = []
    where: list[int] = []
    back: list[int] = []
    for index, (_, j) in enumerate(pairs):
        place = bisect_left(tails, j)
        if place == len(tails):
            tails.append(j)
            where.append(index)
        else:
            tails[place], where[place] = j, index
        back.append(where[place - 1] if place else -1)
    chain: list[tuple[int, int]] = []
    index = where[-1] if where else -1
    while index >= 0:
        chain.append(pairs[index])
        index = back[index]
    return chain[::-1]


def heaviest_chain(options: list[tuple[int, int, float]]) -> list[tuple[int, int]]:
    """Return the pairs of the heaviest subsequence increasing in both; a prefix-maximum tree keeps it n log n."""
    if not options:
        return []
    columns = {j: rank for rank, j in enumerate(sorted({j for _, j, _ in options}), start=1)}
    tree: list[tuple[float, int]] = [(0.0, -1)] * (len(columns) + 1)
    total: list[float] = [0.0] * len(options)
    back: list[int] = [-1] * len(options)
    # within one old provision from right to left, so that it cannot follow itself
    for index in sorted(range(len(options)), key=lambda each: (options[each][0], -options[each][1])):
        rank = columns[options[index][1]]
        best, place = (0.0, -1), rank - 1
        while place > 0:
            best = max(best, tree[place])
            place -= place & -place
        total[index], back[index] = best[0] + options[index][2], best[1]
        place = rank
        while place < len(tree):
            tree[place] = max(tree[place], (total[index], index))
            place += place & -place
    index = max(range(len(options)), key=total.__getitem__)
    chosen: list[tuple[int, int]] = []
    while index >= 0:
        chosen.append(options[index][:2])
        index = back[index]
    return chosen[::-1]
