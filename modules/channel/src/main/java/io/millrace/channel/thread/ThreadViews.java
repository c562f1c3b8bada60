package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Inspection;
import io.millrace.channel.handler.context.HandlerRun;
import io.millrace.channel.handler.context.Usage;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.thread.ThreadMetrics;
import io.millrace.contracts.thread.ThreadState;
import io.millrace.contracts.thread.ThreadView;
import io.millrace.contracts.work.JobKind;
import io.millrace.contracts.work.Work;
import io.millrace.domain.channel.AttemptOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Shows threads as their users see them. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ThreadViews {
    private final ChannelName channel;
    private final ChannelServices services;
    private final long incarnation;
    private final HandlerThreads threads;

    ThreadViews(ChannelName channel, ChannelServices services, long incarnation, HandlerThreads threads) {
        this.channel = channel;
        this.services = services;
        this.incarnation = incarnation;
        this.threads = threads;
    }

    Handle handle(ManagedThread thread) {
        Handle known = thread.handle;
        if (known == null) {
            known = services.seals()
                    .seal(HandleType.THREAD, thread.id.toString(), channel, incarnation, services.node());
            thread.handle = known;
        }
        return known;
    }

    ThreadView view(ManagedThread thread) {
        AttemptId id = thread.id;
        AttemptOutcome outcome = thread.outcome;
        return new ThreadView(
                handle(thread),
                thread.slot == 0 ? null : name(thread.slot),
                thread.state,
                thread.placement.priority(),
                thread.kind,
                handler(thread),
                thread.isDirect() ? null : id.job(),
                id.number(),
                thread.placement.stackBytes(),
                thread.affinityInForce,
                thread.createdAt,
                thread.startedAt,
                thread.endedAt,
                outcome == null || thread.state != ThreadState.ENDED ? null : word(outcome),
                outcome == null || !thread.isDirect() ? null : outcome.resultJson(),
                thread.error(),
                conditions(thread));
    }

    private static String word(AttemptOutcome outcome) {
        return switch (outcome.kind()) {
            case SUCCEEDED -> "SUCCEEDED";
            case CANCELLED -> "CANCELLED";
            case FAILED, FAILED_FOR_GOOD, TIMED_OUT, INTERRUPTED -> "FAILED";
        };
    }

    private static List<Condition> conditions(ManagedThread thread) {
        return Stream.of(Optional.ofNullable(thread.wait), Optional.ofNullable(thread.affinityObstacle))
                .flatMap(Optional::stream)
                .toList();
    }

    /** An attempt's handler is named in its specification, which is gone with its end. */
    private @Nullable String handler(ManagedThread thread) {
        Attempt attempt = thread.attempt;
        if (thread.origin != null) {
            return thread.origin.handler();
        }
        return attempt == null || thread.kind != JobKind.HANDLER ? null : handler(attempt);
    }

    private @Nullable String handler(Attempt attempt) {
        try {
            return services.codec().decodeJobSpec(attempt.spec()).work() instanceof Work.Handler work
                    ? work.name()
                    : null;
        } catch (RuntimeException unreadable) {
            // Its worker ends the attempt for that, and says so.
            return null;
        }
    }

    /**
     * What a thread used so far.
     *
     * @param slot absent once it has left it
     */
    ThreadMetrics metrics(ManagedThread thread, @Nullable Slot slot, int leasesHeld) {
        Optional<HandlerRun> run = threads.find(thread.id);
        Usage usage = run.map(HandlerRun::usage).orElse(thread.usage);
        return new ThreadMetrics(
                usage.cpuTime(),
                usage.allocatedBytes(),
                usage.blockedTime(),
                usage.waitedTime(),
                Duration.ofNanos(thread.queueWaitNanos()),
                Duration.ofNanos(thread.runNanos()),
                slot == null ? thread.runsOfSlot : slot.runs,
                slot == null ? thread.failuresOfSlot : slot.failures,
                heartbeat(thread, run.map(HandlerRun::lastHeartbeat).orElse(null)),
                leasesHeld,
                thread.resourcesHeld);
    }

    private static Instant heartbeat(ManagedThread thread, @Nullable Instant latest) {
        return Stream.of(latest, thread.lastHeartbeat, thread.endedAt, thread.startedAt)
                .flatMap(Stream::ofNullable)
                .findFirst()
                .orElse(thread.createdAt);
    }

    Inspection.ThreadView inspected(ManagedThread thread) {
        AttemptId id = thread.id;
        return new Inspection.ThreadView(
                services.node(),
                channel,
                name(thread.slot),
                thread.state.name(),
                thread.kind,
                id.job(),
                id.number(),
                id.epoch(),
                thread.placement.priority(),
                handler(thread),
                thread.startedAt == null ? thread.createdAt : thread.startedAt);
    }

    /** As a thread dump shows the thread of a slot. */
    String name(int slot) {
        return "millrace-" + channel + "-worker-" + slot;
    }
}
