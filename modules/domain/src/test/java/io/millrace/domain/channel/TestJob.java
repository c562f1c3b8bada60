package io.millrace.domain.channel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.job.Delivery;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.work.JobKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A job to submit, everything at its default unless said otherwise. */
final class TestJob {
    private static final byte[] SPEC =
            "{\"kind\":\"handler\",\"handler\":{\"name\":\"sum\"}}".getBytes(StandardCharsets.UTF_8);

    private final JobId id;
    private JobKind kind = JobKind.HANDLER;
    private Priority priority = Priority.MEDIUM;
    private long notBeforeMillis;
    private long timeoutMillis;
    private long queueTimeoutMillis;
    private int maxAttempts = 1;
    private long initialDelayMillis = 1_000;
    private double factor = 2;
    private long maxDelayMillis = 60_000;
    private double jitter;
    private List<Integer> noRetryExitCodes = List.of();
    private Delivery delivery = Delivery.AT_LEAST_ONCE;
    private boolean hasCleanup;

    private TestJob(JobId id) {
        this.id = id;
    }

    /** The n-th job; the same number is the same job. */
    static TestJob job(int number) {
        return new TestJob(id(number));
    }

    static JobId id(int number) {
        return new JobId(ChannelUnderTest.START << 16, number);
    }

    /** Jobs {@code from} to {@code to}, both included. */
    static List<SubmittedJob> jobs(int from, int to) {
        List<SubmittedJob> jobs = new ArrayList<>();
        for (int i = from; i <= to; i++) {
            jobs.add(job(i).submitted());
        }
        return jobs;
    }

    TestJob of(JobKind other) {
        kind = other;
        return this;
    }

    TestJob with(Priority other) {
        priority = other;
        return this;
    }

    TestJob notBefore(long millis) {
        notBeforeMillis = millis;
        return this;
    }

    TestJob timeout(Duration time) {
        timeoutMillis = time.toMillis();
        return this;
    }

    TestJob queueTimeout(Duration time) {
        queueTimeoutMillis = time.toMillis();
        return this;
    }

    TestJob attempts(int max) {
        maxAttempts = max;
        return this;
    }

    TestJob delay(Duration initial, double growth, Duration max) {
        initialDelayMillis = initial.toMillis();
        factor = growth;
        maxDelayMillis = max.toMillis();
        return this;
    }

    TestJob jitter(double share) {
        jitter = share;
        return this;
    }

    TestJob noRetryOn(Integer... exitCodes) {
        noRetryExitCodes = List.of(exitCodes);
        return this;
    }

    TestJob atMostOnce() {
        delivery = Delivery.AT_MOST_ONCE;
        return this;
    }

    TestJob withCleanup() {
        hasCleanup = true;
        return this;
    }

    SubmittedJob submitted() {
        JobPolicy policy = new JobPolicy(
                timeoutMillis,
                queueTimeoutMillis,
                maxAttempts,
                initialDelayMillis,
                factor,
                maxDelayMillis,
                jitter,
                noRetryExitCodes,
                delivery,
                hasCleanup);
        return new SubmittedJob(id, kind, "", priority, notBeforeMillis, policy, Map.of(), SPEC);
    }
}
