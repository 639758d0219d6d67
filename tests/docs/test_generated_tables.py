"""Tables that are made from the code are up to date in the pages."""

from __future__ import annotations

import pytest

from tests.docs.generated_tables import ROOT, TABLES, between_marks


@pytest.mark.parametrize("name", TABLES)
def test_a_generated_table_is_up_to_date(name: str) -> None:
    """What a page says in a generated table is what the code does: `python -m tests.docs.generated_tables` was run."""
    place, lines = TABLES[name]
    page = (ROOT / place).read_text(encoding="utf-8")

    assert between_marks(name, page)[0].splitlines() == list(lines())
