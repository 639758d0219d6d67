"""The ensemble of tests and benchmarks: whether it decides, and that it begins anew when it does not."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.ensemble import Ensemble, Member

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


def test_without_a_quorum_nothing_is_decided(ensemble: Ensemble) -> None:
    """A member that answers questions, but cannot begin a session."""
    one, *others = ensemble.members
    assert one.decides(60.0)
    for other in others:
        other.freeze()
    assert not one.decides(0.5)
    ensemble.heal()
    assert one.decides(60.0)


def test_an_ensemble_that_decides_nothing_begins_anew(ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch) -> None:
    """All members are other processes then; where all is well, none is."""
    monkeypatch.setattr(Member, "decides", lambda *_: True)  # which a busy one may not do in time
    ensemble.heal()
    before: list[Any] = [one._process for one in ensemble.members]
    ensemble.heal()
    assert [one._process for one in ensemble.members] == before
    monkeypatch.setattr(Member, "decides", lambda *_: False)
    ensemble.heal()
    assert all(one._process not in before for one in ensemble.members)
    assert all(one.runs for one in ensemble.members)
