package io.millrace.domain.channel;

import java.util.Comparator;

/** The orders in which waiting jobs are looked at. Each is total, so that equal times never hide a job. */
final class JobOrder {
    static final Comparator<LiveJob.Waiting> BY_ACCEPTANCE = Comparator.comparingLong(LiveJob.Waiting::order);

    static final Comparator<LiveJob.Waiting> BY_DUE_TIME =
            Comparator.comparingLong(LiveJob.Waiting::dueAtMillis).thenComparing(BY_ACCEPTANCE);

    static final Comparator<LiveJob.Waiting> BY_QUEUE_DEADLINE =
            Comparator.comparingLong(JobOrder::queueDeadlineMillis).thenComparing(BY_ACCEPTANCE);

    private JobOrder() {}

    /**
     * When the job will have waited too long for its first start, in milliseconds since the epoch;
     * {@link Long#MAX_VALUE} if it may wait for ever. The wait counts from when the job may start.
     */
    static long queueDeadlineMillis(LiveJob.Waiting job) {
        long limit = job.submitted().policy().queueTimeoutMillis();
        if (limit == 0 || job.attempts() > 0) {
            return Long.MAX_VALUE;
        }
        long from = Math.max(job.waitingSinceMillis(), job.submitted().notBeforeMillis());
        return from > Long.MAX_VALUE - limit ? Long.MAX_VALUE : from + limit;
    }
}
