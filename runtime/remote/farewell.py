"""`Farewell`: waits until a peer has got what it is to get, before our system leaves. SHELL of no core.

Whom we know gets all the time that there is. At an address where nobody answered, or somebody is dead, it is not known
whether anybody lives: what was said to whoever does is waited for until a dial has come to nothing. Deliberately not
here: how long all of them get together (`provider`), and the goodbye itself (`association`).
"""

from __future__ import annotations

from runtime.protocol.standing import Standing
from runtime.protocol.verdict import Verdict
from runtime.remote.outbox import Outbox

_NOT_THERE = (Standing.ABSENT, Standing.DEAD)


class Farewell:
    """The last words to one peer.

    Args:
        verdict: What is believed about it.
        outbox: What it is to get.
    """

    def __init__(self, verdict: Verdict, outbox: Outbox) -> None:
        self._verdict, self._outbox = verdict, outbox
        self._gives_in = False

    async def flush(self) -> None:
        """Wait until everything is sent and acknowledged, or nobody is there."""
        self._gives_in = self._verdict.standing in _NOT_THERE
        await self._outbox.done()

    def unreached(self) -> None:
        """A dial has come to nothing: whoever was not there before does not live there now."""
        if self._gives_in and self._verdict.standing in _NOT_THERE:
            self._outbox.bury_messages()
            self._outbox.bury_letters()
