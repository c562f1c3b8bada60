package io.millrace.host.supervise;

import io.millrace.host.HostLimits;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** How threads of the host begin and end. */
final class Threads {
    private Threads() {}

    /** Threads that do not keep the process alive. */
    static ThreadFactory named(String name) {
        return Thread.ofPlatform().name(name).daemon(true).factory();
    }

    /** Takes no more tasks and returns when all are done, after {@link HostLimits#STOP_MAX} at most. */
    static void end(ExecutorService executor) {
        executor.shutdown();
        try {
            var _ = executor.awaitTermination(HostLimits.STOP_MAX.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
