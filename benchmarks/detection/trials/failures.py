"""The ways to fail: what is done to a subject, whether it then is dead, silent or only disturbed, and what that needs.

Deliberately not here: who hears of it (`campaign`), and ways that take several blows (`combined`).
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

from benchmarks.detection.trials import combined
from benchmarks.detection.trials.scene import Harm, Scene, Victim

HOGS = 8
DISTURBED_S = 10.0
FLAP_S = 0.2
BRIEF_S = 0.15
"""Shorter than the margin of any profile."""
HOG = "import time\nuntil = time.monotonic() + {seconds}\nwhile time.monotonic() < until: pass"


@dataclass(frozen=True, slots=True)
class Failure:
    """A way to fail.

    Attributes:
        name: For the command line.
        title: For people.
        truth: `dead`, `silent` or `alive`.
        harm: What is done.
        lasts_s: For how long, 0 for good.
        mib: Memory that the subject touches before.
        is_divided: Whether it needs namespaces.
        is_slow: Whether it needs the relay of a slow link.
        one_by_one: Whether subjects are hurt one after the other, or all of a batch in the same time.
        is_shared: Whether one injection hurts all subjects of a batch.
    """

    name: str
    title: str
    truth: str
    harm: Harm
    lasts_s: float = 0.0
    mib: int = 0
    is_divided: bool = False
    is_slow: bool = False
    one_by_one: bool = False
    is_shared: bool = False


def ordered(do: str) -> Harm:
    """The subject is told to do it, and says when it does."""

    async def harm(_: Scene, victim: Victim) -> float:
        return float((await victim.program.ask(do, "doing"))["t"])

    return harm


def signalled(number: int) -> Harm:
    """The subject gets a signal."""

    async def harm(_: Scene, victim: Victim) -> float:
        return victim.program.signal(number)

    return harm


def frozen(seconds: float) -> Harm:
    """SIGSTOP, and SIGCONT later."""

    async def harm(scene: Scene, victim: Victim) -> float:
        async def thaw() -> None:
            await asyncio.sleep(seconds)
            victim.program.signal(signal.SIGCONT)

        before = victim.program.signal(signal.SIGSTOP)
        scene.meanwhile(thaw())
        return before

    return harm


def cut(directions: str) -> Harm:
    """The link is cut, for good: `in` is what is sent towards the subject."""

    async def harm(scene: Scene, victim: Victim) -> float:
        return await scene.change(victim.place, "add", directions)

    return harm


async def flap(scene: Scene, victim: Victim) -> float:
    """The link is cut and healed again and again."""
    before = await scene.change(victim.place, "add", "in out")

    async def go_on() -> None:
        is_cut = True
        while time.monotonic() < before + DISTURBED_S or is_cut:
            await asyncio.sleep(FLAP_S)
            await scene.change(victim.place, "delete" if is_cut else "add", "in out")
            is_cut = not is_cut

    scene.meanwhile(go_on())
    return before


def lossy(percent: int) -> Harm:
    """So many of the packets are lost, in both directions."""

    async def harm(scene: Scene, victim: Victim) -> float:
        return await scene.change(victim.place, "add", "in out", f"loss{percent}")

    return harm


async def delayed(scene: Scene, _: Victim) -> float:
    """What the subjects send takes 200 ms longer from now on."""
    before = time.monotonic()
    if scene.delay is not None:
        await scene.delay.ask("delay", "delaying", seconds=0.2)
    return before


def hog(seconds: float) -> subprocess.Popen[bytes]:
    """One of them; it ends by itself."""
    return subprocess.Popen([sys.executable, "-c", HOG.format(seconds=seconds)])


async def hogs(scene: Scene, _: Victim) -> float:
    """Processes that want all of the machine."""
    before = time.monotonic()
    running = [hog(DISTURBED_S) for _ in range(HOGS)]

    async def end() -> None:
        try:
            await asyncio.sleep(DISTURBED_S)
        finally:
            for process in running:
                process.kill()
                process.wait()

    scene.meanwhile(end())
    return before


async def stall(scene: Scene, _: Victim) -> float:
    """The watcher's own loop is blocked for a second."""
    before = time.monotonic()
    scene.watcher.tell("stall", seconds=1.0)
    return before


FAILURES = {
    failure.name: failure
    for failure in (
        Failure("stop", "graceful stop", "dead", ordered("stop"), one_by_one=True),
        Failure("sigterm", "SIGTERM", "dead", signalled(signal.SIGTERM), one_by_one=True),
        Failure("sigkill", "SIGKILL", "dead", signalled(signal.SIGKILL), one_by_one=True),
        *(
            Failure(
                f"sigkill-{mib}", f"SIGKILL, {mib} MiB", "dead", signalled(signal.SIGKILL), mib=mib, one_by_one=True
            )
            for mib in (64, 256, 512, 1024)
        ),
        Failure("exit", "os._exit", "dead", ordered("exit"), one_by_one=True),
        Failure("raise", "exception in actor", "dead", ordered("raise"), one_by_one=True),
        *(
            Failure(f"freeze-{seconds:g}", f"SIGSTOP {seconds:g} s", "silent", frozen(seconds), lasts_s=seconds)
            for seconds in (0.5, 2.0, 10.0)
        ),
        Failure("freeze-brief", f"SIGSTOP {BRIEF_S:g} s", "alive", frozen(BRIEF_S), lasts_s=BRIEF_S),
        Failure(
            "cut-brief",
            f"full cut of {BRIEF_S:g} s",
            "alive",
            combined.cut_for(BRIEF_S),
            lasts_s=BRIEF_S,
            is_divided=True,
        ),
        Failure("host-loss", "loss of its host", "dead", combined.lost_host, is_divided=True),
        Failure("cut", "full cut", "silent", cut("in out"), is_divided=True),
        Failure("cut-in", "one-way cut, towards it", "silent", cut("in"), is_divided=True),
        Failure("cut-out", "one-way cut, from it", "silent", cut("out"), is_divided=True),
        Failure("flap", "flapping link 200 ms", "alive", flap, lasts_s=DISTURBED_S, is_divided=True),
        *(
            Failure(f"loss-{share}", f"loss {share} %", "alive", lossy(share), lasts_s=DISTURBED_S, is_divided=True)
            for share in (1, 5, 20)
        ),
        Failure(
            "delay-step",
            "delay +200 ms",
            "alive",
            delayed,
            lasts_s=DISTURBED_S,
            is_divided=True,
            is_slow=True,
            is_shared=True,
        ),
        Failure("hogs", f"{HOGS} CPU hogs", "alive", hogs, lasts_s=DISTURBED_S, is_shared=True),
        Failure("stall", "watcher stalls 1 s", "alive", stall, lasts_s=2.0, is_shared=True),
        Failure("kill-unread", "SIGKILL with unread data", "dead", combined.killed_unread, one_by_one=True),
        Failure("kill-in-cut", "SIGKILL during a cut", "dead", combined.killed_in_cut, is_divided=True),
        Failure("half-open", "connections forgotten", "dead", combined.half_open, is_divided=True),
        Failure("restart", "restart on the same port", "dead", combined.restarted, one_by_one=True),
        Failure("restart-unseen", "restart during a cut", "dead", combined.restarted_unseen, is_divided=True),
    )
}
