/* Watch, Unwatch and Terminated between two nodes, over a link that loses and repeats, while the subject stops and its
 * node is started again at the same address.
 *
 * In the code: actors/watching.py (BOOK, ANSWER_FOR_DEAD), runtime/protocol/delivery.py (SEQUENCE, RESEND) and
 * runtime/protocol/verdict.py (INCARNATION, NEW_INCARNATION). Each of these words is a safeguard; compiled with
 * -DNO_<word> the model runs without it, and must then break one of its promises.
 *
 * Promises: D1 at most one Terminated per registration; D2 none after unwatch; D4 and D5 whoever watches something that
 * is dead is told, once the link has stopped losing; D6 a new incarnation is never blamed for the old one.
 */

#define LOSSES 3      /* how often the link may lose or repeat; a link that loses for ever promises nothing */
#define LETTERS 6     /* system messages that a node may number */
#define STEPS 5       /* of the watcher's life: watch, unwatch, watch again */

mtype = { WATCH, UNWATCH, DEATH, ACK, NEWCOMER };

/* kind, number of the letter, incarnation of the subject's node that it is to or from */
chan to_subject = [2] of { mtype, byte, byte };
chan to_watcher = [2] of { mtype, byte, byte };

byte faults = 0;

/* --- the watcher's node ------------------------------------------------------------------------------------------- */
byte known = 1;                 /* the incarnation that it takes to live there */
bool watching = false;          /* the book has a registration ... */
byte watched = 0;               /* ... on an actor of this incarnation */
byte told = 0;                  /* Terminated of the present registration */
byte steps = 0;
mtype letter[LETTERS];          /* what it sends, by number */
byte sent = 0;
byte acknowledged = 0;
byte heard = 0;                 /* numbers of the subject's letters that were taken */

/* --- the subject's node ------------------------------------------------------------------------------------------- */
byte incarnation = 1;
bool alive = true;              /* the actor that is watched, of this incarnation */
bool registered = false;        /* it knows its watcher */
byte taken = 0;                 /* numbers of the watcher's letters that were taken */
byte deaths = 0;                /* letters (all are DEATH) that it has sent ... */
byte deaths_acknowledged = 0;   /* ... and that have arrived */

inline carry(link, kind, number, who) {
    if
    :: nfull(link) -> link!kind(number, who)
    :: faults < LOSSES -> faults++                                             /* lost */
    :: faults < LOSSES && len(link) == 0 ->
        faults++; link!kind(number, who); link!kind(number, who)               /* twice */
    :: full(link) -> skip                                                      /* no room: lost as well, but not a fault */
    fi
}

inline write_letter(kind) {
    sent++;
    letter[sent - 1] = kind;
    carry(to_subject, kind, sent, known)
}

inline say_death() {
    deaths++;
    carry(to_watcher, DEATH, deaths, incarnation)
}

/* Terminated reaches the actor: the one place where promises are checked. */
inline tell(who) {
#ifndef NO_INCARNATION
    if
    :: watched == who ->
#endif
#ifndef NO_BOOK
        if
        :: watching ->
#endif
            assert(watching);                    /* D2 */
            assert(watched < incarnation || !alive);  /* D6: it is dead indeed */
            assert(told == 0);                   /* D1 */
            told++;
            watching = false
#ifndef NO_BOOK
        :: else -> skip
        fi
#endif
#ifndef NO_INCARNATION
    :: else -> skip
    fi
#endif
}

inline meet_newcomer(who) {
    if
    :: who > known ->
        /* Another incarnation answers: whatever was watched in the old one is gone, and numbering begins anew. */
#ifndef NO_NEW_INCARNATION
        if
        :: watching && watched == known -> tell(known)
        :: else -> skip
        fi;
#endif
        known = who; sent = 0; acknowledged = 0; heard = 0
    :: else -> skip
    fi
}

active proctype Watcher() {
    mtype kind; byte number; byte who;
end:
    do
    :: atomic { steps < STEPS && !watching && sent < LETTERS ->
        steps++; watching = true; watched = known; told = 0;
        write_letter(WATCH) }
    :: atomic { steps < STEPS && watching && sent < LETTERS ->
        steps++; watching = false;
        write_letter(UNWATCH) }
    :: atomic { to_watcher?kind(number, who) ->
        if
        :: kind == NEWCOMER -> meet_newcomer(who)
        :: kind == ACK && who == known && number > acknowledged -> acknowledged = number
#ifdef NO_INCARNATION
        :: kind == DEATH && who != known -> tell(who)
#endif
        :: kind == DEATH && who == known ->
#ifdef NO_SEQUENCE
            heard = number; tell(who);
#else
            if
            :: number == heard + 1 -> heard = number; tell(who)
            :: else -> skip                                   /* repeated, or one before it is missing */
            fi;
#endif
            carry(to_subject, ACK, heard, who)
        :: else -> skip                                       /* of an incarnation that is over */
        fi;
        kind = ACK; number = 0; who = 0 }
    /* What the new incarnation says on its connection may be read before the rest of the old one's. */
    :: atomic { to_watcher??NEWCOMER(number, who) -> meet_newcomer(who); number = 0; who = 0 }
#ifndef NO_RESEND
    :: atomic { acknowledged < sent && empty(to_subject) && empty(to_watcher) ->
        number = acknowledged + 1; kind = letter[number - 1];
        to_subject!kind(number, known);
        kind = ACK; number = 0 }
#endif
    od
}

active proctype Subject() {
    mtype kind; byte number; byte who;
end:
    do
    :: atomic { alive ->                                      /* the actor stops */
        alive = false;
        if
        :: registered && deaths < LETTERS -> registered = false; say_death()
        :: else -> skip
        fi }
    :: atomic { incarnation == 1 ->                           /* killed, and started again at the same address */
        incarnation = 2; alive = true; registered = false; taken = 0; deaths = 0; deaths_acknowledged = 0 }
    :: atomic { to_subject?kind(number, who) ->
        if
        :: who != incarnation -> carry(to_watcher, NEWCOMER, 0, incarnation)
        :: who == incarnation && kind == ACK ->
            if
            :: number > deaths_acknowledged -> deaths_acknowledged = number
            :: else -> skip
            fi
        :: who == incarnation && kind != ACK ->
#ifdef NO_SEQUENCE
            taken = (number > taken -> number : taken);
            if
            :: true ->
#else
            if
            :: number == taken + 1 ->
                taken = number;
#endif
                if
                :: kind == WATCH && alive -> registered = true
#ifndef NO_ANSWER_FOR_DEAD
                :: kind == WATCH && !alive && deaths < LETTERS -> say_death()
#endif
                :: kind == UNWATCH -> registered = false
                :: else -> skip
                fi
#ifndef NO_SEQUENCE
            :: else -> skip
#endif
            fi;
            carry(to_watcher, ACK, taken, who)
        fi;
        kind = ACK; number = 0; who = 0 }
#ifndef NO_RESEND
    :: atomic { deaths_acknowledged < deaths && empty(to_subject) && empty(to_watcher) ->
        to_watcher!DEATH(deaths_acknowledged + 1, incarnation) }
#endif
    /* What a heartbeat does: it lets the watcher's node meet whoever lives there. */
    :: atomic { incarnation != known && empty(to_subject) && empty(to_watcher) -> to_watcher!NEWCOMER(0, incarnation) }
    od
}

/* Runs when nothing else can: everything that was to be said is said. */
active proctype Judge() {
    timeout ->
    assert(!(watching && watched < incarnation));                              /* D5: its node was started again */
    assert(!(watching && watched == incarnation && !alive))                    /* D4, D5: it has stopped */
}
