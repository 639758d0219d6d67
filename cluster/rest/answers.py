"""What goes out over HTTP: JSON, and errors as Flink words them, `{"errors": ["..."]}`. SHELL: makes responses.

Deliberately not here: what is answered (`cluster.rest.cluster_views`, `cluster.rest.job_views`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cluster.commands.output import plain

RETRY_AFTER_S = 1


class Refusal(Exception):
    """A request that is not done.

    Attributes:
        status: Of HTTP.
        text: Why, for people.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A value as compact JSON."""
    text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # What JSON can say and Unicode cannot, half of a pair, goes back as JSON says it.
    body = text.encode(errors="backslashreplace")
    return Response(body, status, headers, media_type="application/json; charset=UTF-8")


def error_answer(status: int, text: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """An error in Flink's form."""
    return json_answer({"errors": [text], **more}, status, headers)


def unavailable(text: str, **more: Any) -> Response:
    """503: nobody leads, or the leader does not answer."""
    return error_answer(503, text, {"Retry-After": str(RETRY_AFTER_S)}, **more)


async def on_refusal(_: Request, error: Exception) -> Response:
    """For Starlette: a `Refusal` as an answer."""
    assert isinstance(error, Refusal)  # noqa: S101 - registered for this class
    return error_answer(error.status, error.text)


async def on_unavailable(_: Request, error: Exception) -> Response:
    """For Starlette: an `Unavailable` as an answer."""
    return unavailable(str(error))


async def on_http_error(request: Request, error: Exception) -> Response:
    """For Starlette: no such path, or not this method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    texts = {
        404: f"Not found: {request.method} {request.url.path}",
        405: f"{request.method} is not allowed for {request.url.path}",
    }
    return error_answer(error.status_code, texts.get(error.status_code, str(error.detail)), error.headers)
