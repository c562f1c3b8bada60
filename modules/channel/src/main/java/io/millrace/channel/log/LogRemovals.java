package io.millrace.channel.log;

import io.millrace.channel.ChannelServices;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Removes lines of one channel, one removal after the other. Each is about the lines that are there when it is asked for,
 * and waits until none of them is on its way to the archive, so that none is written behind it. A database that does not
 * answer is asked again until it does.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class LogRemovals {
    private static final String COMPONENT = "LogStore";
    private static final Duration RETRY_DELAY = Duration.ofSeconds(1);

    private final ActorContext<LogStore.Command> context;
    private final TimerScheduler<LogStore.Command> timers;
    private final ChannelName channel;
    private final ChannelServices services;
    private final ActorRef<LogWriter.Command> writer;
    private final LogRing ring;
    private final Accounts accounts;

    /**
     * @param of job or process that wrote the lines, absent for all
     * @param told hears how many bytes are gone
     * @param refused hears why nobody will know
     */
    private record Removal(@Nullable JobId of, long upToCursor, LongConsumer told, Consumer<Problem> refused) {}

    /** What outlives a restart of the log store. */
    static final class Accounts {
        private final Deque<Removal> removals = new ArrayDeque<>();
        private boolean isRemoving;
    }

    LogRemovals(
            ActorContext<LogStore.Command> context,
            TimerScheduler<LogStore.Command> timers,
            ChannelName channel,
            ChannelServices services,
            ActorRef<LogWriter.Command> writer,
            LogRing ring,
            Accounts accounts) {
        this.context = context;
        this.timers = timers;
        this.channel = channel;
        this.services = services;
        this.writer = writer;
        this.ring = ring;
        this.accounts = accounts;
    }

    /** Removes everything that is there now for one of the managers, who asks once. */
    void addAll(LongConsumer told) {
        add(null, told, _ -> {});
    }

    /** Removes what is there now for somebody from outside, unless too many have asked for that before. */
    void add(LogStore.RemoveLines request) {
        if (accounts.removals.size() >= Limits.LOG_REMOVALS_MAX) {
            request.refuse(tooMany());
        } else {
            add(request.writer(), bytes -> request.replyTo().tell(new LogStore.LinesRemoved(bytes)), request::refuse);
        }
    }

    private void add(@Nullable JobId of, LongConsumer told, Consumer<Problem> refused) {
        accounts.removals.addLast(new Removal(of, ring.nextCursor() - 1, told, refused));
        goOn();
    }

    private Problem tooMany() {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        COMPONENT,
                        Limits.LOG_REMOVALS_MAX + " removals of output of channel '" + channel
                                + "' wait for each other, and that is the limit. Nothing was removed for this one. Try "
                                + "again when some are done.",
                        Map.of("channel", channel.value(), "limit", Limits.LOG_REMOVALS_MAX))
                .retryAfter(RETRY_DELAY);
    }

    /** The channel leaves this node: those who wait hear that nobody will tell them. */
    void refuseAll() {
        Problem unknown = Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The channel '" + channel + "' was moved or started again while its output was being removed. "
                                + "Some of it may be there still. Ask again.")
                .retryAfter(RETRY_DELAY);
        accounts.removals.forEach(removal -> removal.refused.accept(unknown));
        accounts.removals.clear();
    }

    /** Begins with the next removal, if none is under way and its lines are in the archive. */
    void goOn() {
        Removal next = accounts.removals.peekFirst();
        if (next == null || accounts.isRemoving) {
            return;
        }
        if (!ring.isArchived(next.upToCursor)) {
            writer.tell(new LogWriter.Hurry());
            return;
        }
        accounts.isRemoving = true;
        context.pipeToSelf(
                CompletableFuture.supplyAsync(
                        () -> services.logArchive().removeUpTo(channel, next.of, next.upToCursor), services.blocking()),
                (bytes, failure) -> new LogStore.RemovalEnded(bytes == null ? 0 : bytes, failure));
    }

    void ended(LogStore.RemovalEnded ended) {
        accounts.isRemoving = false;
        if (ended.failure() != null) {
            context.getLog().warn("Removing the log of channel {} failed and is tried again", channel, ended.failure());
            timers.startSingleTimer(LogStore.RemoveFromArchive.INSTANCE, RETRY_DELAY);
            return;
        }
        Removal done = accounts.removals.removeFirst();
        ring.forget(done.of, done.upToCursor);
        done.told.accept(ended.bytes());
        goOn();
    }
}
