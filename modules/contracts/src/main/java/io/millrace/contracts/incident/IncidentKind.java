package io.millrace.contracts.incident;

/** What has gone wrong. */
public enum IncidentKind {
    /** A cleanup could not be taken back, and is neither done nor undone. */
    ROLLBACK_FAILED(false),
    /** A cleanup, or what is returned behind an attempt, did not complete though it was tried again. */
    CLEANUP_FAILED(true),
    /** A channel that is to be deleted is still there. */
    DELETION_FAILED(true),
    /** A channel has something that belongs to another one, or another one has something of it. */
    ISOLATION_BREACHED(false),
    /** A thread did not end when it had to. */
    THREAD_NOT_TERMINATED(true),
    /** A service ends again and again soon after its start. */
    CRASH_LOOP(true);

    private final boolean resolvesItself;

    IncidentKind(boolean resolvesItself) {
        this.resolvesItself = resolvesItself;
    }

    /**
     * True if an incident that nobody works on is resolved as soon as what it is about is over. The others leave something
     * behind that a person has to look at also then.
     */
    public boolean resolvesItself() {
        return resolvesItself;
    }
}
