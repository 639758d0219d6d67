"""Tracebacks of user code: without our frames, and the same text wherever a package is installed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from cluster.slots.user_traceback import MAX_CHARACTERS, user_traceback

FAILING = """
def fail(text):
    raise ValueError(text)
"""


def _traceback_of(folder: Path, name: str, text: str = "no") -> str:
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        importlib.import_module(name).fail(text)
    except ValueError as error:
        return user_traceback(error)
    finally:
        sys.path.remove(str(folder))
        for known in [each for each in sys.modules if each.split(".")[0] == name.split(".")[0]]:
            del sys.modules[known]
    raise AssertionError("it has not failed")


def test_a_package_may_be_anywhere(tmp_path: Path) -> None:
    """What is sent and stored does not depend on the folder; a simulation, where each byte counts, neither."""
    texts = []
    for folder in (tmp_path / "a", tmp_path / "another" / "and" / "deeper"):
        (folder / "wares").mkdir(parents=True)
        (folder / "wares" / "__init__.py").write_text("")
        (folder / "wares" / "shop.py").write_text(FAILING)
        texts.append(_traceback_of(folder, "wares.shop"))
    assert texts[0] == texts[1]
    assert 'File "wares/shop.py", line 3, in fail' in texts[0]


def test_a_file_of_no_package_keeps_its_path(tmp_path: Path) -> None:
    """It says where the job is."""
    (tmp_path / "lonely.py").write_text(FAILING)
    assert f'File "{tmp_path / "lonely.py"}", line 3, in fail' in _traceback_of(tmp_path, "lonely")


@pytest.mark.parametrize("length", [MAX_CHARACTERS, 10 * MAX_CHARACTERS])
def test_a_long_text_loses_its_middle(tmp_path: Path, length: int) -> None:
    """It goes into messages and logs."""
    (tmp_path / "lonely.py").write_text(FAILING)
    text = _traceback_of(tmp_path, "lonely", "x" * length)
    assert len(text) < MAX_CHARACTERS + 100
    assert "are left out" in text
