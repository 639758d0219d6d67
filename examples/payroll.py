"""A payroll: a pool of workers on other machines makes payments, each exactly once, whoever dies on the way.

`Pool` hands out payments and watches its workers; `Worker` asks the bank to pay and then reports; `keep_office` and
`work` are what runs on the office's machine and on each of theirs. Their naive versions, `ForgetfulPool`,
`CarelessWorker` and `LoyalWorker`, look right and pass every test in which a worker dies once; `docs/simulation.md`
tells how seeds of mishaps find what is wrong with them. `payroll_story.py` is that test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from actors import Actor, ActorRef, Props, Terminated, message
from runtime import ActorSystem

BANK_TAKES_S = 0.15
WRITING_TAKES_S = 0.03
ASKS_EVERY_S = 1.0


@message(name="payroll.order")
class Order:
    """Orders payments.

    Attributes:
        numbers: Of the payments; each is ordered once.
    """

    numbers: list[int]


@message(name="payroll.pay")
class Pay:
    """Tells a worker to make a payment; may come again.

    Attributes:
        number: Of the payment.
    """

    number: int


@message(name="payroll.ready")
class Ready:
    """A worker asks for a payment; it asks again and again until there is one.

    Attributes:
        name: Of its machine.
        worker: It.
        paid: The number of its last payment; `None` before the first.
    """

    name: str
    worker: ActorRef[Pay]
    paid: int | None


@message(name="payroll.ask-again")
class AskAgain:
    """Reminds a worker that what it has said may be lost, or what was said to it."""


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


class Pool(Actor[Order | Ready | Terminated]):
    """Hands out payments; one whose worker dies is handed out again."""

    def __init__(self) -> None:
        self.waiting: list[int] = []
        self.busy: dict[ActorRef[Pay], int] = {}

    def receive(self, message: Order | Ready | Terminated) -> None:
        """Handle one message."""
        match message:
            case Order(numbers):
                self.waiting += numbers
            case Ready(name, worker, paid):
                self.hire(name, worker)
                if worker in self.busy and self.busy[worker] == paid:
                    del self.busy[worker]
                if worker not in self.busy and self.waiting:
                    self.busy[worker] = self.waiting.pop(0)
                if worker in self.busy:
                    worker.tell(Pay(self.busy[worker]), self.ref)
            case Terminated(worker) if worker in self.busy:
                self.waiting.append(self.busy.pop(worker))
            case Terminated():
                pass  # it had nothing to do

    def hire(self, name: str, worker: ActorRef[Pay]) -> None:
        """Watch each life of a worker: one that starts again is another actor, at the same address."""
        self.context.watch(worker)


class ForgetfulPool(Pool):
    """Naive: watches each worker once, by the name of its machine."""

    def __init__(self) -> None:
        super().__init__()
        self.watched: set[str] = set()

    def hire(self, name: str, worker: ActorRef[Pay]) -> None:
        """It is known already, is it not?"""
        if name not in self.watched:
            self.watched.add(name)
            self.context.watch(worker)


class Worker(Actor[Pay | AskAgain | Terminated]):
    """Makes payments, one at a time.

    Args:
        name: Of its machine.
        pool: Whom it works for.
        bank: Pays.
    """

    def __init__(self, name: str, pool: ActorRef[Ready], bank: Bank) -> None:
        self.name = name
        self.bank = bank
        self.pool = pool
        self.paid: int | None = None

    def pre_start(self) -> None:
        """Ask for work, and go on asking: a message is lost with the connection that it is on."""
        self.context.watch(self.pool)
        self.context.timers.start_periodic("ask", AskAgain(), ASKS_EVERY_S)
        self.ask()

    async def receive(self, message: Pay | AskAgain | Terminated) -> None:
        """Pay, write it down, report. It may die between any two of these."""
        match message:
            case Pay(number) if number != self.paid:
                await self.pay(number)
                await asyncio.sleep(WRITING_TAKES_S)
                self.paid = number
                self.ask()
            case Pay():
                pass  # it was said twice
            case AskAgain():
                self.ask()
            case Terminated():  # the office is dead, or takes us for dead: what we say is not heard there any more
                self.context.system.begin_to_terminate("the office is gone")

    def ask(self) -> None:
        """Report the last payment, and ask for the next."""
        self.pool.tell(Ready(self.name, self.ref, self.paid), self.ref)

    async def pay(self, number: int) -> None:
        """Whoever pays this again, after a death before the report, has no effect."""
        await self.bank.pay_once(number, self.name)


class CarelessWorker(Worker):
    """Naive: takes it for granted that it reports whatever it has paid."""

    async def pay(self, number: int) -> None:
        """Pay."""
        await self.bank.pay(number, self.name)


class LoyalWorker(Worker):
    """Naive: an office that is out of reach will be back."""

    async def receive(self, message: Pay | AskAgain | Terminated) -> None:
        """Wait for it."""
        if not isinstance(message, Terminated):
            await super().receive(message)


async def keep_office(system: ActorSystem, pool: type[Pool]) -> None:
    """What runs on the office's machine.

    Args:
        system: Its actor system.
        pool: Which pool.
    """
    system.spawn(pool, name="pool")
    await system.when_terminated()


async def work(system: ActorSystem, worker: type[Worker], office: str, bank: Bank) -> None:
    """What runs on a worker's machine; it has to be started again when it ends.

    Args:
        system: Its actor system.
        worker: Which worker.
        office: Where the pool is, as text: `actor://office@office:2552/user/pool`.
        bank: Pays.

    Raises:
        LookupError: If the office is not there now.
    """
    pool = await system.resolve(office, timeout=5.0)
    system.spawn(Props(worker, system.name, pool, bank), name="worker")
    await system.when_terminated()
