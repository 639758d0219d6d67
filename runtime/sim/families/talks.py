"""`Talks`: what an actor of the scenario `families` says, asks, answers, and lets come by itself. SHELL.

A part of `deeds`; each tells the judges first, or right after. Deliberately not here: everything else that it is told
to do.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from actors.errors import AskTimeout, MailboxFull
from actors.ref import ActorRef
from runtime.protocol.codec_errors import RemoteFailure
from runtime.sim.families.truth import Member
from runtime.sim.families.words import Answer, Do, Grave, Ill, Piped, Question, Remark, Tick

KEYS = ("a", "b", "c")


class Talks:
    """Of one instance.

    Args:
        kin: That.
    """

    def __init__(self, kin: Any) -> None:
        self._kin = kin
        self._me: Member = kin.me
        self._house: Any = kin.house

    @property
    def _context(self) -> Any:
        return self._kin.context

    def watch(self, ref: ActorRef[Any], token: Any) -> None:
        """Watch somebody, with or without a message."""
        refusal: BaseException | None = None
        try:
            if token is None:
                self._context.watch(ref)
            else:
                self._context.watch_with(ref, token)
        except ValueError as error:
            refusal = error
        self._house.deaths.watches(self._me, ref, token, refusal)

    # --- words and questions ------------------------------------------------------------------------------------------

    def _say(self, order: Do) -> None:
        if (other := self._other(order)) is None or (other.lane.is_bounded and other.life is not self._me.life):
            return
        self._me.said[other.who] = number = self._me.said.get(other.who, 0) + 1
        remark = Remark(self._me.who, other.who, number)
        if other.life is self._me.life:
            self._house.tell(other, remark, self._kin.ref)
        else:
            self._house.ref(self._me, other).tell(remark, self._kin.ref)

    def _ask(self, order: Do) -> Any:
        return self._asks(order)

    def _ask_aside(self, order: Do) -> None:
        if not self._me.lane.is_bounded:
            self._aside(partial(self._asks, order), 2.0)

    async def _asks(self, order: Do, through: int = 0) -> str:
        other = self._other(order)
        if other is None or (other.lane.is_bounded and other.life is not self._me.life):
            return "nobody"
        timeout_s = (0.05, 0.2, 0.2, 0.7, 0.05 + order.amount)[int(order.place * 5)]
        how = ("now", "now", "late", "late", "twice", "never", "error", "watch")[int(order.amount * 8)]
        asks, ask = (self._house.asks, self._house.asks.begins(self._me, other, timeout_s))
        question, full = Question(ask.number, how, order.place * 0.5, through), False
        if other.life is self._me.life:
            full = other.lane.put(question)
        try:
            asks.ends(ask, "answer", await self._house.ref(self._me, other).ask(question, timeout_s))
        except AskTimeout:
            asks.ends(ask, "timeout")
        except (Ill, RemoteFailure) as error:
            self._house.record.require(f"answer {ask.number}" in str(error), "A13", f"{error} for ask {ask.number}")
            asks.ends(ask, "error")
        except MailboxFull:
            self._house.record.require(full, "D61", f"the mailbox of {other} is said to be full")
            asks.ends(ask, "full")
        except asyncio.CancelledError:
            asks.ends(ask, "cancelled")
            raise
        return "asked"

    def answer(self, question: Question) -> Any:
        """Answer as the question wants, or let somebody else do so who is near."""
        to = self._house.truth.members.get(question.to)
        if to is not None and to is not self._me and to.life is self._me.life and not to.lane.is_bounded:
            self._house.record.sometimes("a question was forwarded")
            self._house.tell(to, question, is_forwarded=True)
            return None
        if question.how == "late":
            return self._answer_later(question)
        if question.how == "watch" and self._house.asks.all[question.number].asker.life is self._me.life:
            sender = self._kin.sender
            self._house.asks.looked_at(question.number, sender.path.uid)
            self.watch(sender, None)
        if question.how == "error":
            self._house.asks.answered(question.number)
            self._kin.reply(Ill(f"answer {question.number}"))
        elif question.how != "never":
            for _ in range(2 if question.how == "twice" else 1):
                self._kin.reply(self._house.asks.answered(question.number))
        return None

    async def _answer_later(self, question: Question) -> None:
        await asyncio.sleep(question.amount)
        answer: Answer = self._house.asks.answered(question.number)
        self._kin.reply(answer)

    # --- what comes by itself -----------------------------------------------------------------------------------------

    def _timer(self, order: Do) -> None:
        self._begin_timer(order, None)

    def _periodic(self, order: Do) -> None:
        self._begin_timer(order, 0.1 + order.amount)

    def _begin_timer(self, order: Do, interval_s: float | None) -> None:
        if self._me.lane.is_bounded:
            return
        key, number = KEYS[int(order.place * len(KEYS))], self._house.alarms.number()
        delay_s = order.amount if interval_s is None else interval_s
        self._house.alarms.begins(self._me, key, number, delay_s, interval_s)
        if interval_s is None:
            self._context.timers.start_single(key, Tick(number), delay_s)
        else:
            self._context.timers.start_periodic(key, Tick(number), interval_s)

    def _cancel(self, order: Do) -> None:
        key = KEYS[int(order.place * len(KEYS))]
        self._house.alarms.ends(self._me, key)
        self._context.timers.cancel(key)

    def _quiet(self, order: Do) -> None:
        if not self._me.lane.is_bounded:
            timeout_s = None if order.place < 0.25 else 0.2 + order.amount
            self._house.alarms.quiet(self._me, timeout_s)
            self._context.set_receive_timeout(timeout_s)

    def _pipe(self, order: Do) -> None:
        if not self._me.lane.is_bounded:
            self._aside(partial(self._slept, order), 1.0)

    async def _slept(self, order: Do) -> str:
        await asyncio.sleep(order.amount * 0.8)
        if order.place < 0.3 and self._house.truth.rages:
            error = self._kin.error() if order.place > 0.1 else Ill(f"{self._me} beside its mailbox")
            if not isinstance(error, asyncio.CancelledError | Grave):
                self._me.unforeseen.append(error)
                raise error
        return "slept"

    def _aside(self, work: Any, at_most_s: float) -> None:
        """Await something beside the mailbox."""
        number = self._house.alarms.number()
        self._house.alarms.pipes(self._me, number, at_most_s)
        self._context.pipe_to_self(self._noted(work, number), lambda outcome: Piped(number, outcome))

    async def _noted(self, work: Any, number: int) -> str:
        try:
            outcome: str = await work()
        except Exception:
            self._me.piped.pop(number, None)
            raise
        self._me.sent.add(number)
        return outcome

    # --- whom ---------------------------------------------------------------------------------------------------------

    def _pick(self, order: Do) -> Member | None:
        living = [child for child in self._me.living() if child.ref in self._context.children]
        return living[int(order.place * len(living))] if living else None

    def _other(self, order: Do) -> Member | None:
        other: Member | None = self._house.truth.members.get(order.other)
        return other
