"""Each statement of the page that the cluster was made after is answered, and each test that is named for it exists.

Deliberately not here: whether these tests show what they are named for; that is read by people.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reference-page.md").read_text(encoding="utf-8")
ROW = re.compile(r"(?m)^\| (S\d+) \|(.*)\|$")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
YARN = {"S7", "S8", "S15", "S16"}
"""What only a cluster on YARN can show."""


@cache
def names_in(place: str) -> set[str]:
    """The functions of a file, also those in its classes."""
    tree = ast.parse((ROOT / place).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_each_statement_is_answered() -> None:
    """S1 to S28, each once and in order, each with a test unless it is YARN's."""
    rows = ROW.findall(PAGE)

    assert [number for number, _ in rows] == [f"S{number}" for number in range(1, 29)]
    assert {number for number, row in rows if not TEST.search(row)} == YARN
    assert all("later" in row for number, row in rows if number in YARN)


def test_each_test_that_is_named_exists() -> None:
    """A test that was renamed or removed is noticed here."""
    named = TEST.findall(PAGE)

    assert [f"{place}::{test}" for place, test in named if test not in names_in(place)] == []
