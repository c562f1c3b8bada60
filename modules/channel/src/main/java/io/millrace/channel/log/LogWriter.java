package io.millrace.channel.log;

import io.millrace.channel.ChannelServices;
import io.millrace.channel.Restarting;
import io.millrace.contracts.ChannelName;
import io.millrace.domain.Limits;
import io.millrace.domain.log.LogBlock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Makes lines durable, one transaction at a time for all channels of the node. A write starts when somebody waits for
 * it, when {@link Limits#LOG_WRITE_BYTES_MIN} have come together, or when the oldest line is
 * {@link Limits#LOG_FLUSH_DELAY_MAX} old. A write that fails is repeated until it succeeds, with growing delays; the
 * archive leaves alone what it has, so a write of unknown outcome may be repeated too. What waits meanwhile is bounded
 * by the credit of each channel's {@link LogStore}.
 */
public final class LogWriter extends AbstractMatchingBehavior<LogWriter.Command> {
    private static final Duration RETRY_DELAY_MIN = Duration.ofMillis(200);
    private static final Duration RETRY_DELAY_MAX = Duration.ofSeconds(10);

    private final ChannelServices services;
    private final Accounts accounts;
    private final TimerScheduler<Command> timers;

    /** Messages of the log writer. */
    public sealed interface Command {}

    /** Store a block with the next write. */
    record Append(LogBlock block, ActorRef<Archived> replyTo) implements Command {}

    /** Write now: somebody waits until lines are durable. */
    record Hurry() implements Command {}

    /** Keep at most so many bytes of a channel. */
    record Trim(ChannelName channel, long bytesMax) implements Command {}

    /** Write everything and answer; for the end of the node. */
    public record Drain(ActorRef<Drained> replyTo) implements Command {}

    private enum Write implements Command {
        INSTANCE
    }

    private enum Retry implements Command {
        INSTANCE
    }

    private record WriteEnded(
            long number, long nanos, @Nullable Throwable failure) implements Command {}

    /** Every line of the channel up to this cursor is durable. */
    record Archived(ChannelName channel, long upToCursor) {}

    /** Everything that was handed over is durable. */
    public record Drained() {}

    /** One per node. Restarts itself after a defect; blocks that wait survive. */
    public static Behavior<Command> create(ChannelServices services) {
        return Behaviors.setup(_ -> {
            var accounts = new Accounts();
            return Restarting.after(
                    context -> Behaviors.withTimers(timers -> new LogWriter(context, timers, services, accounts)));
        });
    }

    private LogWriter(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ChannelServices services,
            Accounts accounts) {
        super(context);
        this.timers = timers;
        this.services = services;
        this.accounts = accounts;
        context.getSelf().tell(Retry.INSTANCE);
        context.getSelf().tell(Write.INSTANCE);
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Append append -> onAppend(append);
            case Hurry() -> onHurry();
            case Trim(var channel, var bytesMax) -> onTrim(channel, bytesMax);
            case Drain(var replyTo) -> onDrain(replyTo);
            case Write.INSTANCE -> onWrite();
            case Retry.INSTANCE -> onRetry();
            case WriteEnded ended -> onWriteEnded(ended);
        };
    }

    private Behavior<Command> onAppend(Append append) {
        accounts.waiting.add(append);
        accounts.waitingBytes += append.block.lines().length;
        if (accounts.waitingBytes >= Limits.LOG_WRITE_BYTES_MIN) {
            return writeUnlessBusy();
        }
        if (accounts.waiting.size() == 1) {
            timers.startSingleTimer(Write.INSTANCE, Limits.LOG_FLUSH_DELAY_MAX);
        }
        return this;
    }

    private Behavior<Command> onHurry() {
        accounts.isHurried = true;
        return writeUnlessBusy();
    }

    private Behavior<Command> onTrim(ChannelName channel, long bytesMax) {
        accounts.trims.put(channel, bytesMax);
        return this;
    }

    private Behavior<Command> onDrain(ActorRef<Drained> replyTo) {
        accounts.drains.add(replyTo);
        answerDrains();
        return onHurry();
    }

    private Behavior<Command> onWrite() {
        accounts.isHurried = true;
        return writeUnlessBusy();
    }

    private Behavior<Command> writeUnlessBusy() {
        if (accounts.batch.isEmpty() && !accounts.waiting.isEmpty()) {
            fillBatch();
            writeBatch();
        }
        return this;
    }

    private void fillBatch() {
        int bytes = 0;
        while (!accounts.waiting.isEmpty() && bytes < Limits.LOG_WRITE_BYTES_MAX) {
            var next = accounts.waiting.remove();
            bytes += next.block.lines().length;
            accounts.batch.add(next);
        }
        accounts.waitingBytes -= bytes;
        accounts.isHurried &= !accounts.waiting.isEmpty();
    }

    private void writeBatch() {
        var blocks = accounts.batch.stream().map(Append::block).toList();
        var trims = new LinkedHashMap<>(accounts.trims);
        accounts.trims.clear();
        long startedAt = System.nanoTime();
        long number = ++accounts.writes;
        getContext()
                .pipeToSelf(
                        CompletableFuture.runAsync(() -> write(blocks, trims), services.blocking()),
                        (_, failure) -> new WriteEnded(number, System.nanoTime() - startedAt, failure));
    }

    /** Trims of an earlier write go first, in transactions of their own: what this write adds counts next time. */
    private void write(List<LogBlock> blocks, Map<ChannelName, Long> trims) {
        trims.forEach(services.logArchive()::trim);
        services.logArchive().append(blocks);
    }

    /** After a restart the batch is written again, and only the end of the latest write counts. */
    private Behavior<Command> onWriteEnded(WriteEnded ended) {
        if (ended.number != accounts.writes) {
            return this;
        }
        return ended.failure == null ? onWritten(ended.nanos) : onWriteFailed(ended.failure);
    }

    private Behavior<Command> onWritten(long nanos) {
        if (accounts.failures > 0) {
            getContext().getLog().info("Output is stored again, after {} failed writes", accounts.failures);
        }
        accounts.failures = 0;
        services.instruments().logArchived(accounts.batch.size(), nanos);
        confirmBatch();
        answerDrains();
        if (accounts.isHurried || accounts.waitingBytes >= Limits.LOG_WRITE_BYTES_MIN) {
            return writeUnlessBusy();
        }
        if (!accounts.waiting.isEmpty()) {
            timers.startSingleTimer(Write.INSTANCE, Limits.LOG_FLUSH_DELAY_MAX);
        }
        return this;
    }

    private void confirmBatch() {
        var confirmations = new LinkedHashMap<ActorRef<Archived>, Archived>();
        for (var append : accounts.batch) {
            confirmations.put(append.replyTo, new Archived(append.block.channel(), append.block.lastCursor()));
        }
        accounts.batch.clear();
        confirmations.forEach(ActorRef::tell);
    }

    private Behavior<Command> onWriteFailed(Throwable failure) {
        services.instruments().logArchiveFailed();
        if (accounts.failures == 0) {
            getContext().getLog().warn("Output cannot be stored; it is kept in memory and tried again", failure);
        }
        accounts.failures++;
        timers.startSingleTimer(Retry.INSTANCE, retryDelay(accounts.failures));
        return this;
    }

    private Behavior<Command> onRetry() {
        if (!accounts.batch.isEmpty()) {
            writeBatch();
        }
        return this;
    }

    private static Duration retryDelay(int failures) {
        var delay = RETRY_DELAY_MIN.multipliedBy(1L << Math.min(failures - 1, 10));
        return delay.compareTo(RETRY_DELAY_MAX) < 0 ? delay : RETRY_DELAY_MAX;
    }

    private void answerDrains() {
        if (accounts.batch.isEmpty() && accounts.waiting.isEmpty()) {
            accounts.drains.forEach(replyTo -> replyTo.tell(new Drained()));
            accounts.drains.clear();
        }
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PreRestart) {
            services.instruments().managerRestarted();
        }
        return this;
    }

    /** What outlives a restart. */
    private static final class Accounts {
        final Deque<Append> waiting = new ArrayDeque<>();
        final List<Append> batch = new ArrayList<>();
        final Map<ChannelName, Long> trims = new LinkedHashMap<>();
        final List<ActorRef<Drained>> drains = new ArrayList<>();
        long waitingBytes;
        long writes;
        boolean isHurried;
        int failures;
    }
}
