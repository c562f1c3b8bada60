package io.millrace.contracts.channel;

import io.millrace.contracts.work.JobKind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Limits and settings of a channel, defaults filled in (HTTP contract, section 2).
 *
 * @param threads execution slots
 * @param resources what the channel may hold at once
 * @param queuedJobsMax jobs that may wait at once; one more is refused with {@code RESOURCE_LIMIT}. Default 1,000,000
 * @param jobKinds kinds of jobs the channel accepts. Default all
 * @param jobTimeout longest run of one attempt. Default 1 h
 * @param retention how long ended jobs, log bytes and events are kept
 * @param env variables given to every process of the channel
 * @param labels for people and filters
 */
public record ChannelSpec(
        Threads threads,
        Resources resources,
        long queuedJobsMax,
        Set<JobKind> jobKinds,
        Duration jobTimeout,
        Retention retention,
        Map<String, String> env,
        Map<String, String> labels) {

    /** All defaults. */
    public static final ChannelSpec DEFAULT = new ChannelSpec(
            new Threads(20, List.of()),
            new Resources(new Buffers(500, 250, 125), 256L << 20, 200, 20),
            1_000_000,
            Set.of(JobKind.PROCESS, JobKind.HANDLER, JobKind.HTTP),
            Duration.ofHours(1),
            new Retention(Duration.ofDays(7), 64L << 20, 10_000),
            Map.of(),
            Map.of());

    public ChannelSpec {
        jobKinds = Set.copyOf(jobKinds);
        env = Map.copyOf(env);
        labels = Map.copyOf(labels);
    }

    /**
     * Execution slots.
     *
     * @param max attempts that may run at once. Default 20 (contract row T-25)
     * @param affinity processors the channel's handler threads may use, empty for all
     */
    public record Threads(int max, List<Integer> affinity) {
        public Threads {
            affinity = List.copyOf(affinity);
        }
    }

    /**
     * What the channel may hold at once.
     *
     * @param buffers pooled buffers by tier
     * @param memoryBytes declared memory of running attempts. Default 256 MB
     * @param files open files. Default 200
     * @param processes operating system processes. Default 20
     */
    public record Resources(Buffers buffers, long memoryBytes, int files, int processes) {}

    /**
     * Pooled buffers by tier (contract rows ).
     *
     * @param small buffers of 4 KB. Default 500
     * @param medium buffers of 64 KB. Default 250
     * @param large buffers of 1 MB. Default 125
     */
    public record Buffers(int small, int medium, int large) {}

    /**
     * How long things are kept once they are over.
     *
     * @param jobs ended jobs. Default 7 days
     * @param logBytes log bytes of the channel; the oldest go first. Default 64 MB
     * @param events events that can be read back. Default 10,000
     */
    public record Retention(Duration jobs, long logBytes, int events) {}
}
