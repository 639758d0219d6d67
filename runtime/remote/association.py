"""`Association`: everything between this system and one other address. SHELL of `runtime.protocol.verdict`.

What we send leaves on connections that we dial when they are needed, one for each lane; what the peer sends comes on
those that it dials (`outbox`, `inlet`), and as answers on ours. The association outlives connections; what it promises
to system messages holds for a pair of incarnations. What the verdict says is done here. Akka: `Association` (R1, R5).
"""

from __future__ import annotations

from actors.address import Address
from actors.notices import DeathCause
from actors.signals import AddressTerminated, Watch
from runtime.protocol import actions as do
from runtime.protocol import evidence as ev
from runtime.protocol.evidence import Evidence
from runtime.protocol.handshake import Lane, Refusal, Refuse
from runtime.protocol.past import Past
from runtime.protocol.standing import Standing, VerdictSettings
from runtime.protocol.verdict import Verdict
from runtime.remote.alarms import Alarms
from runtime.remote.dialling import Dials
from runtime.remote.doorstep import Doorstep
from runtime.remote.events import MessagesLost, NodeSuspected, NodeTerminated, NodeTrusted, QuarantinedBy
from runtime.remote.farewell import Farewell
from runtime.remote.inbound import InboundLink
from runtime.remote.inlet import Inlet
from runtime.remote.node import Node
from runtime.remote.outbound import Answered, OutboundLink, unwanted
from runtime.remote.outbox import Outbox
from runtime.remote.patience import Patience
from runtime.remote.reception import Reception
from runtime.remote.upkeep import Upkeep
from runtime.remote.voice import Voice

# At hand: an enumeration is asked through its metaclass.
_NEW, _TRUSTED, _CONDEMNED = Standing.NEW, Standing.TRUSTED, Standing.CONDEMNED


class Association:
    """The relation with one address.

    Args:
        node: Our system.
        address: The peer.
        times: Of the judgement.
        reception: Where goes what comes.
        past: What is remembered of the peer.

    Attributes:
        address: The peer.
        reception: Where goes what comes.
        verdict: What is believed about it.
        heartbeat_answered: Takes the answers to heartbeats, on behalf of who watches.
    """

    def __init__(self, node: Node, address: Address, times: VerdictSettings, reception: Reception, past: Past) -> None:
        self.address, self.verdict = address, Verdict(times)
        self._has_buried = self._is_leaving = False
        self._node, self.reception = node, reception
        self._outbox = Outbox(node, reception.codec, self._reach, self.report, past.sent)
        self._inlet = inlet = Inlet(node, self.messages_lost, times, past.came)
        self._dials = Dials(node, address, self, self._lacks)
        self._doorstep = Doorstep(address)
        self._farewell = Farewell(self.verdict, self._outbox)
        self._alarms = Alarms(node.loop)
        self.spoke = Voice(node, self.verdict, self.report).heard
        self._patience = Patience(node, self.verdict, self._outbox, self._dials, self._alarms)
        self._upkeep = Upkeep(node, self._outbox, self._inlet, self._dials, self._alarms, self)
        self.heartbeat_answered: Answered = unwanted
        # Whatever needs no decision goes where it belongs without a detour.
        self.send, self.answer, self.send_signal = self._outbox.send, self._outbox.answer, self._outbox.send_signal
        self.acknowledged, self.missed, self.room = self._outbox.acknowledged, self._outbox.missed, self._outbox.flush
        self.answered_beside = self._outbox.answers.answered_beside
        self.flush = self._farewell.flush
        self.minds_silence = self.verdict.minds_silence
        self.letters_came, self.will_not_come, self.hold = inlet.letters_came, inlet.will_not_come, inlet.hold

    def send_heartbeat(self, content: bytes) -> None:
        """Send a heartbeat, or see to it that there will be a connection."""
        if not self._outbox.send_heartbeat(content) or self.verdict.standing is not _TRUSTED:
            self._reach()

    # --- the connections that we dial ---------------------------------------------------------------------------------

    def _lacks(self, lane: Lane) -> bool:
        """Whether there shall be a connection of that lane, and is none."""
        if self._outbox.link(lane) is not None or self._is_leaving or self.verdict.standing is _CONDEMNED:
            return False
        if lane is Lane.CONTROL:
            return self.verdict.is_watched or bool(self._doorstep) or not self._outbox.is_done
        return self._outbox.control is not None and (
            self._outbox.has_messages or self.verdict.standing in (Standing.DOUBTED, Standing.ABSENT)
        )

    def _reach(self) -> None:
        self._node.keep(self)
        if self._dials.now():
            self._patience.begin()

    def unreached(self, evidence: ev.DialRefused | ev.DialFailed) -> None:
        """We dialled: nobody listens there, or nobody answers."""
        if isinstance(evidence, ev.DialRefused) and self._outbox.control is None and self._inlet.is_empty:
            self.report(ev.ConnectionLost(evidence.detail))  # at rest both had closed: nobody has asked who lives there
        self.report(evidence)
        self._doorstep.ask_for_patience()
        self._farewell.unreached()
        self._dials.later()

    def answered(self, link: OutboundLink) -> None:
        """We dialled, and somebody shook hands."""
        self._dials.settled(link)
        self.report(ev.Answered(link.uid, link.lane is Lane.ORDINARY, link.begun_at), link)
        self._dials.later()

    def told_to_wait(self, link: OutboundLink, uid: int) -> None:
        """We dialled, and who lives there is not sure yet who we are: that it is another than we know, we know now."""
        if self.verdict.is_another(uid):
            self.report(ev.TurnedAway(uid, Refusal.SUPERSEDED, "another says that it lives there", link.begun_at))

    def turned_away(self, link: OutboundLink, refuse: Refuse) -> None:
        """We dialled, and were refused."""
        self._dials.settled(link)
        self._node.complain("the peer refuses us", str(self.address), text=refuse.text)
        is_meant = not self.verdict.is_succeeded(refuse.uid)  # else it says nothing of whoever lives there now
        if refuse.reason is Refusal.QUARANTINED and is_meant:
            self._node.publish(QuarantinedBy(self.address, refuse.text))
        turned_away = ev.TurnedAway(refuse.uid, refuse.reason, refuse.text, link.begun_at)
        self.report(turned_away if refuse.reason.tells_who else ev.DialFailed(refuse.text))
        if is_meant:
            self._outbox.bury_messages()
        self._dials.later()

    def failed(self, link: OutboundLink, detail: str) -> None:
        """We dialled, and it came to nothing."""
        self._dials.settled(link)
        self.unreached(ev.DialFailed(detail))

    def lost(self, link: OutboundLink, detail: str) -> None:
        """A connection that we had dialled has ended: either lane's end is a reason to ask who lives there."""
        if link is not self._outbox.link(link.lane):
            return
        self._outbox.detach(link.lane)
        if link.lane is Lane.CONTROL and self.verdict.standing is Standing.DOUBTED:
            # The other lane's end has begun the inquiry. It goes on where an answer helps more.
            self._dials.ask(Lane.CONTROL, self._node.loop.time(), self._node.settings.redial_connect_timeout_s)
        self.report(ev.ConnectionLost(detail))
        self._dials.later()

    def read_out(self, uid: int) -> None:
        """A connection that brought messages or answers of `uid` is read to its end; perhaps the last of them."""
        if uid == self.verdict.uid and self._inlet.is_empty and self._outbox.ordinary is None:
            self.report(ev.InboundClosed())

    # --- the connections that the peer dials --------------------------------------------------------------------------

    def introduced(self, link: InboundLink, uid: int) -> None:
        """Somebody has dialled us from that address."""
        self.report(ev.Introduced(uid), link, uid)

    def heard(self) -> None:
        """The peer has said something on such a connection: an answer may leave at once."""
        self._outbox.heard()
        self.spoke()

    def inbound_ended(self, link: InboundLink) -> None:
        """A connection on which the peer had dialled us is read to its end."""
        self._doorstep.remove(link)
        if self._inlet.ended(link):
            self.read_out(self.verdict.uid)
            if self._outbox.control is None and not link.is_idle:
                self.report(ev.ConnectionLost("the connection on which it had dialled us was closed"))

    def messages_lost(self, count: int) -> None:
        """Ordinary messages of the peer did not come."""
        self._node.log.warning("messages were lost with a connection", peer=str(self.address), count=count)
        self._node.publish(MessagesLost(self.address, count))

    def goodbye_said(self, uid: int) -> None:
        """Incarnation `uid` of the peer has left in good order."""
        self.report(ev.Goodbye(uid))

    # --- the verdict --------------------------------------------------------------------------------------------------

    def report(self, evidence: Evidence, link: OutboundLink | InboundLink | None = None, uid: int = 0) -> None:
        """Let the verdict hear evidence and do what it says; `link` is what `Admit`, `Hold` and `Reject` are about."""
        if self._is_leaving:
            return
        for action in self.verdict.handle(evidence, self._node.loop.time()):
            match action:
                case do.Redial(at, timeout_s):
                    self._inquire(evidence, at, timeout_s)
                case do.Admit():
                    self._admit(link, uid)
                case do.Reject(detail):
                    self._reject(link, detail)
                case do.Hold() if isinstance(link, InboundLink):
                    self._doorstep.hold(link, uid)
                    if self._dials.is_received(Lane.CONTROL):
                        self._doorstep.ask_for_patience()
                case do.Recheck():
                    self._node.look_again(self.address)
                case do.Suspect(detail, seen, ground):
                    self._node.log.info("node suspected", peer=str(self.address), detail=detail)
                    self._node.publish(NodeSuspected(self.address, detail, seen, ground))
                case do.Unsuspect():
                    self._node.publish(NodeTrusted(self.address))
                case do.BeginAgain():
                    self._node.begin_again(self.address)
                case do.WakeAt(at):
                    self._alarms.set("wake", at - self._node.loop.time(), lambda: self.report(ev.Woke()))
                case do.Convict():
                    self._bury(action)
        if self._doorstep:
            self._doorstep.settle(self.verdict, self.introduced)

    def _inquire(self, evidence: Evidence, at: float, timeout_s: float) -> None:
        """Dial to find out who lives there: for the lane that was lost, so that control traffic goes on if it can."""
        lane = Lane.ORDINARY
        if self._outbox.control is None or isinstance(evidence, ev.Introduced | ev.Silent | ev.ConnectionMute):
            lane = Lane.CONTROL
            self._outbox.detach(lane)
        self._dials.inquire(evidence, lane, at, timeout_s)

    def _admit(self, link: OutboundLink | InboundLink | None, uid: int) -> None:
        if isinstance(link, InboundLink):
            self._inlet.admit(link, uid)
        elif link is not None:
            self._dials.succeeded(link.lane)
            self._patience.end()
            self._outbox.attach(link)  # and if the other lane is lacking, its time begins now

    def _reject(self, link: OutboundLink | InboundLink | None, detail: str) -> None:
        if isinstance(link, InboundLink):
            link.turn_away(Refusal.QUARANTINED, detail)
        elif link is not None:
            link.drop()
            is_nobody_else_meant = self.verdict.standing in (_NEW, Standing.DEAD) and not self.verdict.is_watched
            if is_nobody_else_meant and self.verdict.is_dead(link.uid):
                self._outbox.bury_letters()
                self._outbox.bury_messages()

    def _bury(self, convict: do.Convict) -> None:
        """A conviction: nothing of this incarnation is read or kept any more, and everybody who cares is told once."""
        uid, cause, detail = convict.uid, convict.cause, convict.detail
        self._has_buried = True
        self._node.log.info("node terminated", peer=str(self.address), uid=uid, cause=cause.value, detail=detail)
        for lane in Lane:
            self._outbox.detach(lane)
        self._dials.stop()
        self._inlet.drop()
        late = [letter.signal for letter in self._outbox.bury_letters() if letter.sent_at > convict.as_of]
        fresh = [signal for signal in late if isinstance(signal, Watch)]
        if cause is not DeathCause.NEW_INCARNATION and (uid or not fresh):
            self._outbox.bury_messages()  # else what was sent by name is for whoever lives there now
        self._alarms.stop("wake")
        self._node.publish(NodeTerminated(self.address, uid, cause, detail))
        self._node.node_ended(AddressTerminated(self.address, cause, detail), fresh)
        if self._outbox.has_messages:
            self._patience.begin()
        if fresh:  # nobody has asked yet who lives there since
            self._dials.now()
        else:
            self._dials.later()

    def tend(self, now: float) -> bool:
        """See to the connections. Returns whether the association itself can be forgotten."""
        self._upkeep.renew()
        quiet_s = self._upkeep.rest(now)
        memory_s = self._node.settings.quarantine_memory_s if self._has_buried else 0.0
        return quiet_s is not None and quiet_s >= memory_s and not self._doorstep

    # --- the end ------------------------------------------------------------------------------------------------------

    @property
    def past(self) -> Past:
        """What is to be remembered when it is forgotten."""
        return Past(self._outbox.past, self._inlet.past)

    def leave(self) -> None:
        """Say goodbye on all connections, once; afterwards nothing of the peer is of interest."""
        if self._is_leaving:
            return
        self._is_leaving = True
        self._dials.stop()
        self._outbox.leave()
        self._inlet.leave()

    @property
    def is_open(self) -> bool:
        """Whether a connection has not ended yet."""
        return self._inlet.is_open or self._outbox.is_open

    def close(self) -> None:
        """Leave nothing behind."""
        self._is_leaving = True
        self._dials.stop()
        self._alarms.close()
        self._outbox.close()
        self._inlet.drop()
        self._doorstep.close()
