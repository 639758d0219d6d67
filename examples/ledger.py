"""A ledger: shops on other machines have deposits written down, and what was confirmed is there whatever happens.

`Ledger` writes each deposit to its disk before it confirms it; `keep_ledger` and `sell` are what runs on the ledger's
machine and on each of the shops'. The naive versions, `HastyLedger`, `TidyLedger` and `TolerantLedger`, look right and
pass each test in which the process of the ledger is killed; `docs/simulation.md` tells what power and space do to them.
`ledger_story.py` is that test.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from actors import Actor, AskTimeout, Props, Request, message
from runtime import ActorSystem
from runtime.disk import Disk, save

FILE = "ledger"
TRIES_EVERY_S = 0.5
ANSWERS_WITHIN_S = 1.0


@message(name="ledger.deposit")
class Deposit(Request[str]):
    """Writes a deposit down; answered with its key. One that comes again is the same deposit.

    Attributes:
        key: Of the deposit; a word.
        cents: How much.
    """

    key: str
    cents: int


@message(name="ledger.statement")
class Statement(Request[dict[str, int]]):
    """Asks for all deposits, by their keys."""


class Ledger(Actor[Deposit | Statement]):
    """Keeps deposits in a file, a line each; confirms none that a loss of power could undo.

    Args:
        disk: Where the file is.
    """

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.deposits: dict[str, int] = {}

    async def pre_start(self) -> None:
        """Read the file. A disk may be full now, and have room a little later."""
        while True:
            try:
                await self.open()
                break
            except OSError as error:
                self.log.warning("the ledger cannot be opened now", error=str(error))
                await asyncio.sleep(TRIES_EVERY_S)

    async def receive(self, message: Deposit | Statement) -> None:
        """Handle one message; an error of the disk restarts the ledger, and what was half written is cut off then."""
        match message:
            case Deposit(key, cents):
                if key not in self.deposits:
                    await self.write_down(key, cents)
                    self.deposits[key] = cents
                self.reply(key, to=message)
            case Statement():
                self.reply(dict(self.deposits), to=message)

    async def open(self) -> None:
        """Read whole lines, and save them: what a predecessor wrote and had no time to sync is ours to confirm."""
        lines, _, _ = (await self.text()).rpartition("\n")
        await save(self.disk, FILE, f"{lines}\n".encode() if lines else b"")
        self.read(lines)

    async def write_down(self, key: str, cents: int) -> None:
        """Have a deposit on the disk when this returns."""
        await self.disk.append(FILE, f"{key} {cents}\n".encode())
        await self.disk.sync(FILE)

    async def text(self) -> str:
        """What is in the file."""
        try:
            return (await self.disk.read(FILE)).decode()
        except FileNotFoundError:
            return ""

    def read(self, lines: str) -> None:
        """Know the deposits of a file."""
        for line in lines.splitlines():
            key, cents = line.split()
            self.deposits[key] = int(cents)


class HastyLedger(Ledger):
    """Naive: what was written is written."""

    async def write_down(self, key: str, cents: int) -> None:
        """The file has it, and a process that is killed does not take it back."""
        await self.disk.append(FILE, f"{key} {cents}\n".encode())


class TidyLedger(Ledger):
    """Naive: writes the whole file, and syncs it."""

    async def write_down(self, key: str, cents: int) -> None:
        """So there are never any old lines to care for."""
        text = "".join(f"{key} {cents}\n" for key, cents in {**self.deposits, key: cents}.items())
        await self.disk.write(FILE, text.encode())
        await self.disk.sync(FILE)


class TolerantLedger(Ledger):
    """Naive: what is half written was never confirmed, so it does no harm."""

    async def open(self) -> None:
        """Skip what is no line; the next one is written behind it."""
        for line in (await self.text()).splitlines():
            with contextlib.suppress(ValueError):
                self.read(line)


async def keep_ledger(system: ActorSystem, ledger: Callable[[Disk], Ledger], disk: Disk) -> None:
    """What runs on the ledger's machine.

    Args:
        system: Its actor system.
        ledger: Which ledger.
        disk: `FolderDisk("/var/lib/ledger")`, or a simulated one.
    """
    system.spawn(Props(ledger, disk), name="ledger")
    await system.when_terminated()


async def sell(system: ActorSystem, ledger: str, deposits: list[Deposit], confirmed: Callable[[str], None]) -> None:
    """What runs on a shop's machine; it has to be started again when it ends.

    Args:
        system: Its actor system.
        ledger: Where the ledger is, as text: `actor://office@office:2552/user/ledger`.
        deposits: To be written down, in order; each stays here until it is confirmed.
        confirmed: Is told of each key.
    """
    while True:
        if not deposits:
            await asyncio.sleep(TRIES_EVERY_S)
            continue
        try:
            clerk = await system.resolve(ledger)
            confirmed(await clerk.ask(deposits[0], timeout=ANSWERS_WITHIN_S))
            del deposits[0]
        except (LookupError, AskTimeout):  # nobody knows whether it was written down, so it is asked for again
            await asyncio.sleep(TRIES_EVERY_S)
