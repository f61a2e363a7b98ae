"""What a reader must know of a citation that no longer stands as written, in Chinese (English: ``LawIndex``)."""

from __future__ import annotations

from datetime import date

from kb.act_labels import act_label
from kb.law import LawIndex
from kb.model import Citation, CitationStatus


def chinese_note(found: Citation, law: LawIndex | None, as_of: date) -> str:
    """Return what a Chinese reader must know about a citation that no longer stands as written."""
    version_id, _, number = (found.target or "").partition("#")
    act = version_id.partition("@")[0]
    if law is None or not act:
        return ""
    meant = next((each for each in law.versions(act) if each.version == version_id), None)
    now = law.version_on(act, as_of)
    repeal = law.repeal_of(act, as_of)
    if found.status is CitationStatus.REPEALED and repeal is not None:
        by = f"被{act_label(repeal.by, 'zh')}废止" if repeal.by is not None else "失效"  # repealed by / lapsed
        return f"自{repeal.day}起{by}" if repeal.day is not None else f"已{by}，日期未载明"
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
