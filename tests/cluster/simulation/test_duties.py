"""What the judge of duties asks of a leader, and of whom no more."""

from __future__ import annotations

from unittest.mock import AsyncMock, Mock

import pytest

from cluster.simulation.duties import Duties
from cluster.store.places import StorageError
from runtime.sim.campaign import Record
from runtime.sim.trace import Trace


async def test_a_cancelled_job_that_is_forgotten_and_submitted_again_is_not_cancelled() -> None:
    """Its result may not wait for the disk as that of the former could."""
    duties, leader, away = Duties(Record(Trace(), lambda: 0.0)), Mock(_epoch=1), StorageError("away")
    stored = AsyncMock(return_value=True)
    await duties.accepts(stored, Mock(), 1, "job", b"record")
    await duties.notes(stored, Mock(), 1, "job")
    duties.cancels(Mock(), leader, Mock(job_id="job"), Mock())
    with pytest.raises(AssertionError, match="its leader ends"):
        duties.may_wait(Mock(return_value=False), leader, "job", away)

    await duties.accepts(stored, Mock(), 1, "job", b"record")
    assert not duties.may_wait(Mock(return_value=False), leader, "job", away)
