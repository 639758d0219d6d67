"""`SimTransport`: what one simulated process has of the network. Implements `runtime.transport.base.Transport`. SHELL.

Deliberately not here: who listens where, and what links are like (`runtime.sim.network`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from runtime.sim.datagrams import DatagramMail
from runtime.sim.dial import Dial, Exchange
from runtime.sim.kernel import Holdings
from runtime.sim.process import SimProcess
from runtime.transport.base import Connection, ConnectionHandler, DatagramHandler, Datagrams, Listener


class Net(Exchange, Protocol):
    """What a transport needs of the network.

    Attributes:
        mail: Of all datagrams.
    """

    mail: DatagramMail

    def bind(self, process: SimProcess, host: str, port: int, accept: Callable[[], ConnectionHandler]) -> Listener:
        """Listen for a process."""
        ...


class SimTransport:
    """The transport of one process.

    Attributes:
        process: Which.
    """

    def __init__(self, network: Net, holdings: Holdings) -> None:
        self._network = network
        self._holdings = holdings
        self.process = holdings.process

    async def listen(self, host: str, port: int, accept: Callable[[], ConnectionHandler]) -> Listener:
        """See `Transport.listen`. Any host name will do; ports are counted per host name."""
        return self._network.bind(self.process, host, port, accept)

    async def datagrams(self, host: str, port: int, received: DatagramHandler) -> Datagrams:
        """See `Transport.datagrams`."""
        return self._network.mail.bind(self.process, host, port, received)

    async def connect(self, host: str, port: int, handler: ConnectionHandler, timeout_s: float) -> Connection:
        """See `Transport.connect`."""
        dial = Dial(self._network, self._holdings, (host, port), handler)
        try:
            async with asyncio.timeout(timeout_s):
                dial.send()
                return dial.taken(await dial.answer)
        except TimeoutError:
            raise TimeoutError(f"{host}:{port} did not answer within {timeout_s:g} s") from None
        finally:
            dial.give_up()
