"""Serves the web page: the files of `cluster/web`, and nothing else. SHELL.

The page asks `/ha`, `/jobs/overview` and `/config` by itself, again and again. Its headers forbid everything that it
does not need: scripts from elsewhere, being framed, inline code. Deliberately not here: what is on it.
"""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).resolve().parents[1] / "web"
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/web/dashboard.css": ("dashboard.css", "text/css; charset=utf-8"),
    "/web/dashboard.js": ("dashboard.js", "text/javascript; charset=utf-8"),
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def page_routes() -> list[Route]:
    """A route for each file; they are read once."""
    return [_route(path, (FOLDER / name).read_bytes(), kind) for path, (name, kind) in FILES.items()]


def _route(path: str, content: bytes, kind: str) -> Route:
    async def answer(_: Request) -> Response:
        return Response(content, headers={**HEADERS, "Content-Type": kind})

    return Route(path, answer, methods=["GET"])
