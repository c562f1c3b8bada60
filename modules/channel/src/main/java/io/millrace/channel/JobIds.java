package io.millrace.channel;

import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/**
 * Gives out job ids that rise strictly on one node, also when its clock steps back, and are unique across the cluster:
 * 80 of their bits are random for the first id of a millisecond and counted up within it.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class JobIds {
    /** Leaves room to count within a millisecond before the next one has to be borrowed. */
    private static final long RANDOM_LOW_MASK = Long.MAX_VALUE;

    private final InstantSource clock;
    private final RandomGenerator random;
    private final AtomicReference<JobId> last = new AtomicReference<>(new JobId(0, 0));

    JobIds(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    public static JobIds system() {
        return new JobIds(InstantSource.system(), new SecureRandom());
    }

    /** A new id, higher than every earlier one of this source. */
    public JobId next() {
        long millis = clock.millis();
        return last.updateAndGet(previous -> millis > previous.createdAtMillis() ? first(millis) : successor(previous));
    }

    private JobId first(long millis) {
        return new JobId((millis << 16) | (random.nextInt() & 0xFFFF), random.nextLong() & RANDOM_LOW_MASK);
    }

    private static JobId successor(JobId id) {
        long low = id.low() + 1;
        return new JobId(low == 0 ? id.high() + 1 : id.high(), low);
    }
}
