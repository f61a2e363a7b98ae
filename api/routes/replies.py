"""Replies several routes share: bodies with an ETag, pages of a list with a link to the next."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from fastapi import Request, Response
from pydantic import BaseModel


def tagged(
    request: Request, body: bytes, media_type: str, *, tag: str | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Return a body with a strong ETag, or 304 when the asker holds it already.

    Args:
        request: what was asked.
        body: the bytes.
        media_type: of the body.
        tag: changes with the body; by default a digest of it.
        headers: further headers.

    Source: RFC 9110, sections 8.8.3 (ETag) and 13.1.2 (If-None-Match).
    """
    etag = f'"{tag or hashlib.sha256(body).hexdigest()[:32]}"'
    held = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if etag in held or "*" in held:
        return Response(status_code=304, headers={"ETag": etag})
    return Response(body, media_type=media_type, headers={"ETag": etag, **(headers or {})})


def tagged_model(request: Request, model: BaseModel) -> Response:
    """Return a model as JSON with an ETag."""
    return tagged(request, model.model_dump_json().encode(), "application/json")


def link_next(request: Request, response: Response, **parameters: str) -> None:
    """Add a link to the next page of a list: the same address with other parameters.

    Source: RFC 8288, Web Linking.
    """
    url = request.url.include_query_params(**parameters)
    address = quote(f"{url.path}?{url.query}", safe="/?=&%:@+,;!$'()*~")
    response.headers["Link"] = f'<{address}>; rel="next"'


def attachment(name: str, fallback: str) -> str:
    """Return the header that makes a browser save a body under a name, whatever is in it.

    Args:
        name: from a user; folders are dropped, the rest is percent-encoded.
        fallback: plain ASCII name for readers that know no other.

    Source: RFC 6266, section 4.3; RFC 8187.
    """
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or fallback
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(last, safe='', errors='replace')}"
