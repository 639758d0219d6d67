"""Parents, watchers, hooks of both kinds, strategies, and everything in a context."""

from __future__ import annotations

import asyncio
from typing import assert_type

from actors import (
    Actor,
    ActorRef,
    AllForOneStrategy,
    Backoff,
    DeathCause,
    Directive,
    MailboxSettings,
    OneForOneStrategy,
    Overflow,
    Props,
    ReceiveTimeout,
    Terminated,
    message,
)


@message
class Work:
    text: str
    reply_to: ActorRef[Done]


@message
class Done:
    length: int


@message
class Tick:
    pass


class Worker(Actor[Work]):
    async def receive(self, message: Work) -> None:
        message.reply_to.tell(Done(len(message.text)), self.ref)

    async def pre_start(self) -> None:
        self.log.info("begins")

    async def post_stop(self) -> None:
        await asyncio.sleep(0)

    async def pre_restart(self, reason: BaseException, message: object) -> None:
        await super().pre_restart(reason, message)

    async def post_restart(self, reason: BaseException) -> None:
        await super().post_restart(reason)


class PlainWorker(Actor[Work]):
    def receive(self, work: Work) -> None:
        work.reply_to.tell(Done(len(work.text)))

    def pre_start(self) -> None:
        self.started = True

    def post_stop(self) -> None:
        self.started = False

    def pre_restart(self, reason: BaseException, message: Work | None) -> None:
        print(reason, message)

    def post_restart(self, cause: BaseException) -> None:
        print(cause)


class Lead(Actor[Work | Done | Tick | Terminated | ReceiveTimeout]):
    supervisor_strategy = OneForOneStrategy(
        max_nr_of_retries=3,
        within_time_range_s=60.0,
        decider={ValueError: Directive.RESUME, OSError: Directive.RESTART},
        backoff=Backoff(min_s=0.1, max_s=5.0),
    )

    def pre_start(self) -> None:
        context = self.context
        worker = context.spawn(Worker, name="worker")
        assert_type(worker, ActorRef[Work])
        assert_type(context.watch(worker), ActorRef[Work])
        assert_type(context.unwatch(worker), ActorRef[Work])
        assert_type(context.watch_with(context.spawn(lambda: PlainWorker()), Tick()), ActorRef[Work])
        bounded = Props(PlainWorker).with_mailbox(MailboxSettings(capacity=10, overflow=Overflow.DROP_OLDEST))
        assert_type(context.spawn(bounded), ActorRef[Work])
        context.set_receive_timeout(2.5)
        context.timers.start_single("once", Tick(), 1.0)
        context.timers.start_periodic(("many", 1), Tick(), 0.5)
        context.timers.cancel("once")
        context.pipe_to_self(self.measure("text"), Done, on_failure=lambda error: Done(len(str(error))))
        context.pipe_to_self(asyncio.create_task(self.measure("text")), on_success=lambda length: Done(length + 1))
        context.pipe_to_self(context.run_blocking(len, "text"), Done)
        self.worker = worker

    async def measure(self, text: str) -> int:
        await asyncio.sleep(0)
        return len(text)

    async def receive(self, message: Work | Done | Tick | Terminated | ReceiveTimeout) -> None:
        match message:
            case Work():
                self.worker.forward(message)
                self.context.become(self.busy)
            case Done(length):
                self.sender.tell(length)
            case Terminated(ref, cause=DeathCause.FAILED, detail=detail):
                self.log.warning("lost a worker", worker=str(ref), detail=detail)
            case Terminated():
                self.context.stop(self.ref)
            case Tick() | ReceiveTimeout():
                for child in self.context.children:
                    self.context.stop(child)

    def busy(self, message: object) -> None:
        match message:
            case Done():
                self.context.unbecome()
                self.context.unstash_all()
            case Work():
                self.context.stash()
            case _:
                self.unhandled(message)


def decide(error: BaseException) -> Directive:
    return Directive.STOP if isinstance(error, MemoryError) else Directive.RESTART


class Family(Actor[object]):
    supervisor_strategy = AllForOneStrategy(decider=decide)

    def __init__(self) -> None:
        self.eldest = self.context.spawn(Lead, "eldest")
        assert_type(self.eldest, ActorRef[Work | Done | Tick | Terminated | ReceiveTimeout])

    async def receive(self, message: object) -> None:
        child = self.context.child("eldest")
        if child is not None and self.context.parent != child:
            child.tell(message)


STRATEGIES = [
    OneForOneStrategy(decider=lambda error: Directive.ESCALATE),
    OneForOneStrategy(decider=[ValueError, KeyError]),
    AllForOneStrategy(max_nr_of_retries=0),
]
