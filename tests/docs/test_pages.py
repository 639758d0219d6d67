"""The pages are complete: links lead somewhere, each configuration key and each pinned behaviour is on its page.

Deliberately not here: whether their examples run (`test_examples.py`).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cluster.configuration.keys import KEYS
from runtime.sim.registry import registered
from tests.architecture.source import modules_under

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
PLACE = re.compile(r"`((?:actors|runtime|cluster|tests|examples|benchmarks)/[\w./]*)`")
PLACE_OF_A_PAGE = re.compile(r"\]\(((?!https?://)[^)#]*)#([^)]+)\)")
HEADING = re.compile(r"(?m)^#+ (.+)$")
ROW = re.compile(r"(?m)^\| `([^`]+)` \| (?:`([^`]*)`|[^|]+) \|")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Each link from a page to a file of this repository finds it."""
    targets = LINK.findall(page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_into_a_page_lead_to_a_heading(page: Path) -> None:
    """Each link to a part of a page finds a heading there, by the name that GitHub gives it."""
    places = PLACE_OF_A_PAGE.findall(page.read_text(encoding="utf-8"))

    assert [
        (target, place) for target, place in places if place not in anchors(page.parent / target if target else page)
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_named_files_exist(page: Path) -> None:
    """Each file or folder of the code that a page names is there."""
    named = PLACE.findall(page.read_text(encoding="utf-8"))

    assert [place for place in named if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_has_no_marks_of_a_merge(page: Path) -> None:
    """Both sides of a conflict are not left on a page: nothing else reads it before people do."""
    lines = page.read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if re.match(r"(<{7}|>{7}) |={7}$", line)] == []


def test_the_changelog_is_whole() -> None:
    """What is new, changed and mended has one section each: a merge by hand had left a single line of it all."""
    kinds = re.findall(r"(?m)^### (\w+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))

    assert kinds == ["Changed", "Added", "Fixed"]


def test_each_configuration_key_is_documented() -> None:
    """The configuration page has a row for each key, none for others, and the default that the program has."""
    rows = dict(ROW.findall((ROOT / "docs/configuration.md").read_text(encoding="utf-8")))
    keys = {key.name: key for key in KEYS.values()}

    assert rows.keys() ^ keys.keys() == set()
    for name, default in rows.items():
        if default and keys[name].default is not None:
            read, expected = keys[name].type.read(default), keys[name].default
            assert read == expected, f"{name}: the page says {default}, the program {expected}"


def test_each_scenario_is_described() -> None:
    """The page of campaigns says of each scenario that comes with the package what it is about."""
    page = (ROOT / "docs/campaigns.md").read_text(encoding="utf-8")

    assert [name for name in registered() if f"`{name}`" not in page] == []


def test_each_pinned_behaviour_is_described() -> None:
    """Each number at the beginning of a test's docstring is explained on the page of behaviours."""
    described = set(re.findall(r"(?m)^- \*\*([A-Z]\d+)\*\*", (ROOT / "docs/behaviours.md").read_text(encoding="utf-8")))
    pinned = set()
    for module in modules_under("tests"):
        for _, docstring in module.facts.tests:
            numbers = re.match(r"((?:[DSARF]\d+\b[, /and-]*)+):", docstring)
            pinned |= set(re.findall(r"[DSARF]\d+", numbers[1])) if numbers else set()

    assert pinned - described == set()


def anchors(page: Path) -> set[str]:
    """The names of the headings of a page."""
    text = re.sub(r"(?s)```.*?```", "", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}
