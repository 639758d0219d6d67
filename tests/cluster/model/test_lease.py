"""The lease of the embedded election: epochs rise, expiry is by the monotonic clock of one boot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.model.lease import Lease, challenge, release, renew, take

ROW = Lease(epoch=5, holder="a", renewed_at=100.0, ttl_s=2.0, boot_id="boot")


def test_the_first_lease_has_epoch_one() -> None:
    """An empty backend is free to take."""
    assert take(None, "a", 10.0, 2.0, "boot") == Lease(1, "a", 10.0, 2.0, "boot")


@pytest.mark.parametrize(
    ("now", "boot_id", "free"),
    [
        (100.0, "boot", False),
        (101.999, "boot", False),
        (102.0, "boot", True),
        (5.0, "other", True),
        (99.0, "boot", False),
    ],
)
def test_expiry(now: float, boot_id: str, free: bool) -> None:
    """A lease is free when it was not renewed for its time to live, or belongs to an earlier boot."""
    assert ROW.is_expired(now, boot_id) is free
    assert (ROW.expires_in_s(now, boot_id) == 0.0) is free
    taken = take(ROW, "b", now, 3.0, boot_id)
    assert taken == (Lease(6, "b", now, 3.0, boot_id) if free else None)


def test_taking_again_raises_the_epoch_also_for_the_same_holder() -> None:
    """Epochs of successive grants strictly rise (I2)."""
    taken = take(ROW, "a", 200.0, 2.0, "boot")
    assert taken is not None
    assert taken.epoch == 6


@pytest.mark.parametrize(
    ("epoch", "candidate", "boot_id", "kept"),
    [(5, "a", "boot", True), (4, "a", "boot", False), (5, "b", "boot", False), (5, "a", "other", False)],
)
def test_renewal(epoch: int, candidate: str, boot_id: str, kept: bool) -> None:
    """Only the holder of this very epoch renews."""
    renewed = renew(ROW, epoch, candidate, 101.0, boot_id)
    assert renewed == (Lease(5, "a", 101.0, 2.0, "boot") if kept else None)


def test_a_late_renewal_holds_if_nobody_took_the_lease() -> None:
    """A pause alone does not depose a leader."""
    assert renew(ROW, 5, "a", 500.0, "boot") is not None


def test_a_delayed_renewal_does_not_turn_the_time_back() -> None:
    """A renewal that was asked for earlier than the newest one changes nothing."""
    assert renew(ROW, 5, "a", 99.0, "boot") == ROW


def test_a_released_lease_is_free_and_keeps_its_epoch() -> None:
    """Who leaves lets the next one lead at once, under a higher epoch."""
    given_back = release(ROW, 5, "a")
    assert given_back is not None
    assert given_back.is_expired(100.0, "boot")
    taken = take(given_back, "b", 100.0, 2.0, "boot")
    assert taken is not None
    assert taken.epoch == 6
    assert renew(given_back, 5, "a", 100.0, "boot") is None


@pytest.mark.parametrize(("epoch", "candidate"), [(4, "a"), (5, "b")])
def test_only_the_holder_releases(epoch: int, candidate: str) -> None:
    """A late resignation does not take the office from the next leader."""
    assert release(ROW, epoch, candidate) is None
    assert release(None, epoch, candidate) is None


@pytest.mark.parametrize(
    ("epoch", "candidate", "won"), [(5, "b", True), (4, "b", False), (6, "b", False), (5, "a", False)]
)
def test_challenge_is_compare_and_set(epoch: int, candidate: str, won: bool) -> None:
    """Certain knowledge of a death counts only for the epoch that is in the row."""
    taken = challenge(ROW, epoch, candidate, 100.1, 2.0, "boot")
    assert taken == (Lease(6, "b", 100.1, 2.0, "boot") if won else None)
    assert challenge(None, epoch, candidate, 100.1, 2.0, "boot") is None


def test_the_holder_stops_before_others_may_begin() -> None:
    """The holder's own deadline lies before the expiry, and counts from when it asked (CURATOR-460)."""
    assert ROW.renewed_at < ROW.acts_until() < 102.0
    assert not ROW.is_expired(ROW.acts_until(), "boot")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["take", "renew", "release", "challenge"]),
            st.sampled_from(["a", "b", "c"]),
            st.floats(0, 3),
            st.sampled_from(["boot", "boot", "boot", "later"]),
        ),
        max_size=60,
    )
)
def test_any_history_has_rising_epochs_and_one_holder(history: list[tuple[str, str, float, str]]) -> None:
    """In any order of requests each grant has a higher epoch, and nobody takes what another may still act on."""
    row: Lease | None = None
    held: dict[str, int] = {}
    now = 0.0
    for what, who, pause, boot_id in history:
        now += pause
        before = row
        if what == "take":
            new = take(row, who, now, 2.0, boot_id)
            if new is not None and before is not None and before.holder and before.boot_id == boot_id:
                assert now > before.acts_until()
        elif what == "renew":
            new = renew(row, held.get(who, 0), who, now, boot_id)
        elif what == "release":
            new = release(row, held.get(who, 0), who)
        else:
            new = challenge(row, row.epoch if row else 0, who, now, 2.0, boot_id)
        if new is None:
            continue
        if what in ("take", "challenge"):
            assert new.epoch == (before.epoch if before else 0) + 1
            held[who] = new.epoch
        else:
            assert before is not None
            assert new.epoch == before.epoch
        row = new
