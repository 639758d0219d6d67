"""A payroll: a pool of workers on other machines makes payments, each exactly once, whoever dies on the way.

`Pool` hands out payments and watches its workers; `Worker` asks the bank to pay and then reports. Their naive versions,
`ForgetfulPool` and `CarelessWorker`, look right and pass every test in which a worker dies once; `docs/simulation.md`
tells how seeds of deaths find what is wrong with them. `payroll_story.py` is that test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from actors import Actor, ActorRef, Terminated, message

BANK_TAKES_S = 0.05
WRITING_TAKES_S = 0.02


@message(name="payroll.pay")
class Pay:
    """Tells a worker to make a payment.

    Attributes:
        number: Of the payment.
    """

    number: int


@message(name="payroll.hired")
class Hired:
    """A worker has started, perhaps again.

    Attributes:
        name: Of its machine.
        worker: It.
    """

    name: str
    worker: ActorRef[Pay]


@message(name="payroll.paid")
class Paid:
    """A worker has made a payment.

    Attributes:
        number: Of the payment.
        worker: Who made it.
    """

    number: int
    worker: ActorRef[Pay]


class Bank:
    """Stands for the world outside: what it has done cannot be undone.

    Args:
        told: Is told of each payment: who made it, and its number.

    Attributes:
        payments: The number of each, in order.
    """

    def __init__(self, told: Callable[[str, int], None]) -> None:
        self.payments: list[int] = []
        self._told = told

    async def pay(self, number: int, who: str) -> None:
        """Make a payment, whatever was paid before."""
        await asyncio.sleep(BANK_TAKES_S)
        self.payments.append(number)
        self._told(who, number)

    async def pay_once(self, number: int, who: str) -> None:
        """Make a payment under its number as a key: the bank makes none with the same key twice."""
        await asyncio.sleep(BANK_TAKES_S)
        if number not in self.payments:
            self.payments.append(number)
            self._told(who, number)


class Pool(Actor[Hired | Paid | Terminated]):
    """Hands out payments; one whose worker dies is handed out again.

    Args:
        numbers: Of the payments.
    """

    def __init__(self, numbers: Iterable[int]) -> None:
        self.waiting = list(numbers)
        self.busy: dict[ActorRef[Pay], int] = {}
        self.idle: list[ActorRef[Pay]] = []

    def receive(self, message: Hired | Paid | Terminated) -> None:
        """Handle one message."""
        match message:
            case Hired(name, worker):
                self.hire(name, worker)
                self.idle.append(worker)
            case Paid(_, worker) if worker in self.busy:
                del self.busy[worker]
                self.idle.append(worker)
            case Terminated(worker):
                self.idle = [one for one in self.idle if one != worker]
                if worker in self.busy:
                    self.waiting.append(self.busy.pop(worker))
            case _:
                pass  # of a worker that was taken for dead: its payment is another's by now
        while self.waiting and self.idle:
            worker, number = self.idle.pop(0), self.waiting.pop(0)
            self.busy[worker] = number
            worker.tell(Pay(number), self.ref)

    def hire(self, name: str, worker: ActorRef[Pay]) -> None:
        """Watch each life of a worker: one that starts again is another actor, at the same address."""
        self.context.watch(worker)


class ForgetfulPool(Pool):
    """Naive: watches each worker once, by the name of its machine."""

    def __init__(self, numbers: Iterable[int]) -> None:
        super().__init__(numbers)
        self.watched: set[str] = set()

    def hire(self, name: str, worker: ActorRef[Pay]) -> None:
        """It is known already, is it not?"""
        if name not in self.watched:
            self.watched.add(name)
            self.context.watch(worker)


class Worker(Actor[Pay]):
    """Makes payments, one at a time.

    Args:
        name: Of its machine.
        pool: Where the pool is, as text: `actor://office@office:2552/user/pool`.
        bank: Pays.
    """

    def __init__(self, name: str, pool: str, bank: Bank) -> None:
        self.name = name
        self.bank = bank
        self._where = pool

    async def pre_start(self) -> None:
        """Ask for work."""
        self.pool: ActorRef[Hired | Paid] = await self.context.system.resolve(self._where, timeout=5.0)
        self.pool.tell(Hired(self.name, self.ref), self.ref)

    async def receive(self, message: Pay) -> None:
        """Pay, write it down, report. It may die between any two of these."""
        await self.pay(message.number)
        await asyncio.sleep(WRITING_TAKES_S)
        self.pool.tell(Paid(message.number, self.ref), self.ref)

    async def pay(self, number: int) -> None:
        """Whoever pays this again, after a death before the report, has no effect."""
        await self.bank.pay_once(number, self.name)


class CarelessWorker(Worker):
    """Naive: takes it for granted that it reports whatever it has paid."""

    async def pay(self, number: int) -> None:
        """Pay."""
        await self.bank.pay(number, self.name)
