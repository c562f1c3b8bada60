package io.millrace.storage.readmodel;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.port.ReadModel;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessRef;
import io.millrace.domain.process.RunEnd;
import io.millrace.storage.StorageSettings;
import io.millrace.storage.TestCodec;
import io.millrace.storage.TestDatabases;
import io.millrace.storage.database.Database;
import io.millrace.storage.database.DatabaseAddress;
import io.millrace.storage.schema.Migrations;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Channels are woken while processes of theirs have not ended, as the read model counts them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChannelsWithProcessesTest {
    private static final ProcessRef WEB = new ProcessRef(new JobId(7, 1), new ProcessName("web"));

    private final DatabaseAddress address = TestDatabases.fresh();
    private final Database database = open(address);
    private final ReadModel readModel = new SqlReadModel(database, new TestCodec());

    private static Database open(DatabaseAddress address) {
        Migrations.run(address);
        return Database.open(address, StorageSettings.DEFAULT);
    }

    @AfterAll
    void close() {
        database.close();
    }

    private void apply(Journal channel, ProcessChange... changes) {
        for (ProcessChange change : changes) {
            channel.event(new ChannelEvent.ProcessChanged(channel.now(), change))
                    .entry();
        }
        channel.applyTo(readModel);
    }

    private boolean hasWork(Journal channel) {
        List<ChannelName> withWork = readModel.channelsWithWork(null, 100);
        return withWork.contains(channel.channel());
    }

    @Test
    void aChannelHasWorkWhileAProcessOfItHasNotEnded() {
        Journal channel = new Journal("serving").created();

        apply(channel, registered());
        assertThat(hasWork(channel)).isTrue();

        apply(channel, new ProcessChange.RunStarted(WEB, 1, 1, "n1", null), ended(ProcessState.PENDING));
        assertThat(hasWork(channel)).isTrue();

        apply(channel, new ProcessChange.RunStarted(WEB, 2, 2, "n1", null), ended(ProcessState.FAILED));
        assertThat(hasWork(channel)).isFalse();

        apply(channel, new ProcessChange.StartRequested(WEB, true));
        assertThat(hasWork(channel)).isTrue();

        apply(channel, new ProcessChange.Cancelled(WEB), new ProcessChange.Removed(WEB));
        assertThat(hasWork(channel)).isFalse();
    }

    @Test
    void aDeletedChannelHasNoProcessesLeftWhenItIsCreatedAgain() {
        Journal channel = new Journal("deleted").created();
        apply(channel, registered());

        channel.event(channel.deleted()).created().applyTo(readModel);

        assertThat(hasWork(channel)).isFalse();
    }

    @Test
    void aListedChannelCountsProcessesOfRunningJobsAndThoseThatHaveNotEnded() {
        Journal channel = new Journal("counted").created();
        channel.submitted();
        channel.started(channel.submitted(), 1);
        JobId handler = channel.nextId();
        channel.submitted(List.of(channel.job(handler, JobKind.HANDLER, "", 0, Map.of())), null);
        channel.started(handler, 1);

        apply(channel, registered());

        assertThat(shown(channel).processes()).isEqualTo(2);
        assertThat(shown(channel).threadsActive()).isEqualTo(2);
        assertThat(readModel.channel(channel.channel()).orElseThrow().processes())
                .isEqualTo(2);

        apply(channel, new ProcessChange.Cancelled(WEB), new ProcessChange.Removed(WEB));

        assertThat(shown(channel).processes()).isEqualTo(1);
    }

    private ChannelView shown(Journal channel) {
        return readModel.channels(100, null).items().stream()
                .filter(view -> view.name().equals(channel.channel()))
                .findFirst()
                .orElseThrow();
    }

    private static ProcessChange ended(ProcessState next) {
        return new ProcessChange.RunEnded(WEB, 1, RunEnd.exited(1, false, 5), next, null, null);
    }

    private static ProcessChange registered() {
        ProcessSpec spec = new ProcessSpec(
                WEB.name(),
                List.of("serve"),
                null,
                null,
                Map.of(),
                RestartPolicy.NEVER,
                null,
                ProcessSpec.START_TIMEOUT_DEFAULT,
                StopPolicy.DEFAULT,
                List.of(),
                List.of(),
                false,
                false,
                Map.of());
        return new ProcessChange.Registered(WEB.id(), spec, null, null);
    }
}
