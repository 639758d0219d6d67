"""`ProcessProvider`: what it does, and not while its leader may not act."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from unittest.mock import Mock

from cluster.providers.fleet import Fleet
from cluster.providers.process import ProcessProvider
from runtime.process import ExitStatus

TIMEOUT_S = 10.0
NOBODY: frozenset[str] = frozenset()


class Started:
    """The processes that were started, and who was told of their ends."""

    def __init__(self) -> None:
        self.children: list[Mock] = []
        self.ended: list[Callable[[ExitStatus], None]] = []

    def __call__(self, command: Sequence[str], ended: Callable[[ExitStatus], None]) -> Mock:
        self.children.append(Mock(pid=len(self.children)))
        self.ended.append(ended)
        return self.children[-1]


async def test_while_its_leader_may_not_act_nobody_is_ended_or_started() -> None:
    """Another may lead, and have taken who seems overdue here; and whoever has ended is that one's concern."""
    may_act, started = Mock(return_value=True), Started()
    provider = ProcessProvider(lambda name: [name], "one", Fleet(1, TIMEOUT_S), may_act, Mock(), started)
    provider.require(1, 2, NOBODY)
    assert len(started.children) == 2
    await asyncio.sleep(TIMEOUT_S / 2)
    may_act.return_value = False
    started.ended[1](ExitStatus(1))
    await asyncio.sleep(TIMEOUT_S)
    assert not started.children[0].send_signal.called
    assert len(started.children) == 2
    may_act.assert_called_with(1)

    may_act.return_value = True
    await asyncio.sleep(3.0)
    assert started.children[0].send_signal.called
    assert len(started.children) == 4
    provider.close()


async def test_who_leads_no_more_asks_for_its_office_no_more() -> None:
    """Nothing is left to do until another leader needs something."""
    may_act = Mock(return_value=False)
    provider = ProcessProvider(lambda name: [name], "one", Fleet(1, TIMEOUT_S), may_act, Mock(), Started())
    provider.require(1, 1, NOBODY)
    provider.stand_down(1)
    await asyncio.sleep(1.0)
    asked = may_act.call_count
    await asyncio.sleep(1.0)
    assert may_act.call_count == asked
