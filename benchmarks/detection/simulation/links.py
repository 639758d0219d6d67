"""Links as the literature describes them: interval, delay and loss, and where each number comes from. Pure values.

`trace` draws arrivals from them. Deliberately not here: TCP, which is another way to carry the same beats (`trace`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bursts:
    """Losses in bursts, as a Gilbert-Elliott channel that loses everything in its bad state.

    Attributes:
        per_beat: How likely a burst begins at a beat.
        single_share: How many of the bursts are of one beat.
        mean_beats: Mean length of the others, geometric from 2 on.
    """

    per_beat: float
    single_share: float
    mean_beats: float


@dataclass(frozen=True, slots=True)
class Link:
    """What happens to heartbeats between sender and receiver, as datagrams.

    Attributes:
        name: For the command line.
        interval_s: Between two beats.
        interval_deviation_s: Of the sender.
        delay_floor_s: The shortest delay.
        delay_mean_s: Mean of what is added to it.
        delay_deviation_s: Its deviation; equal to the mean is exponential, otherwise it is a gamma distribution.
        loss: Independent of each other, 0 to 1.
        bursts: Further losses; `None` for none.
        source: Where the numbers come from: published, recalled from the paper, chosen or fitted.
    """

    name: str
    interval_s: float
    interval_deviation_s: float
    delay_floor_s: float
    delay_mean_s: float
    delay_deviation_s: float
    loss: float
    bursts: Bursts | None
    source: str

    @property
    def mean_delay_s(self) -> float:
        """Mean delay of a beat that arrives."""
        return self.delay_floor_s + self.delay_mean_s


# 5,845,713 beats sent in a week, 0.399 % lost in 814 bursts: 28.7 beats each in the mean. Geometric lengths for a fifth
# of them (mean 139) give arrivals a deviation of 107 ms; the paper measured 104.1.
_WAN_BURSTS = Bursts(814 / 5_845_713, 0.8, (0.00399 * 5_845_713 / 814 - 0.8) / 0.2)
_WAN_SOURCE = (
    "Hayashibara et al., SRDS 2004: interval, loss, number of bursts, round trip (figures recalled from the paper); "
    "one way is half of it, deviation by sqrt 2; 80 % bursts of one beat is chosen, geometric others fit the arrivals"
)

LINKS = {
    link.name: link
    for link in (
        Link("wan-2004", 0.1035, 0.00019, 0.1351, 0.00655, 0.0273 / 2**0.5, 0.0, _WAN_BURSTS, _WAN_SOURCE),
        Link("lan", 0.1, 0.0, 0.0, 0.0005, 0.0005, 0.01, None, "chosen: eta 100 ms, exponential 0.5 ms, 1 % lost"),
        Link("lan-clean", 0.1, 0.0, 0.0, 0.0005, 0.0005, 0.001, None, "chosen: as lan, 0.1 % lost"),
        Link("chen-2002", 1.0, 0.0, 0.0, 0.02, 0.02, 0.01, None, "Chen et al., 2002: the classic setting (recalled)"),
        Link(
            "planetlab",
            0.0128,
            0.0005,
            0.09,
            0.006,
            0.012,
            0.02,
            None,
            "recalled: Xiong et al., IPDPS 2012, beats of about 12 ms, round trip about 190 ms, "
            "loss 0 to 5 %; the rest chosen",
        ),
    )
}
