"""Defects of the product that seeds of `impostors` have shown, and how to have them back."""

from __future__ import annotations

from typing import Any

from runtime.protocol import actions as do
from runtime.protocol.handshake import Refusal
from runtime.protocol.standing import Standing
from runtime.protocol.verdict import Verdict
from runtime.remote import reception
from runtime.remote.association import Association
from runtime.remote.doorstep import Doorstep
from runtime.remote.inbound import InboundLink
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin


def _refused_and_kept(original: Any, link: InboundLink, text: str) -> None:
    if link._reader is None:
        link.turn_away(Refusal.NOT_OURS, text)
    else:
        original(link, text)


def _asked_no_more(original: Any, verdict: Verdict, evidence: Any, now: float) -> Any:
    if evidence.uid != verdict.uid and verdict.is_dead(evidence.uid) and verdict.standing is Standing.DOUBTED:
        return [do.Reject("it is dead")]
    return original(verdict, evidence, now)


def _kept_for_ever(original: Any, association: Association, convict: Any) -> None:
    original(association, convict)
    association._patience.end()


PINS = [
    Pin(
        "impostors",
        1001,
        "a death, or the end of a watch, is heard from whoever says it",
        None,
        ((reception, "objection_to_signal", lambda *_: ""),),
        "D7",
    ),
    Pin(
        "impostors",
        1010,
        "two nodes of which each knows another at the other's address wait at each other's doors for ever",
        None,
        ((Doorstep, "ask_for_patience", lambda _: None),),
        "D8",
    ),
    Pin(
        "impostors",
        1003,
        "who breaks the protocol at the door is refused and stays there, so that its address is asked for without end",
        None,
        (wrapped(InboundLink, "_complain", _refused_and_kept),),
        "D8",
    ),
    Pin(
        "impostors",
        1008,
        "an inquiry that one who is dead has answered is over, and who waits at the door waits for it",
        None,
        (wrapped(Verdict, "_recognise", _asked_no_more),),
        "D8",
    ),
    Pin(
        "impostors",
        1023,
        "what is kept for who took another's place is kept for ever if that is not reached, either",
        None,
        (wrapped(Association, "_bury", _kept_for_ever),),
        "D8",
    ),
]
