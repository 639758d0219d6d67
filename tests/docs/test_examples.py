"""The pages tell the truth: each block of Python in them runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
WITH_PYTHON = [page for page in PAGES if "```python" in page.read_text(encoding="utf-8")]


@pytest.mark.real
@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_examples_of_a_page_run(page: Path) -> None:
    """All blocks of Python of a page run one after the other, as a reader would type them."""
    document = Sybil(parsers=[PythonCodeBlockParser()], path=str(ROOT)).parse(page)
    document.namespace["__name__"] = "page"

    examples = list(document.examples())
    for example in examples:
        example.evaluate()

    assert examples
