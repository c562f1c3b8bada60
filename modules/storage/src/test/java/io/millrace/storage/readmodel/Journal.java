package io.millrace.storage.readmodel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JobPolicy;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.port.ChannelHistory;
import io.millrace.domain.port.ReadModel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The journal of one channel, written event by event; remembers everything, so that it can be replayed. */
final class Journal {
    static final long T0 = 1_800_000_000_000L;
    static final String NODE = "node-1";

    private static final AttemptOutcome FAILURE = AttemptOutcome.failed(
            AttemptOutcome.Kind.FAILED, 3, null, Problem.of(ErrorCode.INTERNAL, "Process", "exit code 3"));

    private final ChannelName channel;
    private final List<JournalEntry> entries = new ArrayList<>();
    private final List<ChannelEvent> open = new ArrayList<>();
    private int applied;
    private long now = T0;
    private long epoch;
    private long jobs;

    Journal(String channel) {
        this.channel = new ChannelName(channel);
    }

    ChannelName channel() {
        return channel;
    }

    long now() {
        return now;
    }

    long lastEpoch() {
        return epoch;
    }

    Journal at(long millis) {
        now = millis;
        return this;
    }

    /** The end of a deletion that took five milliseconds. */
    ChannelEvent deleted() {
        CleanupResult cleanup = new CleanupResult(
                3,
                null,
                null,
                CleanupStatus.COMPLETE,
                Instant.ofEpochMilli(now - 5),
                Instant.ofEpochMilli(now),
                Duration.ofMillis(5),
                List.of(),
                Released.NOTHING,
                true,
                List.of(),
                List.of());
        return new ChannelEvent.ChannelDeleted(now, now - 5, cleanup);
    }

    Journal event(ChannelEvent event) {
        open.add(event);
        now++;
        return this;
    }

    /** Ends the current entry; without it, everything goes into one. */
    Journal entry() {
        if (!open.isEmpty()) {
            entries.add(new JournalEntry(open));
            open.clear();
        }
        return this;
    }

    Journal created() {
        return event(new ChannelEvent.ChannelCreated(now, ChannelSpec.DEFAULT));
    }

    JobId nextId() {
        return new JobId((now << 16) | (channel.value().hashCode() & 0xFFFF), ++jobs);
    }

    SubmittedJob job(JobId id) {
        return job(id, JobKind.PROCESS, "", 0, Map.of());
    }

    SubmittedJob job(JobId id, JobKind kind, String name, long notBefore, Map<String, String> labels) {
        byte[] spec = ("{\"name\":\"" + name + "\"}").getBytes(StandardCharsets.UTF_8);
        return new SubmittedJob(id, kind, name, Priority.MEDIUM, notBefore, JobPolicy.DEFAULT, labels, spec);
    }

    JobId submitted() {
        JobId id = nextId();
        submitted(List.of(job(id)), null);
        return id;
    }

    Journal submitted(List<SubmittedJob> accepted, @Nullable String key) {
        return event(new ChannelEvent.JobsSubmitted(now, accepted, key, key == null ? null : "hash of " + key));
    }

    Journal started(JobId job, int number) {
        return event(new ChannelEvent.AttemptStarted(now, job, number, ++epoch, NODE));
    }

    Journal succeeded(JobId job, int number) {
        AttemptOutcome outcome = AttemptOutcome.succeeded(0, "\"done\"");
        return event(new ChannelEvent.AttemptEnded(now, job, number, epoch, outcome, JobState.SUCCEEDED, 0));
    }

    Journal failed(JobId job, int number) {
        return event(new ChannelEvent.AttemptEnded(now, job, number, epoch, FAILURE, JobState.FAILED, 0));
    }

    Journal failedAndTriedAgain(JobId job, int number) {
        return event(new ChannelEvent.AttemptEnded(now, job, number, epoch, FAILURE, JobState.SCHEDULED, now + 1_000));
    }

    Journal due(JobId job) {
        return event(new ChannelEvent.JobsDue(now, List.of(job)));
    }

    /** The entries that have not been applied yet. */
    ChannelHistory next() {
        entry();
        ChannelHistory history = new ChannelHistory(channel, applied + 1L, entries.subList(applied, entries.size()));
        applied = entries.size();
        return history;
    }

    ChannelHistory from(long sequence) {
        entry();
        return new ChannelHistory(channel, sequence, entries.subList((int) sequence - 1, entries.size()));
    }

    void applyTo(ReadModel readModel) {
        readModel.apply(List.of(next()));
    }
}
