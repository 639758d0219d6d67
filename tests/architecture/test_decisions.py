"""The pages in `docs/decisions`: one number, one decision, and the page says which it is."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

PAGES = sorted((Path(__file__).parents[2] / "docs/decisions").glob("*.md"))


def test_a_number_is_one_decision() -> None:
    """Two that were made on the same day do not share one."""
    numbers = Counter(page.name[:4] for page in PAGES)
    assert [number for number, count in numbers.items() if count > 1] == []


def test_a_page_begins_with_its_number() -> None:
    """The title and the name of the file say the same."""
    for page in PAGES:
        title = re.match(r"# 0*(\d+)[.:] ", page.read_text(encoding="utf-8"))
        assert title is not None, page.name
        assert int(title[1]) == int(page.name[:4]), page.name
