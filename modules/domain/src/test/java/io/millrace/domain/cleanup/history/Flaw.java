package io.millrace.domain.cleanup.history;

/** A guard that is taken away, to see that its absence is noticed. */
enum Flaw {
    NONE,
    /** Steps act before it is stored that they do. */
    ACTS_BEFORE_STORED,
    /** A step that may act once is started again after a crash. */
    REPEATS_WHAT_MAY_ACT_ONCE,
    /** Steps start although what they depend on has not completed. */
    IGNORES_DEPENDENCIES,
    /** Whoever asks gets an execution of his own. */
    JOINS_NOBODY,
    /** Steps are undone although others still stand on them. */
    UNDOES_IN_ANY_ORDER,
    /** A rollback leaves what failed in the middle as it is. */
    LEAVES_FAILED_STEPS,
    /** What completed in a failed execution is taken for undone. */
    FORGETS_WHAT_IS_DONE,
    /** An execution ends while steps of it have not. */
    ENDS_EARLY,
    /** After a crash nobody goes on with steps that were acting. */
    RESUMES_NOTHING,
    /** An execution ends as complete whatever became of its steps. */
    CALLS_EVERYTHING_COMPLETE
}
