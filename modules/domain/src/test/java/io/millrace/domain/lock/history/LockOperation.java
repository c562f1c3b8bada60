package io.millrace.domain.lock.history;

/**
 * Something that was done to one lock at some moment between {@code from} and {@code to}.
 *
 * @param from when it was begun
 * @param to when its result was known; {@link #UNKNOWN} if it never was, and then it may have had no effect
 */
record LockOperation(Effect effect, long from, long to) {
    static final long UNKNOWN = Long.MAX_VALUE;

    boolean mustHaveHappened() {
        return to != UNKNOWN;
    }

    /** What was done, with its result. A token of 0 stands for nobody. */
    sealed interface Effect {}

    /** A free lock was granted with a token higher than all before. */
    record Granted(long token) implements Effect {}

    /** The lock was seen with this holder: by a look at it, or by somebody who did not get it. */
    record Seen(long token) implements Effect {}

    /** The holder gave it back, and it was theirs. */
    record Released(long token) implements Effect {}

    /** It was not theirs any more. */
    record NotReleased(long token) implements Effect {}

    /** Somebody wanted to give it back and never heard whether it was theirs. */
    record PerhapsReleased(long token) implements Effect {}

    /** It was renewed. */
    record Renewed(long token) implements Effect {}

    /** The lease ended because its time was up. */
    record Expired(long token) implements Effect {}
}
