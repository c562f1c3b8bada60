package io.millrace.host.client;

import io.millrace.host.RunKey;
import io.millrace.host.protocol.Frame;
import io.millrace.host.protocol.ProtocolException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a companion says of itself at the beginning of a connection. */
final class Greeting {
    /** How far the clocks may be apart, besides the time the greeting took. */
    private static final Duration CLOCK_DIFFERENCE_MAX = Duration.ofSeconds(1);

    private final List<RunKey> runs = new ArrayList<>();
    private Frame.@Nullable Welcome welcome;

    void add(List<RunKey> known) throws ProtocolException {
        requireIncomplete();
        runs.addAll(known);
    }

    void complete(Frame.Welcome last) throws ProtocolException {
        requireIncomplete();
        welcome = last;
    }

    private void requireIncomplete() throws ProtocolException {
        if (welcome != null) {
            throw new ProtocolException("A second greeting");
        }
    }

    boolean isComplete() {
        return welcome != null;
    }

    /**
     * Leases are moments of the clock of the machine: without the same one they mean nothing. A container may have its own.
     *
     * @param began when this process asked, on its clock
     * @param heard when it had the answer
     * @throws IOException if the other clock shows a moment that is not between these
     */
    void requireSameClock(long began, long heard) throws IOException {
        long there = required().clockNanos();
        long tolerance = CLOCK_DIFFERENCE_MAX.toNanos();
        if (there - (began - tolerance) < 0 || there - (heard + tolerance) > 0) {
            throw new IOException("Its monotonic clock differs from this one by "
                    + Duration.ofNanos(there - heard).toMillis() + " ms");
        }
    }

    /** Runs that were there already. */
    List<RunKey> runs() {
        return List.copyOf(runs);
    }

    Map<String, String> enforcement() {
        return required().enforcement();
    }

    private Frame.Welcome required() {
        return Objects.requireNonNull(welcome, "the greeting is not complete");
    }
}
