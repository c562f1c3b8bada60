package io.millrace.channel.event;

import static io.millrace.channel.fixture.TestJobs.id;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.millrace.channel.ChannelJournal;
import io.millrace.channel.fixture.TestServices;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.event.ChannelEventView;
import io.millrace.contracts.event.EventCursor;
import io.millrace.contracts.event.EventPage;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class EventBusTest {
    private static final ChannelName CHANNEL = new ChannelName("build");
    private static final ActorTestKit TEST_KIT = ActorTestKit.create(
            "events", ManualTime.config().withFallback(ConfigFactory.parseString("pekko.actor.provider = local")));

    private final StoredEntries stored = new StoredEntries();
    private final AtomicLong nowMillis = new AtomicLong(1_000_000);
    private final TestProbe<EventBus.Answer> reader = TEST_KIT.createTestProbe(EventBus.Answer.class);

    /** A journal that can be away. */
    private static final class StoredEntries implements ChannelJournal {
        private final List<StoredEntry> entries = new ArrayList<>();
        private final AtomicInteger reads = new AtomicInteger();
        private volatile boolean isAway;
        private volatile long discardedTo;

        @Override
        public CompletionStage<List<StoredEntry>> read(ChannelName channel, long fromSequence, int entriesMax) {
            reads.incrementAndGet();
            if (isAway) {
                return CompletableFuture.failedStage(new IllegalStateException("away"));
            }
            return CompletableFuture.completedStage(entries.stream()
                    .filter(entry -> entry.sequence() >= fromSequence && entry.sequence() > discardedTo)
                    .limit(entriesMax)
                    .toList());
        }

        @Override
        public CompletionStage<Long> highestSequence(ChannelName channel) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletionStage<Void> discard(ChannelName channel, long entriesTo, long snapshotsBefore) {
            throw new UnsupportedOperationException();
        }
    }

    @AfterAll
    static void stop() {
        TEST_KIT.shutdownTestKit();
    }

    @Test
    void recentEventsComeFromMemory() {
        ActorRef<EventBus.Command> bus = bus(0);
        commit(bus, paused(1), paused(2));

        EventPage page = read(bus, new EventCursor(1, Integer.MAX_VALUE), 0);

        assertThat(page.events()).extracting(ChannelEventView::cursor).containsExactly(new EventCursor(2, 0));
        assertThat(stored.reads).hasValue(0);
    }

    @Test
    void olderEventsComeFromTheJournalAndContinueInMemoryWithoutGapOrRepeat() {
        // given three entries of an earlier life and two new ones
        stored.entries.addAll(List.of(paused(1), paused(2), paused(3)));
        ActorRef<EventBus.Command> bus = bus(3);
        commit(bus, paused(4), paused(5));

        // when a reader goes through all of them in small pages
        List<Long> seen = new ArrayList<>();
        EventCursor after = EventCursor.START;
        for (EventPage page = read(bus, after, 0); !page.events().isEmpty(); page = read(bus, after, 0)) {
            page.events().forEach(event -> seen.add(event.cursor().sequence()));
            after = page.nextAfter();
        }

        assertThat(seen).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void aReaderWaitsForTheNextEventThatItAskedFor() {
        ActorRef<EventBus.Command> bus = bus(0);
        bus.tell(new EventBus.Read(
                new EventBus.EventQuery(null, Set.of("channel.resumed"), EventCursor.START, 10), 5_000, reader.ref()));

        commit(bus, paused(1));
        reader.expectNoMessage(Duration.ofMillis(50));
        commit(bus, entry(2, new ChannelEvent.ChannelResumed(5)));

        assertThat(reader.expectMessageClass(EventBus.Events.class).page().events())
                .extracting(ChannelEventView::type)
                .containsExactly("channel.resumed");
    }

    @Test
    void aWaitThatIsOverEndsWithAnEmptyPageAndAnAdvancedCursor() {
        ActorRef<EventBus.Command> bus = bus(0);
        bus.tell(new EventBus.Read(
                new EventBus.EventQuery(id(1), Set.of(), EventCursor.START, 10), 1_000, reader.ref()));
        commit(bus, paused(1));
        read(bus, new EventCursor(1, Integer.MAX_VALUE), 0);

        nowMillis.addAndGet(1_000);
        ManualTime.get(TEST_KIT.system()).timePasses(Duration.ofSeconds(1));

        EventPage page = reader.expectMessageClass(EventBus.Events.class).page();
        assertThat(page.events()).isEmpty();
        assertThat(page.nextAfter().sequence()).isEqualTo(1);
    }

    @Test
    void whatIsNoLongerKeptIsCounted() {
        stored.entries.addAll(List.of(paused(1), paused(2), paused(3), paused(4)));
        stored.discardedTo = 3;
        ActorRef<EventBus.Command> bus = bus(4);

        EventPage page = read(bus, new EventCursor(1, Integer.MAX_VALUE), 0);

        assertThat(page.missed()).isEqualTo(2);
        assertThat(page.events()).extracting(ChannelEventView::cursor).containsExactly(new EventCursor(4, 0));
        assertThat(read(bus, EventCursor.START, 0).missed()).isZero();
    }

    @Test
    void aJournalThatIsAwayIsReportedAndTheBusGoesOn() {
        stored.entries.add(paused(1));
        stored.isAway = true;
        ActorRef<EventBus.Command> bus = bus(1);
        bus.tell(new EventBus.Read(new EventBus.EventQuery(null, Set.of(), EventCursor.START, 10), 0, reader.ref()));

        assertThat(reader.expectMessageClass(EventBus.Refused.class).problem().code())
                .isEqualTo(ErrorCode.UNAVAILABLE);

        stored.isAway = false;
        assertThat(read(bus, EventCursor.START, 0).events()).hasSize(1);
    }

    @Test
    void oneReaderMoreThanMayWaitIsRefused() {
        ActorRef<EventBus.Command> bus = bus(0);
        TestProbe<EventBus.Answer> patient = TEST_KIT.createTestProbe(EventBus.Answer.class);
        EventBus.EventQuery query = new EventBus.EventQuery(null, Set.of(), EventCursor.START, 10);
        for (int i = 0; i < Limits.FOLLOWERS_MAX; i++) {
            bus.tell(new EventBus.Read(query, 5_000, patient.ref()));
        }

        bus.tell(new EventBus.Read(query, 5_000, reader.ref()));

        assertThat(reader.expectMessageClass(EventBus.Refused.class).problem().code())
                .isEqualTo(ErrorCode.RESOURCE_LIMIT);
        commit(bus, paused(1));
        patient.receiveSeveralMessages(Limits.FOLLOWERS_MAX);
    }

    @Test
    void aPageHasNoMoreEventsThanAskedForAndContinuesInsideAnEntry() {
        ActorRef<EventBus.Command> bus = bus(0);
        commit(bus, entry(1, new ChannelEvent.JobsDue(5, List.of(id(1), id(2), id(3)))));
        bus.tell(new EventBus.Read(new EventBus.EventQuery(null, Set.of(), EventCursor.START, 2), 0, reader.ref()));
        EventPage first = reader.expectMessageClass(EventBus.Events.class).page();

        EventPage second = read(bus, first.nextAfter(), 0);

        assertThat(first.events()).extracting(ChannelEventView::job).containsExactly(id(1), id(2));
        assertThat(second.events()).extracting(ChannelEventView::job).containsExactly(id(3));
    }

    private ActorRef<EventBus.Command> bus(long lastSequence) {
        return TEST_KIT.spawn(EventBus.create(
                CHANNEL,
                lastSequence,
                new TestServices().services(),
                stored,
                () -> Instant.ofEpochMilli(nowMillis.get())));
    }

    private EventPage read(ActorRef<EventBus.Command> bus, EventCursor after, long waitMillis) {
        TestProbe<EventBus.Answer> probe = TEST_KIT.createTestProbe(EventBus.Answer.class);
        bus.tell(new EventBus.Read(new EventBus.EventQuery(null, Set.of(), after, 10), waitMillis, probe.ref()));
        return probe.expectMessageClass(EventBus.Events.class).page();
    }

    private static void commit(ActorRef<EventBus.Command> bus, ChannelJournal.StoredEntry... entries) {
        bus.tell(new EventBus.Committed(List.of(entries)));
    }

    private static ChannelJournal.StoredEntry paused(long sequence) {
        return entry(sequence, new ChannelEvent.ChannelPaused(5));
    }

    private static ChannelJournal.StoredEntry entry(long sequence, ChannelEvent event) {
        return new ChannelJournal.StoredEntry(sequence, new JournalEntry(List.of(event)));
    }
}
