package io.millrace.storage.readmodel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.channel.JobCounts;
import io.millrace.contracts.job.JobState;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The row of one channel while a batch of events is applied to it; its transaction holds the row's lock. */
final class ChannelChange {
    private final ChannelName name;
    private long position;
    private @Nullable Long key;
    private @Nullable ChannelState state;
    private @Nullable String node;
    private long incarnation;
    private final Map<JobState, Long> counts = new EnumMap<>(JobState.class);
    private long cleanups;
    private long processes;

    /** The specification if the batch sets one. */
    private @Nullable ChannelSpec newSpec;

    ChannelChange(
            ChannelName name,
            long position,
            @Nullable Long key,
            @Nullable ChannelState state,
            @Nullable String node,
            long incarnation,
            JobCounts jobs,
            long cleanups,
            long processes) {
        this.name = name;
        this.position = position;
        this.key = key;
        this.state = state;
        this.node = node;
        this.incarnation = incarnation;
        this.cleanups = cleanups;
        this.processes = processes;
        counts.put(JobState.QUEUED, jobs.queued());
        counts.put(JobState.RUNNING, jobs.running());
        counts.put(JobState.SCHEDULED, jobs.scheduled());
        counts.put(JobState.BLOCKED, jobs.blocked());
        counts.put(JobState.SUCCEEDED, jobs.succeeded());
        counts.put(JobState.FAILED, jobs.failed());
        counts.put(JobState.CANCELLED, jobs.cancelled());
        counts.put(JobState.LOST, jobs.lost());
    }

    void create(long newKey, ChannelSpec spec) {
        key = newKey;
        state = ChannelState.ACTIVE;
        newSpec = spec;
    }

    void spec(ChannelSpec spec) {
        newSpec = spec;
    }

    void state(ChannelState next) {
        state = next;
    }

    void owner(String owner, long ownerIncarnation) {
        node = owner;
        incarnation = ownerIncarnation;
    }

    void delete() {
        key = null;
        state = null;
        newSpec = null;
        counts.clear();
        cleanups = 0;
        processes = 0;
    }

    /** A job of no live state moves in: an accepted one, or an ended one that runs again. */
    void enter(JobState next) {
        counts.merge(next, 1L, Long::sum);
    }

    void move(JobState from, JobState to) {
        counts.merge(from, -1L, Long::sum);
        enter(to);
    }

    /** @param more executions of cleanups are under way; negative for fewer */
    void cleanups(int more) {
        cleanups += more;
    }

    /** @param more processes have not ended; negative for fewer */
    void processes(int more) {
        processes += more;
    }

    void position(long last) {
        position = last;
    }

    ChannelName name() {
        return name;
    }

    long position() {
        return position;
    }

    @Nullable Long key() {
        return key;
    }

    @Nullable ChannelState state() {
        return state;
    }

    @Nullable String node() {
        return node;
    }

    long incarnation() {
        return incarnation;
    }

    long count(JobState jobState) {
        return counts.getOrDefault(jobState, 0L);
    }

    long cleanups() {
        return cleanups;
    }

    long processes() {
        return processes;
    }

    @Nullable ChannelSpec newSpec() {
        return newSpec;
    }
}
