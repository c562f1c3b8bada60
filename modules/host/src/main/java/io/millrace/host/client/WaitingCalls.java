package io.millrace.host.client;

import io.millrace.contracts.ThreadSafety;
import io.millrace.host.HostLimits;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What has to wait because a companion was lost and the next one is not there yet: usually half a second, never longer than
 * {@link HostLimits#COMPANION_AWAITED_MAX}, and of more than {@link HostLimits#COMPANION_AWAITING_MAX} the others do not.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
final class WaitingCalls {
    private final Supplier<@Nullable HostConnection> present;
    /** Replaced by the thread that connects. */
    private volatile CompletableFuture<HostConnection> next = new CompletableFuture<>();

    private final AtomicInteger waiting = new AtomicInteger();

    /** @param present the connection there is by now; told to {@link #connected} only after it is known here */
    WaitingCalls(Supplier<@Nullable HostConnection> present) {
        this.present = present;
    }

    /** @param then given the next connection, from any thread; nothing if there is none in time */
    void add(Consumer<@Nullable HostConnection> then) {
        if (waiting.incrementAndGet() > HostLimits.COMPANION_AWAITING_MAX) {
            waiting.decrementAndGet();
            then.accept(null);
            return;
        }
        var connected = next.copy().orTimeout(HostLimits.COMPANION_AWAITED_MAX.toMillis(), TimeUnit.MILLISECONDS);
        var now = present.get();
        if (now != null) {
            connected.complete(now);
        }
        connected.whenComplete((connection, _) -> {
            waiting.decrementAndGet();
            then.accept(connection);
        });
    }

    /** A companion is there. */
    void connected(HostConnection connection) {
        var awaited = next;
        next = new CompletableFuture<>();
        awaited.complete(connection);
    }

    /** None will be there any more. */
    void close() {
        next.cancel(false);
    }
}
