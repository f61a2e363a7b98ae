"""What the forms of pages decide on list hits."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse

from api.deps import KnowledgeBaseDep, StorePlace
from api.service.deciding import decide
from api.web.links import decide_hit, hit_anchor

router = APIRouter()
BY_PAGE = "web"
"""Who decides through a page when the form names nobody: it has no accounts, so whoever reaches it."""


@router.post("/hit-acts", include_in_schema=False)
async def act_on_hit(
    kb: KnowledgeBaseDep,
    place: StorePlace,
    hit: Annotated[str, Form(min_length=3, max_length=2700)],
    verdict: Annotated[str, Form(min_length=1, max_length=40)],
    reason: Annotated[str, Form(min_length=1, max_length=4000)],
    actor: Annotated[str, Form(max_length=200)] = "",
    partner: Annotated[str, Form(max_length=2000)] = "",
) -> RedirectResponse:
    """Do what a form asks for, and show its page again at the hit.

    A browser that sends it for a page of another site is refused before it comes here (``api.limits``).
    """
    await place.run(decide, kb, hit, verdict=verdict, reason=reason, actor=actor.strip() or BY_PAGE)
    page = f"/partners/{quote(partner, safe='', errors='replace')}" if partner else decide_hit(hit)
    return RedirectResponse(f"{page}#{hit_anchor(hit)}", status_code=303)
