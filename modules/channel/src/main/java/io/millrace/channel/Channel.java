package io.millrace.channel;

import io.millrace.channel.projection.Projection;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.ChannelSnapshot;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.port.ReadModel.IdempotentSubmission;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
 *
 * <p><b>Its parts.</b> This class stores, recovers, restarts and stops; what happens in between is done by a {@link
 * ChannelLife}, made anew with each recovery, and by the parts that puts together. {@link Ownership} and {@link
 * Departure} outlast a restart. All of them are plain objects that nobody but this actor touches.
 */
public final class Channel extends EventSourcedBehavior<Channel.Command, JournalEntry, LiveChannel> {

    /** Messages of a channel. */
    public sealed interface Command permits ChannelRequest, ChannelRequest.SubmitPart, HandOff, Internal {}

    /** The channel moves to another node or leaves memory: interrupt what runs, record it, stop. */
    enum HandOff implements Command {
        INSTANCE
    }

    /** What a channel tells itself, and answers of others on their way to it. */
    sealed interface Internal extends Command {}

    enum Flush implements Internal {
        INSTANCE
    }

    enum TimePassed implements Internal {
        INSTANCE
    }

    private enum CheckIdle implements Internal {
        INSTANCE
    }

    enum Leave implements Internal {
        INSTANCE
    }

    enum GraceOver implements Internal {
        INSTANCE
    }

    enum LeasesOver implements Internal {
        INSTANCE
    }

    /**
     * @param of life of the channel that asked
     * @param highest absent if the journal did not answer
     */
    record JournalRead(
            OwnershipProof of, long beganNanos, @Nullable Long highest) implements Internal {}

    record KeyLookedUp(
            ChannelRequest.Submit submit, @Nullable Optional<IdempotentSubmission> earlier) implements Internal {}

    record WrappedReport(ChannelReport report) implements Internal {}

    record WrappedProjected(Projection.Projected projected) implements Internal {}

    record WrappedCleanedUp(CleanedUp answer) implements Internal {}

    enum AttemptsStopped implements Internal {
        INSTANCE
    }

    enum ServicesLeft implements Internal {
        INSTANCE
    }

    enum CleanupsLeft implements Internal {
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

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final ChannelContext channel;
    private final ChannelHost host;
    private final Admission admission;
    /** State of a channel without a journal. Never changed, because a restart begins with it again. */
    private final LiveChannel blank = LiveChannel.empty();

    private ChannelLife life;
    private JournalUpkeep upkeep = new JournalUpkeep();

    // What outlasts a restart.
    private final RecentRetries retries = new RecentRetries();
    private final ReadModelBarrier readModel = new ReadModelBarrier();
    private final Ownership ownership;
    private final Departure departure;
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
        this.host = host;
        this.admission = admission;
        this.channel = new ChannelContext(
                context, timers, name, host, home, ReturnAddresses.of(context), () -> lastSequenceNumber(context));
        this.ownership = new Ownership(channel);
        this.departure = new Departure(channel);
        this.life = new ChannelLife(channel, blank, readModel, retries, ownership, departure);
        this.lastRequestMillis = channel.nowMillis();
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
            public Object toJournal(LiveChannel live) {
                return live.snapshot();
            }

            @Override
            public LiveChannel fromJournal(Object snapshot) {
                return LiveChannel.of((ChannelSnapshot) snapshot);
            }
        };
    }

    @Override
    public boolean shouldSnapshot(LiveChannel state, JournalEntry entry, long sequence) {
        LiveChannel live = life.live();
        return upkeep.isSnapshotDueAfter(entry, live.counts().live() + live.endedHeld());
    }

    @Override
    public Optional<Integer> stashCapacity() {
        return Optional.of(STASH_CAPACITY);
    }

    private Effect<JournalEntry, LiveChannel> onCommand(LiveChannel state, Command command) {
        admission.handled();
        if (ownership.isSuperseded()) {
            return onCommandWhenSuperseded(command);
        }
        if (command instanceof ChannelRequest) {
            lastRequestMillis = channel.nowMillis();
        }
        return switch (command) {
            case ChannelRequest request -> effect(life.handle(request));
            case ChannelRequest.SubmitPart(var submission, var jobs) -> effect(life.submitPart(submission, jobs));
            case KeyLookedUp(var submit, var earlier) -> effect(life.keyLookedUp(submit, earlier));
            case WrappedReport(var report) -> effect(life.handle(report));
            case WrappedProjected(var progress) -> effect(life.projected(progress));
            case WrappedCleanedUp(var answer) -> effect(life.cleanedUp(answer));
            case LeasesOver.INSTANCE -> effect(life.leasesOver());
            case TimePassed.INSTANCE -> effect(life.timePassed());
            case JournalRead read -> onJournalRead(read);
            case Flush.INSTANCE -> onFlush();
            case CheckIdle.INSTANCE -> onCheckIdle();
            case HandOff.INSTANCE -> leaveIf(departure.begin(life));
            case AttemptsStopped.INSTANCE -> leaveIf(departure.attemptsStopped());
            case ServicesLeft.INSTANCE -> leaveIf(departure.servicesLeft());
            case CleanupsLeft.INSTANCE -> leaveIf(departure.cleanupsLeft());
            case GraceOver.INSTANCE -> onGraceOver();
            case Leave.INSTANCE -> onLeave();
        };
    }

    /** Whatever this instance decided now would be decided behind the owner's back. */
    private Effect<JournalEntry, LiveChannel> onCommandWhenSuperseded(Command command) {
        if (command == Leave.INSTANCE || command == HandOff.INSTANCE) {
            return Effect().stop();
        }
        if (command instanceof ChannelRequest request) {
            request.refuse(ChannelProblems.outcomeUnknown(channel.name()));
        } else if (command instanceof KeyLookedUp(var submit, var earlier)) {
            submit.refuse(ChannelProblems.outcomeUnknown(channel.name()));
        }
        return Effect().none();
    }

    // Group commit

    private Effect<JournalEntry, LiveChannel> effect(Storing storing) {
        if (storing != Storing.UNCHANGED && life.commit().isFull()) {
            return store();
        }
        if (storing == Storing.EVENTUALLY) {
            life.flushes().eventually();
        } else if (storing == Storing.SOON && !life.commit().isEmpty()) {
            life.flushes().soon();
        }
        return Effect().none();
    }

    private Effect<JournalEntry, LiveChannel> onFlush() {
        life.flushes().arrived();
        return store();
    }

    /** Fills free slots and stores everything in one write. */
    private Effect<JournalEntry, LiveChannel> store() {
        GroupCommit commit = life.commit();
        commit.startNext(life.slots().toStart());
        if (commit.isEmpty()) {
            return Effect().none();
        }
        life.flushes().stored();
        List<JournalEntry> rows = commit.rows();
        long startedNanos = System.nanoTime();
        return Effect().persist(rows).thenRun(_ -> onCommitted(rows, startedNanos));
    }

    private LiveChannel onEntry(LiveChannel state, JournalEntry entry) {
        if (life.commit().hasApplied(entry)) {
            return life.live();
        }
        LiveChannel replayed = state == blank ? LiveChannel.empty() : state;
        entry.events().forEach(replayed::evolve);
        upkeep.replayed(entry);
        return replayed;
    }

    private void onCommitted(List<JournalEntry> rows, long startedNanos) {
        host.services().instruments().committed(life.commit().commands(), System.nanoTime() - startedNanos);
        long ownedUntilNanos = ownership.written(startedNanos);
        int eventsKept = life.live().spec().retention().events();
        life.stored(upkeep.stored(rows, lastSequence(), eventsKept), ownedUntilNanos);
        departure.leaveIfDone(life.slots());
    }

    private void onWriteFailed(Throwable cause) {
        host.services().instruments().commitFailed();
        context.getLog()
                .warn(
                        "A write of {} commands failed: {}",
                        life.commit().commands(),
                        String.valueOf(cause.getMessage()));
    }

    /** Removes what neither a recovery nor the read model nor a reader of events needs. */
    private void onSnapshot(long sequence) {
        long behindEvents =
                upkeep.behindEventsKept(life.live().spec().retention().events());
        long discardable = Math.min(sequence, Math.min(readModel.stored(), behindEvents));
        host.journal().discard(channel.name(), discardable, sequence).whenComplete((_, failure) -> {
            if (failure != null) {
                context.getSystem().log().debug("Old entries of channel {} are still there.", channel.name(), failure);
            }
        });
    }

    /** Recovery takes longer until the next one succeeds; nothing else depends on it. */
    private void onSnapshotFailed(Throwable cause) {
        context.getLog().debug("A snapshot was not stored; the next one is tried when it is due.", cause);
    }

    // Coming and going

    private void onRecovered(LiveChannel recovered) {
        beginLife(recovered == blank ? LiveChannel.empty() : recovered);
        life.live().sealed(lastSequence());
        host.services().instruments().channelsLive().add(1);
        timers.startTimerWithFixedDelay(CheckIdle.INSTANCE, IDLE_CHECK);
        if (!ownership.isLost(life.live()) && lastSequence() > 0) {
            // Also for a channel that was deleted: the read model may not know of that yet.
            life.commit().takeOwnership();
            life.flushes().soon();
        }
    }

    private void beginLife(LiveChannel state) {
        ownership.beginLife();
        life = new ChannelLife(channel, state, readModel, retries, ownership, departure);
    }

    private Effect<JournalEntry, LiveChannel> onJournalRead(JournalRead read) {
        ownership.read(read);
        return Effect().none();
    }

    private Effect<JournalEntry, LiveChannel> onCheckIdle() {
        boolean wasAskedLately = channel.nowMillis() - lastRequestMillis < Limits.CHANNEL_IDLE_MAX.toMillis();
        if (life.isIdle() && !wasAskedLately) {
            channel.home().leave(context.getSelf());
        } else {
            life.handOverInterrupted();
        }
        return Effect().none();
    }

    private Effect<JournalEntry, LiveChannel> leaveIf(boolean isNothingAwaited) {
        return isNothingAwaited ? onGraceOver() : Effect().none();
    }

    private Effect<JournalEntry, LiveChannel> onGraceOver() {
        departure.endGrace();
        return onLeave();
    }

    /** Stops once everything that was decided is stored. */
    private Effect<JournalEntry, LiveChannel> onLeave() {
        return life.commit().isEmpty() ? Effect().stop() : store();
    }

    /** Nobody who waits is left without an answer when the channel restarts or stops. */
    private void endLife() {
        LiveChannel live = life.live();
        if (live != blank) {
            host.services().instruments().channelsLive().add(-1);
        }
        Problem unknown = ChannelProblems.outcomeUnknown(channel.name());
        life.end(unknown);
        readModel.giveUp(replyTo -> replyTo.tell(new ChannelReply.Refused(unknown)));
        departure.endLife(live);
        beginLife(blank);
        upkeep = new JournalUpkeep();
        timers.cancelAll();
    }

    private long lastSequence() {
        return lastSequenceNumber(context);
    }
}
