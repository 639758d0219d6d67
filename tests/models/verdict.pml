/* The judgement of one peer: evidence before silence.
 *
 * A peer lives at an address and sends us messages and heartbeats. Our connection to it breaks without anybody being
 * dead; the peer is killed, and started again at the same address; the link is cut and heals; our own loop stalls. The
 * listener of a killed peer accepts connections a little longer than the peer lives.
 *
 * In the code: runtime/protocol/verdict.py (CONFIRM, DRAIN, INCARNATION, SECOND_LOOK, GRACE,
 * HELLO, QUARANTINE) and
 * runtime/protocol/handshake.py (HANDSHAKE). Compiled with -DNO_<word> the model runs without that safeguard, and must
 * then break a promise.
 *
 * Promises: a certain verdict is true; who is killed while the link is well is known by evidence, and need not be waited
 * for; D3 what the dead had sent, and what arrived, comes before Terminated; D5 whoever is dead is convicted once the
 * link is well; D6 nothing of an incarnation is delivered after the verdict, and a new one is never taken for the old;
 * D7 no stall, and no cut shorter than the margin, convicts the living.
 */

#define CUTS 1
#define BLIPS 3
#define MESSAGES 2

mtype = { TRUSTED, DOUBTED, CONDEMNED, DEAD };      /* what we believe */
mtype = { ALIVE, DYING, GONE };                     /* DYING: the process is gone, its socket still accepts */

/* --- the truth ---------------------------------------------------------------------------------------------------- */
byte incarnation = 1;           /* that lives there, or lived there last */
mtype process = ALIVE;
bool cut = false;
bool cut_long = false;          /* by more than the margin: silence then convicts the living, and may */
byte cuts = 0;
byte blips = 0;
byte sent = 0;                  /* messages of incarnation 1 */
bool fin_lost = false;          /* killed during the cut: the end of its connection does not arrive */

/* --- what waits in our sockets ------------------------------------------------------------------------------------ */
byte unread = 0;                /* messages of incarnation 1 */
bool beat = false;              /* a heartbeat */
bool ended = false;             /* the end of the connection that we dialled */
byte linked = 1;                /* the incarnation that it leads to, 0 for no connection */
bool hello_late = false;        /* a Hello of incarnation 1 that was under way when incarnation 2 was met */

/* --- our side ----------------------------------------------------------------------------------------------------- */
mtype standing = TRUSTED;
byte peer = 1;                  /* the incarnation that we take to live there */
bool stalled = false;           /* our loop stands still */
bool slept = false;             /* it once stood still for longer than the margin */
bool overdue = false;           /* the margin has passed without a heartbeat */
bool marked = false;            /* silent at the first look */
bool told[3];                   /* Terminated, by incarnation */

#define IS_DEAD(who) (who < incarnation || process != ALIVE)
#define IS_JUDGED (standing == TRUSTED || standing == DOUBTED)

/* After a stall of our own, silence proves nothing for a while. */
#ifdef NO_GRACE
#define NOTHING_PROVED IS_JUDGED
#else
#define NOTHING_PROVED false
#endif

#ifdef NO_SECOND_LOOK
#define MAY_CONVICT overdue
#else
#define MAY_CONVICT (marked && !beat && unread == 0)
#endif

#ifdef NO_DRAIN
#define MUST_DRAIN(who) false
#else
#define MUST_DRAIN(who) (who == 1 && unread > 0)
#endif

inline terminate(who, certain) {
    assert(!told[who]);
    assert(!certain || IS_DEAD(who));                           /* a certain verdict is true */
    assert(certain || IS_DEAD(who) || cut_long);                /* D7 */
    assert(certain || cuts > 0 || slept);                       /* evidence comes first */
    assert(!certain || who != 1 || unread == 0);                /* D3 */
    told[who] = true; standing = DEAD; linked = 0; ended = false; beat = false; marked = false; overdue = false
}

inline condemn() {
    if
    :: MUST_DRAIN(peer) -> standing = CONDEMNED
    :: else -> terminate(peer, true)
    fi
}

/* Somebody shook hands, which is a sign of life like a heartbeat. */
inline link_to(who) {
    standing = TRUSTED; linked = who; ended = false; overdue = false; marked = false
}

active proctype Peer() {
end:
    do
    :: atomic { process == ALIVE && incarnation == 1 && sent < MESSAGES && !cut -> sent++; unread++ }
    :: atomic { process == ALIVE && linked == incarnation && !ended && !cut && !beat -> beat = true }
    :: atomic { process == ALIVE ->                                         /* SIGKILL */
        process = DYING;
        if
        :: linked == incarnation && !cut -> ended = true
        :: linked == incarnation && cut -> fin_lost = true
        :: else -> skip
        fi }
    :: atomic { process == DYING -> process = GONE }
    :: atomic { process == GONE && incarnation == 1 -> incarnation = 2; process = ALIVE }
    :: atomic { linked != 0 && blips < BLIPS && !ended -> blips++; ended = true }
    :: atomic { peer == 2 && standing == TRUSTED && blips < BLIPS && !hello_late -> blips++; hello_late = true }
    od
}

active proctype Link() {
end:
    do
    :: atomic { !cut && cuts < CUTS -> cuts++; cut = true }
    :: atomic { cut && !cut_long -> cut_long = true }
    :: atomic { cut -> cut = false }
    /* Whatever we send next meets nobody: a reset. */
    :: atomic { !cut && fin_lost -> fin_lost = false; if :: linked == 1 -> ended = true :: else -> skip fi }
    od
}

active proctype We() {
end:
    do
    :: atomic { !stalled && blips < BLIPS -> blips++; stalled = true }
    :: atomic { stalled -> stalled = false }
    :: atomic { stalled -> stalled = false; slept = true; overdue = NOTHING_PROVED }   /* longer than the margin */
    /* Timers run before what waits in the sockets is read. */
    :: atomic { !stalled && IS_JUDGED && linked == incarnation && process == ALIVE && !ended && !cut ->
        beat = true; overdue = true }

    /* --- what we read --- */
    :: atomic { !stalled && unread > 0 ->
        unread--;
#ifdef NO_QUARANTINE
        assert(!told[1]);                                                   /* D6 */
#endif
        if
        :: standing == CONDEMNED && unread == 0 -> terminate(peer, true)
        :: else -> skip
        fi }
    :: atomic { !stalled && beat ->
        assert(linked == 0 || linked == peer);                              /* D6; or else it would never be missed */
        beat = false; marked = false; overdue = false; cut_long = cut_long && cut }
    :: atomic { !stalled && ended && standing == TRUSTED ->
        ended = false; linked = 0;
#ifdef NO_CONFIRM
        terminate(peer, true)
#else
        standing = DOUBTED
#endif
        }
    :: atomic { !stalled && hello_late ->
        hello_late = false;
#ifdef NO_HELLO
        if :: standing == TRUSTED -> terminate(peer, true) :: else -> skip fi
#endif
        }

    /* --- whom we dial --- */
    :: atomic { standing == DOUBTED && !cut && !stalled ->
        if
        :: process == GONE -> condemn()                                     /* refused */
        :: process == DYING ->
#ifdef NO_HANDSHAKE
            link_to(peer)                                                   /* accepted, so it lives */
#else
            skip                                                            /* accepted, and nobody shakes hands */
#endif
        :: process == ALIVE && incarnation == peer -> link_to(peer)         /* a blip */
        :: process == ALIVE && incarnation != peer ->
#ifdef NO_INCARNATION
            link_to(incarnation)
#else
            condemn()
#endif
        fi }
    :: atomic { standing == DEAD && peer == 1 && incarnation == 2 && process == ALIVE && !cut ->
        peer = 2; link_to(2) }                                              /* and is watched in turn */

    /* --- silence: the first look marks, the sockets are read, the second look convicts --- */
    :: atomic { IS_JUDGED && !overdue && cut_long && cut -> overdue = true }
    :: atomic { IS_JUDGED && !overdue && IS_DEAD(peer) && standing == TRUSTED && !ended && linked != incarnation ->
        overdue = true }
    :: atomic { IS_JUDGED && !overdue && IS_DEAD(peer) && process != ALIVE && standing == TRUSTED && !ended ->
        overdue = true }
    :: atomic { IS_JUDGED && overdue && !marked && !stalled -> marked = true }
    :: atomic { IS_JUDGED && !stalled && MAY_CONVICT -> terminate(peer, false) }
    od
}

active proctype Judge() {
    timeout -> assert(!IS_DEAD(peer) || standing == DEAD)                   /* D5 */
}
