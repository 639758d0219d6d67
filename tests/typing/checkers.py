"""Runs mypy and pyright, once each, over a copy of the typed programs: as a user's project sees the installed packages.

The tests are in `test_checkers.py`. Deliberately not here: what is checked (`accepted/`, `rejected/`, the pages).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MARK = re.compile(r"# error\b")
BLOCK = re.compile(r"(?ms)^```python\n(.*?)^```$")

Place = tuple[str, int]
"""A file, relative to the project, and a line of it."""


def build_project(folder: Path) -> Path:
    """A project with all programs, the examples, and a module for each page with blocks of Python, line for line."""
    for source in (HERE / "accepted", HERE / "rejected", ROOT / "examples"):
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pages").mkdir()
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        blocks = {match.start(1): match[1] for match in BLOCK.finditer(text)}
        if blocks:
            module = re.sub(r"\W", "_", page.relative_to(ROOT).with_suffix("").as_posix())
            (folder / "pages" / f"{module}.py").write_text(as_module(text, blocks), encoding="utf-8")
    # Each block of a page can be copied alone, so it may import again what another one has imported.
    rules = {"typeCheckingMode": "strict", "pythonVersion": "3.11", "reportDuplicateImport": "none"}
    (folder / "pyrightconfig.json").write_text(json.dumps(rules), encoding="utf-8")
    return folder


def as_module(text: str, blocks: dict[int, str]) -> str:
    """The blocks of a page as one module in which they keep their line numbers."""
    lines = [""] * (text.count("\n") + 1)
    for start, block in blocks.items():
        first = text.count("\n", 0, start)
        lines[first : first + block.count("\n")] = block.splitlines()
    return "\n".join(lines) + "\n"


def marked(project: Path) -> set[Place]:
    """Every line that a checker must complain about."""
    return {
        (path.relative_to(project).as_posix(), number)
        for path in project.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if MARK.search(line)
    }


def mypy(project: Path, cache: Path) -> dict[Place, str]:
    """What mypy, with its own strict defaults, complains about."""
    options = ["--strict", "--no-pretty", "--config-file=", "--explicit-package-bases", f"--cache-dir={cache}"]
    folders = sorted(path.name for path in project.iterdir() if path.is_dir())
    outcome = run(project, [sys.executable, "-m", "mypy", *options, *folders])
    complaints: dict[Place, str] = {}
    for path, line, text in re.findall(r"(?m)^(.+?):(\d+): error: (.*)$", outcome.stdout):
        complaints.setdefault((path, int(line)), text)
    if not complaints and outcome.returncode:
        raise RuntimeError(outcome.stdout + outcome.stderr)
    return complaints


def why_no_pyright() -> str | None:
    """Why pyright cannot run here, if so. It is a Python package that needs Node, and would download one."""
    if shutil.which("node") is None:
        return "pyright needs node, which is not installed"
    outcome = run(HERE, [sys.executable, "-m", "pyright", "--version"])
    return None if outcome.returncode == 0 else f"pyright does not run: {(outcome.stdout + outcome.stderr).strip()}"


def pyright(project: Path, *arguments: str) -> dict[str, Any]:
    """The report of pyright with strict rules."""
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "--outputjson", *arguments]
    report: dict[str, Any] = json.loads(run(project, command).stdout)
    return report


def complaints_of(report: dict[str, Any], project: Path) -> dict[Place, str]:
    """What pyright complains about."""
    complaints: dict[Place, str] = {}
    for item in report["generalDiagnostics"]:
        if item["severity"] == "error":
            place = Path(item["file"]).resolve().relative_to(project.resolve()).as_posix()
            complaints.setdefault((place, item["range"]["start"]["line"] + 1), item["message"])
    return complaints


def run(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    quiet = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", "PYTHONPATH": str(ROOT), "MYPYPATH": ""}
    environment = {**os.environ, **quiet}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
