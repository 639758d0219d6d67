"""Lines of JSON between a program and the harness: what a program says on standard output.

Deliberately not here: orders, which programs with an event loop read by `orders`; this module needs little memory.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def say(event: str, **fields: Any) -> None:
    """Tell the harness."""
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


def clock_s() -> float:
    """The clock of all times in lines: CLOCK_MONOTONIC, which all processes of a machine share."""
    return time.monotonic()
