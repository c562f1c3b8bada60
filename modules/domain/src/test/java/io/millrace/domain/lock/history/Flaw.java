package io.millrace.domain.lock.history;

/** A defect put into a lock table to see whether it is noticed. */
enum Flaw {
    NONE(""),
    /** Who would have to wait for a lock gets it, too. */
    GRANTS_TWICE("is held already"),
    /** A lease gets the token of the one before it. */
    REPEATS_TOKEN("does not rise"),
    /** Levels are written down and not enforced. */
    IGNORES_LEVELS("at or below level"),
    /** Who waits for what one already holds up is not refused. */
    LETS_CIRCLES_STAND("wait in a circle"),
    /** Who came later is served first. */
    SERVES_LATER_FIRST("overtook"),
    /** Some wishes that waited hear nothing. */
    LOSES_ANSWERS("unanswered"),
    /** Some wishes that waited are answered again. */
    ANSWERS_TWICE("is not open"),
    /** The end of an attempt is not noticed. */
    KEEPS_LEASES_OF_ENDED_ATTEMPTS("still holds"),
    /** An attempt of an earlier life that is over for certain keeps what that life granted it. */
    LEAVES_LEASES_OF_EARLIER_LIVES("is over for certain and still holds"),
    /** The end of an attempt is believed though an earlier life started it, on a node that may go on. */
    BELIEVES_THAT_EARLIER_LIVES_ENDED("ended early"),
    /** Whoever gives a lock back ends the lease of whoever holds it. */
    RELEASES_WHAT_OTHERS_HOLD("ended early"),
    /** Tokens start anew when a channel is taken over. */
    FORGETS_TOKENS("does not rise"),
    /** A lease does not last its time to live after a takeover. */
    SHORTENS_LEASES("the table"),
    /** A cleanup withholds nothing, and grants go on. */
    GRANTS_DURING_CLEANUPS("during a cleanup"),
    /** What a cleanup withheld belongs to its holders again when it has succeeded. */
    RESTORES_WHAT_WAS_CLEANED_UP("by the cleanup");

    private final String breach;

    Flaw(String breach) {
        this.breach = breach;
    }

    /** What is said about it in the message of the broken promise. */
    String breach() {
        return breach;
    }
}
