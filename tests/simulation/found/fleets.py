"""Defects of the product that seeds of `fleets` have shown, and how to have them back."""

from __future__ import annotations

from typing import Any

from cluster.leader.registrations import Registrations
from cluster.leader.task_returns import TaskReturns
from cluster.providers.fleet import Fleet
from cluster.providers.process import ProcessProvider
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended.work import taken_back_though_let_go


def _minds_them_still(fleet: Fleet, epoch: int) -> None:
    """Those that a former leader has started stay its own."""
    fleet.stands_down = fleet.stands_down or epoch == fleet.epoch


def _asks_nobody(original: Any, provider: ProcessProvider, *parts: Any) -> None:
    """It ends them whether its leader may act or not."""
    original(provider, *parts)
    provider._may_act = lambda _: True


def _over_before(original: Any, returns: TaskReturns, *former: Any) -> None:
    """Who has looked before anybody was missing has ended the wait for good."""
    was_over = returns._over
    original(returns, *former)
    returns._over = was_over


PINS = [
    Pin(
        "fleets",
        9001068,
        "the provider of a former leader ends a TaskManager that has not registered with it, but with the next leader",
        None,
        ((Fleet, "stand_down", _minds_them_still), wrapped(ProcessProvider, "__init__", _asks_nobody)),
        "I18",
    ),
    Pin(
        "fleets",
        9002049,
        "a leader that looks for idle TaskManagers while it still reads does not wait for those of its predecessor",
        None,
        (
            wrapped(TaskReturns, "wait_for", _over_before),
            (TaskReturns, "ends_at", property(lambda _: None)),  # else it looks again and again in one moment
        ),
        "I13",
    ),
    Pin(
        "fleets",
        9920014,
        "who is let go, and offers itself again before it hears so, is taken in, and then ended all the same",
        (
            "8.263 kill-leader leader for=0.062",
            "8.775 freeze-leader leader for=3.147",
            "12.211 isolate-made for=3.29 which=0.0",
        ),
        (wrapped(Registrations, "offered", taken_back_though_let_go),),
        "I18",
    ),
]
