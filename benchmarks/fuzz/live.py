"""A live port as a target: a system of this process, or any other by its address.

Memory is measured on the way: what grows with the number of attacks is a defect. Deliberately not here: the attack
itself (`siege`, `ambush`).
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import time
import tracemalloc
from typing import Any

from actors.address import Address
from benchmarks.fuzz.ambush import Ambush
from benchmarks.fuzz.siege import Echo, Siege, is_well, sizes
from runtime import ActorSystem, RemoteSettings, Settings
from runtime.transport.tcp import TcpTransport

GROWTH_BYTES = 8 * 1024 * 1024


async def throw(seed: int, seconds: float, target: str | None = None) -> dict[str, Any]:
    """Attack for so long; what was seen.

    Args:
        seed: Of all chance.
        seconds: How long.
        target: Address of a system that runs already and has `/user/well` which echoes; else one is started here.

    Raises:
        AssertionError: If something broke.
    """
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    quiet = Settings(remote=RemoteSettings(max_frame_bytes=1 << 20), log_silence_s=3600.0)
    async with contextlib.AsyncExitStack() as stack:
        peer = await stack.enter_async_context(ActorSystem("peer", Settings(remote=RemoteSettings())))
        own: ActorSystem | None = None
        paths: tuple[str, ...] = ()
        if target is None:
            own = await stack.enter_async_context(ActorSystem("target", quiet))
            refs = [own.spawn(Echo, f"echo{number}") for number in range(20)]
            own.spawn(Echo, "well")
            paths = tuple(str(ref.path.at(own.address)) for ref in refs)
        address = Address.parse(target) if own is None else own.address  # type: ignore[arg-type]
        healthy = await peer.resolve(f"{address}/user/well", timeout=10.0)
        siege = Siege(random.Random(seed), address, TcpTransport(), paths)
        ambush: Ambush | None = None
        leading: asyncio.Future[None] | None = None
        if own is not None:  # nobody else can be told whom to dial
            ambush = Ambush(random.Random(f"{seed}/ambush"), own)
            listener = await TcpTransport().listen("127.0.0.1", 0, ambush.accept)
            stack.push_async_callback(listener.close)
            leading = asyncio.ensure_future(ambush.lead_on(Address("ambush", listener.host, listener.port)))
            stack.callback(leading.cancel)
        attacks, slowest_s, base = 0, 0.0, 0
        began = time.monotonic()
        tracemalloc.start()
        while time.monotonic() - began < seconds:
            await siege.attack()
            attacks += 1
            if attacks % 20 == 0:
                asked = time.monotonic()
                await is_well(peer, healthy)
                slowest_s = max(slowest_s, time.monotonic() - asked)
            if attacks == 500:
                gc.collect()
                base = tracemalloc.get_traced_memory()[0]
        await asyncio.sleep(0.5)
        gc.collect()
        now = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        if leading is not None and leading.done():
            leading.result()
        if failures:
            raise AssertionError(f"an error reached the loop: {failures[0]}")
        if base and now - base > GROWTH_BYTES:
            raise AssertionError(f"memory grew by {now - base} bytes in {attacks - 500} attacks")
        await is_well(peer, healthy)
        return {
            "attacks": attacks,
            "writes": siege.thrown,
            "ambush_writes": ambush.thrown if ambush is not None else None,
            "slowest_answer_ms": round(slowest_s * 1000, 1),
            "growth_bytes": now - base if base else None,
            "tables": sizes(own) if own is not None else None,
        }
