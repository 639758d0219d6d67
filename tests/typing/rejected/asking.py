"""Questions to the wrong one, and answers taken for what they are not. Each marked line is a mistake."""

from __future__ import annotations

from typing import assert_never

from actors import Actor, ActorRef, Request, message


@message
class Note:
    text: str


@message
class GetCount(Request[int]):
    pass


@message
class GetText(Request[str]):
    pass


class Notes(Actor[Note | GetCount | GetText]):
    def receive(self, message: Note | GetCount | GetText) -> None:
        match message:
            case GetCount():
                self.reply("many", to=message)  # error: the request promises an int
                self.reply(1, to=message)
            case GetText():
                self.reply(None, to=message)  # error
            case _:
                assert_never(message)  # error: Note is not handled


async def ask(notes: ActorRef[Note | GetCount], anything: ActorRef[object]) -> None:
    text: str = await notes.ask(GetCount())  # error: an int comes
    count = await notes.ask(GetCount())
    count.upper()  # error
    await notes.ask(GetText())  # error: this actor does not take it
    await notes.ask(Note("a"))  # error: nobody says what the answer would be
    await notes.ask(GetCount(), timeout="1 s")  # error: seconds are a number
    await notes.ask(GetCount)  # error: the class, not a message
    unawaited: int = notes.ask(GetCount())  # error
    length = len(await anything.ask(GetCount()))  # error: typed also where anything is taken
    print(text, unawaited, length)


async def gather(notes: ActorRef[GetCount | GetText]) -> list[int]:
    counts = [await notes.ask(GetCount())]
    counts.append(await notes.ask(GetText()))  # error
    return counts
