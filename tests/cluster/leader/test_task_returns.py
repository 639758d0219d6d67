"""What TaskManagers bring back, and for how long they are waited for."""

from __future__ import annotations

from actors import ActorRef
from cluster.leader.messages import AllReturned
from cluster.leader.task_returns import TaskReturns
from cluster.model.task_lease import surely_over_at
from runtime import ActorSystem
from runtime.testkit import TestProbe


async def test_who_looks_before_it_is_known_who_is_missing_ends_no_wait(actor_system: ActorSystem) -> None:
    """A leader that has TaskManagers made looks now and then, also while it still reads who there was before."""
    probe = TestProbe(actor_system)
    master: ActorRef[object] = probe.ref
    returns = TaskReturns(master)
    assert returns.look(0.0) == []
    returns.wait_for({"tm": 3.0}, frozenset({"j"}), 1.0)
    returns.reclaimed("j", master)
    assert returns.look(2.0) == ["tm"]
    await probe.expect_no_message(0.1)
    assert returns.look(surely_over_at(1.0, 3.0)) == []
    assert await probe.expect(AllReturned) == AllReturned()
