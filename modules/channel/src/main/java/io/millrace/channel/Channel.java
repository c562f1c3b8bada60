package io.millrace.channel;

import io.millrace.channel.ChannelJournal.StoredEntry;
import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.event.EventBus;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.projection.Projection;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.serialization.WireMessage;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.log.LogQuery;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.ChannelRules;
import io.millrace.domain.channel.ChannelSnapshot;
import io.millrace.domain.channel.Decision;
import io.millrace.domain.channel.EndedJob;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.LiveJob;
import io.millrace.domain.channel.Refusals;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.port.ReadModel.IdempotentSubmission;
import io.millrace.domain.process.ProcessChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.BackoffSupervisorStrategy;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.persistence.typed.JournalPersistFailed;
import org.apache.pekko.persistence.typed.JournalPersistRejected;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.SnapshotCompleted;
import org.apache.pekko.persistence.typed.SnapshotFailed;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Owns one channel: the only writer of its journal and the parent of its managers.
 *
 * <p><b>Group commit.</b> A command is decided at once against the live state and its events join a batch. The first of
 * a batch makes the channel send itself {@code Flush}, which lands behind whatever is queued and stores the batch in one
 * write. Callers are answered and managers are told after the commit only, and a read that arrives meanwhile is
 * answered with the batch: nobody ever sees what may still be lost.
 *
 * <p><b>A failed write</b> has an unknown outcome. Everybody in the batch is told so, the live state is thrown away, the
 * managers are stopped, and the channel starts again from the journal after a growing pause.
 */
public final class Channel extends EventSourcedBehavior<Channel.Command, JournalEntry, LiveChannel> {

    /** Messages of a channel. */
    public sealed interface Command {}

    /** What is asked of a channel from outside; it is always answered. */
    sealed interface Request extends Command, WireMessage {
        /** Answers that nothing was done, or that it is unknown what was. */
        void refuse(Problem problem);
    }

    /** A request that is answered by the channel itself. */
    sealed interface DirectRequest extends Request {
        ActorRef<ChannelReply> replyTo();

        @Override
        default void refuse(Problem problem) {
            replyTo().tell(new ChannelReply.Refused(problem));
        }
    }

    record Put(ChannelSpec spec, ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    record Show(ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    record Pause(ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    record Resume(ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    record Drain(ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    record Purge(ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    record Delete(ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    record ShowDeletion(long beganAtMillis, ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    /**
     * A part of a submission that is too large for one message. Parts arrive in order.
     *
     * @param submission chosen by the sender, unique
     */
    record SubmitPart(String submission, List<SubmittedJob> jobs) implements Command, WireMessage {
        SubmitPart {
            jobs = List.copyOf(jobs);
        }
    }

    /**
     * Accept these jobs, and those of earlier parts, or none of them.
     *
     * @param submission names the earlier parts, absent if there are none
     * @param earlierParts how many parts were sent before
     * @param jobs the last jobs of the submission
     */
    record Submit(
            @Nullable String submission,
            int earlierParts,
            List<SubmittedJob> jobs,
            @Nullable String idempotencyKey,
            @Nullable String bodyHash,
            ActorRef<ChannelReply> replyTo)
            implements DirectRequest {
        Submit {
            jobs = List.copyOf(jobs);
        }
    }

    record Cancel(JobId job, ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    /**
     * @param stored the job as the read model has it, absent if that was not asked yet
     */
    record Retry(JobId job, @Nullable StoredJob stored, ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    /**
     * @param mark as it came with {@link ChannelReply.LookUpToRetry}, before the job was read
     */
    record StoredJob(EndedJob job, RecentRetries.Mark mark) {}

    record ShowJob(JobId job, ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    /** Answer once the job has ended, or with its state when the time is up. */
    record AwaitEnd(JobId job, long timeoutMillis, ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    /** Answer once the read model has everything that is stored now. */
    record AwaitReadModel(ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    /** Look after your jobs. Starting the channel is all it takes. */
    record Wake(ActorRef<ChannelReply> replyTo) implements DirectRequest {}

    /**
     * @param isKnownToHaveEnded true if the query names a process that has ended, or a job that the read model shows as
     *     ended
     */
    record ReadLogs(LogQuery query, long waitMillis, boolean isKnownToHaveEnded, ActorRef<LogStore.Answer> replyTo)
            implements Request {
        @Override
        public void refuse(Problem problem) {
            replyTo.tell(new LogStore.Refused(problem));
        }
    }

    record ReadEvents(EventBus.EventQuery query, long waitMillis, ActorRef<EventBus.Answer> replyTo)
            implements Request {
        @Override
        public void refuse(Problem problem) {
            replyTo.tell(new EventBus.Refused(problem));
        }
    }

    /** Something for the thread manager. */
    record AskThreads(ThreadManager.Request request) implements Request {
        @Override
        public void refuse(Problem problem) {
            request.refuse(problem);
        }
    }

    /** Something for the lock manager. */
    record AskLocks(LockManager.Request request) implements Request {
        @Override
        public void refuse(Problem problem) {
            request.refuse(problem);
        }
    }

    /** Something for the resource manager. */
    record AskResources(ResourceManager.Request request) implements Request {
        @Override
        public void refuse(Problem problem) {
            request.refuse(problem);
        }
    }

    /** Something for the cleanup manager. */
    record AskCleanups(CleanupManager.Request request) implements Request {
        @Override
        public void refuse(Problem problem) {
            request.refuse(problem);
        }
    }

    /** Something for the service manager. */
    record AskProcesses(ServiceManager.Request request) implements Request {
        @Override
        public void refuse(Problem problem) {
            request.refuse(problem);
        }
    }

    /** The channel moves to another node or leaves memory: interrupt what runs, record it, stop. */
    enum HandOff implements Command {
        INSTANCE
    }

    private enum Flush implements Command {
        INSTANCE
    }

    private enum TimePassed implements Command {
        INSTANCE
    }

    private enum CheckIdle implements Command {
        INSTANCE
    }

    private enum Leave implements Command {
        INSTANCE
    }

    private enum GraceOver implements Command {
        INSTANCE
    }

    private enum LeasesOver implements Command {
        INSTANCE
    }

    /**
     * @param of life of the channel that asked
     * @param highest absent if the journal did not answer
     */
    private record JournalRead(
            OwnershipProof of, long beganNanos, @Nullable Long highest) implements Command {}

    private record KeyLookedUp(Submit submit, @Nullable Optional<IdempotentSubmission> earlier) implements Command {}

    private record WrappedReport(ChannelReport report) implements Command {}

    private record WrappedProjected(Projection.Projected projected) implements Command {}

    private record WrappedCleanedUp(CleanedUp answer) implements Command {}

    private enum AttemptsStopped implements Command {
        INSTANCE
    }

    private enum ServicesLeft implements Command {
        INSTANCE
    }

    /** Under this name channels are sharded; their journal is {@code Channel|name}. */
    static final EntityTypeKey<Command> TYPE_KEY = EntityTypeKey.create(Command.class, "Channel");

    /** Messages of the channel's own managers are never refused, so the stash has room for them on top. */
    private static final int STASH_CAPACITY = 2 * Limits.CHANNEL_STASH_MAX;

    private static final BackoffSupervisorStrategy RESTART = SupervisorStrategy.restartWithBackoff(
                    Duration.ofMillis(200), Duration.ofSeconds(10), 0.2)
            .withResetBackoffAfter(Duration.ofSeconds(30))
            .withStashCapacity(STASH_CAPACITY);

    /** While the database is away every channel restarts again and again; the channel itself says so once per write. */
    private static final BackoffSupervisorStrategy RESTART_QUIETLY = RESTART.withLogLevel(Level.DEBUG);

    private static final Duration IDLE_CHECK = Limits.CHANNEL_IDLE_MAX.dividedBy(4);

    /** Clocks are adjusted now and then, so no timer runs longer. */
    private static final long TIMER_MILLIS_MAX = 60_000;

    /** Time for attempts to end after they were killed. */
    private static final Duration HAND_OFF_MAX = Limits.STOP_GRACE.multipliedBy(2);

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final ChannelName name;
    private final ChannelHost host;
    private final ChannelHome home;
    private final Admission admission;
    private final ActorRef<ChannelReport> reports;
    private final ActorRef<Projection.Projected> projected;
    private final ActorRef<ThreadManager.Stopped> attemptsStopped;
    private final ActorRef<ServiceManager.Left> servicesLeft;
    private final ActorRef<ProcessManager.Left> servicesKept;
    private final ActorRef<CleanedUp> cleanedUp;
    /** State of a channel without a journal. Never changed, because a restart begins with it again. */
    private final LiveChannel blank = LiveChannel.empty();

    // One life of the channel, from its recovery until it restarts or stops.
    private LiveChannel live = blank;
    private GroupCommit commit;
    private OwnershipProof ownership;
    private ChannelDisplay display;
    private ChannelAnswers answers;
    private JournalUpkeep upkeep = new JournalUpkeep();
    private @Nullable ChannelChildren children;
    private @Nullable Consequences consequences;
    private @Nullable ChannelCleanup cleanup;
    private final JobWaiters waiters = new JobWaiters();
    private final RecentRetries retries = new RecentRetries();
    private final ReadModelBarrier barrier = new ReadModelBarrier();
    private final SubmissionParts parts = new SubmissionParts();
    private boolean isFlushing;
    private ChannelReport.SlotsTaken slotsTaken = ChannelReport.SlotsTaken.NONE;
    private ChannelReport.ResourcesHeld resourcesHeld = ChannelReport.ResourcesHeld.NONE;
    private boolean isStartingHeld;
    private int locksForgotten;
    private int cleanupsForgotten;
    private int processesForgotten;
    private long wakeAtMillis = Long.MAX_VALUE;

    // What outlasts a restart.
    /** True once it was stored that this node owns the channel. */
    private boolean hasOwned;

    private boolean isSuperseded;
    private boolean isHandingOff;
    private boolean areAttemptsStopping;
    private boolean areServicesLeaving;
    private boolean isGraceOver;
    private long lastRequestMillis;

    static Behavior<Command> create(ChannelName name, ChannelHost host, ChannelHome home) {
        Behavior<Command> channel = Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            Admission admission = new Admission(name);
            return Behaviors.intercept(() -> admission, new Channel(context, timers, name, host, home, admission));
        }));
        return Behaviors.withMdc(
                Command.class,
                Map.of("channel", name.value()),
                Behaviors.supervise(channel).onFailure(Exception.class, RESTART));
    }

    private Channel(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ChannelName name,
            ChannelHost host,
            ChannelHome home,
            Admission admission) {
        super(PersistenceId.of(TYPE_KEY.name(), name.value()), RESTART_QUIETLY);
        this.context = context;
        this.timers = timers;
        this.name = name;
        this.host = host;
        this.home = home;
        this.admission = admission;
        this.display = new ChannelDisplay(name);
        this.commit =
                new GroupCommit(new ChannelRules(name), live, host.services().node(), host.clock());
        this.ownership = new OwnershipProof(host.services().processLease());
        this.answers = new ChannelAnswers(name, live, display, host.clock());
        this.reports = context.messageAdapter(ChannelReport.class, WrappedReport::new);
        this.projected = context.messageAdapter(Projection.Projected.class, WrappedProjected::new);
        this.attemptsStopped = context.messageAdapter(ThreadManager.Stopped.class, _ -> AttemptsStopped.INSTANCE);
        this.servicesLeft = context.messageAdapter(ServiceManager.Left.class, _ -> ServicesLeft.INSTANCE);
        this.servicesKept = context.messageAdapter(ProcessManager.Left.class, _ -> ServicesLeft.INSTANCE);
        this.cleanedUp = context.messageAdapter(CleanedUp.class, WrappedCleanedUp::new);
        this.lastRequestMillis = host.clock().millis();
    }

    @Override
    public LiveChannel emptyState() {
        return blank;
    }

    @Override
    public CommandHandler<Command, JournalEntry, LiveChannel> commandHandler() {
        return this::onCommand;
    }

    @Override
    public EventHandler<LiveChannel, JournalEntry> eventHandler() {
        return this::onEntry;
    }

    @Override
    public SignalHandler<LiveChannel> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), this::onRecovered)
                .onSignal(JournalPersistFailed.class, (_, signal) -> onWriteFailed(signal.failure()))
                .onSignal(JournalPersistRejected.class, (_, signal) -> onWriteFailed(signal.failure()))
                .onSignal(
                        SnapshotCompleted.class,
                        (_, signal) -> onSnapshot(signal.getSnapshotMetadata().sequenceNr()))
                .onSignal(SnapshotFailed.class, (_, signal) -> onSnapshotFailed(signal.failure()))
                .onSignal(PreRestart.instance(), _ -> endLife())
                .onSignal(PostStop.instance(), _ -> endLife())
                .build();
    }

    @Override
    public SnapshotAdapter<LiveChannel> snapshotAdapter() {
        return new SnapshotAdapter<>() {
            @Override
            public Object toJournal(LiveChannel channel) {
                return channel.snapshot();
            }

            @Override
            public LiveChannel fromJournal(Object snapshot) {
                return LiveChannel.of((ChannelSnapshot) snapshot);
            }
        };
    }

    @Override
    public boolean shouldSnapshot(LiveChannel channel, JournalEntry entry, long sequence) {
        return upkeep.isSnapshotDueAfter(entry, live.counts().live() + live.endedHeld());
    }

    @Override
    public Optional<Integer> stashCapacity() {
        return Optional.of(STASH_CAPACITY);
    }

    private Effect<JournalEntry, LiveChannel> onCommand(LiveChannel state, Command command) {
        admission.handled();
        if (isSuperseded) {
            return onCommandWhenSuperseded(command);
        }
        if (command instanceof Request) {
            lastRequestMillis = now();
        }
        return switch (command) {
            case Put(var spec, var replyTo) -> decide(new ChannelCommand.Put(spec), replyTo, answers::channelAfter);
            case Show(var replyTo) -> answer(replyTo, answers::channel);
            case Pause(var replyTo) -> decide(new ChannelCommand.Pause(), replyTo, answers::channelAfter);
            case Resume(var replyTo) -> decide(new ChannelCommand.Resume(), replyTo, answers::channelAfter);
            case Drain(var replyTo) -> decide(new ChannelCommand.Drain(), replyTo, answers::channelAfter);
            case Purge(var replyTo) -> decide(new ChannelCommand.Purge(), replyTo, ChannelAnswers::purged);
            case Delete(var replyTo) -> onDelete(replyTo);
            case ShowDeletion(var beganAt, var replyTo) -> answer(replyTo, () -> answers.deletion(beganAt));
            case SubmitPart(var submission, var jobs) -> onSubmitPart(submission, jobs);
            case Submit submit -> onSubmit(submit);
            case KeyLookedUp(var submit, var earlier) -> onKeyLookedUp(submit, earlier);
            case Cancel(var job, var replyTo) -> onCancel(job, replyTo);
            case Retry(var job, var stored, var replyTo) -> onRetry(job, stored, replyTo);
            case ShowJob(var job, var replyTo) -> answer(replyTo, () -> answers.job(job));
            case AwaitEnd await -> afterCommit(() -> onAwaitEnd(await), await);
            case AwaitReadModel await -> afterCommit(() -> onAwaitReadModel(await), await);
            case Wake(var replyTo) -> onWake(replyTo);
            case ReadLogs read -> afterCommit(() -> onReadLogs(read), read);
            case ReadEvents read -> afterCommit(() -> onReadEvents(read), read);
            case AskThreads ask -> onAskThreads(ask);
            case AskLocks ask -> askManager(ask, to -> to.ask(ask.request()));
            case AskResources ask -> askManager(ask, to -> to.ask(ask.request()));
            case AskCleanups ask -> askManager(ask, to -> to.ask(ask.request()));
            case AskProcesses ask -> onAskProcesses(ask);
            case WrappedReport(var report) -> onReport(report);
            case WrappedProjected(var progress) -> onProjected(progress);
            case Flush.INSTANCE -> onFlush();
            case TimePassed.INSTANCE -> onTimePassed();
            case CheckIdle.INSTANCE -> onCheckIdle();
            case HandOff.INSTANCE -> onHandOff();
            case AttemptsStopped.INSTANCE -> onAttemptsStopped();
            case ServicesLeft.INSTANCE -> onServicesLeft();
            case WrappedCleanedUp(var answer) -> onCleanedUp(answer);
            case Leave.INSTANCE -> onLeave();
            case GraceOver.INSTANCE -> onGraceOver();
            case LeasesOver.INSTANCE -> onLeasesOver();
            case JournalRead read -> onJournalRead(read);
        };
    }

    // Group commit

    /** Decides a command of a caller, who is answered after the commit. */
    private Effect<JournalEntry, LiveChannel> decide(
            ChannelCommand command, ActorRef<ChannelReply> replyTo, Function<List<ChannelEvent>, ChannelReply> reply) {
        switch (commit.decide(command)) {
            case Decision.Accepted(var events) -> tell(replyTo, () -> reply.apply(events));
            case Decision.Refused(var problem) -> {
                if (command instanceof ChannelCommand.Submit) {
                    host.services().instruments().submitRefused();
                }
                tell(replyTo, () -> new ChannelReply.Refused(problem));
            }
            case Decision.Replayed(var jobs) -> tell(replyTo, () -> answers.replayed(jobs));
        }
        return storeSoon();
    }

    /** Decides a command that nobody waits for. */
    private Effect<JournalEntry, LiveChannel> decide(ChannelCommand command) {
        commit.decide(command);
        return storeSoon();
    }

    /** Stores a full batch now, and any other one once the messages that are queued by now were looked at. */
    private Effect<JournalEntry, LiveChannel> storeSoon() {
        if (commit.isFull()) {
            return store();
        }
        if (!commit.isEmpty()) {
            flushLater();
        }
        return Effect().none();
    }

    private void flushLater() {
        if (!isFlushing) {
            isFlushing = true;
            context.getSelf().tell(Flush.INSTANCE);
        }
    }

    /**
     * Leaves it to the next write, because nobody waits. Only changes of locks are stored like this: as long as nothing is
     * being flushed they are all there is to store.
     */
    private Effect<JournalEntry, LiveChannel> storeEventually() {
        if (commit.isFull()) {
            return store();
        }
        if (!isFlushing && !timers.isTimerActive(Flush.INSTANCE)) {
            timers.startSingleTimer(Flush.INSTANCE, Limits.RELEASE_UNSTORED_MAX);
        }
        return Effect().none();
    }

    private Effect<JournalEntry, LiveChannel> onFlush() {
        isFlushing = false;
        return store();
    }

    /** Fills free slots and stores everything in one write. */
    private Effect<JournalEntry, LiveChannel> store() {
        if (mayStart()) {
            commit.startNext(freeSlots());
        }
        if (commit.isEmpty()) {
            return Effect().none();
        }
        timers.cancel(Flush.INSTANCE);
        List<JournalEntry> rows = commit.rows();
        long startedNanos = System.nanoTime();
        return Effect().persist(rows).thenRun(_ -> onCommitted(rows, startedNanos));
    }

    private int freeSlots() {
        return live.spec().threads().max()
                - slotsTaken.slots()
                - resourcesHeld.slots()
                - live.running().size();
    }

    /** Starts nothing during a cleanup, nor while the read model is so far behind that memory would fill up. */
    private boolean mayStart() {
        return !isHandingOff
                && !isStartingHeld
                && live.endedHeld() < Limits.ENDED_JOBS_HELD_MAX
                && lastSequence() - barrier.projected() < Limits.PROJECTION_ENTRIES_HELD_MAX;
    }

    private void startWhatCanStart() {
        if (live.readyAtOrAbove(Priority.LOW) > 0 && freeSlots() > 0 && mayStart()) {
            flushLater();
        }
    }

    private LiveChannel onEntry(LiveChannel state, JournalEntry entry) {
        if (commit.hasApplied(entry)) {
            return live;
        }
        LiveChannel replayed = state == blank ? LiveChannel.empty() : state;
        entry.events().forEach(replayed::evolve);
        upkeep.replayed(entry);
        return replayed;
    }

    private void onCommitted(List<JournalEntry> rows, long startedNanos) {
        long last = lastSequence();
        host.services().instruments().committed(commit.commands(), System.nanoTime() - startedNanos);
        live.sealed(last);
        hasOwned = true;
        long ownedUntilNanos = ownership.written(startedNanos);
        consequencesFrom(last - rows.size()).of(numbered(rows, last), ownedUntilNanos);
        commit.committed();
        if (cleanup != null) {
            cleanup.cleanUpIfDeleting();
            cleanup.stopServicesIfDrained();
        }
        scheduleWake();
        leaveIfDone();
    }

    /** The managers are started once this node owns the channel for certain. */
    private Consequences consequencesFrom(long lastSequence) {
        if (consequences == null) {
            ChannelChildren started = new ChannelChildren(context, name, live, lastSequence, host, reports, projected);
            children = started;
            consequences =
                    new Consequences(live, started, display, host.services().instruments(), this::onJobEnded);
            ChannelCleanup begun =
                    new ChannelCleanup(live, started, host.services().codec(), cleanedUp);
            cleanup = begun;
            begun.handOverInterrupted();
            waitForLeases(begun);
        }
        return consequences;
    }

    /** From now on, where it is stored that the channel is this node's, no lease is granted or renewed elsewhere. */
    private void waitForLeases(ChannelCleanup begun) {
        List<LiveJob.Running> elsewhere = begun.mayRunElsewhere();
        if (!elsewhere.isEmpty()) {
            Duration delay = host.services().processLease().takeOverDelay();
            elsewhere.forEach(job -> display.waitsForLease(job, now(), delay));
            timers.startSingleTimer(LeasesOver.INSTANCE, delay);
        }
    }

    private Effect<JournalEntry, LiveChannel> onLeasesOver() {
        if (cleanup != null) {
            cleanup.mayRunElsewhere().forEach(job -> display.attemptWaits(AttemptId.of(job), null));
            cleanup.leasesOver().forEach(commit::decide);
        }
        return storeSoon();
    }

    private List<StoredEntry> numbered(List<JournalEntry> rows, long last) {
        List<StoredEntry> stored = new ArrayList<>(rows.size());
        for (JournalEntry row : rows) {
            long sequence = last - rows.size() + stored.size() + 1;
            stored.add(new StoredEntry(sequence, row));
            upkeep.stored(sequence, row, live.spec().retention().events());
        }
        return stored;
    }

    private void onJobEnded(JobId job) {
        if (children != null) {
            children.jobEnded(job, now());
        }
        waiters.takeFor(job).forEach(waiter -> waiter.replyTo().tell(answers.job(job)));
    }

    // Answers

    private Effect<JournalEntry, LiveChannel> afterCommit(Runnable action, Request request) {
        commit.afterCommit(action, request::refuse);
        return storeSoon();
    }

    private Effect<JournalEntry, LiveChannel> answer(ActorRef<ChannelReply> replyTo, Supplier<ChannelReply> reply) {
        tell(replyTo, reply);
        return storeSoon();
    }

    /** Answers with what is true when everything that is being stored now is stored. */
    private void tell(ActorRef<ChannelReply> replyTo, Supplier<ChannelReply> reply) {
        commit.afterCommit(() -> replyTo.tell(reply.get()), problem -> replyTo.tell(new ChannelReply.Refused(problem)));
    }

    // Requests

    /** A channel whose deletion has failed is cleaned up once more. */
    private Effect<JournalEntry, LiveChannel> onDelete(ActorRef<ChannelReply> replyTo) {
        long since = live.stateSinceMillis();
        var effect = decide(
                new ChannelCommand.Delete(),
                replyTo,
                events -> answers.deleting(
                        events.isEmpty() ? since : events.getFirst().at()));
        commit.afterCommit(
                () -> {
                    if (cleanup != null) {
                        cleanup.deletionWasAsked();
                    }
                },
                _ -> {
                    // Its next life looks after that by itself.
                });
        return effect;
    }

    /** The channel {@code default} always exists, so being woken brings it into being. */
    private Effect<JournalEntry, LiveChannel> onWake(ActorRef<ChannelReply> replyTo) {
        return live.exists() || !name.equals(ChannelName.DEFAULT)
                ? answer(replyTo, ChannelReply.Awake::new)
                : decide(new ChannelCommand.Put(ChannelSpec.DEFAULT), replyTo, _ -> new ChannelReply.Awake());
    }

    private Effect<JournalEntry, LiveChannel> onSubmitPart(String submission, List<SubmittedJob> jobs) {
        parts.add(submission, jobs, now());
        return Effect().none();
    }

    private Effect<JournalEntry, LiveChannel> onSubmit(Submit submit) {
        Submit whole = assembled(submit);
        if (whole == null) {
            return answer(submit.replyTo(), () -> new ChannelReply.Refused(ChannelProblems.partsMissing(name)));
        }
        String key = whole.idempotencyKey();
        if (key == null || live.submission(key) != null) {
            return accept(whole);
        }
        context.pipeToSelf(
                CompletableFuture.supplyAsync(
                        () -> host.services().readModel().idempotent(name, key),
                        host.services().blocking()),
                (earlier, _) -> new KeyLookedUp(whole, earlier));
        return Effect().none();
    }

    private @Nullable Submit assembled(Submit submit) {
        if (submit.submission() == null) {
            return submit;
        }
        List<SubmittedJob> jobs = parts.take(submit.submission(), submit.earlierParts());
        if (jobs == null) {
            return null;
        }
        jobs.addAll(submit.jobs());
        return new Submit(null, 0, jobs, submit.idempotencyKey(), submit.bodyHash(), submit.replyTo());
    }

    /** The key may have been used meanwhile; then the rules find it in the live state. */
    private Effect<JournalEntry, LiveChannel> onKeyLookedUp(
            Submit submit, @Nullable Optional<IdempotentSubmission> lookedUp) {
        if (lookedUp == null) {
            return answer(submit.replyTo(), () -> new ChannelReply.Refused(ChannelProblems.keyNotLookedUp(name)));
        }
        IdempotentSubmission earlier = lookedUp.orElse(null);
        if (earlier == null) {
            return accept(submit);
        }
        return answer(
                submit.replyTo(),
                () -> earlier.bodyHash().equals(submit.bodyHash())
                        ? answers.replayed(earlier.jobs())
                        : new ChannelReply.Refused(Refusals.keyReused(String.valueOf(submit.idempotencyKey()))));
    }

    private Effect<JournalEntry, LiveChannel> accept(Submit submit) {
        var command = new ChannelCommand.Submit(submit.jobs(), submit.idempotencyKey(), submit.bodyHash());
        return decide(command, submit.replyTo(), ChannelAnswers::accepted);
    }

    private Effect<JournalEntry, LiveChannel> onCancel(JobId job, ActorRef<ChannelReply> replyTo) {
        if (isHeld(job)) {
            return decide(new ChannelCommand.Cancel(job), replyTo, _ -> answers.job(job));
        }
        return answer(replyTo, ChannelReply.JobNotHeld::new);
    }

    private Effect<JournalEntry, LiveChannel> onRetry(
            JobId job, @Nullable StoredJob stored, ActorRef<ChannelReply> replyTo) {
        EndedJob held = live.ended(job);
        EndedJob ended = held == null ? latest(stored) : held;
        LiveJob running = live.job(job);
        if (running != null) {
            Problem problem = Refusals.notEnded(job, running.state());
            return answer(replyTo, () -> new ChannelReply.Refused(problem));
        }
        if (ended == null) {
            RecentRetries.Mark mark = retries.mark(live.incarnation());
            return answer(replyTo, () -> new ChannelReply.LookUpToRetry(mark));
        }
        retries.add(job);
        return decide(new ChannelCommand.Retry(ended), replyTo, _ -> answers.job(job));
    }

    /** The job as the read model showed it, absent if it may have run since. */
    private @Nullable EndedJob latest(@Nullable StoredJob stored) {
        return stored != null
                        && retries.isUntouchedSince(stored.mark(), stored.job().id(), live.incarnation())
                ? stored.job()
                : null;
    }

    private boolean isHeld(JobId job) {
        return live.job(job) != null || live.ended(job) != null;
    }

    private void onAwaitEnd(AwaitEnd await) {
        ChannelReply reply = answers.job(await.job());
        boolean mustWait =
                reply instanceof ChannelReply.JobShown(var job) && !job.state().isTerminal();
        long timeout = Math.min(await.timeoutMillis(), Limits.JOB_WAIT_MAX.toMillis());
        if (mustWait && timeout > 0 && waiters.add(await.job(), now() + timeout, await.replyTo())) {
            scheduleWake();
        } else {
            await.replyTo().tell(reply);
        }
    }

    private void onAwaitReadModel(AwaitReadModel await) {
        if (children == null) {
            await.replyTo().tell(new ChannelReply.ReadModelCurrent());
        } else if (!barrier.await(lastSequence(), await.replyTo())) {
            await.refuse(ChannelProblems.tooManyReaders(name));
        }
    }

    private void onReadLogs(ReadLogs read) {
        JobId job = read.query().job();
        if (children == null || !live.exists()) {
            read.refuse(Refusals.unknownChannel(name));
        } else if (job == null) {
            boolean hasEnded = read.query().process() != null && read.isKnownToHaveEnded();
            children.read(new LogStore.Read(read.query(), read.waitMillis(), hasEnded, read.replyTo()), now());
        } else if (live.job(job) != null) {
            children.read(new LogStore.Read(read.query(), read.waitMillis(), false, read.replyTo()), now());
        } else if (read.isKnownToHaveEnded() || live.ended(job) != null) {
            children.read(new LogStore.Read(read.query(), read.waitMillis(), true, read.replyTo()), now());
        } else {
            read.refuse(Refusals.unknownJob(name, job));
        }
    }

    private void onReadEvents(ReadEvents read) {
        if (children == null || !live.exists()) {
            read.refuse(Refusals.unknownChannel(name));
        } else {
            children.read(new EventBus.Read(read.query(), read.waitMillis(), read.replyTo()));
        }
    }

    // The channel's own managers

    /**
     * The channel {@code default} always exists, so asking its managers for something brings it into being. Changes of
     * locks that may wait are no reason to wait for: who asks for a lock shall have them stored together with the answer.
     */
    private Effect<JournalEntry, LiveChannel> askManager(Request request, Consumer<ChannelChildren> ask) {
        if (!live.exists() && name.equals(ChannelName.DEFAULT)) {
            commit.decide(new ChannelCommand.Put(ChannelSpec.DEFAULT));
            flushLater();
        }
        Runnable action = () -> {
            if (children == null || !live.exists()) {
                request.refuse(Refusals.unknownChannel(name));
            } else {
                ask.accept(children);
            }
        };
        if (isFlushing) {
            commit.afterCommit(action, request::refuse);
        } else {
            action.run();
        }
        return Effect().none();
    }

    /** A channel that starts no jobs starts no threads either; those there are can be asked about and ended. */
    private Effect<JournalEntry, LiveChannel> onAskThreads(AskThreads ask) {
        return askManager(ask, to -> {
            if (ask.request() instanceof ThreadManager.Create && live.state() != ChannelState.ACTIVE) {
                ask.refuse(Refusals.startsNoThreads(name, live.state()));
            } else {
                to.ask(ask.request());
            }
        });
    }

    /** A channel that is drained or going away starts no processes; those there are can be asked about and ended. */
    private Effect<JournalEntry, LiveChannel> onAskProcesses(AskProcesses ask) {
        return askManager(ask, to -> {
            boolean starts =
                    ask.request() instanceof ServiceManager.Start || ask.request() instanceof ServiceManager.Restart;
            boolean isEnding = live.state() == ChannelState.DRAINING || live.state() == ChannelState.DELETING;
            if (starts && isEnding) {
                ask.refuse(Refusals.startsNoProcesses(name, live.state()));
            } else {
                to.ask(ask.request());
            }
        });
    }

    private Effect<JournalEntry, LiveChannel> onReport(ChannelReport report) {
        switch (report) {
            case ChannelReport.AttemptFinished(var attempt, var outcome) -> {
                return decide(new ChannelCommand.EndAttempt(attempt.job(), attempt.epoch(), outcome));
            }
            case ChannelReport.Published(var attempt, var type, var data) -> {
                return decide(
                        attempt.isThread()
                                ? new ChannelCommand.PublishFromThread(attempt.job(), type, data)
                                : new ChannelCommand.Publish(attempt.job(), type, data));
            }
            case ChannelReport.Progressed(var attempt, var progress) ->
                ifRunning(attempt, () -> display.progressed(attempt, progress));
            case ChannelReport.AttemptWaits(var attempt, var condition) ->
                ifRunning(attempt, () -> display.attemptWaits(attempt, condition));
            case ChannelReport.AttemptNoted(var attempt, var condition) ->
                ifRunning(attempt, () -> display.attemptNoted(attempt, condition));
            case ChannelReport.SlotsTaken taken -> {
                slotsTaken = taken;
                display.threadsRun(taken.threadsRunning());
                startWhatCanStart();
            }
            case ChannelReport.StartingHeld(var isHeld) -> {
                isStartingHeld = isHeld;
                startWhatCanStart();
            }
            case ChannelReport.ResourcesHeld held -> {
                resourcesHeld = held;
                startWhatCanStart();
            }
            case ChannelReport.ConditionRaised(var condition) -> display.raise(condition);
            case ChannelReport.ConditionCleared(var type) -> display.clear(type);
            case ChannelReport.LocksChanged changed -> {
                return onLocksChanged(changed);
            }
            case ChannelReport.LocksAwaited _ -> {
                return storeSoon();
            }
            case ChannelReport.LocksForgotten _ -> locksForgotten++;
            case ChannelReport.CleanupsChanged changed -> {
                return onCleanupsChanged(changed);
            }
            case ChannelReport.CleanupsForgotten _ -> cleanupsForgotten++;
            case ChannelReport.ProcessesChanged changed -> {
                return onProcessesChanged(changed);
            }
            case ChannelReport.ProcessesForgotten _ -> processesForgotten++;
            case ChannelReport.CleanedForDeletion(var incarnation) -> {
                return onCleanedForDeletion(incarnation);
            }
            case ChannelReport.OwnershipAsked(var replyTo) -> {
                if (ownership.mustRead(replyTo, System.nanoTime())) {
                    readJournal();
                }
            }
            case ChannelReport.ThreadManagerRestarted _ -> {
                runAgain();
                return storeSoon();
            }
        }
        return Effect().none();
    }

    /**
     * The lock manager hears of it once it is stored. What it decided in an earlier life of the channel, or before it heard
     * that the channel was deleted, would be a lease that nobody knows of. A grant that contradicts what is stored is
     * never answered: both begin anew from the journal.
     */
    private Effect<JournalEntry, LiveChannel> onLocksChanged(ChannelReport.LocksChanged changed) {
        if (changed.incarnation() != live.incarnation() || commit.deletions() > locksForgotten) {
            return Effect().none();
        }
        var command = new ChannelCommand.ChangeLocks(changed.incarnation(), changed.changes());
        if (commit.decide(command) instanceof Decision.Refused(var problem)) {
            throw new IllegalStateException(problem.detail());
        }
        commit.afterCommit(() -> changed.replyTo().tell(new LockManager.Stored(changed.number())), _ -> {
            // It ends together with this life of the channel.
        });
        return changed.isAwaited() ? storeSoon() : storeEventually();
    }

    /** As {@link #onLocksChanged}, for the cleanup manager. */
    private Effect<JournalEntry, LiveChannel> onCleanupsChanged(ChannelReport.CleanupsChanged changed) {
        if (changed.incarnation() != live.incarnation() || commit.deletions() > cleanupsForgotten) {
            return Effect().none();
        }
        var command = new ChannelCommand.ChangeCleanups(changed.incarnation(), changed.changes());
        if (commit.decide(command) instanceof Decision.Refused(var problem)) {
            throw new IllegalStateException(problem.detail());
        }
        commit.afterCommit(() -> changed.replyTo().tell(new CleanupManager.Stored(changed.number())), _ -> {
            // It ends together with this life of the channel.
        });
        return storeSoon();
    }

    /** As {@link #onLocksChanged}, for the service manager, which is told the epochs that its runs were given. */
    private Effect<JournalEntry, LiveChannel> onProcessesChanged(ChannelReport.ProcessesChanged changed) {
        if (changed.incarnation() != live.incarnation() || commit.deletions() > processesForgotten) {
            return Effect().none();
        }
        List<ProcessChange.RunStarted> started =
                switch (commit.decide(new ChannelCommand.ChangeProcesses(changed.incarnation(), changed.changes()))) {
                    case Decision.Accepted(var events) ->
                        changed.changes().isEmpty() ? GivenEpochs.in(live.processes()) : GivenEpochs.in(events);
                    case Decision.Refused(var problem) -> throw new IllegalStateException(problem.detail());
                    case Decision.Replayed _ -> List.of();
                };
        commit.afterCommit(() -> changed.replyTo().tell(new ServiceManager.Stored(changed.number(), started)), _ -> {
            // It ends together with this life of the channel.
        });
        return storeSoon();
    }

    private Effect<JournalEntry, LiveChannel> onCleanedForDeletion(long incarnation) {
        return incarnation == live.incarnation()
                ? decide(new ChannelCommand.CompleteDeletion())
                : Effect().none();
    }

    private Effect<JournalEntry, LiveChannel> onCleanedUp(CleanedUp answer) {
        return cleanup == null
                ? Effect().none()
                : cleanup.ended(answer.attempt())
                        .map(this::decide)
                        .orElseGet(() -> Effect().none());
    }

    private void ifRunning(AttemptId attempt, Runnable action) {
        if (live.job(attempt.job()) instanceof LiveJob.Running job && job.epoch() == attempt.epoch()) {
            action.run();
        }
    }

    private void runAgain() {
        commit.afterCommit(
                () -> {
                    if (consequences != null) {
                        consequences.runAgain();
                    }
                },
                _ -> {
                    // The attempts are stopped with this life of the channel.
                });
    }

    private Effect<JournalEntry, LiveChannel> onProjected(Projection.Projected progress) {
        barrier.reached(progress);
        live.projected(progress.sequence(), now());
        startWhatCanStart();
        return Effect().none();
    }

    // Time

    private void scheduleWake() {
        long next = Math.min(live.nextWakeMillis(), waiters.nextDeadlineMillis());
        if (next == wakeAtMillis) {
            return;
        }
        wakeAtMillis = next;
        if (next == Long.MAX_VALUE) {
            timers.cancel(TimePassed.INSTANCE);
        } else {
            long delay = Math.clamp(next - now(), 1, TIMER_MILLIS_MAX);
            timers.startSingleTimer(TimePassed.INSTANCE, Duration.ofMillis(delay));
        }
    }

    private Effect<JournalEntry, LiveChannel> onTimePassed() {
        wakeAtMillis = Long.MAX_VALUE;
        for (JobWaiters.Waiter waiter : waiters.takeExpired(now())) {
            tell(waiter.replyTo(), () -> answers.job(waiter.job()));
        }
        if (live.nextWakeMillis() <= now()) {
            commit.decide(new ChannelCommand.Elapse());
        }
        if (commit.isEmpty()) {
            scheduleWake();
        }
        return storeSoon();
    }

    // Coming and going

    private void onRecovered(LiveChannel recovered) {
        beginLife(recovered == blank ? LiveChannel.empty() : recovered);
        live.sealed(lastSequence());
        host.services().instruments().channelsLive().add(1);
        timers.startTimerWithFixedDelay(CheckIdle.INSTANCE, IDLE_CHECK);
        if (isOwnedByAnother()) {
            context.getLog().warn("Another node took the channel over; this instance ends.");
            isSuperseded = true;
            context.getSelf().tell(Leave.INSTANCE);
        } else if (lastSequence() > 0) {
            // Also for a channel that was deleted: the read model may not know of that yet.
            commit.takeOwnership();
            flushLater();
        }
    }

    private void beginLife(LiveChannel state) {
        live = state;
        display = new ChannelDisplay(name);
        commit = new GroupCommit(new ChannelRules(name), live, host.services().node(), host.clock());
        ownership = new OwnershipProof(host.services().processLease());
        answers = new ChannelAnswers(name, live, display, host.clock());
    }

    /**
     * After a failed write the journal may show that somebody else owns the channel by now. Taking it back would cut off
     * what runs there; if the channel does belong here, sharding starts it again.
     */
    private boolean isOwnedByAnother() {
        return hasOwned && !live.owner().equals(host.services().node());
    }

    /** Whatever this instance decided now would be decided behind the owner's back. */
    private Effect<JournalEntry, LiveChannel> onCommandWhenSuperseded(Command command) {
        if (command == Leave.INSTANCE || command == HandOff.INSTANCE) {
            return Effect().stop();
        }
        if (command instanceof Request request) {
            request.refuse(ChannelProblems.outcomeUnknown(name));
        } else if (command instanceof KeyLookedUp(var submit, var earlier)) {
            submit.refuse(ChannelProblems.outcomeUnknown(name));
        }
        return Effect().none();
    }

    private void readJournal() {
        OwnershipProof asking = ownership;
        long beganNanos = System.nanoTime();
        context.pipeToSelf(
                host.journal().highestSequence(name), (highest, _) -> new JournalRead(asking, beganNanos, highest));
    }

    /** An answer to an earlier life says nothing about this one. */
    private Effect<JournalEntry, LiveChannel> onJournalRead(JournalRead read) {
        Long highest = read.highest();
        if (read.of() != ownership) {
            return Effect().none();
        }
        if (highest == null) {
            ownership.notRead();
        } else if (!ownership.read(read.beganNanos(), highest, lastSequence())) {
            context.getLog()
                    .warn(
                            "Somebody else has taken the channel over: the journal goes up to entry {}, of which this "
                                    + "instance wrote those up to {}. It ends, and what it runs is killed.",
                            highest,
                            lastSequence());
            isSuperseded = true;
            context.getSelf().tell(Leave.INSTANCE);
        }
        return Effect().none();
    }

    private Effect<JournalEntry, LiveChannel> onCheckIdle() {
        boolean isIdle = !live.hasWork()
                && !slotsTaken.hasThreads()
                && !resourcesHeld.isInUse()
                && commit.isEmpty()
                && waiters.isEmpty()
                && (children == null || barrier.projected() >= lastSequence())
                && now() - lastRequestMillis >= Limits.CHANNEL_IDLE_MAX.toMillis();
        if (isIdle) {
            home.leave(context.getSelf());
        } else if (cleanup != null) {
            cleanup.handOverInterrupted();
        }
        return Effect().none();
    }

    private Effect<JournalEntry, LiveChannel> onHandOff() {
        if (!isHandingOff) {
            isHandingOff = true;
            timers.startSingleTimer(GraceOver.INSTANCE, HAND_OFF_MAX);
            if (children != null) {
                stop(children);
            }
            return leaveIfStopped();
        }
        return Effect().none();
    }

    /** Services go on if no other node could take them over: the next life of this one does. */
    private void stop(ChannelChildren running) {
        if (hasAttempts()) {
            areAttemptsStopping = true;
            running.stopAttempts(attemptsStopped);
        }
        if (live.processes().live() > 0) {
            areServicesLeaving = true;
            if (home.isOnlyNode()) {
                running.keepServices(servicesKept);
            } else {
                running.leaveServices(servicesLeft);
            }
        }
    }

    /** The ends of the attempts were reported before, so they are part of the batch by now. */
    private Effect<JournalEntry, LiveChannel> onAttemptsStopped() {
        areAttemptsStopping = false;
        return leaveIfStopped();
    }

    /** The ends of their runs are stored, or the output of those that go on. */
    private Effect<JournalEntry, LiveChannel> onServicesLeft() {
        areServicesLeaving = false;
        return leaveIfStopped();
    }

    private Effect<JournalEntry, LiveChannel> leaveIfStopped() {
        return areAttemptsStopping || areServicesLeaving ? Effect().none() : onGraceOver();
    }

    private Effect<JournalEntry, LiveChannel> onGraceOver() {
        isGraceOver = true;
        return onLeave();
    }

    /** Stops once everything that was decided is stored. */
    private Effect<JournalEntry, LiveChannel> onLeave() {
        return commit.isEmpty() ? Effect().stop() : store();
    }

    private void leaveIfDone() {
        if (isHandingOff && (isGraceOver || (!hasAttempts() && !areServicesLeaving))) {
            context.getSelf().tell(Leave.INSTANCE);
        }
    }

    private boolean hasAttempts() {
        return !live.running().isEmpty() || slotsTaken.hasThreads();
    }

    private void onWriteFailed(Throwable cause) {
        host.services().instruments().commitFailed();
        context.getLog()
                .warn("A write of {} commands failed: {}", commit.commands(), String.valueOf(cause.getMessage()));
    }

    /** Nobody who waits is left without an answer when the channel restarts or stops. */
    private void endLife() {
        if (live != blank) {
            host.services().instruments().channelsLive().add(-1);
        }
        Problem unknown = ChannelProblems.outcomeUnknown(name);
        commit.failed(unknown);
        waiters.takeAll().forEach(waiter -> waiter.replyTo().tell(new ChannelReply.Refused(unknown)));
        barrier.giveUp(replyTo -> replyTo.tell(new ChannelReply.Refused(unknown)));
        parts.clear();
        if (isHandingOff && live.hasWork()) {
            home.wakeAgain();
        }
        beginLife(blank);
        upkeep = new JournalUpkeep();
        children = null;
        consequences = null;
        cleanup = null;
        isFlushing = false;
        slotsTaken = ChannelReport.SlotsTaken.NONE;
        resourcesHeld = ChannelReport.ResourcesHeld.NONE;
        isStartingHeld = false;
        locksForgotten = 0;
        cleanupsForgotten = 0;
        processesForgotten = 0;
        areAttemptsStopping = false;
        areServicesLeaving = false;
        wakeAtMillis = Long.MAX_VALUE;
        timers.cancelAll();
    }

    /** Removes what neither a recovery nor the read model nor a reader of events needs. */
    private void onSnapshot(long sequence) {
        long behindEvents = upkeep.behindEventsKept(live.spec().retention().events());
        long discardable = Math.min(sequence, Math.min(barrier.stored(), behindEvents));
        host.journal().discard(name, discardable, sequence).whenComplete((_, failure) -> {
            if (failure != null) {
                context.getSystem().log().debug("Old entries of channel {} are still there.", name, failure);
            }
        });
    }

    /** Recovery takes longer until the next one succeeds; nothing else depends on it. */
    private void onSnapshotFailed(Throwable cause) {
        context.getLog().debug("A snapshot was not stored; the next one is tried when it is due.", cause);
    }

    private long lastSequence() {
        return lastSequenceNumber(context);
    }

    private long now() {
        return host.clock().millis();
    }
}
