package io.millrace.channel.handler.context;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.thread.Threads;
import java.util.function.BooleanSupplier;

/** Opens the threads of a channel to its handlers. */
@FunctionalInterface
public interface ThreadAccess {

    /**
     * What one attempt sees of them.
     *
     * @param attempt owns the threads it creates
     * @param isOver true once the attempt has ended; from then on every call fails
     */
    Threads of(AttemptId attempt, BooleanSupplier isOver);
}
