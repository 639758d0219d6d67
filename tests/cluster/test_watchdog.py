"""A process whose loop hangs ends; one whose loop goes on does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, time
from cluster.watchdog import Watchdog

async def main():
    dog = Watchdog(0.2)
    dog.start()
    await asyncio.sleep(0.5)
    {then}

asyncio.run(main())
print("went on")
"""


@pytest.mark.real
@pytest.mark.parametrize(
    ("then", "code"), [("time.sleep(60)", 1), ("dog.close(); time.sleep(0.5)", 0)], ids=["hangs", "is not watched"]
)
def test_who_hangs_ends_and_says_where(then: str, code: int) -> None:
    """Nobody else would end a TaskManager whose JobManager has died; what its loop was at is in its log."""
    command = [sys.executable, "-c", PROGRAM.format(then=then)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=50)
    assert ended.returncode == code
    assert ("line 9 in main" in ended.stderr, ended.stdout) == ((True, "") if code else (False, "went on\n"))
