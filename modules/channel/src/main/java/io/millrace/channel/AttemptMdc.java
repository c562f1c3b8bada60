package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import org.slf4j.MDC;

/** Puts channel, job and attempt beside the log statements made while it is open. */
public final class AttemptMdc implements AutoCloseable {
    private static final String CHANNEL = "channel";
    private static final String JOB = "job";
    private static final String ATTEMPT = "attempt";

    private AttemptMdc() {}

    public static AttemptMdc open(ChannelName channel, AttemptId attempt) {
        MDC.put(CHANNEL, channel.value());
        MDC.put(JOB, attempt.job().toString());
        MDC.put(ATTEMPT, Integer.toString(attempt.number()));
        return new AttemptMdc();
    }

    @Override
    public void close() {
        MDC.remove(CHANNEL);
        MDC.remove(JOB);
        MDC.remove(ATTEMPT);
    }
}
