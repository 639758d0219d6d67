"""`Manners`: how nodes speak to each other in the scenario `deathwatch`. SHELL: reads along, changes nothing.

D8 nobody finds that another breaks the protocol, where nobody takes part who means harm: no frame is cut in two by
another, or cannot be read. And on a connection that is full nothing is written but a short word, until it takes more or
its node leaves: what waits has a bound, what a connection buffers has none. Deliberately not here: who dials whom
(`dials`), and what the words mean.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable
from typing import Any

from runtime.sim.campaign import Record, Violation

SHORT_BYTES = 64
"""A heartbeat with a key, or a position; any signal is longer."""
BREACHES = (
    "connection closed: the peer breaks the protocol",
    "a connection that was dialled failed",
    "a frame was dropped: it cannot be read",
    "a system message was dropped: it cannot be read",
    "an answer was dropped: it cannot be read",
)

SAYS_TOO_MUCH = "(max_frame_bytes)"
"""Some nodes take smaller frames than others, and so more may be said than they take."""


class Manners:
    """Looks at them.

    Args:
        record: Is told.
    """

    def __init__(self, record: Record) -> None:
        self._record = record

    def listen(self, node: str, system: Any) -> None:
        """Hear what that node has to complain of."""
        complain = system.remote.complain

        def complain_too(event: str, peer: str, **values: Any) -> None:
            text = str(values.get("text", ""))
            if event in BREACHES and SAYS_TOO_MUCH not in text:
                self._wrong(f"{node} complains of {peer}: {event}: {text}")
            complain(event, peer, **values)

        system.remote.complain = complain_too

    def read_along(self, node: str, transport: Any) -> None:
        """Look at what this node writes on each connection that it has dialled."""
        connect = transport.connect

        async def connect_too(host: str, port: int, link: Any, *how: Any) -> None:
            await connect(host, port, link, *how)
            if (connection := link._connection) is not None:
                link.write = self._watched(node, weakref.ref(link), connection)

        transport.connect = connect_too

    def _watched(self, node: str, link: weakref.ref[Any], connection: Any) -> Callable[[bytes], None]:
        """Writes, and looks. Keeps nothing of the link: whoever is forgotten is gone at once."""
        write = connection.write

        def write_too(data: bytes) -> None:
            if connection.out._paused and len(data) > SHORT_BYTES:
                mine = link()
                if mine is not None and mine.uid and not mine._caller._is_leaving:
                    self._wrong(f"{node} writes {len(data)} bytes to {connection.peer[0]} on a connection that is full")
            write(data)

        return write_too

    def _wrong(self, text: str) -> None:
        with contextlib.suppress(Violation):  # it is kept in the record
            self._record.require(False, "D8", text)
