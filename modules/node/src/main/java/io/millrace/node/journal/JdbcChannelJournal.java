package io.millrace.node.journal;

import io.millrace.channel.ChannelJournal;
import io.millrace.contracts.ChannelName;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.port.StorageException;
import io.millrace.storage.Storage;
import io.millrace.storage.journal.JournalTables;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.persistence.jdbc.query.javadsl.JdbcReadJournal;
import org.apache.pekko.persistence.query.EventEnvelope;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Sink;

/** Reads and trims the journal of one channel at a time, through the persistence plugin's own tables. */
public final class JdbcChannelJournal implements ChannelJournal {
    private final JdbcReadJournal journal;
    private final Materializer materializer;
    private final JournalTables tables;
    private final Executor blocking;

    /**
     * @param blocking runs statements; its threads may block
     */
    public JdbcChannelJournal(ActorSystem<?> system, JournalTables tables, Executor blocking) {
        this.journal =
                PersistenceQuery.get(system).getReadJournalFor(JdbcReadJournal.class, JdbcReadJournal.Identifier());
        this.materializer = Materializer.matFromSystem(system);
        this.tables = tables;
        this.blocking = blocking;
    }

    @Override
    public CompletionStage<List<StoredEntry>> read(ChannelName channel, long fromSequence, int entriesMax) {
        return journal.currentEventsByPersistenceId(persistenceId(channel), fromSequence, Long.MAX_VALUE)
                .take(entriesMax)
                .map(JdbcChannelJournal::stored)
                .runWith(Sink.seq(), materializer)
                .exceptionally(failure -> {
                    throw new StorageException("The journal of channel '" + channel + "' could not be read.", failure);
                });
    }

    @Override
    public CompletionStage<Long> highestSequence(ChannelName channel) {
        return CompletableFuture.supplyAsync(() -> tables.highestSequence(persistenceId(channel)), blocking);
    }

    @Override
    public CompletionStage<Void> discard(ChannelName channel, long entriesTo, long snapshotsBefore) {
        return CompletableFuture.runAsync(
                () -> tables.discard(persistenceId(channel), entriesTo, snapshotsBefore), blocking);
    }

    private static String persistenceId(ChannelName channel) {
        return Storage.PERSISTENCE_ID_PREFIX + channel;
    }

    private static StoredEntry stored(EventEnvelope envelope) {
        return new StoredEntry(envelope.sequenceNr(), (JournalEntry) envelope.event());
    }
}
