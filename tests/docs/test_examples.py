"""The pages tell the truth: each block of Python in them runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
WITH_PYTHON = [page for page in PAGES if "```python" in page.read_text(encoding="utf-8")]


@pytest.mark.real
@pytest.mark.timeout(0)  # what is played on virtual time takes as long as a machine is busy
@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_examples_of_a_page_run(page: Path) -> None:
    """All blocks of Python of a page run one after the other, as a reader would type them."""
    document = Sybil(parsers=[PythonCodeBlockParser()], path=str(ROOT)).parse(page)
    document.namespace["__name__"] = "page"

    examples = list(document.examples())
    for example in examples:
        example.evaluate()

    assert examples


@pytest.mark.real
@pytest.mark.timeout(240)
def test_the_job_of_the_readme_runs_in_local_mode(tmp_path: Path) -> None:
    """The README's job, written to a file, runs as the README says and prints each task's result."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (job,) = [block for block in blocks if "job = Job(" in block]
    (tmp_path / "squares.py").write_text(job, encoding="utf-8")

    command = [sys.executable, "-m", "cluster", "local", str(tmp_path / "squares.py")]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)

    assert outcome.returncode == 0, outcome.stderr
    assert json.loads(outcome.stdout) == dict.fromkeys(("square[0]", "square[1]"), sum(n * n for n in range(1001)))
