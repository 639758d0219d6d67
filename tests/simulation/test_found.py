"""Schedules that have once shown a defect of the product, in the light scenarios."""

from __future__ import annotations

from runtime.sim.campaign import found, play
from runtime.sim.schedule import parsed


def test_who_waits_at_the_door_of_a_slow_link_is_let_in() -> None:
    """A node that is restarted at once, behind a round trip of 100 ms, meets a peer that knows its predecessor.

    The peer's quick dials, of 20 ms each, could not tell who lives there; and as it had nothing to send, it dialled no
    more. The newcomer waited for ever, and convicted the peer, which lived, by silence.
    """
    schedule = parsed("27.529 delay n4 n5 for=2.425 mean=0.05\n27.832 vanish n4 for=0.062")
    outcome = play(found("deathwatch"), 10077, schedule)
    assert not outcome.error, outcome.error
