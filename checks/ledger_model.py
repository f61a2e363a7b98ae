"""What an impact ledger is made of: what relies on an act, changed provisions, and items that tie the two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from checks.citation_mode import UNCLEAR, StatedMode
from checks.finding import Text
from checks.impact import ImpactLevel
from checks.impact_levels import heaviest
from kb.law_change import ChangeKind, Materiality, ProvisionChange
from kb.law_numbers import base_number, number_parts
from kb.law_versions import Repeal, StoredVersion
from kb.model import Citation, Clause
from ontology import concept

REPEALED = "repealed"
"""Kind of the change that ends an act as a whole; the other kinds are those of ``ChangeKind``."""
WHOLE_ACT = "act"
"""Kind of the entry that gathers citations of the act as a whole over one step."""


@dataclass(frozen=True, slots=True)
class Citing:
    """One place of a contract, or of another law, that cites the act.

    Attributes:
        source: where the contract comes from, as the user named it, or the id of the citing version; part of the
            identity of its items.
        clause: the innermost clause the citation stands in, or None; of a law its provision, the number as its id.
        written: the contract's own date, or the day a citing law speaks for; None when it is not known.
        occurrence: which of the equal citations of its contract or law it is, from 0.
        law: id of the citing version when a law cites; None for a contract.
    """

    document: str
    source: str
    title: str
    citation: Citation
    clause: Clause | None = None
    written: date | None = None
    mode: StatedMode = UNCLEAR
    occurrence: int = 0
    law: str | None = None


@dataclass(frozen=True, slots=True)
class RuleBasis:
    """A provision a rule rests on, and the day whose law its number was taken from."""

    rule: str
    title: Text
    provision: str | None
    read_on: date


@dataclass(frozen=True, slots=True)
class FindingBasis:
    """A finding and the provision of one version that it rests on.

    Attributes:
        version: id of the version; "" when the finding is tied to the act by the citation it is about.
        why: "basis" (its rule's legal basis) or "evidence" (it is about a citation of the provision).
        stale: what it rests on has changed since it was made.
    """

    finding: str
    rule: str
    subject: str
    outcome: str
    version: str = ""
    provision: str | None = None
    why: str = "evidence"
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that rests on a changed provision.

    Attributes:
        id: the same for the same change, source and words, so decisions on it survive a new reading.
        kind: "clause", "law", "rule" or "finding".
        state: what the change asks, by the table; ``row`` names the row that said so, ``why`` tells it.
        now: what the cited place is called in the newer version; empty when it is gone or the act is cited as a whole.
        touched: False when the cited paragraph itself stayed as it was.
        what: the citing clause, the rule or the finding.
    """

    id: str
    kind: str
    state: ImpactLevel
    row: str
    why: Text
    place: str | None
    now: tuple[str, ...]
    touched: bool | None
    change: ChangeKind | None
    materiality: Materiality | None
    what: Citing | RuleBasis | FindingBasis


@dataclass(frozen=True, slots=True)
class Entry:
    """One changed provision (or the act as a whole) from one version to the next, with what rests on it.

    Attributes:
        id: id of the stored change object where there is one.
        kind: notation of the change-kinds scheme, "repealed", or "act" for citations of the act as a whole.
        changes: the changes of the provision: one, or one per piece of a split.
        in_effect: whether the change applies on the day asked about; None when no source states its day.
        begins: number of the new provision whose own day ``effective_from`` is; None when it is that of the act.
    """

    id: str
    kind: str
    older: str
    newer: str | None
    before: str | None
    after: tuple[str, ...]
    changes: tuple[ProvisionChange, ...]
    effective_from: date | None
    in_effect: bool | None
    items: tuple[Item, ...] = ()
    repeal: Repeal | None = None
    begins: str | None = None

    @property
    def materiality(self) -> Materiality | None:
        """The heaviest materiality of its changes; None for the act as a whole."""
        order = list(Materiality)
        return max((change.materiality for change in self.changes), key=order.index, default=None)

    @property
    def state(self) -> ImpactLevel:
        """The heaviest state of its items."""
        return heaviest(tuple(item.state for item in self.items))


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the changes of one act touch.

    Attributes:
        versions: the versions looked at, oldest first.
        entries: changed provisions in the order of the act, step by step; then repeal and the act as a whole.
        absent: citations of provisions that the version they mean does not have.
        unmoved: how many citing places of contracts mean a provision that has not changed since.
        laws: every place of another law that cites the act, touched or not.
    """

    act: str
    versions: tuple[StoredVersion, ...]
    entries: tuple[Entry, ...]
    absent: tuple[Citing, ...]
    unmoved: int
    laws: tuple[Citing, ...] = ()


@dataclass(frozen=True)
class Question:
    """What of an act is asked about.

    Attributes:
        as_of: the day judged: texts of a later date are left out, and changes say whether they apply on it.
        begin: leave out what changed before the version that applied on this day.
        end: leave out what changed after the version that applied on this day.
    """

    as_of: date
    begin: date | None = None
    end: date | None = None


def name_en(number: str) -> str:
    """Return how an English sentence names a provision."""
    return f"art. {number}"


def name_zh(number: str) -> str:
    """Return how a Chinese sentence names a provision: 第16条第2款第(3)项 (article 16, paragraph 2, item 3)."""
    parts = number_parts(number)
    names = [f"第{base_number(number)}条"]
    names += [f"第{part}款" if depth == 0 else f"第({part})项" for depth, part in enumerate(parts[1:])]
    return "".join(names)


def what_changed(entry: Entry, item: Item | None = None) -> Text:
    """Return what a change did to a provision (or to the place an item cites), a sentence in both languages.

    For example "art. 16 of cn/公司法@2018-10-26 is art. 15 of cn/公司法@2023-12-29, changed in duty (必须, 应当)."
    """
    if entry.kind == REPEALED:
        repeal = entry.repeal
        by = repeal.by if repeal is not None else None
        day = repeal.day.isoformat() if repeal is not None and repeal.day is not None and repeal.stated else None
        return Text(
            f"The act is repealed{f' by {by}' if by else ''}{f' from {day}' if day else ', day not stated'}.",
            f"该法{f'自{day}起' if day else ''}{f'被{by}' if by else ''}废止{'' if day else '，日期未载明'}。",
        )
    if item is not None and item.place is not None:
        before, after, about = item.place, item.now, item.materiality
    else:
        before, after, about = entry.before or "", entry.after, entry.materiality
    older, newer = entry.older.rpartition("@")[2], (entry.newer or "").rpartition("@")[2]
    if not before:
        return Text(
            f"{' and '.join(f'Art. {each}' for each in after) or 'The act'} changed with version {newer}.",
            f"{'、'.join(map(name_zh, after)) or '该法'}自{newer}版本起有变化。",  # changed from that version on
        )
    if not after:
        return Text(
            f"Art. {before} of {older} no longer exists in {newer}.",
            f"{older}版本的{name_zh(before)}在{newer}版本中已不存在。",
        )
    words = [word for change in entry.changes for word in change.decided_by][:4]
    same = after == (before,)
    kind_en = f"changed in {about.value}" if about is not None else "changed"
    quoted = f" ({', '.join(dict.fromkeys(words))})" if words and item is not None and item.touched is None else ""
    if about in (None, Materiality.NONE, Materiality.EDITORIAL):
        kind_en, quoted = "its words unchanged", ""
    label = concept("materiality", (about or Materiality.NONE).value).label("zh")
    en = f"{name_en(before)} of {older} is {' and '.join(map(name_en, after))} of {newer}, {kind_en}{quoted}."
    zh = f"{older}版本的{name_zh(before)}即{newer}版本的{'、'.join(map(name_zh, after))}，变化：{label}{quoted}。"
    if same:
        en = f"{name_en(before)} of {older} is {kind_en} in {newer}{quoted}."
        zh = f"{older}版本的{name_zh(before)}在{newer}版本中的变化：{label}{quoted}。"
    return Text(en[0].upper() + en[1:], zh)
