"""What may be believed about a node, and the times of the judgement: the nouns of `verdict`. Pure values.

Deliberately not here: the rules that move a node from one to another.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Standing(enum.Enum):
    """What is believed about the node."""

    __hash__ = object.__hash__  # asked for with each piece of evidence; of a name it would take three calls

    NEW = "new"
    """No incarnation is known at the address."""
    TRUSTED = "trusted"
    """Its incarnation is known, and nothing speaks against it."""
    DOUBTED = "doubted"
    """The connection was lost, or another incarnation claims the address; dialling tells."""
    ABSENT = "absent"
    """Nobody answers the dials; the detector decides, unless a dial gets an answer first."""
    CONDEMNED = "condemned"
    """Certainly dead; what it had sent is still being read."""
    DEAD = "dead"
    """Convicted, and nobody watches it since."""


@dataclass(frozen=True, slots=True)
class VerdictSettings:
    """Times of the judgement, in seconds.

    Attributes:
        redial_wait_s: Half of the wait before the second dial that asks whether a peer is dead; doubles with each try.
        redial_timeout_s: Time for such a dial; short, because a lost SYN is only repeated after a second.
        redial_attempts: Quick tries before the detector is left to decide.
        confirm_s: Time for the last dial to a silent node, before it is convicted.
        confirmations: So often in a row a silent node may save itself by answering that dial.
        answer_s: So long a node that was mute and speaks again has for an answer, before it is convicted by silence.
        unreached_s: After so long without a connection a watched node is suspected, whatever else it answers.
        mute_unreached_s: The same, where the connection was mute for long before.
        drain_s: Longest wait for the end of what a certainly dead node had sent.
        hold_s: The same, while another incarnation waits at the door: it is not to be kept in silence for long.
        late_s: A wait for last words that ends later than that was spent standing still, and what came is not read yet.
        stays: So often in a row such a wait begins anew.
        grace_s: After a stall of our own, no silence is judged for this time at least.
        most_grace_s: Nor for longer than that: whoever lives can have answered by then, however long the stall was.
        refusal_is_certain: Whether a refused dial proves that the process is gone.
    """

    redial_wait_s: float = 0.0005
    redial_timeout_s: float = 0.02
    redial_attempts: int = 6
    confirm_s: float = 0.02
    confirmations: int = 3
    answer_s: float = 0.2
    unreached_s: float = 3.0
    mute_unreached_s: float = 1.5
    drain_s: float = 1.0
    hold_s: float = 1.0
    late_s: float = 0.1
    stays: int = 3
    grace_s: float = 1.0
    most_grace_s: float = 6.0
    refusal_is_certain: bool = True
