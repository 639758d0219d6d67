"""How late our own loop is, and how much more silence that allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol.health import HALF_LIFE_S, LocalHealth, allowance_s


def test_who_was_never_late_is_well() -> None:
    """No lateness, no lag."""
    assert LocalHealth().lag_s(1e6) == 0.0


def test_a_peak_halves_each_half_life() -> None:
    """The worst lateness counts, less and less, and a smaller one does not hide it."""
    health = LocalHealth()
    health.late(10.0, 0.8)
    assert health.lag_s(10.0) == 0.8
    health.late(10.0 + HALF_LIFE_S, 0.1)
    assert health.lag_s(10.0 + HALF_LIFE_S) == pytest.approx(0.4)
    health.late(10.0 + 2 * HALF_LIFE_S, 0.3)
    assert health.lag_s(10.0 + 2 * HALF_LIFE_S) == pytest.approx(0.3)


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0, 10), st.floats(1, 10))
def test_the_allowance_is_bounded(own: float, peer: float, pause: float, stretch: float) -> None:
    """Twice the worse lag, and never more than the stretch allows, whatever a peer claims."""
    allowed = allowance_s(own, peer, pause, stretch)
    assert 0 <= allowed <= (stretch - 1) * pause
    assert allowed <= 2 * max(own, peer)
    assert allowance_s(own, peer, pause, 1.0) == 0.0
