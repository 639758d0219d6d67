"""`Dials`: how often who dials whom in the scenario `deathwatch`. SHELL: reads along, changes nothing.

D8 nobody dials another again and again: whoever is not answered waits longer each time, and who is answered has what
was asked for. Deliberately not here: what comes of a dial (`judge`, `audit`).
"""

from __future__ import annotations

import contextlib
from collections import defaultdict, deque
from typing import Any

from runtime.sim.campaign import Record, Violation
from runtime.sim.deathwatch.truth import Life

MOST, WITHIN_S = 100, 1.0
"""Dials of one node to another. At most 34 were seen, where impostors claim the other's address again and again."""


class Dials:
    """Looks at them.

    Args:
        record: Is told.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._of: dict[tuple[int, str], deque[float]] = defaultdict(lambda: deque(maxlen=MOST))

    def read_along(self, life: Life, transport: Any) -> None:
        """Look at each dial of that node."""
        connect = transport.connect

        async def connect_too(host: str, *how: Any) -> Any:
            with contextlib.suppress(Violation):  # it is kept in the record
                self._dials(life, host)
            return await connect(host, *how)

        transport.connect = connect_too

    def _dials(self, life: Life, host: str) -> None:
        now, dials = self._record.now(), self._of[life.uid, host]
        if len(dials) == MOST:
            text = f"{life.node} dials {host} {MOST + 1} times within {now - dials[0]:.3f} s"
            self._record.require(now - dials[0] >= WITHIN_S, "D8", text)
        dials.append(now)
