"""The web page: it is whole, asks for what there is, puts nothing into the page as markup, and may do nothing else."""

from __future__ import annotations

import re

from cluster.rest.page import FILES, FOLDER
from tests.cluster.rest.web import Web


async def test_the_page_is_whole(web: Web) -> None:
    """Each file that the page names is served, with headers that forbid what it does not need."""
    answer = await web.clients[1].get("/")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    named = re.findall(r'(?:src|href)="(web/[^"]+)"', answer.text)
    assert {f"/{name}" for name in named} == FILES.keys() - {"/"}
    for name in named:
        assert (await web.clients[1].get(f"/{name}")).status_code == 200
    assert {path.name for path in FOLDER.iterdir() if path.suffix in (".html", ".css", ".js")} == {
        name for name, _ in FILES.values()
    }
    for outside in ("/web/../rest/api.py", "/web/__init__.py", "/web/"):
        assert (await web.clients[1].get(outside)).status_code == 404


async def test_the_page_asks_for_what_there_is(web: Web) -> None:
    """Each path that the script asks for is answered, and every field that it reads of a failover exists."""
    script = (FOLDER / "dashboard.js").read_text(encoding="utf-8")
    for path in re.findall(r'ask\("([^"]+)"\)', script):
        assert (await web.get(f"/{path}")) is not None
    web.scene.system.stop(web.scene.contenders[0])
    await web.scene.until(lambda: (info := web.scene.election.info) is not None and info.epoch == 2)
    (failover,) = (await web.get("/ha", 1))["failovers"]
    assert set(re.findall(r'"(\w+_at)"', script)) <= failover.keys()


def test_nothing_goes_into_the_page_as_markup() -> None:
    """What comes from the cluster, such as a job's name, is text: the script has no way to make markup of it."""
    script = (FOLDER / "dashboard.js").read_text(encoding="utf-8")
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert way not in script
    assert re.findall(r"<script(?! src=)|<style| style=| on\w+=", page) == []
