package io.millrace.contracts.process;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Services and commands of the channel, for a handler. They outlive the attempt that started them.
 *
 * <p>A stage fails with {@link io.millrace.contracts.MillraceException}: {@code ALREADY_EXISTS} for a name that is taken,
 * {@code NOT_FOUND} for a process or script that does not exist, {@code INVALID_STATE} for what the process cannot do now or
 * once the attempt is over, {@code TIMEOUT} for one that did not come up or did not end in time, {@code RESOURCE_LIMIT} if
 * the channel has as many processes as it may.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface Processes {

    /** Completes once it runs, or has ended already; a service with a readiness check need not be ready by then. */
    CompletionStage<ProcessView> startCommand(ProcessSpec spec);

    /** The same for a script that is found in a directory; {@link ProcessSpec#command} is ignored. */
    CompletionStage<ProcessView> startScript(String script, String directory, ProcessSpec spec);

    /** Completes once it has ended: with its stop signal, or killed when the grace time was over. */
    CompletionStage<ProcessView> stop(JobId process);

    CompletionStage<ProcessView> restart(JobId process);

    /** Empty if there is none of this id. */
    CompletionStage<Optional<ProcessView>> show(JobId process);

    /** All of them, oldest first. */
    CompletionStage<List<ProcessView>> list();

    /** The listener hears every line of processes started from now on, until the attempt ends. Completes with its id. */
    CompletionStage<Long> addListener(LineListener listener);

    /** Completes with false if there was none; the listener hears nothing more by then. */
    CompletionStage<Boolean> removeListener(long listener);

    /** Stops and removes all processes of the channel, within 30 s. Asking again is no error (contract row B-39). */
    CompletionStage<Integer> cleanUp();
}
