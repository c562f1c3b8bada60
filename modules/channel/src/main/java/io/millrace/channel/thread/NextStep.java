package io.millrace.channel.thread;

import io.millrace.domain.channel.AttemptOutcome;

/** What a worker does next for its attempt. */
sealed interface NextStep {

    /** A step that needs no more to be said. */
    enum Plain implements NextStep {
        /** Nothing: an answer or a time is awaited. */
        WAIT,
        /** Send the request that the attempt waits for. */
        ASK,
        /** Begin the work: everything the attempt needs is held. */
        WORK
    }

    /** Return what the attempt holds; it ends like this. */
    record End(AttemptOutcome outcome) implements NextStep {}
}
