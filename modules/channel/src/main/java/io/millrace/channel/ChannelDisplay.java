package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.job.Progress;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.channel.EndedJob;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.LiveJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shows a channel and its jobs: what is stored, together with what is known only while it runs, such as progress and
 * what an attempt waits for.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ChannelDisplay {
    private final ChannelName name;
    private final Map<AttemptId, Progress> progress = new HashMap<>();
    private final Map<AttemptId, Condition> attemptWaits = new HashMap<>();
    private final Map<AttemptId, Map<String, Condition>> attemptNotes = new HashMap<>();
    private final Map<String, Condition> conditions = new LinkedHashMap<>();
    private int threadsRunning;

    ChannelDisplay(ChannelName name) {
        this.name = name;
    }

    void progressed(AttemptId attempt, Progress latest) {
        progress.put(attempt, latest);
    }

    /**
     * @param condition absent once the attempt goes on
     */
    void attemptWaits(AttemptId attempt, @Nullable Condition condition) {
        if (condition == null) {
            attemptWaits.remove(attempt);
        } else {
            attemptWaits.put(attempt, condition);
        }
    }

    /** @param delay until the process of the attempt cannot run on its node any more */
    void waitsForLease(LiveJob.Running job, long nowMillis, Duration delay) {
        Instant now = Instant.ofEpochMilli(nowMillis);
        attemptWaits.put(
                AttemptId.of(job),
                new Condition(
                        "WaitingForLease",
                        "Attempt " + job.attempts() + " was started on node " + job.node()
                                + ", which does not own the channel any more. Its process may run on there until its "
                                + "lease is over; the job goes on after " + now.plus(delay) + ".",
                        now));
    }

    /** Noting a condition again replaces its message. */
    void attemptNoted(AttemptId attempt, Condition condition) {
        attemptNotes.computeIfAbsent(attempt, _ -> new LinkedHashMap<>()).put(condition.type(), condition);
    }

    void attemptEnded(AttemptId attempt) {
        progress.remove(attempt);
        attemptWaits.remove(attempt);
        attemptNotes.remove(attempt);
    }

    /** @param threads that belong to no job */
    void threadsRun(int threads) {
        threadsRunning = threads;
    }

    void raise(Condition condition) {
        conditions.put(condition.type(), condition);
    }

    void clear(String conditionType) {
        conditions.remove(conditionType);
    }

    List<Condition> conditions() {
        return List.copyOf(conditions.values());
    }

    /** A channel that was removed is shown as being deleted to those who asked for it. */
    ChannelView channel(LiveChannel live) {
        return new ChannelView(
                name,
                live.spec(),
                state(live),
                live.owner().isEmpty() ? null : live.owner(),
                live.incarnation(),
                live.counts(),
                live.running().size() + threadsRunning,
                processes(live),
                conditions());
    }

    private ChannelState state(LiveChannel live) {
        if (!live.exists() && !name.equals(ChannelName.DEFAULT)) {
            return ChannelState.DELETING;
        }
        return live.state() == ChannelState.ACTIVE && !conditions.isEmpty() ? ChannelState.DEGRADED : live.state();
    }

    private static int processes(LiveChannel live) {
        int processes = live.processes().live();
        for (LiveJob.Running job : live.running()) {
            processes += job.submitted().kind() == JobKind.PROCESS ? 1 : 0;
        }
        return processes;
    }

    /** The job, or null if the channel does not hold it. */
    @Nullable JobView job(LiveChannel live, JobId id, long nowMillis) {
        return switch (live.job(id)) {
            case LiveJob.Waiting job -> JobViews.waiting(name, job, live.conditionsOf(job, nowMillis));
            case LiveJob.Running job -> running(job, live.conditionsOf(job, nowMillis));
            case null -> {
                EndedJob ended = live.ended(id);
                yield ended == null ? null : JobViews.ended(name, ended);
            }
        };
    }

    private JobView running(LiveJob.Running job, List<Condition> stored) {
        AttemptId attempt = AttemptId.of(job);
        Condition waits = attemptWaits.get(attempt);
        List<Condition> all = new ArrayList<>(stored);
        if (waits != null) {
            all.add(waits);
        }
        all.addAll(attemptNotes.getOrDefault(attempt, Map.of()).values());
        return JobViews.running(name, job, progress.get(attempt), all);
    }
}
