"""What faults of `junctures` and `hitches` wait for does happen: a name that nothing has would never strike."""

from __future__ import annotations

import pytest

from cluster.simulation.election import asked
from cluster.simulation.embedded import done
from runtime.sim.campaign import found, play
from runtime.sim.moments import Moment, Moments

SELDOM = ("vacate", "depose", "part", "give-back", "trouble", "refusal", "drop")
"""What one seed need not have."""


@pytest.mark.parametrize(
    ("scenario", "known"), [("junctures", asked.MOMENTS), ("hitches", done.MOMENTS)], ids=["junctures", "hitches"]
)
def test_each_moment_comes(scenario: str, known: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """In one seed, but for what is seldom."""
    came = set()
    happens = Moments.happens

    def noted(moments: Moments, moment: Moment) -> None:
        came.add(moment.kind)
        happens(moments, moment)

    monkeypatch.setattr(Moments, "happens", noted)
    assert not play(found(scenario), 1, keeps_events=False).error
    often = {name for name in known if name.partition(".")[0] not in SELDOM and not name.endswith(".refused")}
    assert often - came == set()
