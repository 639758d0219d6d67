"""Strategies, hooks, settings and probes, used wrongly. Each marked line is a mistake."""

from __future__ import annotations

from actors import Actor, ActorRef, Backoff, DeadLetter, Directive, MailboxSettings, OneForOneStrategy, Terminated
from runtime import ActorSystem, RemoteSettings, Settings, TestProbe, graceful_stop


def judge(error: BaseException) -> str:
    return "restart"


class Parent(Actor[str]):
    supervisor_strategy = "one for one"  # error

    def receive(self, message: str) -> None:
        self.context.set_receive_timeout("1 s")  # error
        self.context.timers.start_single("tick", "tick")  # error: when?
        self.context.become("busy")  # error: a function is asked for
        self.context.pipe_to_self(len)  # error: nothing to await
        self.context.run_blocking(len, 1)  # error: a number has no length

    def pre_restart(self, reason: str, message: object) -> None:  # error: the reason is an exception
        print(reason)

    def post_stop(self, why: str) -> None:  # error: a hook without arguments
        print(why)


STRATEGIES = [
    OneForOneStrategy(decider=judge),  # error
    OneForOneStrategy(decider={ValueError: "restart"}),  # error
    OneForOneStrategy(decider={"ValueError": Directive.STOP}),  # error
    OneForOneStrategy(max_retries=3),  # error
    OneForOneStrategy(backoff=1.0),  # error
    Backoff("100 ms", 1.0),  # error
]


async def run(system: ActorSystem, probe: TestProbe, ref: ActorRef[str]) -> None:
    Settings(remote=True)  # error
    Settings(remote=RemoteSettings(port="0"))  # error
    MailboxSettings(capacity=1.5)  # error
    ActorSystem("a", RemoteSettings())  # error
    probe.send(ref, 1)  # error
    text: str = await probe.expect(int)  # error
    await probe.expect_terminated(ref.path)  # error
    await graceful_stop(ref.path)  # error
    letters: list[Terminated] = []
    system.event_stream.subscribe(letters.append, DeadLetter)  # error: another event than the list takes
    system.event_stream.subscribe(ref, DeadLetter)  # error: the actor takes no such event
    ended: Terminated = await probe.expect_terminated(ref)
    print(ended.reason, text)  # error: it is called cause
