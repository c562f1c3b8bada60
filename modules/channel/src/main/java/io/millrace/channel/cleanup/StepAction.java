package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.thread.Holding;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One action of a step while it is under way. Belongs to the actor of its step, which hears of its end once, as {@link
 * StepRunner.ActionEnded}.
 */
interface StepAction {

    void start();

    /** Sends its request once more, in case that or its answer was lost; it has no effect the second time. */
    default void askAgain() {}

    /** Ends it as soon as that is possible. Its end is told like any other. */
    void stop();

    /** Nobody waits for it any more, though it has not ended. */
    default void abandon() {}

    /** Under which its processes, files and output are known; absent if it has none. */
    default @Nullable AttemptId id() {
        return null;
    }

    /** What may be left of it under that identifier when it has ended. */
    default Set<Holding> holdings() {
        return Set.of();
    }
}
