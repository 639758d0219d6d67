"""`UnderEpoch`: base of the leader's actors: each line that they log carries the epoch that they work under.

A line of a former leader, who does not know yet that it is one, can then be told from one of its successor.
"""

from __future__ import annotations

from typing import Any

from actors import Actor


class UnderEpoch(Actor[Any]):
    """An actor of one leadership; its class sets `_epoch`."""

    _epoch: int

    @property
    def log(self) -> Any:
        """The actor's log, with the epoch."""
        return super().log.bind(epoch=self._epoch)
