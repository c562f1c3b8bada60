package io.millrace.channel.projection;

import io.millrace.channel.ChannelJournal;
import io.millrace.channel.ChannelJournal.StoredEntry;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.Instruments;
import io.millrace.contracts.ChannelName;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.port.ChannelHistory;
import io.millrace.domain.port.ReadModel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Brings the entries of one channel into the read model, one run of consecutive entries at a time. It holds what was
 * stored lately; what it does not hold, after a start, an overflow or a failure, it reads from the journal.
 *
 * <p>Entries that no list shows, such as those about locks, change nothing in the read model but the position. They are
 * not worth a transaction of their own, which would stand in the way of the channel's next write. They go with the next
 * entry that is listed, or when {@link HeldEntries#RUN_ENTRIES_MAX} have gathered, or after {@link #QUIET}.
 */
public final class Projection extends AbstractMatchingBehavior<Projection.Command> {

    /** Messages of the projection. */
    public sealed interface Command {}

    /** These entries are stored now, in this order. */
    public record Committed(List<StoredEntry> entries) implements Command {
        public Committed {
            entries = List.copyOf(entries);
        }
    }

    /**
     * Tells the channel how far the read model has come.
     *
     * @param sequence lists show everything up to this sequence number
     * @param stored the position that is stored; a restart continues behind it, so the journal is needed from there on
     */
    public record Projected(long sequence, long stored) {}

    private record PositionRead(long position) implements Command {}

    private record JournalRead(List<StoredEntry> entries) implements Command {
        JournalRead {
            entries = List.copyOf(entries);
        }
    }

    private record WrappedOutcome(ReadModelWriter.Outcome outcome) implements Command {}

    private record Failed(Throwable cause) implements Command {}

    private enum TryAgain implements Command {
        INSTANCE
    }

    private enum Quiet implements Command {
        INSTANCE
    }

    private static final long UNKNOWN = -1;
    private static final Duration FIRST_RETRY = Duration.ofMillis(200);
    private static final Duration LAST_RETRY = Duration.ofSeconds(10);
    /** So long nothing may be stored before the position follows entries that no list shows. */
    private static final Duration QUIET = Duration.ofSeconds(1);

    private final ChannelName channel;
    private final ReadModel readModel;
    private final Executor blocking;
    private final ChannelJournal journal;
    private final ActorRef<ReadModelWriter.Command> writer;
    private final ActorRef<Projected> owner;
    private final TimerScheduler<Command> timers;
    private final ActorRef<ReadModelWriter.Outcome> outcomes;
    private final Instruments instruments;
    private final HeldEntries held = new HeldEntries();
    /** Newest entry that is known to be stored. */
    private long committed;
    /** Newest entry the read model has. */
    private long position = UNKNOWN;
    /** Newest entry behind {@link #position} up to which there is nothing that a list would show. */
    private long shown = UNKNOWN;
    /** True while an answer is on its way: from the writer, the journal, the read model or the retry timer. */
    private boolean isBusy;

    private Duration nextRetry = FIRST_RETRY;
    private long reportedLag;

    /**
     * Restarts itself after a defect and continues from the journal.
     *
     * @param committed sequence number of the newest stored entry
     * @param owner is told how far the read model has come
     */
    public static Behavior<Command> create(
            ChannelName channel,
            long committed,
            ChannelServices services,
            ChannelJournal journal,
            ActorRef<ReadModelWriter.Command> writer,
            ActorRef<Projected> owner) {
        Behavior<Command> projection = Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new Projection(context, timers, channel, committed, services, journal, writer, owner)));
        return Behaviors.supervise(projection)
                .onFailure(SupervisorStrategy.restartWithBackoff(FIRST_RETRY, LAST_RETRY, 0.2));
    }

    private Projection(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ChannelName channel,
            long committed,
            ChannelServices services,
            ChannelJournal journal,
            ActorRef<ReadModelWriter.Command> writer,
            ActorRef<Projected> owner) {
        super(context);
        this.timers = timers;
        this.channel = channel;
        this.committed = committed;
        this.readModel = services.readModel();
        this.blocking = services.blocking();
        this.instruments = services.instruments();
        this.journal = journal;
        this.writer = writer;
        this.owner = owner;
        this.outcomes = context.messageAdapter(ReadModelWriter.Outcome.class, WrappedOutcome::new);
        proceed();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Committed(var entries) -> onCommitted(entries);
            case PositionRead(var stored) -> onPositionRead(stored);
            case JournalRead(var entries) -> onJournalRead(entries);
            case WrappedOutcome(ReadModelWriter.Written(var sequence)) -> onWritten(sequence);
            case WrappedOutcome(ReadModelWriter.NotWritten(var cause)) -> onFailure(cause);
            case Failed(var cause) -> onFailure(cause);
            case TryAgain.INSTANCE -> onTryAgain();
            case Quiet.INSTANCE -> onQuiet();
        }
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal == PostStop.instance() || signal == PreRestart.instance()) {
            instruments.projectionLag().add(-reportedLag);
            reportedLag = 0;
        }
        return this;
    }

    private void onCommitted(List<StoredEntry> entries) {
        entries.forEach(held::add);
        committed = Math.max(committed, entries.getLast().sequence());
        reportLag();
        proceed();
    }

    /** Takes the next step unless one is under way. */
    private void proceed() {
        if (isBusy) {
            return;
        }
        if (position == UNKNOWN) {
            readPosition();
        } else if (held.startsAt(position + 1)) {
            List<JournalEntry> run = held.run();
            if (run.size() == HeldEntries.RUN_ENTRIES_MAX || run.stream().anyMatch(JournalEntry::isListed)) {
                hand(position + 1, run);
            } else {
                leaveForLater(position + run.size());
            }
        } else if (position < committed) {
            readJournal();
        }
    }

    private void leaveForLater(long sequence) {
        shown = sequence;
        reportLag();
        owner.tell(new Projected(sequence, position));
        timers.startSingleTimer(Quiet.INSTANCE, QUIET);
    }

    private void onQuiet() {
        if (!isBusy && held.startsAt(position + 1)) {
            hand(position + 1, held.run());
        }
    }

    private void readPosition() {
        isBusy = true;
        getContext()
                .pipeToSelf(
                        CompletableFuture.supplyAsync(() -> readModel.position(channel), blocking),
                        (stored, failure) -> stored == null ? new Failed(failure) : new PositionRead(stored));
    }

    private void onPositionRead(long stored) {
        isBusy = false;
        reached(stored);
        proceed();
    }

    private void readJournal() {
        isBusy = true;
        getContext()
                .pipeToSelf(
                        journal.read(channel, position + 1, HeldEntries.RUN_ENTRIES_MAX),
                        (entries, failure) -> entries == null ? new Failed(failure) : new JournalRead(entries));
    }

    private void onJournalRead(List<StoredEntry> entries) {
        isBusy = false;
        List<StoredEntry> missing = entries.stream()
                .filter(entry -> entry.sequence() > position && !held.holds(entry.sequence()))
                .limit(HeldEntries.RUN_ENTRIES_MAX)
                .toList();
        if (missing.isEmpty() || missing.getFirst().sequence() != position + 1) {
            onFailure(new IllegalStateException("The journal of channel '" + channel + "' has no entry "
                    + (position + 1) + ", which the read model needs next."));
            return;
        }
        hand(position + 1, missing.stream().map(StoredEntry::entry).toList());
    }

    private void hand(long firstSequence, List<JournalEntry> run) {
        isBusy = true;
        writer.tell(new ReadModelWriter.Write(new ChannelHistory(channel, firstSequence, run), outcomes));
    }

    private void onWritten(long sequence) {
        isBusy = false;
        nextRetry = FIRST_RETRY;
        instruments.projected((int) (sequence - position));
        reached(sequence);
        proceed();
    }

    private void reached(long sequence) {
        position = sequence;
        shown = sequence;
        committed = Math.max(committed, sequence);
        held.forgetUpTo(sequence);
        reportLag();
        owner.tell(new Projected(sequence, sequence));
    }

    /** What was stored is uncertain now, so everything starts again from the stored position. */
    private void onFailure(Throwable cause) {
        getContext()
                .getLog()
                .debug("The read model does not take entries behind {}; next try in {}.", position, nextRetry, cause);
        position = UNKNOWN;
        isBusy = true;
        timers.startSingleTimer(TryAgain.INSTANCE, nextRetry);
        nextRetry = nextRetry.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? nextRetry.multipliedBy(2) : LAST_RETRY;
    }

    private void onTryAgain() {
        isBusy = false;
        proceed();
    }

    private void reportLag() {
        long lag = position == UNKNOWN ? reportedLag : committed - shown;
        instruments.projectionLag().add(lag - reportedLag);
        reportedLag = lag;
    }
}
