package io.millrace.channel.event;

import io.millrace.channel.ChannelJournal;
import io.millrace.channel.ChannelJournal.StoredEntry;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.serialization.WireMessage;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.event.ChannelEventView;
import io.millrace.contracts.event.EventCursor;
import io.millrace.contracts.event.EventPage;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Tells readers what happened in a channel. A reader asks for what lies behind its cursor and is answered at once if
 * there is something, else when there is, else with an empty page when its wait is over. Recent entries are held in
 * memory, older ones are read from the journal.
 */
public final class EventBus extends AbstractMatchingBehavior<EventBus.Command> {

    /** Messages of the event bus. */
    public sealed interface Command {}

    /** These entries are stored now, in this order, the first under this sequence number. */
    public record Committed(List<StoredEntry> entries) implements Command {
        public Committed {
            entries = List.copyOf(entries);
        }
    }

    /** Read events. */
    public record Read(EventQuery query, long waitMillis, ActorRef<Answer> replyTo) implements Command {}

    /**
     * @param job absent for all jobs and the channel itself
     * @param types empty for all
     * @param after events behind this one are shown
     * @param limit how many at most
     */
    public record EventQuery(@Nullable JobId job, Set<String> types, EventCursor after, int limit) {
        public EventQuery {
            types = Set.copyOf(types);
        }

        boolean shows(ChannelEventView event) {
            return event.cursor().compareTo(after) > 0
                    && (job == null || job.equals(event.job()))
                    && (types.isEmpty() || types.contains(event.type()));
        }

        EventQuery after(EventCursor cursor) {
            return new EventQuery(job, types, cursor, limit);
        }
    }

    /** Answers to {@link Read}. */
    public sealed interface Answer extends WireMessage {}

    public record Events(EventPage page) implements Answer {}

    public record Refused(Problem problem) implements Answer {}

    private record JournalRead(Reader reader, List<StoredEntry> entries) implements Command {
        JournalRead {
            entries = List.copyOf(entries);
        }
    }

    private record JournalUnavailable(Reader reader) implements Command {}

    private enum DismissLateReaders implements Command {
        INSTANCE
    }

    /** Somebody who waits, and how long. */
    private record Reader(EventQuery query, long missed, long deadlineMillis, ActorRef<Answer> replyTo) {
        Reader after(EventCursor cursor) {
            return new Reader(query.after(cursor), missed, deadlineMillis, replyTo);
        }

        Reader missing(long more) {
            return new Reader(query, missed + more, deadlineMillis, replyTo);
        }
    }

    /** Entries of one look into the journal. */
    private static final int JOURNAL_ENTRIES_READ = 128;

    private static final Duration LATE_READERS_CHECK = Duration.ofMillis(250);

    private final ChannelName channel;
    private final EventViews views;
    private final ChannelJournal journal;
    private final InstantSource clock;
    private final TimerScheduler<Command> timers;
    private final RecentEntries recent;
    private final List<Reader> waiting = new ArrayList<>();
    private int journalReads;

    /**
     * Restarts itself after a defect; who waits then is answered when its own time is up.
     *
     * @param lastSequence sequence number of the newest stored entry
     */
    public static Behavior<Command> create(
            ChannelName channel,
            long lastSequence,
            ChannelServices services,
            ChannelJournal journal,
            InstantSource clock) {
        RecentEntries recent = new RecentEntries(lastSequence);
        EventViews views = new EventViews(channel, services.codec());
        Behavior<Command> bus = Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new EventBus(context, timers, channel, views, journal, clock, recent)));
        return Behaviors.supervise(bus).onFailure(SupervisorStrategy.restart());
    }

    private EventBus(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ChannelName channel,
            EventViews views,
            ChannelJournal journal,
            InstantSource clock,
            RecentEntries recent) {
        super(context);
        this.timers = timers;
        this.channel = channel;
        this.views = views;
        this.journal = journal;
        this.clock = clock;
        this.recent = recent;
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case Committed(var entries) -> onCommitted(entries);
            case Read read -> onRead(read);
            case JournalRead(var reader, var entries) -> onJournalRead(reader, entries);
            case JournalUnavailable(var reader) -> onJournalUnavailable(reader);
            case DismissLateReaders.INSTANCE -> onDismissLateReaders();
        };
    }

    private Behavior<Command> onCommitted(List<StoredEntry> entries) {
        entries.forEach(recent::add);
        if (!waiting.isEmpty()) {
            List<Reader> readers = List.copyOf(waiting);
            waiting.clear();
            readers.forEach(this::serve);
        }
        return this;
    }

    private Behavior<Command> onRead(Read read) {
        if (waiting.size() + journalReads >= Limits.FOLLOWERS_MAX) {
            read.replyTo().tell(new Refused(tooManyReaders()));
            return this;
        }
        long wait = Math.clamp(read.waitMillis(), 0, Limits.FOLLOW_WAIT_MAX.toMillis());
        int limit = Math.clamp(read.query().limit(), 1, Limits.EVENT_PAGE_MAX);
        EventQuery query = new EventQuery(
                read.query().job(), read.query().types(), read.query().after(), limit);
        serve(new Reader(query, 0, clock.millis() + wait, read.replyTo()));
        return this;
    }

    /** Answers a reader, looks further back for it, or lets it wait. */
    private void serve(Reader reader) {
        long from = firstNeeded(reader.query().after());
        if (recent.hasAllFrom(from)) {
            answerOrWait(reader, recent.from(from), true);
        } else {
            readJournal(reader, from);
        }
    }

    /** The cursor's own entry may hold further events. */
    private static long firstNeeded(EventCursor after) {
        boolean hasAllOfIt = after.index() == Integer.MAX_VALUE || after.sequence() == 0;
        return hasAllOfIt ? after.sequence() + 1 : after.sequence();
    }

    private void readJournal(Reader reader, long from) {
        journalReads++;
        getContext()
                .pipeToSelf(
                        journal.read(channel, from, JOURNAL_ENTRIES_READ),
                        (entries, _) ->
                                entries == null ? new JournalUnavailable(reader) : new JournalRead(reader, entries));
    }

    private Behavior<Command> onJournalRead(Reader reader, List<StoredEntry> entries) {
        journalReads--;
        if (entries.isEmpty()) {
            // Everything behind the cursor is gone; what is held in memory is all there is.
            answerOrWait(skipTo(reader, recent.lastSequence()), List.of(), true);
        } else {
            answerOrWait(countMissed(reader, entries.getFirst().sequence()), entries, false);
        }
        return this;
    }

    /** A reader that starts at the beginning asks for what is kept; it misses nothing. */
    private static Reader countMissed(Reader reader, long firstKept) {
        EventCursor after = reader.query().after();
        long gap = firstKept - after.sequence() - 1;
        return gap > 0 && !after.equals(EventCursor.START) ? reader.missing(gap) : reader;
    }

    private static Reader skipTo(Reader reader, long sequence) {
        return reader.query().after().sequence() >= sequence
                ? reader
                : reader.after(new EventCursor(sequence, Integer.MAX_VALUE));
    }

    private Behavior<Command> onJournalUnavailable(Reader reader) {
        journalReads--;
        reader.replyTo()
                .tell(new Refused(Problem.of(
                                ErrorCode.UNAVAILABLE,
                                "EventBus",
                                "The events of channel '" + channel + "' could not be read from the database. "
                                        + "Ask again with the same cursor; nothing is missed.")
                        .retryAfter(Duration.ofSeconds(1))));
        return this;
    }

    /**
     * @param isCaughtUp true if nothing is stored behind these entries
     */
    private void answerOrWait(Reader reader, List<StoredEntry> entries, boolean isCaughtUp) {
        EventCollector page = new EventCollector(reader.query(), views);
        entries.forEach(page::add);
        Reader further = reader.after(page.nextAfter());
        if (!page.isEmpty() || clock.millis() >= reader.deadlineMillis()) {
            answer(further, page.events());
        } else if (isCaughtUp) {
            waiting.add(further);
            timers.startTimerWithFixedDelay(DismissLateReaders.INSTANCE, LATE_READERS_CHECK);
        } else {
            serve(further);
        }
    }

    private static void answer(Reader reader, List<ChannelEventView> events) {
        reader.replyTo().tell(new Events(new EventPage(events, reader.query().after(), reader.missed())));
    }

    private Behavior<Command> onDismissLateReaders() {
        long now = clock.millis();
        for (Iterator<Reader> readers = waiting.iterator(); readers.hasNext(); ) {
            Reader reader = readers.next();
            if (reader.deadlineMillis() <= now) {
                readers.remove();
                answer(reader, List.of());
            }
        }
        if (waiting.isEmpty()) {
            timers.cancel(DismissLateReaders.INSTANCE);
        }
        return this;
    }

    private Problem tooManyReaders() {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        "EventBus",
                        "The channel '" + channel + "' has " + Limits.FOLLOWERS_MAX
                                + " readers that wait for events, which is the most there may be. Try again shortly.")
                .retryAfter(Duration.ofSeconds(1));
    }
}
