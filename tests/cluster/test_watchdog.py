"""A process whose loop hangs ends; one whose loop goes on does not."""

from __future__ import annotations

import asyncio
import faulthandler
import subprocess
import sys
from typing import Any

import pytest

from cluster.watchdog import Watchdog

PROGRAM = """
import asyncio, time
from cluster.watchdog import Watchdog

async def main():
    dog = Watchdog(1.0)
    dog.start()
    {then}

asyncio.run(main())
print("went on")
"""


@pytest.mark.real
@pytest.mark.parametrize(
    ("then", "code"), [("time.sleep(600)", 1), ("dog.close(); time.sleep(1.2)", 0)], ids=["hangs", "is not watched"]
)
def test_who_hangs_ends_and_says_where(then: str, code: int) -> None:
    """Nobody else would end a TaskManager whose JobManager has died; what its loop was at is in its log."""
    command = [sys.executable, "-c", PROGRAM.format(then=then)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=50)
    assert ended.returncode == code
    assert ("line 8 in main" in ended.stderr, ended.stdout) == ((True, "") if code else (False, "went on\n"))


async def test_a_loop_that_goes_on_puts_the_end_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times within its patience, until it is closed. On virtual time: a busy machine holds a real loop up."""
    loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
    said: list[Any] = []
    monkeypatch.setattr(faulthandler, "dump_traceback_later", lambda *end, exit: said.append((loop.time(), *end, exit)))
    monkeypatch.setattr(faulthandler, "cancel_dump_traceback_later", lambda: said.append("closed"))
    dog = Watchdog(2.0)
    dog.start()
    await asyncio.sleep(1.5)
    dog.close()
    await asyncio.sleep(10.0)

    *puts_off, last = said
    assert [one[1:] for one in puts_off] == [(2.0, True)] * 8
    assert [one[0] - began for one in puts_off] == pytest.approx([0.2 * number for number in range(8)])
    assert last == "closed"
