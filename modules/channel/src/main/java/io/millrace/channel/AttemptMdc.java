package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Puts channel, job, attempt and its trace beside the log statements made while it is open. */
public final class AttemptMdc implements AutoCloseable {
    private static final String CHANNEL = "channel";
    private static final String JOB = "job";
    private static final String ATTEMPT = "attempt";
    private static final String TRACEPARENT = "traceparent";

    private AttemptMdc() {}

    public static AttemptMdc open(ChannelName channel, AttemptId attempt) {
        return open(channel, attempt, null);
    }

    /** @param traceparent the trace the job was submitted in, absent for none or where it is not known */
    public static AttemptMdc open(ChannelName channel, AttemptId attempt, @Nullable String traceparent) {
        MDC.put(CHANNEL, channel.value());
        MDC.put(JOB, attempt.job().toString());
        MDC.put(ATTEMPT, Integer.toString(attempt.number()));
        if (traceparent != null) {
            MDC.put(TRACEPARENT, traceparent);
        }
        return new AttemptMdc();
    }

    @Override
    public void close() {
        MDC.remove(CHANNEL);
        MDC.remove(JOB);
        MDC.remove(ATTEMPT);
        MDC.remove(TRACEPARENT);
    }
}
