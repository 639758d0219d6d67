"""A slow link in user space, for kernels without netem: packets between two TUN devices, each forwarded after a delay.

Started in the router's namespace with the name of the subject's; makes a device in each. Told `delay` with seconds, it
delays what the subject sends from then on. Order is kept. Deliberately not here: loss, which the router's rules make.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import select
import struct
import sys
import time
from collections import deque
from dataclasses import dataclass, field

from benchmarks.detection.programs.lines import say

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
CLONE_NEWNET = 0x40000000
DEVICE = "slow0"
PACKET_BYTES = 65536


@dataclass(slots=True)
class Lane:
    """One direction.

    Attributes:
        source: Where packets are read.
        target: Where they are written.
        delay_s: How long each is kept.
        kept: When each is due, in order.
    """

    source: int
    target: int
    delay_s: float = 0.0
    kept: deque[tuple[float, bytes]] = field(default_factory=deque)

    def take(self, now: float) -> None:
        """Read a packet; it does not overtake those before it."""
        last = self.kept[-1][0] if self.kept else 0.0
        self.kept.append((max(last, now + self.delay_s), os.read(self.source, PACKET_BYTES)))

    def forward(self, now: float) -> None:
        """Write what is due; a packet to a device that is not up yet is lost."""
        while self.kept and self.kept[0][0] <= now:
            with contextlib.suppress(OSError):
                os.write(self.target, self.kept.popleft()[1])


def device() -> int:
    """A TUN device in the namespace that this thread is in; it lives as long as the descriptor is open."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    return descriptor


def enter(namespace: str) -> None:
    """Go into a network namespace.

    Raises:
        OSError: If that is not allowed.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if libc.setns(descriptor, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter the namespace {namespace}")
    finally:
        os.close(descriptor)


def main() -> None:
    """Forward until standard input ends."""
    near = device()
    enter(sys.argv[1])
    far = device()
    outwards, inwards = Lane(far, near), Lane(near, far)
    say("ready")
    rest = b""
    while True:
        due = min((lane.kept[0][0] for lane in (outwards, inwards) if lane.kept), default=None)
        wait_s = None if due is None else max(0.0, due - time.monotonic())
        readable, _, _ = select.select([near, far, 0], [], [], wait_s)
        now = time.monotonic()
        for lane in (outwards, inwards):
            if lane.source in readable:
                lane.take(now)
            lane.forward(now)
        if 0 in readable:
            data = os.read(0, 4096)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                outwards.delay_s = json.loads(line)["seconds"]
                say("delaying", seconds=outwards.delay_s)


if __name__ == "__main__":
    main()
