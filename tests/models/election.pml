/* Two candidates for one office in a coordination service whose sessions end on the service's own clock.
 *
 * A candidate makes an ephemeral node, and the lowest node may take the next epoch. Answers get lost or come late; a
 * connection breaks without anybody being dead; a session ends at the service while the candidate is away, or goes on
 * though the candidate has given it up; a candidate challenges another, rightly or wrongly.
 *
 * In the code: cluster/model/latch.py (OWNER, GUID, GENERATION), its tenure (cluster/model/tenure.py: DEADLINE), the steps
 * and pointers of cluster/election/zookeeper (TRANSACTION, EPOCH). Compiled with -DNO_<word> the model runs without that
 * safeguard, and must then break a promise.
 *
 * Promises: I1 nobody shares an epoch; I2 epochs rise; I3 the store takes no write of an older epoch; unless somebody
 * was challenged in error, no two believe at one time that they may act; I8 when all is well again, somebody leads.
 */

#define FAULTS 3
#define SESSIONS 9
#define NODES 9
#define WRITES 1

/* --- the service -------------------------------------------------------------------------------------------------- */
bool session[SESSIONS];         /* which are alive, by id; 0 is none */
byte sessions = 0;
byte orphans = 0;               /* how many are alive that were given up */
byte owner[NODES];              /* the session of each ephemeral node, 0 when it is gone */
byte maker[NODES];              /* the candidate whose mark is in the node's name */
byte nodes = 0;
byte epoch = 0;
bool taken[NODES];              /* epochs that somebody got */
byte written = 0;               /* the highest epoch of a write that was applied */

/* --- the candidates ----------------------------------------------------------------------------------------------- */
byte mine[2];                   /* my session */
bool connected[2];
bool overdue[2];                /* my own clock says that my session may have ended */
byte node[2];                   /* the node that I take to be mine */
byte ahead[2];                  /* the node whose end I wait for */
byte late[2];                   /* the answer to an earlier request that is still under way */
byte lead[2];                   /* the epoch under which I lead */
byte writes[2];
byte faults = 0;
bool wronged = false;

/* Whether a node is there and of our present session: one of a former session will vanish under our feet. */
#ifdef NO_OWNER
#define IS_OURS(which, me) (owner[which] != 0)
#else
#define IS_OURS(which, me) (owner[which] == mine[me])
#endif

/* Whether the service may end a session: with DEADLINE we count from when it last heard of us, so we are earlier. */
#ifdef NO_DEADLINE
#define MAY_END(whose) (!connected[whose])
#else
#define MAY_END(whose) (!connected[whose] && overdue[whose])
#endif

/* Whether the epoch can be taken: it is still as we saw it, and so is our node; one transaction asks both. */
#ifdef NO_TRANSACTION
#define UNCHANGED(me) true
#else
#define UNCHANGED(me) (epoch == seen && owner[node[me]] != 0)
#endif

/* Whether the store takes a write of epoch `doing`. */
#ifdef NO_EPOCH
#define ACCEPTED true
#else
#define ACCEPTED (doing == epoch)
#endif

/* Whether the node is gone that we found ahead of us; 0 is none. */
#define MAY_LOOK(me) (under == 0 && owner[ahead[me]] == 0)

#define may_act(me) (lead[me] > 0 && !overdue[me])

/* The session is over, or given up: nothing of before counts any more. */
inline forget(me) {
    orphans = orphans + session[mine[me]];
    mine[me] = 0; node[me] = 0; ahead[me] = 0; lead[me] = 0; overdue[me] = false
}

inline expire(id) {
    session[id] = false;
    k = 1;
    do
    :: k < NODES -> if :: owner[k] == id -> owner[k] = 0 :: else -> skip fi; k++
    :: else -> break
    od
}

inline lowest(into) {
    into = 1;
    do
    :: into < NODES && owner[into] == 0 -> into++
    :: else -> break
    od
}

/* The node with my mark; with OWNER, of my own session only. */
inline find(me, into) {
    into = 1;
    do
    :: into < NODES && !(maker[into] == me && IS_OURS(into, me)) -> into++
    :: else -> break
    od
}

proctype Candidate(byte me) {
    byte k; byte seen; byte under; byte doing;
end:
    do
    :: d_step { mine[me] == 0 ->                                      /* connect: a new session */
        sessions++; mine[me] = sessions; session[sessions] = true; connected[me] = true; k = 0 }

    /* --- making the node --- */
    :: atomic { connected[me] && mine[me] != 0 && session[mine[me]] && node[me] == 0 ->
        k = NODES;
#ifndef NO_GUID
        find(me, k);                                                  /* was it made after all? */
#endif
        if
        :: k < NODES -> node[me] = k
        :: else ->
            nodes++; owner[nodes] = mine[me]; maker[nodes] = me;
            if
            :: node[me] = nodes
            :: faults < FAULTS ->                                     /* the answer is lost with the connection */
                faults++; connected[me] = false
            :: faults < FAULTS && late[me] == 0 ->                    /* or it comes when nobody waits for it */
                faults++; connected[me] = false; late[me] = nodes
            fi
        fi;
        k = 0 }
    :: d_step { late[me] != 0 && connected[me] ->
#ifdef NO_GENERATION
        if :: node[me] != 0 -> node[me] = late[me] :: else -> skip fi;
#endif
        late[me] = 0 }

    /* --- am I the lowest? Between looking and taking anything may happen. --- */
    :: atomic { connected[me] && session[mine[me]] && node[me] != 0 && lead[me] == 0 && MAY_LOOK(me) ->
        lowest(k);
        if
        :: k == node[me] -> seen = epoch; under = mine[me]
        :: k != node[me] && owner[node[me]] == 0 -> node[me] = 0               /* ours is gone: once more */
        :: else -> ahead[me] = k
        fi;
        k = 0 }
    :: atomic { under != 0 ->
        if
        :: connected[me] && under == mine[me] && session[under] && UNCHANGED(me) ->
            epoch = seen + 1;
            assert(!taken[epoch]);                                    /* I1, I2 */
            taken[epoch] = true;
            lead[me] = epoch
        :: else -> skip
        fi;
        seen = 0; under = 0 }

    /* --- acting: the check, and then, at any later time, the write --- */
    :: d_step { may_act(me) && writes[me] < WRITES && doing == 0 -> writes[me]++; doing = lead[me] }
    :: d_step { doing != 0 ->
        if
        :: ACCEPTED ->
            assert(doing >= written);                                 /* I3 */
            written = doing
        :: else ->                                                    /* refused: we have been replaced */
            lead[me] = (lead[me] == doing -> 0 : lead[me])
        fi;
        doing = 0 }

    /* --- the connection --- */
    :: d_step { connected[me] && faults < FAULTS -> faults++; connected[me] = false }
    :: d_step { !connected[me] && mine[me] != 0 && !overdue[me] -> overdue[me] = true }
    :: d_step { !connected[me] && mine[me] != 0 && session[mine[me]] ->        /* back in time */
        connected[me] = true; overdue[me] = false }
    :: d_step { !connected[me] && mine[me] != 0 && !session[mine[me]] -> forget(me) }
    :: d_step { !connected[me] && mine[me] != 0 && overdue[me] -> forget(me) } /* given up; the service may not know */
    :: d_step { connected[me] && lead[me] != 0 && owner[node[me]] == 0 -> lead[me] = 0; node[me] = 0 }

    /* --- the other is dead for certain, or so we believe --- */
    :: d_step { connected[me] && session[mine[me]] && node[me] > node[1 - me] && faults < FAULTS ->
        faults++; wronged = true; owner[node[1 - me]] = 0; k = 0 }
    od
}

/* The service's clock: a session that nobody speaks for ends at some time, and one that was given up certainly. */
active proctype Service() {
    byte id; byte k;
end:
    do
    :: d_step { mine[0] != 0 && session[mine[0]] && MAY_END(0) -> expire(mine[0]); k = 0 }
    :: d_step { mine[1] != 0 && session[mine[1]] && MAY_END(1) -> expire(mine[1]); k = 0 }
    :: d_step { orphans > 0 ->
        id = 1;
        do
        :: !(session[id] && id != mine[0] && id != mine[1]) -> id++
        :: else -> break
        od;
        expire(id); orphans--; id = 0; k = 0 }
    od
}

active proctype Judge() {
    do
    :: d_step { may_act(0) && may_act(1) && !wronged -> assert(false) }
    :: timeout -> assert(lead[0] != 0 || lead[1] != 0); break        /* I8 */
    od
}

init { atomic { run Candidate(0); run Candidate(1) } }
