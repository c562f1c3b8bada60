package io.millrace.host.tree;

import io.millrace.host.HostLimits;
import java.time.Duration;

/** Whether the process that hosts commands has children of other kinds. */
public enum OtherChildren {
    /**
     * None, as in the companion: every child that is no command is what a command left behind, also without any mark, and
     * an ended one is collected at once.
     */
    NONE(Duration.ZERO),
    /** Some, as in a node that hosts commands itself: what bears no proof is left alone. */
    POSSIBLE(HostLimits.FOREIGN_CHILD_KEPT_MAX);

    private final Duration keptAfterEnd;

    OtherChildren(Duration keptAfterEnd) {
        this.keptAfterEnd = keptAfterEnd;
    }

    /** How long an ended child without a known owner is left to whoever may wait for it. */
    Duration keptAfterEnd() {
        return keptAfterEnd;
    }
}
