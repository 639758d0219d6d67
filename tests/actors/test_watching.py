"""`WatchBook`: one death, one notice, and none that nobody wants any more."""

from __future__ import annotations

from typing import Any

import pytest

from actors import Address, DeathCause, Terminated
from actors.signals import AddressTerminated, DeathWatchNotification
from actors.watching import CustomTermination, WatchBook
from tests.actors.refs import ref

SUBJECT = ref("subject")
NODE = Address("far", "10.0.0.1", 2552)
OTHER_NODE = Address("far", "10.0.0.1", 2553)


def died(book: WatchBook, subject: Any = SUBJECT, **about: Any) -> Any:
    """Report a death; returns the notice."""
    return book.notified(DeathWatchNotification(subject, **about))


def test_a_new_registration_has_to_be_told_to_the_subject() -> None:
    """D9: the first watch has to be told to the subject, an equal one has not."""
    book = WatchBook()

    assert [book.watch(one) for one in (SUBJECT, SUBJECT, ref("subject", uid=2))] == [True, False, True]


def test_equal_messages_make_the_same_registration() -> None:
    """D29: watch_with again with an equal message, the same object or not, changes nothing."""
    book = WatchBook()
    message = ["gone"]

    assert book.watch(SUBJECT, message)
    assert not book.watch(SUBJECT, message)
    assert not book.watch(SUBJECT, ["gone"])


@pytest.mark.parametrize(("first", "second"), [(None, "gone"), ("gone", None), ("gone", "lost")])
@pytest.mark.parametrize("queued", [False, True])
def test_another_message_is_refused(first: Any, second: Any, queued: bool) -> None:
    """D30: another message, or one where there was none, is a ValueError, and the first registration stays."""
    book = WatchBook()
    book.watch(SUBJECT, first)
    notice = died(book) if queued else None

    with pytest.raises(ValueError, match="already watched"):
        book.watch(SUBJECT, second)
    notice = notice or died(book)
    assert notice == (Terminated(SUBJECT) if first is None else CustomTermination(SUBJECT, first))
    assert book.take(notice)


def test_unwatch_in_between_makes_room_for_another_message() -> None:
    """D31: after unwatch any registration is accepted, and it is the one that counts."""
    book = WatchBook()
    book.watch(SUBJECT, "gone")

    assert book.unwatch(SUBJECT)
    assert book.watch(SUBJECT, "lost")
    assert died(book) == CustomTermination(SUBJECT, "lost")


def test_a_terminated_says_what_is_known() -> None:
    """D5: the notice carries flags, cause and detail of the notification."""
    book = WatchBook()
    book.watch(SUBJECT)

    notice = died(
        book, existence_confirmed=False, address_terminated=True, cause=DeathCause.UNREACHABLE, detail="phi 12"
    )

    assert notice == Terminated(SUBJECT, False, True, DeathCause.UNREACHABLE, "phi 12")


def test_what_is_not_watched_is_not_noticed() -> None:
    """D15: a notification that nobody asked for, or for another incarnation, gives no notice."""
    book = WatchBook()
    assert died(book) is None

    book.watch(SUBJECT)
    assert died(book, ref("subject", uid=2)) is None


def test_one_registration_gives_one_notice() -> None:
    """D39: a second notification of one death gives nothing, before and after the notice was taken."""
    book = WatchBook()
    book.watch(SUBJECT)
    notice = died(book)

    assert died(book) is None
    assert book.take(notice)
    assert not book.take(notice)
    assert died(book) is None


def test_a_notice_that_waits_can_still_be_cancelled() -> None:
    """D21: unwatch drops a notice that waits in the mailbox, and the dead subject need not be told."""
    book = WatchBook()
    book.watch(SUBJECT)
    notice = died(book)

    assert not book.unwatch(SUBJECT)
    assert not book.take(notice)


def test_unwatching_what_is_not_watched_is_nothing() -> None:
    """D23: unwatch of a stranger has no effect."""
    assert not WatchBook().unwatch(SUBJECT)


def test_a_waiting_notice_serves_a_second_watch_too() -> None:
    """D20: watching again while the notice waits gives no second one; once it was taken it does."""
    book = WatchBook()
    book.watch(SUBJECT)
    notice = died(book)

    assert not book.watch(SUBJECT)
    assert died(book) is None
    assert book.take(notice)
    assert book.watch(SUBJECT)
    assert died(book) is not None


def test_an_equal_notice_that_was_not_due_is_not_taken() -> None:
    """D16: a Terminated that somebody forwards, equal though it be, does not pass for the one that waits."""
    book = WatchBook()
    book.watch(SUBJECT)
    notice = died(book)

    assert [book.take(Terminated(SUBJECT)), book.take(notice)] == [False, True]


@pytest.mark.parametrize("others", [[], [ref("another")]])
def test_a_notice_of_an_ended_registration_is_not_taken_for_that_of_a_new_one(others: list[Any]) -> None:
    """D31: after unwatch and watch_with the notice that still lies in the mailbox from before is not shown."""
    book = WatchBook()
    for other in others:
        book.watch(other)
        died(book, other)
    book.watch(SUBJECT, "old")
    old = died(book)
    book.unwatch(SUBJECT)
    book.watch(SUBJECT, "new")
    new = died(book)

    assert [book.take(old), book.take(new)] == [False, True]


@pytest.mark.parametrize("message", [None, "gone"])
def test_a_stashed_notice_counts_as_waiting(message: Any) -> None:
    """D27: a death that was shown and stashed comes back, unless it was unwatched meanwhile; D32 with its message."""
    for unwatched in (False, True):
        book = WatchBook()
        book.watch(SUBJECT, message)
        notice = died(book)
        book.take(notice)
        shown = notice if message is None else message

        assert book.put_back(shown, SUBJECT) is notice
        if unwatched:
            book.unwatch(SUBJECT)
        assert book.take(notice) is not unwatched


def test_only_the_death_itself_is_put_back() -> None:
    """A stashed message stays what it is when it is none of the book's, be it the very object of a watch_with."""
    book = WatchBook()
    assert book.put_back("gone", SUBJECT) == "gone"

    book.watch(SUBJECT, "gone")
    book.take(died(book))
    assert book.put_back("other", SUBJECT) == "other"
    assert book.put_back("gone", ref("stranger")) == "gone"
    assert book.put_back("gone", None) == "gone"


def test_a_stashed_notice_gives_way_to_a_newer_registration() -> None:
    """D19: watched anew while its notice is stashed, a dead subject gives its new notice, and not both."""
    book = WatchBook()
    book.watch(SUBJECT)
    old = died(book)
    book.take(old)
    book.watch(SUBJECT)

    assert book.put_back(old, SUBJECT) is old
    book.check()
    new = died(book)
    assert [book.take(old), book.take(new)] == [False, True]


def test_a_stopping_actor_forgets_all_its_subjects() -> None:
    """D47: all that are alive have to be told, and no notice is shown any more."""
    book = WatchBook()
    others = [ref("a"), ref("b")]
    book.watch(SUBJECT)
    for other in others:
        book.watch(other)
    notice = died(book)

    assert book.unwatch_all() == others
    assert not book.take(notice)
    assert died(book, others[0]) is None
    assert book.unwatch_all() == []


def test_remote_watchers_are_told_first() -> None:
    """D45: watchers on other nodes come before those of this process, each group in the order of registration."""
    book = WatchBook()
    local = [ref("a"), ref("b")]
    remote = [ref("a", address=NODE), ref("b", address=NODE)]
    for watcher in (local[0], remote[0], local[1], remote[1]):
        book.add_watcher(watcher)

    assert book.drain_watchers() == [*remote, *local]
    assert book.drain_watchers() == []


def test_a_parent_that_watches_is_told_once() -> None:
    """D45: it hears of its child's end first and anyway, so it is none of the watchers who are told then."""
    book = WatchBook()
    for watcher in (ref("a"), ref("parent"), ref("b", address=NODE)):
        book.add_watcher(watcher)

    assert book.drain_watchers(ref("parent")) == [ref("b", address=NODE), ref("a")]


def test_watchers_are_kept_once() -> None:
    """D48: a watcher counts once however often it came, and one that left is not told."""
    book = WatchBook()
    book.add_watcher(ref("a"))
    book.add_watcher(ref("a"))
    book.add_watcher(ref("b"))
    book.remove_watcher(ref("b"))
    book.remove_watcher(ref("stranger"))

    assert book.drain_watchers() == [ref("a")]


def test_the_end_of_a_node_is_the_end_of_each_subject_there() -> None:
    """D65: one notification each for the subjects of that node, and for no others."""
    book = WatchBook()
    there = [ref("a", address=NODE), ref("b", address=NODE)]
    for subject in (*there, ref("c", address=OTHER_NODE), SUBJECT):
        book.watch(subject)

    deaths = book.address_terminated(AddressTerminated(NODE, DeathCause.PROCESS_DEAD, "refused"))

    assert deaths == [
        DeathWatchNotification(subject, False, True, DeathCause.PROCESS_DEAD, "refused") for subject in there
    ]
    assert [book.notified(death) for death in deaths] == [
        Terminated(subject, False, True, DeathCause.PROCESS_DEAD, "refused") for subject in there
    ]
    assert book.address_terminated(AddressTerminated(NODE, DeathCause.PROCESS_DEAD)) == []


def test_the_end_of_a_node_is_the_end_of_its_watchers() -> None:
    """D72: watchers on that node are forgotten, others stay."""
    book = WatchBook()
    for watcher in (ref("a", address=NODE), ref("b", address=OTHER_NODE), ref("c")):
        book.add_watcher(watcher)

    book.address_terminated(AddressTerminated(NODE, DeathCause.UNREACHABLE))

    assert book.drain_watchers() == [ref("b", address=OTHER_NODE), ref("c")]


def test_watchers_of_one_process_are_shown_the_same_notice() -> None:
    """D1: ten thousand watchers need not have as many notices; each is shown it once, whoever was shown it before."""
    notification = DeathWatchNotification(SUBJECT, cause=DeathCause.KILLED, detail="why")
    books = [WatchBook(), WatchBook()]
    for book in books:
        book.watch(SUBJECT)

    first, second = (book.show(notification) for book in books)

    assert first == Terminated(SUBJECT, cause=DeathCause.KILLED, detail="why")
    assert second is first
    assert not any(book.take(first) for book in books)  # D16: forwarded by the other one, it is nobody's
    assert [book.show(notification) for book in books] == [None, None]


def test_subjects_are_listed_in_the_order_in_which_they_were_watched() -> None:
    """D47: also when the first, which needs no table, is gone before the others."""
    book = WatchBook()
    first, second, third = (ref(name) for name in "abc")
    for subject in (first, second, third):
        book.watch(subject)

    book.unwatch(first)
    book.watch(first)

    assert list(book.watching) == [second, third, first]
    assert book.unwatch_all() == [second, third, first]
    assert book.watch(third)
    assert book.watching == {third: None}
