package io.millrace.channel.incident;

import io.millrace.channel.Instruments;
import io.millrace.channel.serialization.WireMessage;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.incident.IncidentAction;
import io.millrace.contracts.incident.IncidentPriority;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.incident.IncidentState;
import io.millrace.contracts.incident.IncidentView;
import io.millrace.domain.Limits;
import io.millrace.domain.incident.Incident;
import io.millrace.domain.incident.IncidentBook;
import io.millrace.domain.incident.IncidentDecision;
import io.millrace.domain.incident.IncidentEntry;
import io.millrace.domain.incident.IncidentEvent;
import io.millrace.domain.incident.IncidentKey;
import io.millrace.domain.incident.IncidentPosition;
import io.millrace.domain.incident.IncidentRules;
import io.millrace.domain.incident.IncidentSnapshot;
import io.millrace.domain.incident.IncidentViews;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Consumer;
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
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.jspecify.annotations.Nullable;

/**
 * Owns the incidents of a cluster (contract row G-05): one per cluster, on its oldest node, and on the next one when that is
 * lost. Everything is stored before it is answered, so that its next life goes on from there.
 *
 * <p>A write that fails has an unknown outcome. Nobody is answered then; whoever asked hears so by their own time limit, and
 * the manager starts again from its journal after a growing pause.
 */
public final class IncidentManager extends EventSourcedBehavior<IncidentManager.Command, IncidentEntry, IncidentBook> {

    /** Messages of the incident manager. */
    public sealed interface Command {}

    /** What is asked of it; always answered, unless a write fails. */
    sealed interface Request extends Command, WireMessage {
        ActorRef<Answer> replyTo();
    }

    /** Count an occurrence. Doing so again changes nothing. Answered with {@link Filed}. */
    record File(IncidentReport report, ActorRef<Answer> replyTo) implements Request {}

    /** What was reported about a subject no longer holds. Answered with {@link Noted}. */
    record Subside(IncidentKey key, String note, ActorRef<Answer> replyTo) implements Request {}

    /** Answered with {@link Shown}. */
    record Show(UUID incident, ActorRef<Answer> replyTo) implements Request {}

    /**
     * Answered with {@link Listed}, which has {@link Limits#INCIDENTS_PER_MESSAGE_MAX} of them at most.
     *
     * @param after where the list so far ends, absent at its beginning
     */
    record ListSome(
            @Nullable IncidentState state,
            @Nullable ChannelName channel,
            @Nullable IncidentPriority priority,
            @Nullable IncidentPosition after,
            int max,
            ActorRef<Answer> replyTo)
            implements Request {}

    /** Answered with {@link Changed}. */
    record Act(UUID incident, IncidentAction action, String by, String note, ActorRef<Answer> replyTo)
            implements Request {}

    /** Answered with {@link Changed}, which has the incident that became a part. */
    record Merge(UUID incident, UUID into, String by, String note, ActorRef<Answer> replyTo) implements Request {}

    /** Answered with {@link Removed}. */
    record Remove(UUID incident, ActorRef<Answer> replyTo) implements Request {}

    /** Ends this life of the manager; another node begins the next one. */
    public enum Stop implements Command {
        INSTANCE
    }

    private enum LookAtTime implements Command {
        INSTANCE
    }

    /** What is answered. */
    sealed interface Answer extends WireMessage {}

    /** @param incident in which it is counted */
    record Filed(UUID incident) implements Answer {}

    record Noted() implements Answer {}

    /** @param incident absent if there is none */
    record Shown(@Nullable IncidentView incident) implements Answer {}

    /** @param incident as it is now */
    record Changed(IncidentView incident) implements Answer {}

    /** @param hasMore true if the list goes on behind the last of these */
    record Listed(List<IncidentView> incidents, boolean hasMore) implements Answer {
        Listed {
            incidents = List.copyOf(incidents);
        }
    }

    record Removed(boolean wasThere) implements Answer {}

    /** Nothing was done, and this is why. */
    record Refused(Problem problem) implements Answer {}

    /** Part of each row it stores; the journal of channels has names of its own. */
    static final PersistenceId PERSISTENCE_ID = PersistenceId.ofUniqueId("IncidentManager");

    private static final BackoffSupervisorStrategy RESTART = SupervisorStrategy.restartWithBackoff(
                    Duration.ofMillis(200), Duration.ofSeconds(10), 0.2)
            .withResetBackoffAfter(Duration.ofSeconds(30));

    private static final int ENTRIES_PER_SNAPSHOT = 200;
    private static final int SNAPSHOTS_KEPT = 2;

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final InstantSource clock;
    private final Supplier<UUID> ids;
    private final Instruments instruments;

    /**
     * @param clock wall-clock time, for what is stored and for deadlines
     * @param ids identifiers of new incidents
     */
    public static Behavior<Command> create(InstantSource clock, Supplier<UUID> ids, Instruments instruments) {
        return Behaviors.supervise(Behaviors.<Command>setup(context ->
                        Behaviors.withTimers(timers -> new IncidentManager(context, timers, clock, ids, instruments))))
                .onFailure(Exception.class, RESTART);
    }

    private IncidentManager(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            InstantSource clock,
            Supplier<UUID> ids,
            Instruments instruments) {
        super(PERSISTENCE_ID, RESTART);
        this.context = context;
        this.timers = timers;
        this.clock = clock;
        this.ids = ids;
        this.instruments = instruments;
        context.setLoggerName(IncidentManager.class);
    }

    @Override
    public IncidentBook emptyState() {
        return IncidentBook.EMPTY;
    }

    @Override
    public CommandHandler<Command, IncidentEntry, IncidentBook> commandHandler() {
        return this::onCommand;
    }

    @Override
    public EventHandler<IncidentBook, IncidentEntry> eventHandler() {
        return (book, entry) -> book.evolve(entry.events());
    }

    @Override
    public SignalHandler<IncidentBook> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), this::onRecovered)
                .onSignal(PreRestart.instance(), _ -> instruments.incidentsElsewhere())
                .onSignal(PostStop.instance(), _ -> instruments.incidentsElsewhere())
                .build();
    }

    @Override
    public SnapshotAdapter<IncidentBook> snapshotAdapter() {
        return new SnapshotAdapter<>() {
            @Override
            public Object toJournal(IncidentBook book) {
                return book.snapshot();
            }

            @Override
            public IncidentBook fromJournal(Object snapshot) {
                return IncidentBook.of((IncidentSnapshot) snapshot);
            }
        };
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return RetentionCriteria.snapshotEvery(ENTRIES_PER_SNAPSHOT, SNAPSHOTS_KEPT)
                .withDeleteEventsOnSnapshot();
    }

    private void onRecovered(IncidentBook book) {
        context.getLog().info("The incident manager of the cluster runs here, with {} incidents.", book.size());
        instruments.incidents(IncidentViews.counts(book));
        timers.startTimerWithFixedDelay(LookAtTime.INSTANCE, Limits.INCIDENT_CHECK_INTERVAL);
    }

    private Effect<IncidentEntry, IncidentBook> onCommand(IncidentBook book, Command command) {
        return switch (command) {
            case File(var report, var replyTo) -> {
                IncidentDecision decision = IncidentRules.report(book, report, ids.get());
                yield decide(decision, replyTo, (_, incident) -> new Filed(incident));
            }
            case Subside(var key, var note, var replyTo) -> {
                List<IncidentEvent> events = IncidentRules.subsided(book, key, note, clock.millis());
                yield store(events, _ -> replyTo.tell(new Noted()));
            }
            case Show(var incident, var replyTo) -> {
                replyTo.tell(shown(book, incident));
                yield Effect().none();
            }
            case ListSome list -> {
                list.replyTo().tell(listed(book, list));
                yield Effect().none();
            }
            case Act(var incident, var action, var by, var note, var replyTo) -> {
                var decision = IncidentRules.act(book, incident, action, by, note, clock.millis());
                yield decide(decision, replyTo, this::changed);
            }
            case Merge(var incident, var into, var by, var note, var replyTo) -> {
                var decision = IncidentRules.merge(book, incident, into, by, note, clock.millis());
                yield decide(decision, replyTo, this::changed);
            }
            case Remove(var incident, var replyTo) -> {
                List<IncidentEvent> events = IncidentRules.remove(book, incident, clock.millis());
                yield store(events, _ -> replyTo.tell(new Removed(!events.isEmpty())));
            }
            case LookAtTime.INSTANCE -> store(IncidentRules.elapse(book, clock.millis()), _ -> {});
            case Stop.INSTANCE -> Effect().stop();
        };
    }

    private Effect<IncidentEntry, IncidentBook> decide(
            IncidentDecision decision, ActorRef<Answer> replyTo, BiFunction<IncidentBook, UUID, Answer> answer) {
        return switch (decision) {
            case IncidentDecision.Accepted(var incident, var events) ->
                store(events, book -> replyTo.tell(answer.apply(book, incident)));
            case IncidentDecision.Refused(var problem) -> {
                replyTo.tell(new Refused(problem));
                yield Effect().none();
            }
        };
    }

    private Effect<IncidentEntry, IncidentBook> store(List<IncidentEvent> events, Consumer<IncidentBook> afterStored) {
        if (events.isEmpty()) {
            return Effect().none().thenRun(afterStored::accept);
        }
        return Effect().persist(new IncidentEntry(events)).thenRun(book -> {
            events.forEach(event -> log(book, event));
            instruments.incidents(IncidentViews.counts(book));
            afterStored.accept(book);
        });
    }

    private Shown shown(IncidentBook book, UUID id) {
        Incident incident = book.incident(id);
        return new Shown(incident == null ? null : IncidentViews.whole(incident, clock.millis()));
    }

    private Changed changed(IncidentBook book, UUID id) {
        return new Changed(IncidentViews.whole(Objects.requireNonNull(book.incident(id)), clock.millis()));
    }

    private Listed listed(IncidentBook book, ListSome list) {
        int max = Math.min(list.max(), Limits.INCIDENTS_PER_MESSAGE_MAX);
        var filter = new IncidentViews.Filter(list.state(), list.channel(), list.priority());
        List<IncidentView> found = IncidentViews.list(book, filter, list.after(), max + 1, clock.millis());
        boolean hasMore = found.size() > max;
        return new Listed(hasMore ? found.subList(0, max) : found, hasMore);
    }

    /** What a person should hear of also without asking. */
    private void log(IncidentBook book, IncidentEvent event) {
        Incident incident = book.incident(event.incident());
        if (incident == null) {
            return;
        }
        switch (event) {
            case IncidentEvent.Opened opened ->
                context.getLog()
                        .warn(
                                "Incident {} of {} is open: {} (channel {}). {}",
                                opened.incident(),
                                incident.priority(),
                                opened.trouble().title(),
                                opened.key().channel(),
                                opened.trouble().advice());
            case IncidentEvent.Reopened reopened ->
                context.getLog()
                        .warn(
                                "Incident {} of {} is open again: {}",
                                reopened.incident(),
                                incident.priority(),
                                incident.trouble().title());
            case IncidentEvent.Overdue overdue ->
                context.getLog()
                        .warn(
                                "Incident {} of {} is overdue ({}): {}",
                                overdue.incident(),
                                incident.priority(),
                                overdue.step(),
                                incident.trouble().title());
            case IncidentEvent.SeenAgain _,
                    IncidentEvent.Subsided _,
                    IncidentEvent.Acknowledged _,
                    IncidentEvent.InvestigationBegun _,
                    IncidentEvent.Resolved _,
                    IncidentEvent.Closed _,
                    IncidentEvent.Merged _,
                    IncidentEvent.Removed _ -> context.getLog().debug("Incident {}: {}", event.incident(), event);
        }
    }
}
