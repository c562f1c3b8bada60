package io.millrace.node.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.node.config.ConfigLayers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The journal under failures, on a real PostgreSQL. The plugin writes rows of several channels in one transaction; what
 * is shown here is that its failure stays with the channel that caused it, and that many channels may write at once.
 */
class IsolatingJournalDaoIT {
    private static final int CHANNELS = 200;
    private static final int BUSY_CHANNELS = 3_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static JournalDatabase database;

    @BeforeAll
    static void startDatabase(@TempDir Path directory) {
        database = JournalDatabase.start(directory.resolve("data"));
    }

    @AfterAll
    static void stopDatabase() {
        database.close();
    }

    @Test
    void duplicateKeyFailsItsOwnChannelOnly() throws SQLException {
        Outcome outcome = writeTogetherWithOneDuplicate("isolated", IsolatingJournalDao.class.getName());

        assertThat(outcome.failed()).containsExactly("isolated-150");
        assertThat(outcome.rows()).isEqualTo(CHANNELS - 1);
    }

    /** The control: if this passes with the plugin's own class, the test above shows nothing. */
    @Test
    void withoutIsolationOneDuplicateKeyFailsManyChannels() throws SQLException {
        Outcome outcome = writeTogetherWithOneDuplicate(
                "shared", "org.apache.pekko.persistence.jdbc.journal.dao.DefaultJournalDao");

        assertThat(outcome.failed()).contains("shared-150").hasSizeGreaterThan(50);
    }

    @Test
    void threeThousandChannelsMayWriteAtOnce() throws SQLException {
        ActorTestKit kit = actors(IsolatingJournalDao.class.getName(), Map.of());
        try {
            Writers writers = Writers.start(kit, "busy", BUSY_CHANNELS);

            writers.writeAll();

            assertThat(writers.failedAmong(BUSY_CHANNELS)).isEmpty();
            assertThat(database.rowsOf("busy-")).isEqualTo(BUSY_CHANNELS);
        } finally {
            kit.shutdownTestKit();
        }
    }

    /** @param failed persistence ids whose write failed */
    private record Outcome(Set<String> failed, long rows) {}

    private static Outcome writeTogetherWithOneDuplicate(String name, String dao) throws SQLException {
        // One transaction at a time: while the first waits for the lock, all others gather behind it.
        ActorTestKit kit = actors(dao, Map.of("millrace.journal.parallelism", "1"));
        try {
            Writers writers = Writers.start(kit, name, CHANNELS);
            database.writeAsStranger(name + "-150", 1);
            Connection lock = database.lockJournal();
            writers.writeAll();
            await().atMost(LIMIT).until(database::isWriteWaiting);
            lock.rollback();
            lock.close();
            return new Outcome(writers.failedAmong(CHANNELS), database.rowsOf(name + "-"));
        } finally {
            kit.shutdownTestKit();
        }
    }

    private static ActorTestKit actors(String dao, Map<String, String> settings) {
        Config root = ConfigLayers.load(Path.of("../../cluster-config/base.conf"), settings);
        String slick = "pekko-persistence-jdbc.shared-databases.slick.db.";
        Map<String, Object> values = Map.of(
                "pekko.actor.provider",
                "local",
                "jdbc-journal.dao",
                dao,
                slick + "url",
                database.address().jdbcUrl() + "?reWriteBatchedInserts=true",
                slick + "user",
                database.address().user(),
                slick + "password",
                database.address().password());
        return ActorTestKit.create(
                ConfigFactory.parseMap(values).withFallback(root).resolve());
    }

    /** Persistent actors that each write one entry when told to, and say how it went. */
    private record Writers(List<ActorRef<Write>> all, TestProbe<Written> outcomes) {

        static Writers start(ActorTestKit kit, String name, int count) {
            TestProbe<Written> probe = kit.createTestProbe();
            List<ActorRef<Write>> all = IntStream.range(0, count)
                    .mapToObj(i -> kit.<Write>spawn(Writer.create(name + "-" + i, probe.ref())))
                    .toList();
            // Told as one message each once they have recovered.
            IntStream.range(0, count).forEach(_ -> probe.expectMessageClass(Written.class, LIMIT));
            return new Writers(all, probe);
        }

        void writeAll() {
            all.forEach(writer -> writer.tell(Write.INSTANCE));
        }

        Set<String> failedAmong(int count) {
            return IntStream.range(0, count)
                    .mapToObj(_ -> outcomes.expectMessageClass(Written.class, LIMIT))
                    .filter(written -> !written.isStored())
                    .map(Written::persistenceId)
                    .collect(Collectors.toSet());
        }
    }

    private enum Write {
        INSTANCE
    }

    private record Written(String persistenceId, boolean isStored) {}

    private static final class Writer extends EventSourcedBehavior<Write, JournalEntry, Integer> {
        private final String persistenceId;
        private final ActorRef<Written> outcomes;
        private boolean isStored;

        private Writer(String persistenceId, ActorRef<Written> outcomes) {
            super(PersistenceId.ofUniqueId(persistenceId));
            this.persistenceId = persistenceId;
            this.outcomes = outcomes;
        }

        static Behavior<Write> create(String persistenceId, ActorRef<Written> outcomes) {
            return Behaviors.setup(_ -> new Writer(persistenceId, outcomes));
        }

        @Override
        public Integer emptyState() {
            return 0;
        }

        @Override
        public CommandHandler<Write, JournalEntry, Integer> commandHandler() {
            return (_, _) -> Effect().persist(new JournalEntry(List.of())).thenRun(_ -> stored());
        }

        private void stored() {
            isStored = true;
            outcomes.tell(new Written(persistenceId, true));
        }

        @Override
        public EventHandler<Integer, JournalEntry> eventHandler() {
            return (entries, _) -> entries + 1;
        }

        @Override
        public SignalHandler<Integer> signalHandler() {
            return newSignalHandlerBuilder()
                    .onSignal(RecoveryCompleted.instance(), _ -> outcomes.tell(new Written(persistenceId, true)))
                    .onSignal(PostStop.instance(), _ -> stopped())
                    .build();
        }

        /** Without a strategy for failed writes the actor stops when one fails. */
        private void stopped() {
            if (!isStored) {
                outcomes.tell(new Written(persistenceId, false));
            }
        }
    }
}
