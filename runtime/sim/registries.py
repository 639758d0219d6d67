"""Where the scenarios that come with the package are, by module. Pure data; used by `runtime.sim.campaign`.

Deliberately not here: what a scenario is.
"""

from __future__ import annotations

REGISTRIES = (
    "runtime.sim.deathwatch.scenario",
    "runtime.sim.deathwatch.strangers",
    "runtime.sim.deathwatch.silences",
    "runtime.sim.deathwatch.resets",
    "runtime.sim.deathwatch.comings",
    "runtime.sim.deathwatch.floods",
    "runtime.sim.deathwatch.narrows",
    "runtime.sim.deathwatch.impostors",
    "runtime.sim.deathwatch.partings",
    "runtime.sim.deathwatch.instants",
    "runtime.sim.deathwatch.names",
    "runtime.sim.families.scenario",
    "runtime.sim.families.workshops",
    "runtime.sim.families.tumbles",
    "cluster.simulation.scenarios",
    "cluster.simulation.election.handovers",
    "cluster.simulation.election.inmemory",
    "cluster.simulation.election.junctures",
    "cluster.simulation.election.whims",
    "cluster.simulation.work_scenarios",
    "cluster.simulation.ticks",
    "cluster.simulation.pairs",
    "cluster.simulation.cues",
    "cluster.simulation.endings",
    "cluster.simulation.retries",
    "cluster.simulation.lapses",
    "cluster.simulation.misfits",
    "cluster.simulation.fleets",
    "cluster.simulation.embedded.scenario",
    "cluster.simulation.embedded.hitches",
)
"""Where a scenario without a module is looked for: by text, since nothing here knows a cluster."""
