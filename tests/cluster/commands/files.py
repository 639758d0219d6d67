"""Files that commands read, for tests."""

from __future__ import annotations

from pathlib import Path


def written(folder: Path, text: str, name: str = "job.py") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)
