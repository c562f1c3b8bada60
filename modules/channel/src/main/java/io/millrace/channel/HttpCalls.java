package io.millrace.channel;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import io.millrace.contracts.cleanup.CleanupAction;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * Sends requests that users describe to servers they name. A request is sent once: nothing is repeated, and no redirect is
 * followed.
 */
@FunctionalInterface
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface HttpCalls {

    /**
     * Sends a request; what the server answers beside its status is not looked at.
     *
     * @param timeout longest time until the status is there
     * @return the status, any; fails with {@link io.millrace.contracts.MillraceException}: {@code NETWORK} if the server
     *     could not be reached, {@code TIMEOUT} if it did not answer in time, {@code PERMISSION} for an address that this
     *     node must not call, {@code INVALID_ARGUMENT} for what is no request
     */
    CompletionStage<Integer> status(CleanupAction.Http request, Duration timeout);
}
