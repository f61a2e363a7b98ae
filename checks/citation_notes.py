"""What a reader must know of a citation that no longer stands as written, in Chinese (English: ``LawIndex``)."""

from __future__ import annotations

from datetime import date

from kb.act_labels import act_label
from kb.law import LawIndex, Repeal
from kb.model import Citation, CitationStatus


def chinese_note(found: Citation, law: LawIndex | None, as_of: date) -> str:
    """Return what a Chinese reader must know about a citation that no longer stands as written."""
    version_id, _, number = (found.target or "").partition("#")
    act = version_id.partition("@")[0]
    if law is None:
        return ""
    if not act:
        gone = law.repeal_of_name(found.act) if found.act is not None else None
        if found.status is CitationStatus.REPEALED and gone is not None:
            return f"该法未存入；{_repealed(gone, law)}"  # the act is not stored
        return "该法未存入" if found.status is CitationStatus.UNKNOWN_ACT and found.act is not None else ""
    meant = next((each for each in law.versions(act) if each.version == version_id), None)
    now = law.version_on(act, as_of)
    repeal = law.repeal_of(act, as_of)
    if found.status is CitationStatus.REPEALED and repeal is not None:
        return _repealed(repeal, law)
    if meant is None:
        return ""
    if found.status is CitationStatus.PHANTOM:
        return f"{meant.name}版本没有所引条文"  # that version has no such provision
    if now is not None and now is not meant and number:
        became = law.successor(number, meant, now)
        if found.status is CitationStatus.RENUMBERED and became is not None:
            places = "、".join(f"第{each}条" for each in became.numbers)
            return f"{meant.name}版本的第{number}条在{now.name}版本中为{places}"  # is now article …
        return f"该条在{now.name}版本中已有变化"  # the article has changed in that version
    starts = meant.in_force or meant.starts
    return f"该版本自{starts}起施行" if starts is not None else ""  # in force from


def _repealed(repeal: Repeal, law: LawIndex) -> str:
    by = "失效" if repeal.by is None else f"被{_called(repeal.by, law)}废止"  # lapsed / repealed by
    return f"自{repeal.day}起{by}" if repeal.day is not None and repeal.stated else f"已{by}，日期未载明"


def _called(act: str, law: LawIndex) -> str:
    stored = law.versions(act)
    return f"《{stored[-1].title}》" if stored else act_label(act, "zh")
