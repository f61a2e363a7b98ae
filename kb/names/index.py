"""Finds the names in a large list that are worth comparing with a query, and compares them.

Every name is cut into three-letter pieces of its words, pieces of its consonants and, for Chinese, its characters; a
query's rare pieces vote for the names that hold them, and the names with most votes are compared in full.
"""

from __future__ import annotations

import itertools
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kb.names import latin, match
from kb.names.chinese import simplified
from kb.names.fold import fold, has_han, words_of
from kb.names.romanize import plain_pinyin
from kb.names.tokens import skeleton, undigit
from kb.packed import PackedFile, PackedNumbers, PackedStrings, pack_numbers, pack_strings

CANDIDATES: Final = 40  # names compared in full: 99.5 % of misspelt OFAC names are among them (bench_names.py)
_COMMON_SHARE: Final = 0.05  # pieces in more names than this are used only when nothing rarer is there
_MIN_COMMON: Final = 2_000
_BONES_WORTH: Final = 0.6
_LEAST_SHARE: Final = 0.25
"""Part of the most votes a name needs to be compared: of 1,111 variants of OFAC's names none was found with less, and a
fifth of the comparisons fall away (400 names drawn from bench_names.py)."""


class NameIndex:
    """Names with the ids of the entities that bear them, ready for searching; build once, search from any thread."""

    def __init__(
        self,
        entities: Sequence[str],
        names: Sequence[str],
        postings: Mapping[str, NDArray[np.int32]],
        lengths: NDArray[np.float32],
    ) -> None:
        self._entities = entities
        self._names = names
        self._postings = postings
        self._lengths = lengths

    def __len__(self) -> int:
        return len(self._names)

    @classmethod
    def build(cls, names: Iterable[tuple[str, str]]) -> NameIndex:
        """Index names given as (entity id, name); an entity may have many."""
        entities: list[str] = []
        texts: list[str] = []
        gathered: dict[str, array[int]] = {}
        sizes: list[int] = []
        for entity, name in names:
            number = len(texts)
            entities.append(entity)
            texts.append(name)
            pieces = set(_pieces(name))
            sizes.append(len(pieces))
            for piece in pieces:
                posting = gathered.get(piece)
                if posting is None:
                    gathered[piece] = array("i", (number,))
                else:
                    posting.append(number)
        postings = {piece: np.frombuffer(posting, dtype=np.int32) for piece, posting in gathered.items()}
        return cls(entities, texts, postings, np.sqrt(np.array(sizes, dtype=np.float32) + 4.0))

    def packed(self, prefix: str) -> dict[str, bytes | NDArray[Any]]:
        """Return the index as sections of a packed file, their names beginning with ``prefix``; see ``unpacked``."""
        entities, entity_ends = pack_strings(self._entities)
        names, name_ends = pack_strings(self._names)
        keys, ends, numbers = pack_numbers(self._postings)
        return {
            f"{prefix}entities": entities,
            f"{prefix}entity_ends": entity_ends,
            f"{prefix}names": names,
            f"{prefix}name_ends": name_ends,
            f"{prefix}pieces": keys,
            f"{prefix}piece_ends": ends,
            f"{prefix}postings": numbers,
            f"{prefix}lengths": self._lengths,
        }

    @classmethod
    def unpacked(cls, file: PackedFile, prefix: str) -> NameIndex:
        """Return the index whose sections a packed file holds; it reads them from there as it needs them.

        Raises:
            StoreDamagedError: the sections are absent or do not fit each other.
        """
        return cls(
            PackedStrings(file.bytes(f"{prefix}entities"), file.array(f"{prefix}entity_ends", np.int64)),
            PackedStrings(file.bytes(f"{prefix}names"), file.array(f"{prefix}name_ends", np.int64)),
            PackedNumbers(
                file.array(f"{prefix}pieces", np.uint64),
                file.array(f"{prefix}piece_ends", np.int64),
                file.array(f"{prefix}postings", np.int32),
            ),
            file.array(f"{prefix}lengths", np.float32),
        )

    def search(
        self,
        name: str,
        *,
        kind: match.NameKind | None = None,
        limit: int = 10,
        floor: float = 0.0,
        among: int = CANDIDATES,
    ) -> list[match.NameMatch]:
        """Return the best entities for a name, best first, one line per entity with its best name.

        Args:
            name: the name to look for.
            kind: compare as a person's or an organisation's; worked out per pair when None.
            limit: how many entities to return at most.
            floor: score from which an entity is returned; what is less alike need not be explained.
            among: how many names are compared in full, the most promising first.
        """
        if not name.strip() or not self._names or limit < 1:
            return []
        best: dict[str, tuple[float, int, latin.Scored | None, match.Told]] = {}
        for number in self._candidates(name, among):
            score, scored, told = match.judge(name, self._names[number], kind)
            if scored is not None:
                scored = latin.in_crowd(scored, len(self._names))
                score = scored.score
            known = best.get(self._entities[number])
            if score > 0.0 and score >= floor and (known is None or score > known[0]):
                best[self._entities[number]] = (score, number, scored, told)
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[1][1]))[:limit]
        return [
            match.NameMatch(
                score,
                score >= latin.MATCH,
                told if scored is None else match.explain(scored),
                name,
                self._names[number],
                entity,
            )
            for entity, (score, number, scored, told) in ranked
        ]

    def candidates(self, name: str) -> list[tuple[str, str]]:
        """Return the (entity id, name) pairs a search would compare, for measuring what the index misses."""
        return [(self._entities[number], self._names[number]) for number in self._candidates(name, CANDIDATES)]

    def _candidates(self, name: str, among: int) -> list[int]:
        total = len(self._names)
        if not total:
            return []
        votes = np.zeros(total, dtype=np.float32)
        common = max(_MIN_COMMON, int(total * _COMMON_SHARE))
        cut = ((piece, self._postings.get(piece)) for piece in set(_pieces(name)))
        found = [(piece, posting) for piece, posting in cut if posting is not None]
        rare = [item for item in found if len(item[1]) <= common]
        for piece, posting in rare if len(rare) >= 3 else found:
            worth = math.log(1.0 + total / len(posting))
            votes[posting] += worth * (_BONES_WORTH if piece[0] in "%=" else 1.0)
        votes /= self._lengths
        sure = np.flatnonzero((votes > 0) & (votes >= votes.max() * _LEAST_SHARE))
        if len(sure) > among:
            sure = np.sort(sure[np.argpartition(-votes[sure], among)[:among]])
        return [int(n) for n in sure[np.argsort(-votes[sure], kind="stable")]]


def _pieces(name: str) -> Iterator[str]:
    """Cut a name into index pieces; the first character tells the sort of piece."""
    for group in match.alias_groups(name):
        yield f"@{group}"
    if has_han(name):
        text = "".join(c for c in simplified(name) if c.isalnum())
        for character in text:
            yield f"#{character}"
        for place in range(len(text) - 1):
            yield f"#{text[place : place + 2]}"
        words = [plain_pinyin(text)]
    else:
        words = words_of(fold(name))
    for word in words:
        plain = undigit(word)
        padded = f"_{plain}_"
        for place in range(len(padded) - 2):
            yield padded[place : place + 3]
        bones = skeleton(plain)
        if len(bones) >= 2:
            yield f"={bones}"
            for place in range(len(bones) - 2):
                yield f"%{bones[place : place + 3]}"
    if not has_han(name) and len(words) > 1:
        for one, two in itertools.pairwise(words):
            yield f"{one[-2:]}{two[:1]}"
            yield f"{one[-1:]}{two[:2]}"
