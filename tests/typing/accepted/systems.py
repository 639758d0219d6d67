"""Systems, settings, remoting, and the event stream."""

from __future__ import annotations

from typing import assert_type

from actors import Actor, ActorRef, DeadLetter, MailboxSettings, Request, UnhandledMessage, message
from runtime import ActorSystem, FailureDetectorSettings, RemoteSettings, Settings


@message
class Greet(Request[str]):
    name: str


class Greeter(Actor[Greet]):
    def receive(self, message: Greet) -> None:
        if message.name:
            self.reply(f"hello, {message.name}", to=message)
        else:
            self.reply(ValueError("nobody to greet"), to=message)


class Complaints(Actor[DeadLetter | UnhandledMessage]):
    def receive(self, message: DeadLetter | UnhandledMessage) -> None:
        self.log.warning("lost", message=message.message, recipient=str(message.recipient))


async def main() -> str:
    detector = FailureDetectorSettings.lan()
    remote = RemoteSettings(host="127.0.0.1", port=0, failure_detector=detector)
    settings = Settings(remote=remote, mailbox=MailboxSettings(capacity=1000))
    letters: list[DeadLetter] = []
    async with ActorSystem("there", settings) as there, ActorSystem("here", Settings(remote=remote)) as here:
        there.spawn(Greeter, name="greeter")
        greeter: ActorRef[Greet] = await here.resolve(f"{there.address}/user/greeter", timeout=2.0)
        answer = await greeter.ask(Greet("Ada"))
        assert_type(answer, str)

        here.event_stream.subscribe(letters.append, DeadLetter)
        here.event_stream.subscribe(print, UnhandledMessage)
        here.event_stream.subscribe(here.spawn(Complaints), DeadLetter)
        here.event_stream.subscribe(lambda letter: letters.append(letter), DeadLetter)
        here.event_stream.unsubscribe(letters.append)
        here.dead_letters.tell("to nobody")
        await there.terminate()
        await there.when_terminated()
    return answer
