"""Parties, ties and acts as they are shown: JSON with words in both languages."""

from __future__ import annotations

from typing import Any, Final

from kb.entities import Act, Entities, Fact, Standing, Tie

_FEATURES: Final = {
    ("identifier", True): ("same identifier", "标识相同"),
    ("identifier", False): ("different identifiers", "标识不同"),
    ("country", False): ("different countries", "国家不同"),
    ("address", True): ("same country and address", "国家和地址相同"),
    ("birth_date", True): ("same date of birth", "出生日期相同"),
    ("birth_date", False): ("different dates of birth", "出生日期不同"),
    ("kind", False): ("different kinds of party", "主体种类不同"),
    ("names", False): ("names unlike", "名称差异很大"),
}


def fact_json(fact: Fact) -> dict[str, Any]:
    """Return a fact with its words in both languages."""
    en, zh = _FEATURES[fact.feature, fact.agrees]
    return {
        "feature": fact.feature,
        "agrees": fact.agrees,
        "detail": fact.detail,
        "text": {"en": f"{en}: {fact.detail}", "zh": f"{zh}：{fact.detail}"},
    }


def tie_json(tie: Tie) -> dict[str, Any]:
    """Return a tie as it is shown."""
    return {
        "left": tie.left,
        "right": tie.right,
        "left_name": tie.left_name,
        "right_name": tie.right_name,
        "score": tie.score,
        "standing": tie.standing.value,
        "second_fact": tie.has_second_fact,
        "contradicted": tie.contradicted,
        "facts": [fact_json(fact) for fact in tie.facts],
    }


def act_json(act: Act) -> dict[str, Any]:
    """Return an act as it is shown."""
    return {
        "act": act.kind.value.partition(".")[2],
        "record": act.record,
        "others": list(act.others),
        "reason": act.reason,
        "actor": act.actor,
        "at": act.at.isoformat(timespec="seconds"),
        "number": act.number,
    }


def party_json(entities: Entities, record: str) -> dict[str, Any]:
    """Return the party of a record: its records, why they are one, and what keeps others apart."""
    members = entities.records(record)
    inside = set(members)
    return {
        "id": members[0],
        "records": list(members),
        "asked_for": record if record != members[0] else None,
        "evidence": [
            tie_json(tie)
            for pair, tie in sorted(entities.ties.items())
            if tie.standing is Standing.SAME and inside.issuperset(pair)
        ],
        "acts": [
            act_json(act)
            for act in {act.number: act for act in entities.decided.values()}.values()
            if act.record in inside or inside & set(act.others)
        ],
        "held_apart": [
            {
                "left": held.left,
                "right": held.right,
                "because": list(held.blocked_by),
                "by_person": held.by_person,
            }
            for held in entities.held_apart
            if held.left in inside or held.right in inside
        ],
        "namesakes": [
            tie_json(tie)
            for pair, tie in sorted(entities.ties.items())
            if tie.standing is Standing.DISTINCT and inside.intersection(pair)
        ],
    }


def candidates_json(entities: Entities, record: str | None = None, *, limit: int = 100) -> dict[str, Any]:
    """Return the proposals a person is to decide on, best first."""
    found = entities.proposals(record)
    return {"total": len(found), "candidates": [tie_json(tie) for tie in found[:limit]]}
