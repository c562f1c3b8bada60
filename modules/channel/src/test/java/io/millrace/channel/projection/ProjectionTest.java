package io.millrace.channel.projection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.millrace.channel.ChannelJournal;
import io.millrace.channel.ChannelJournal.StoredEntry;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.fixture.TestServices;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ProjectionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final JobId JOB = new JobId(1, 1);
    private static final ActorTestKit TEST_KIT =
            ActorTestKit.create("projection", ConfigFactory.parseString("pekko.actor.provider = local"));

    private final TestServices services = new TestServices();
    private final ChannelServices node = services.services();
    private final ActorRef<ReadModelWriter.Command> writer = TEST_KIT.spawn(ReadModelWriter.create(node));

    @AfterAll
    static void stop() {
        TEST_KIT.shutdownTestKit();
    }

    /** A channel that stores entries and a journal that has them. */
    private final class Source implements ChannelJournal {
        private final ChannelName name;
        private final List<StoredEntry> journal = new CopyOnWriteArrayList<>();
        private final TestProbe<Projection.Projected> owner = TEST_KIT.createTestProbe(Projection.Projected.class);
        private int journalReads;

        private Source(String name) {
            this.name = new ChannelName(name);
        }

        private ActorRef<Projection.Command> project() {
            return TEST_KIT.spawn(Projection.create(name, journal.size(), node, this, writer, owner.ref()));
        }

        private List<StoredEntry> store(int entries) {
            return store(entries, ChannelEvent.ChannelPaused::new);
        }

        /** Entries about something that no list shows. */
        private List<StoredEntry> storeUnlisted(int entries) {
            return store(entries, sequence -> new ChannelEvent.EventPublished(sequence, JOB, "note", "{}"));
        }

        private List<StoredEntry> store(int entries, LongFunction<ChannelEvent> event) {
            long next = journal.size() + 1L;
            List<StoredEntry> stored = LongStream.range(next, next + entries)
                    .mapToObj(sequence -> new StoredEntry(sequence, new JournalEntry(List.of(event.apply(sequence)))))
                    .toList();
            journal.addAll(stored);
            return stored;
        }

        private void awaitProjected(long sequence) {
            Projection.Projected projected;
            do {
                projected = owner.receiveMessage(PATIENCE);
            } while (projected.sequence() < sequence);
            assertThat(services.readModel.position(name)).isEqualTo(sequence);
        }

        private void awaitStored(long sequence) {
            Projection.Projected projected;
            do {
                projected = owner.receiveMessage(PATIENCE);
            } while (projected.stored() < sequence);
        }

        @Override
        public CompletionStage<List<StoredEntry>> read(ChannelName channel, long fromSequence, int entriesMax) {
            journalReads++;
            return CompletableFuture.completedStage(journal.stream()
                    .filter(entry -> entry.sequence() >= fromSequence)
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

    @Test
    void whatIsStoredReachesTheReadModelWithoutReadingTheJournal() {
        Source source = new Source("direct");
        ActorRef<Projection.Command> projection = source.project();

        for (int i = 0; i < 20; i++) {
            projection.tell(new Projection.Committed(source.store(3)));
        }

        source.awaitProjected(60);
        assertThat(source.journalReads).isZero();
    }

    @Test
    void whatWasStoredBeforeItsStartIsReadFromTheJournal() {
        Source source = new Source("earlier");
        source.store(1_000);
        ActorRef<Projection.Command> projection = source.project();

        projection.tell(new Projection.Committed(source.store(5)));

        source.awaitProjected(1_005);
    }

    @Test
    void whatDoesNotFitIsReadFromTheJournalLater() {
        Source source = new Source("overflow");
        ActorRef<Projection.Command> projection = source.project();

        projection.tell(new Projection.Committed(source.store(Limits.PROJECTION_ENTRIES_HELD_MAX + 1_000)));

        source.awaitProjected(Limits.PROJECTION_ENTRIES_HELD_MAX + 1_000);
        assertThat(source.journalReads).isPositive();
    }

    @Test
    void nothingIsLostWhileTheDatabaseIsAway() {
        services.readModel.failNext(2);
        Source source = new Source("away");
        ActorRef<Projection.Command> projection = source.project();
        projection.tell(new Projection.Committed(source.store(5)));

        source.awaitProjected(5);

        services.readModel.failNext(2);
        projection.tell(new Projection.Committed(source.store(5)));
        source.awaitProjected(10);
    }

    @Test
    void aLagIsShownAndEndsWithTheProjection() {
        Source source = new Source("lag");
        ActorRef<Projection.Command> projection = source.project();
        projection.tell(new Projection.Committed(source.store(5)));
        source.awaitProjected(5);

        assertThat(services.instruments.projectionLag().value()).isZero();
        TEST_KIT.stop(projection);
        assertThat(services.instruments.projectionLag().value()).isZero();
    }

    @Test
    void whatNoListShowsIsReportedAtOnceAndNeedsNoTransaction() {
        Source source = new Source("unlisted");
        ActorRef<Projection.Command> projection = source.project();
        source.owner.expectMessage(PATIENCE, new Projection.Projected(0, 0));

        for (int i = 1; i <= 50; i++) {
            projection.tell(new Projection.Committed(source.storeUnlisted(1)));
            source.owner.expectMessage(PATIENCE, new Projection.Projected(i, 0));
        }

        assertThat(services.readModel.transactions()).isZero();
        assertThat(services.instruments.projectionLag().value()).isZero();
    }

    @Test
    void whatNoListShowsIsWrittenTogetherWithWhatIsListed() {
        Source source = new Source("together");
        ActorRef<Projection.Command> projection = source.project();

        projection.tell(new Projection.Committed(source.storeUnlisted(20)));
        projection.tell(new Projection.Committed(source.store(1)));

        source.awaitProjected(21);
        assertThat(services.readModel.transactions()).isOne();
    }

    @Test
    void whatNoListShowsIsWrittenOnceTheChannelIsQuiet() {
        Source source = new Source("quiet");
        ActorRef<Projection.Command> projection = source.project();

        projection.tell(new Projection.Committed(source.storeUnlisted(3)));

        source.awaitStored(3);
        assertThat(services.readModel.position(source.name)).isEqualTo(3);
    }

    @Test
    void whatNoListShowsIsWrittenWhenMuchOfItHasGathered() {
        Source source = new Source("gathered");
        ActorRef<Projection.Command> projection = source.project();

        projection.tell(new Projection.Committed(source.storeUnlisted(HeldEntries.RUN_ENTRIES_MAX + 1)));

        source.awaitStored(HeldEntries.RUN_ENTRIES_MAX);
    }

    @Test
    void oneChannelThatCannotBeWrittenDoesNotHoldUpOthers() {
        // given a channel whose journal lost an entry, so its run has a gap
        Source broken = new Source("broken");
        broken.store(3);
        broken.journal.removeFirst();
        broken.project();
        Source healthy = new Source("healthy");
        ActorRef<Projection.Command> projection = healthy.project();

        for (int i = 0; i < 10; i++) {
            projection.tell(new Projection.Committed(healthy.store(1)));
        }

        healthy.awaitProjected(10);
        assertThat(services.readModel.position(broken.name)).isZero();
    }

    @Test
    void runsOfManyChannelsShareTransactions() {
        List<Source> sources =
                LongStream.range(0, 50).mapToObj(n -> new Source("many-" + n)).toList();
        sources.forEach(source -> source.store(10));
        List<ActorRef<Projection.Command>> projections =
                sources.stream().map(Source::project).toList();
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < sources.size(); i++) {
                projections.get(i).tell(new Projection.Committed(sources.get(i).store(1)));
            }
        }

        sources.forEach(source -> source.awaitProjected(30));
        assertThat(services.readModel.transactions()).isLessThan(50 * 21);
    }
}
