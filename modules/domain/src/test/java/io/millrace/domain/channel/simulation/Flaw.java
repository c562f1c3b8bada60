package io.millrace.domain.channel.simulation;

/** A guard that is switched off on purpose, to show that the simulation notices. */
enum Flaw {
    /** Nothing is switched off. */
    NONE,
    /** Callers are answered when their write is sent, not when it is stored. */
    ANSWERS_BEFORE_COMMIT,
    /** A result is taken for the running attempt whichever attempt it came from. */
    IGNORES_EPOCHS,
    /** One event in fifty is stored and not applied. */
    SKIPS_EVENTS,
    /** The journal takes an entry although its sequence number is taken. */
    JOURNAL_WITHOUT_KEY,
    /** Idempotency keys are not looked at. */
    IGNORES_IDEMPOTENCY_KEYS,
    /** A new owner leaves the attempts of the old one as they are. */
    LEAVES_OLD_ATTEMPTS,
    /** A snapshot shows one waiting job as cancelled. */
    SNAPSHOTS_END_A_JOB,
    /** A new owner's lock manager begins as if nobody held a lock. */
    FORGETS_LEASES,
    /** What the lock manager of an earlier life decided is stored all the same. */
    TAKES_LOCKS_OF_EARLIER_LIVES,
    /** What the lock manager decided for a channel that was deleted is stored for the one created after it. */
    TAKES_LOCKS_OF_DELETED_CHANNELS,
    /** A new owner takes the processes that its own process host still runs for ended. */
    IGNORES_ITS_OWN_PROCESS_HOST,
    /** A new owner takes every process over, without asking its process host whether it has it. */
    ADOPTS_WITHOUT_LOOKING,
    /** Process hosts are told apart by the names of their nodes. */
    TAKES_NODES_FOR_HOSTS,
    /** A new owner starts processes of other nodes again before their leases are over. */
    TAKES_PROCESSES_OVER_AT_ONCE,
    /** Leases are renewed though the journal shows that somebody else owns the channel. */
    RENEWS_LEASES_OF_A_LOST_CHANNEL
}
