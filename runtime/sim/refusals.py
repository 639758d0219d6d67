"""What an event loop without an outside world refuses: sockets, pipes, threads, processes, signals, name look-up.

Base class of `runtime.sim.loop.SimLoop`. Each call fails at once and by name, because a simulation that touched the
real world here and there would neither replay nor keep its virtual time. Deliberately not here: time and scheduling.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn


class OutsideWorldError(RuntimeError):
    """Simulated code has reached for the real world."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is not available on SimLoop: it has no sockets, threads, processes, signals or name look-up. "
            "Take the simulated network (runtime.sim.network), or run this test on asyncio or uvloop."
        )


def _refused(name: str) -> Callable[..., NoReturn]:
    def refuse(self: Any, *args: Any, **options: Any) -> NoReturn:
        raise OutsideWorldError(f"{name}()")

    refuse.__name__ = name
    return refuse


_SOCKETS = (
    *("create_connection", "create_server", "create_datagram_endpoint", "connect_accepted_socket", "start_tls"),
    *("create_unix_connection", "create_unix_server", "sendfile", "getaddrinfo", "getnameinfo"),
    *("sock_accept", "sock_connect", "sock_recv", "sock_recv_into", "sock_recvfrom", "sock_recvfrom_into"),
    *("sock_sendall", "sock_sendto", "sock_sendfile"),
)
_DESCRIPTORS = ("add_reader", "remove_reader", "add_writer", "remove_writer", "connect_read_pipe", "connect_write_pipe")
_THREADS = ("run_in_executor", "set_default_executor")
_PROCESSES = ("subprocess_exec", "subprocess_shell", "add_signal_handler", "remove_signal_handler")


class RefusesOutsideWorld(asyncio.BaseEventLoop):
    """asyncio's loop with every way out closed.

    Attributes:
        virtual_time: What the runtime asks a loop that may be simulated: no threads, and no look at the real clock.
    """

    virtual_time = True


for _name in (*_SOCKETS, *_DESCRIPTORS, *_THREADS, *_PROCESSES):
    setattr(RefusesOutsideWorld, _name, _refused(_name))
