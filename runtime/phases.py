"""In which order a system says goodbye: named phases, each after those that it depends on. Pure.

The tasks of a phase are run by `runtime.shutdown`, the shell of this. Akka counterpart: `coordinated-shutdown.phases`,
shortened to those that have a meaning here.
"""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import Final

from actors.values import value


@value
class Phase:
    """One step of a shutdown.

    Attributes:
        depends_on: The phases that come before it.
        timeout_s: How long its tasks may take, above 0; what is late is cancelled.
        recover: Whether a task that fails or is late is only logged. Otherwise the phases behind this one are left out,
            except for the end of the actors, and the error is raised by `terminate`.
        enabled: Whether its tasks are run.
    """

    depends_on: tuple[str, ...] = ()
    timeout_s: float = 5.0
    recover: bool = True
    enabled: bool = True

    def __post_init__(self) -> None:
        if not self.timeout_s > 0:
            raise ValueError(f"Phase.timeout_s must be above 0, not {self.timeout_s}")


LAST: Final = "actor-system-terminate"
"""The phase in which the actors stop. Every system has it, and it comes after all others."""

PHASES: Final[Mapping[str, Phase]] = MappingProxyType(
    {
        "before-service-unbind": Phase(),
        "service-unbind": Phase(("before-service-unbind",)),
        "service-requests-done": Phase(("service-unbind",)),
        "service-stop": Phase(("service-requests-done",)),
        "cluster-leave": Phase(("service-stop",)),
        "cluster-shutdown": Phase(("cluster-leave",)),
        "before-actor-system-terminate": Phase(("cluster-shutdown",)),
        LAST: Phase(("before-actor-system-terminate",), timeout_s=10.0),
    }
)
"""The phases of every system whose settings name no others: stop taking requests, answer them, leave, stop."""


def in_order(phases: Mapping[str, Phase]) -> tuple[str, ...]:
    """The names of the phases, each after all that it depends on, `LAST` at the end.

    Phases that do not depend on each other stand in the order of the mapping, so that each run is the same.

    Raises:
        ValueError: If a phase depends on an unknown one, or in the end on itself, or on `LAST`; or there is no `LAST`.
    """
    return _ORDER if phases is PHASES else _in_order(phases)


def _in_order(phases: Mapping[str, Phase]) -> tuple[str, ...]:
    if LAST not in phases:
        raise ValueError(f"the phases of a shutdown need one called {LAST!r}")
    for name, phase in phases.items():
        for before in phase.depends_on:
            if before not in phases:
                raise ValueError(f"phase {name!r} depends on {before!r}, which is no phase")
            if before == LAST:
                raise ValueError(f"phase {name!r} cannot come after {LAST!r}")
    sorter = TopologicalSorter({name: phase.depends_on for name, phase in phases.items() if name != LAST})
    try:
        sorter.prepare()
    except CycleError as error:
        raise ValueError(f"the phases of a shutdown go in a circle: {' -> '.join(reversed(error.args[1]))}") from None
    places = {name: place for place, name in enumerate(phases)}
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=places.__getitem__)
        order.extend(ready)
        sorter.done(*ready)
    return (*order, LAST)


_ORDER: Final = _in_order(PHASES)
"""Asked for three times by each system, of which a simulation starts a thousand a minute."""
