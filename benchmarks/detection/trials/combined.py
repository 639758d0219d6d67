"""Ways to fail that take several blows: a death that a cut hides, a restart that nobody sees, a reset. SHELL.

Deliberately not here: the list of all of them (`failures`).
"""

from __future__ import annotations

import asyncio
import signal
import time

from benchmarks.detection.trials.scene import Harm, Scene, Victim

CUT_BEFORE_S = 0.1
HEALED_AFTER_S = 0.5
"""From the blow to the end of a cut that hides it: before silence convicts, but for the lan profile."""
UNREAD_AFTER_S = 0.22
"""A heartbeat that is not answered is followed by one on the connection: by then it lies there, unread."""
READY_S = 1.0
"""Until a process has started so far that it waits for its order."""


async def killed_in_cut(scene: Scene, victim: Victim) -> float:
    """The link is cut for a second, and in that second the subject is killed: no end of file arrives."""
    await scene.change(victim.place, "add", "in out")
    await asyncio.sleep(CUT_BEFORE_S)
    before = victim.program.signal(signal.SIGKILL)
    scene.heal_after(victim.place, 0.9)
    return before


async def restarted(scene: Scene, victim: Victim) -> float:
    """Killed, and another incarnation takes its port as soon as the kernel lets it."""
    replacement = scene.replace(victim.place)
    await asyncio.sleep(READY_S)
    before = victim.program.signal(signal.SIGKILL)
    replacement.tell(**{**victim.start, "port": victim.port})  # type: ignore[arg-type]
    return before


async def restarted_unseen(scene: Scene, victim: Victim) -> float:
    """The same behind a cut that ends before silence convicts: the next that is heard is another incarnation."""
    replacement = scene.replace(victim.place)
    await asyncio.sleep(READY_S)
    await scene.change(victim.place, "add", "in out")
    before = victim.program.signal(signal.SIGKILL)
    order = {**victim.start, "port": victim.port}
    del order["do"]
    await replacement.ask("start", "ready", **order)
    scene.heal_after(victim.place, HEALED_AFTER_S - (time.monotonic() - before))
    return before


async def lost_host(scene: Scene, victim: Victim) -> float:
    """Nothing is heard from it any more, nor does anything there answer: as if its plug were pulled."""
    before = await scene.change(victim.place, "add", "in out")
    victim.program.signal(signal.SIGKILL)
    return before


async def half_open(scene: Scene, victim: Victim) -> float:
    """Its kernel forgets its connections behind a cut that is healed soon: only the watcher believes in them."""
    await scene.change(victim.place, "add", "in out")
    event = await victim.program.ask("forget", "doing")
    scene.heal_after(victim.place, HEALED_AFTER_S)
    return float(event["t"])


async def killed_unread(_: Scene, victim: Victim) -> float:
    """Killed while it has not read what was sent to it: its kernel sends a reset, and no end of file."""
    victim.program.signal(signal.SIGSTOP)
    await asyncio.sleep(UNREAD_AFTER_S)
    return victim.program.signal(signal.SIGKILL)


def cut_for(seconds: float) -> Harm:
    """The link is cut, and healed soon."""

    async def harm(scene: Scene, victim: Victim) -> float:
        before = await scene.change(victim.place, "add", "in out")
        scene.heal_after(victim.place, seconds)
        return before

    return harm
