package io.millrace.channel.log;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.ManagerRequest;
import io.millrace.channel.Restarting;
import io.millrace.channel.serialization.WireMessage;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogPage;
import io.millrace.contracts.log.LogQuery;
import io.millrace.domain.Limits;
import io.millrace.domain.log.LogBlock;
import io.millrace.domain.log.LogLines;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Owns the lines of one channel. Gives each its cursor, block by block, keeps the newest in memory for readers that
 * follow, and hands every block to the node's {@link LogWriter} at once.
 *
 * <p>A read is answered from the archive as long as there is something it has not seen there, then from memory; what
 * left memory is in the archive by then, so nothing is missed and nothing comes twice. A reader with nothing to read
 * may wait. A page may be empty though more lines follow: then it is not caught up, and the reader asks again behind
 * the page's cursor.
 *
 * <p>Memory is bounded: while {@link Limits#LOG_UNARCHIVED_BYTES_MAX} are not durable, workers get no further credit,
 * and the writing processes fill their own pipes. So nothing is lost while the database is away.
 */
public final class LogStore extends AbstractMatchingBehavior<LogStore.Command> {
    private static final int ARCHIVE_STEP_BYTES = 1 << 20;
    private static final long TRIM_STEP_BYTES_MAX = 8L << 20;
    private static final Duration EXPIRY_STEP = Duration.ofMillis(100);
    private static final int INCARNATION_SHIFT = 40;

    private final Accounts accounts;
    private final ChannelName channel;
    private final ChannelServices services;
    private final ActorRef<LogWriter.Command> writer;
    private final ActorRef<LogWriter.Archived> archived;
    private final TimerScheduler<Command> timers;
    private final LogRemovals removals;

    /** Messages of the log store. */
    public sealed interface Command {}

    /** What is asked of it from outside its channel, beside lines. */
    public sealed interface Request extends Command, ManagerRequest {}

    /**
     * Take lines in.
     *
     * @param accepted called once, from any thread, when the lines are on their way to the archive, which they reach also if
     *     the channel ends
     * @param taken called once, from any thread and behind the other, when the sender may send one block more
     */
    record Append(AttemptId attempt, OutputBlock block, Runnable accepted, Runnable taken) implements Command {}

    /** Answer once every line of an attempt that was taken in is durable. */
    public record FlushAttempt(AttemptId attempt, ActorRef<Flushed> replyTo) implements Command {}

    /**
     * Read lines.
     *
     * @param waitMillis how long to wait for a first line if none is there; cut to {@link Limits#FOLLOW_WAIT_MAX}
     * @param jobEnded true if the query names a job or process that has ended for good, or until somebody starts it again
     */
    public record Read(LogQuery query, long waitMillis, boolean jobEnded, ActorRef<Answer> replyTo)
            implements Command {}

    /** A job or process has ended: readers that wait for its lines are answered. Needed only if a reader may wait. */
    public record JobEnded(JobId job) implements Command {}

    /** Follow a changed specification. */
    public record Configure(ChannelSpec spec) implements Command {}

    /** Remove every line the channel has now. Answered with {@link Removed} once none of them is in the archive. */
    public record RemoveAll(ActorRef<Removed> replyTo) implements Command {}

    /**
     * Remove the lines that are there now. Answered with {@link LinesRemoved} once none of them is in the archive.
     *
     * @param writer job or process that wrote them, absent for all
     */
    public record RemoveLines(@Nullable JobId writer, ActorRef<ManagerReply> replyTo) implements Request {}

    private record WrappedArchived(LogWriter.Archived archived) implements Command {}

    private record ArchiveRead(Read read, List<LogBlock> blocks, long archivedTo) implements Command {
        ArchiveRead {
            blocks = List.copyOf(blocks);
        }
    }

    private record ReadFinished(Read read, LogPage page) implements Command {}

    private record ReadFailed(Read read, Throwable failure) implements Command {}

    private enum ExpireReaders implements Command {
        INSTANCE
    }

    enum RemoveFromArchive implements Command {
        INSTANCE
    }

    /** @param failure absent if the lines are gone */
    record RemovalEnded(long bytes, @Nullable Throwable failure) implements Command {}

    /** Answers to {@link Read}. */
    public sealed interface Answer extends WireMessage {}

    public record Lines(LogPage page) implements Answer {}

    public record Refused(Problem problem) implements Answer {}

    public record Flushed(AttemptId attempt) {}

    /**
     * Everything is gone.
     *
     * @param bytes that were removed from the archive
     */
    public record Removed(long bytes) {}

    /** @param bytes that were removed from the archive */
    public record LinesRemoved(long bytes) implements ManagerReply {}

    /**
     * Restarts itself after a defect; lines and readers survive.
     *
     * @param incarnation of the channel; cursors start behind every one an earlier incarnation gave out
     */
    public static Behavior<Command> create(
            ChannelName channel,
            ChannelSpec spec,
            long incarnation,
            ChannelServices services,
            ActorRef<LogWriter.Command> writer) {
        return Behaviors.setup(_ -> {
            var accounts = new Accounts(new LogRing((incarnation << INCARNATION_SHIFT) + 1), spec);
            return Restarting.after(context ->
                    Behaviors.withTimers(timers -> new LogStore(context, timers, accounts, channel, services, writer)));
        });
    }

    private LogStore(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Accounts accounts,
            ChannelName channel,
            ChannelServices services,
            ActorRef<LogWriter.Command> writer) {
        super(context);
        this.timers = timers;
        this.accounts = accounts;
        this.channel = channel;
        this.services = services;
        this.writer = writer;
        this.archived = context.messageAdapter(LogWriter.Archived.class, WrappedArchived::new);
        this.removals = new LogRemovals(context, timers, channel, services, writer, accounts.ring, accounts.removals);
        startExpiry();
        removals.goOn();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Append append -> onAppend(append);
            case WrappedArchived(var done) -> onArchived(done.upToCursor());
            case FlushAttempt flush -> onFlushAttempt(flush);
            case Read read -> onRead(read);
            case ArchiveRead(var read, var blocks, var archivedTo) -> onArchiveRead(returned(read), blocks, archivedTo);
            case ReadFinished(var read, var page) -> answer(returned(read), page);
            case ReadFailed(var read, var failure) -> onReadFailed(returned(read), failure);
            case JobEnded(var job) -> onJobEnded(job);
            case ExpireReaders.INSTANCE -> onExpireReaders();
            case Configure(var spec) -> onConfigure(spec);
            case RemoveAll(var replyTo) -> onRemovals(it -> it.addAll(bytes -> replyTo.tell(new Removed(bytes))));
            case RemoveLines request -> onRemovals(it -> it.add(request));
            case RemoveFromArchive.INSTANCE -> onRemovals(LogRemovals::goOn);
            case RemovalEnded ended -> onRemovals(it -> it.ended(ended));
        };
    }

    private Behavior<Command> onAppend(Append append) {
        var block = numbered(append);
        accounts.ring.add(block);
        writer.tell(new LogWriter.Append(block, archived));
        append.accepted.run();
        if (accounts.ring.unarchivedBytes() <= Limits.LOG_UNARCHIVED_BYTES_MAX) {
            append.taken.run();
        } else {
            accounts.creditHeldBack.add(append.taken);
        }
        serveFollowers(block);
        return this;
    }

    private LogBlock numbered(Append append) {
        var output = append.block;
        return new LogBlock(
                channel,
                append.attempt.job(),
                append.attempt.number(),
                accounts.ring.nextCursor(),
                output.lineCount(),
                output.firstMillis(),
                output.lastMillis(),
                output.lines());
    }

    private Behavior<Command> onArchived(long upToCursor) {
        long before = accounts.ring.unarchivedBytes();
        accounts.ring.archived(upToCursor);
        trimIfDue(before - accounts.ring.unarchivedBytes());
        while (accounts.ring.unarchivedBytes() <= Limits.LOG_UNARCHIVED_BYTES_MAX
                && !accounts.creditHeldBack.isEmpty()) {
            accounts.creditHeldBack.remove().run();
        }
        accounts.flushes.removeIf(flush -> {
            boolean isDurable = flush.cursor <= upToCursor;
            if (isDurable) {
                flush.request.replyTo.tell(new Flushed(flush.request.attempt));
            }
            return isDurable;
        });
        removals.goOn();
        return this;
    }

    private void trimIfDue(long archivedBytes) {
        accounts.bytesUntilTrim -= archivedBytes;
        if (accounts.bytesUntilTrim <= 0) {
            accounts.bytesUntilTrim = Math.min(TRIM_STEP_BYTES_MAX, accounts.retainedBytes / 8 + 1);
            writer.tell(new LogWriter.Trim(channel, accounts.retainedBytes));
        }
    }

    private Behavior<Command> onFlushAttempt(FlushAttempt flush) {
        var attempt = flush.attempt;
        var newest = accounts.ring.newestUnarchived(
                block -> block.job().equals(attempt.job()) && block.attempt() == attempt.number());
        if (newest == null) {
            flush.replyTo.tell(new Flushed(attempt));
        } else {
            accounts.flushes.add(new PendingFlush(flush, newest.lastCursor()));
            writer.tell(new LogWriter.Hurry());
        }
        return this;
    }

    private Behavior<Command> onRead(Read read) {
        var query = read.query;
        if (query.tail() != null && query.after() == 0) {
            return readTail(read);
        }
        if (query.after() < accounts.ring.leftUpTo()) {
            return readArchive(read);
        }
        return readMemory(read);
    }

    private Behavior<Command> readTail(Read read) {
        var recent = accounts.ring.after(0);
        long archivedTo = accounts.ring.leftUpTo();
        long newest = accounts.ring.nextCursor() - 1;
        return inBackground(
                read,
                () -> new ReadFinished(
                        read,
                        TailReader.read(read.query, recent, services.logArchive(), archivedTo, newest, read.jobEnded)));
    }

    private Behavior<Command> readArchive(Read read) {
        var query = read.query;
        long archivedTo = accounts.ring.leftUpTo();
        return inBackground(
                read,
                () -> new ArchiveRead(
                        read,
                        services.logArchive().read(channel, query.writer(), query.after(), ARCHIVE_STEP_BYTES),
                        archivedTo));
    }

    private Behavior<Command> inBackground(Read read, Supplier<Command> work) {
        accounts.readsUnderWay++;
        getContext()
                .pipeToSelf(
                        CompletableFuture.supplyAsync(work, services.blocking()),
                        (command, failure) -> failure == null ? command : new ReadFailed(read, failure));
        return this;
    }

    /** A read comes back from the archive; its job may have ended meanwhile, which it could not be told there. */
    private Read returned(Read read) {
        boolean jobEnded = read.jobEnded || accounts.endedMeanwhile.contains(read.query.writer());
        accounts.readsUnderWay--;
        if (accounts.readsUnderWay == 0) {
            accounts.endedMeanwhile.clear();
        }
        return new Read(read.query, read.waitMillis, jobEnded, read.replyTo);
    }

    /** Goes on in memory if the page has room and nothing lies between. */
    private Behavior<Command> onArchiveRead(Read read, List<LogBlock> blocks, long archivedTo) {
        var filter = new LineFilter(read.query);
        filter.scan(blocks);
        if (filter.isEmpty()) {
            return onRead(behind(read, blocks.isEmpty() ? archivedTo : filter.scannedTo()));
        }
        boolean reachesMemory = filter.scannedTo() >= accounts.ring.leftUpTo();
        if (reachesMemory) {
            filter.scan(accounts.ring.after(filter.scannedTo()));
        }
        boolean isCaughtUp = reachesMemory && !filter.isFull();
        return answer(read, filter.page(missed(read.query, blocks), read.jobEnded && isCaughtUp, isCaughtUp));
    }

    /** Lines a reader of the whole channel wanted and that retention has removed meanwhile. */
    private static long missed(LogQuery query, List<LogBlock> blocks) {
        long after = query.after();
        long first = blocks.getFirst().firstCursor();
        boolean isCountable =
                after > 0 && query.writer() == null && after >> INCARNATION_SHIFT == first >> INCARNATION_SHIFT;
        return isCountable ? Math.max(0, first - after - 1) : 0;
    }

    private Behavior<Command> readMemory(Read read) {
        var filter = new LineFilter(read.query);
        filter.scan(accounts.ring.after(read.query.after()));
        boolean isCaughtUp = !filter.isFull();
        if (!filter.isEmpty() || !isCaughtUp || read.jobEnded || read.waitMillis <= 0) {
            return answer(read, filter.page(0, read.jobEnded && isCaughtUp, isCaughtUp));
        }
        return follow(behind(read, Math.max(filter.scannedTo(), accounts.ring.nextCursor() - 1)));
    }

    private Behavior<Command> follow(Read read) {
        if (accounts.followers.size() >= Limits.FOLLOWERS_MAX) {
            read.replyTo.tell(new Refused(tooManyFollowers()));
            return this;
        }
        long wait = Math.min(read.waitMillis, Limits.FOLLOW_WAIT_MAX.toMillis());
        accounts.followers.add(new Follower(read, System.nanoTime() + wait * 1_000_000));
        startExpiry();
        return this;
    }

    private Problem tooManyFollowers() {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        "LogStore",
                        Limits.FOLLOWERS_MAX + " readers already wait for new lines of channel " + channel
                                + ", and that is the limit. Read without following, or try again when some have gone.",
                        Map.of("channel", channel.value(), "limit", Limits.FOLLOWERS_MAX))
                .retryAfter(Duration.ofSeconds(1));
    }

    /** Followers have read everything before the new block, so that it is all they need to see. */
    private void serveFollowers(LogBlock block) {
        if (accounts.followers.isEmpty()) {
            return;
        }
        List<LogLine> decoded = null;
        var stillWaiting = new ArrayList<Follower>(accounts.followers.size());
        for (var follower : accounts.followers) {
            var query = follower.read.query;
            if (query.writer() != null && !query.writer().equals(block.job())) {
                stillWaiting.add(follower);
                continue;
            }
            decoded = decoded == null ? LogLines.decode(block) : decoded;
            var filter = new LineFilter(query);
            filter.scanLines(decoded);
            if (filter.isEmpty()) {
                stillWaiting.add(follower.behind(block.lastCursor()));
            } else {
                answer(follower.read, filter.page(0, false, !filter.isFull()));
            }
        }
        accounts.followers = stillWaiting;
    }

    private Behavior<Command> onJobEnded(JobId job) {
        if (accounts.readsUnderWay > 0) {
            accounts.endedMeanwhile.add(job);
        }
        answerFollowers(follower -> job.equals(follower.read.query.writer()), true);
        return this;
    }

    private Behavior<Command> onExpireReaders() {
        long now = System.nanoTime();
        answerFollowers(follower -> follower.deadlineNanos - now <= 0, false);
        if (accounts.followers.isEmpty()) {
            timers.cancel(ExpireReaders.INSTANCE);
        }
        return this;
    }

    private void answerFollowers(Predicate<Follower> which, boolean jobEnded) {
        accounts.followers.removeIf(follower -> {
            boolean isMeant = which.test(follower);
            if (isMeant) {
                answer(follower.read, new LineFilter(follower.read.query).page(0, jobEnded, true));
            }
            return isMeant;
        });
    }

    private void startExpiry() {
        if (!accounts.followers.isEmpty() && !timers.isTimerActive(ExpireReaders.INSTANCE)) {
            timers.startTimerWithFixedDelay(ExpireReaders.INSTANCE, ExpireReaders.INSTANCE, EXPIRY_STEP);
        }
    }

    private Behavior<Command> answer(Read read, LogPage page) {
        read.replyTo.tell(new Lines(page));
        return this;
    }

    private Behavior<Command> onReadFailed(Read read, Throwable failure) {
        getContext().getLog().warn("Reading the log archive of channel {} failed", channel, failure);
        read.replyTo.tell(new Refused(Problem.of(
                        ErrorCode.UNAVAILABLE,
                        "LogStore",
                        "The log of channel " + channel + " cannot be read now because the database does not answer. "
                                + "Nothing is lost. Try again.")
                .retryAfter(Duration.ofSeconds(1))));
        return this;
    }

    private Behavior<Command> onConfigure(ChannelSpec spec) {
        accounts.retainedBytes = spec.retention().logBytes();
        accounts.bytesUntilTrim = 0;
        return this;
    }

    private Behavior<Command> onRemovals(Consumer<LogRemovals> change) {
        change.accept(removals);
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PreRestart) {
            services.instruments().managerRestarted();
        } else if (signal instanceof PostStop) {
            answerFollowers(_ -> true, false);
            removals.refuseAll();
        }
        return this;
    }

    private static Read behind(Read read, long cursor) {
        return new Read(
                read.query.after(Math.max(cursor, read.query.after())), read.waitMillis, read.jobEnded, read.replyTo);
    }

    /** What outlives a restart. */
    private static final class Accounts {
        final LogRing ring;
        final Deque<Runnable> creditHeldBack = new ArrayDeque<>();
        final List<PendingFlush> flushes = new ArrayList<>();
        final LogRemovals.Accounts removals = new LogRemovals.Accounts();
        final Set<@Nullable JobId> endedMeanwhile = new HashSet<>();
        List<Follower> followers = new ArrayList<>();
        int readsUnderWay;
        long retainedBytes;
        long bytesUntilTrim;

        Accounts(LogRing ring, ChannelSpec spec) {
            this.ring = ring;
            this.retainedBytes = spec.retention().logBytes();
        }
    }

    /** Somebody waits until the line at {@code cursor} is durable. */
    private record PendingFlush(FlushAttempt request, long cursor) {}

    /** A reader that has read everything there is and waits for more. */
    private record Follower(Read read, long deadlineNanos) {
        Follower behind(long cursor) {
            return new Follower(LogStore.behind(read, cursor), deadlineNanos);
        }
    }
}
