"""What was mended in remoting, in its network and in what judges them, as it was before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary

from actors import DeathCause
from actors.signals import Watch
from runtime.protocol import beats
from runtime.protocol import evidence as ev
from runtime.protocol.handshake import Lane
from runtime.protocol.standing import Standing
from runtime.protocol.verdict import Verdict
from runtime.remote.answers import Answers
from runtime.remote.association import Association
from runtime.remote.backlog import BATCH_BYTES, Backlog
from runtime.remote.dialling import Dialling
from runtime.remote.farewell import Farewell
from runtime.remote.monitor import Monitor
from runtime.remote.outbound import OutboundLink
from runtime.remote.provider import RemoteProvider
from runtime.remote.pulse import Pulse
from runtime.remote.registry import WatchRegistry
from runtime.remote.upkeep import Upkeep
from runtime.remote.voice import Voice
from runtime.remote.watcher import RemoteWatcher
from runtime.sim.deathwatch.truth import Truth
from runtime.sim.weather import Spell, Weather
from tests.simulation.ablation import Patch, wrapped


def whenever_watched(original: Any, verdict: Verdict, cause: Any, detail: str, as_of: float = 0.0) -> Any:
    """What a dial found before somebody was watched beside others is taken for an answer about it, too."""
    return original(verdict, cause, detail)


def asked_anew(original: Any, watcher: RemoteWatcher, signal: Any) -> Any:
    """The verdict hears of each watch, also beside others."""
    if isinstance(signal, Watch):
        watcher._node.peer(signal.watchee.path.address).report(ev.Watched())
    return original(watcher, signal)


def put_off(original: Any, verdict: Verdict, evidence: Any, now: float) -> Any:
    """Only a dial that begins after the latest watch answers any of them."""
    actions = original(verdict, evidence, now)
    if verdict.standing is Standing.NEW:
        verdict._since = now
    return actions


async def flushed_to_those_who_were_there(original: Any, farewell: Farewell) -> None:
    """Whoever lives where nobody answered, or somebody is dead, is not waited for."""
    if farewell._verdict.standing not in (Standing.ABSENT, Standing.DEAD):
        await original(farewell)


def asked_at_any_time(original: Any, verdict: Verdict, evidence: Any, now: float) -> Any:
    """Whatever a dial brings is the answer, also if it was begun before anybody asked."""
    return original(verdict, replace(evidence, begun_at=now), now)


def known_only_now(original: Any, answers: Answers) -> None:
    """Who answered beside the connection a moment ago does so only where a heartbeat is about to be sent."""
    answers._alive_s = 1e-9
    original(answers)


def lacks_though_somebody_waits(original: Any, association: Association, lane: Lane) -> bool:
    """Who waits at the door is no reason to dial."""
    if lane is Lane.CONTROL and association._outbox.control is None and association._outbox.is_done:
        return association.verdict.is_watched and bool(original(association, lane))
    return bool(original(association, lane))


def convicted_unknown(original: Any, verdict: Verdict, evidence: Any, now: float) -> Any:
    """Of whom nothing is known, silence convicts without a last dial."""
    known = verdict.standing is not Standing.NEW
    return original(verdict, evidence, now) if known or not verdict._silence.is_marked else _convict(verdict, evidence)


def _convict(verdict: Verdict, evidence: Any) -> Any:
    return verdict._convict(DeathCause.UNREACHABLE, evidence.detail)


def fresh_if_certain(original: Any, registry: WatchRegistry, signal: Any, fresh: list[Any]) -> Any:
    """A silence ends watches that its subject had never taken."""
    if not signal.cause.is_certain:
        fresh.clear()
    return original(registry, signal, fresh)


def unreached_at_rest(original: Any, association: Association, evidence: Any) -> None:
    """At rest, a refused dial is no end of a connection."""
    association.report(evidence)
    association._dials.later()


def settled_if_known(dialling: Dialling, link: Any) -> None:
    """A dial goes on though its connection broke before the handshake."""
    is_known = bool(link.uid)
    if dialling._link is link:
        dialling._link = None
        if is_known:
            dialling._task = None


def watch_undialled(verdict: Verdict, _: Any, now: float) -> Any:
    verdict.is_watched = True
    return [verdict._inquiry.wake(now)] if verdict.standing in (Standing.DOUBTED, Standing.ABSENT) else []


def tidied_if_nobody_cares(watcher: RemoteWatcher, address: Any) -> None:
    """Who watches nobody there any more, and is watched from there, goes on judging a silence that it noticed."""
    if not watcher._registry.watches(address):
        watcher._forget(address)
    if not watcher._registry.cares(address):
        watcher._node.peer(address).report(ev.Unwatched())


def heard_in_between(voice: Voice) -> None:
    """What comes between the first word after a silence and the last dial is no evidence."""
    now = voice._time()
    silence_s, voice._at = now - voice._at, now
    if silence_s > voice._pause_s or voice._verdict.is_last_dial:
        voice._report(ev.Spoke(silence_s > voice._pause_s))


def mute_as_if_never_suspected(original: Any, voice: Voice) -> None:
    """Who was silent for less than a pause may last was not mute, though people have heard of its silence."""
    voice._missed_s = voice._pause_s
    original(voice)


def answered_by_whoever_lives_there(original: Any, verdict: Verdict, *known: Any, **more: Any) -> None:
    """Whatever dial is answered, however old it is, the answer counts as that of who lives there now."""
    original(verdict, *known, **{**more, "since": 0.0})


def rejected_is_nobody(original: Any, association: Association, link: Any, detail: str) -> None:
    """Whoever has convicted a node that answers once more keeps nothing for whoever lives there now."""
    original(association, link, detail)
    if isinstance(link, OutboundLink) and association.verdict.is_dead(link.uid):
        association._outbox.bury_letters()


def watched_by_somebody(truth: Truth, life: Any, node: str, now: float) -> float:
    """The judge counts from the latest watch that is still there."""
    mine = [being for being in truth.beings.values() if being.life is life and being.gone_at is None]
    return min((since for being in mine for key, since in being.watching.items() if key[0] == node), default=now)


def unnoted(kind: str, hosts: int) -> Patch:
    """The nemesis does not say that it has done this."""

    def begin(original: Any, weather: Weather, *spell: Any) -> Spell:
        return Spell(*spell) if (spell[0], len(spell[1])) == (kind, hosts) else original(weather, *spell)

    return wrapped(Weather, "begin", begin)


def batched_by_bytes_alone(original: Any, backlog: Backlog, *made: Any) -> None:
    """As many messages share a frame as there is room for, whatever their values are together."""
    original(backlog, *made)
    backlog._batch_bytes = BATCH_BYTES


async def leaves_who_rests(original: Any, provider: RemoteProvider) -> None:
    """Associations at rest are not closed."""
    provider._resting = WeakValueDictionary()
    await original(provider)


def forgotten_though_full(original: Any, upkeep: Upkeep, now: float) -> float | None:
    """A connection that is full, and so is not put to rest, keeps nobody from being forgotten."""
    rested: float | None = original(upkeep, now)
    outbox, verdict = upkeep._outbox, upkeep._relation.verdict
    quiet_s = outbox.quiet_s(now)
    is_quiet = quiet_s >= upkeep._node.settings.idle_close_s and outbox.is_done and upkeep._inlet.is_empty
    return quiet_s if is_quiet and not verdict.is_watched else rested


def told_of_the_uid(watcher: RemoteWatcher, signal: Any, told: Any) -> list[Any]:
    """A death is that of the uid alone; whoever watches the dead by its name is not told."""
    watcher._registry.remove_there(told, signal.subject)
    watcher._tidy(signal.subject.path.address)
    return [signal]


def answered_to_anybody(original: Any, pulse: Pulse, monitor: Monitor, *answer: Any) -> None:
    """An answer to a mere question, or to a heartbeat before the watch, is one to the watch."""
    monitor.first = 0
    original(pulse, monitor, *answer)


def noted_as_watched(original: Any, pulse: Pulse, monitor: Monitor, link: OutboundLink, content: bytes) -> None:
    """An answer to somebody else is not taken, but makes the node one whose datagrams are."""
    original(pulse, monitor, link, content)
    number, _, port = beats.read_answer(content)
    if number < monitor.first and port:
        pulse._channel.watch(monitor)
