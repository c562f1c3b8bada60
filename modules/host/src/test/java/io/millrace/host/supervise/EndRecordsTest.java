package io.millrace.host.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.job.ResourceType;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener.EndReason;
import io.millrace.host.RunListener.Ended;
import io.millrace.host.RunListener.Started;
import io.millrace.host.limits.LimitReport;
import io.millrace.host.system.ExitStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ends of runs on disk. */
class EndRecordsTest {
    private static final EndRecord EXITED =
            record("one", new Ended(new ExitStatus(137, null), 20, null, LimitReport.NOTHING, 0, 0));
    private static final EndRecord KILLED = record(
            "two",
            new Ended(
                    new ExitStatus(null, "SIGKILL"),
                    10,
                    EndReason.LEASE,
                    new LimitReport(ResourceType.MEMORY, 1_000, 2_000),
                    3,
                    4));

    @TempDir
    Path directory;

    private EndRecords records;

    @BeforeEach
    void open() throws IOException {
        records = new EndRecords(directory, Runnable::run);
    }

    @Test
    void whatWasWrittenIsReadWholeAndOldestFirst() throws IOException {
        // given
        records.write(EXITED, () -> {});
        records.write(KILLED, () -> {});

        // when
        var read = new EndRecords(directory, Runnable::run).readAll();

        // then
        assertThat(read).containsExactly(KILLED, EXITED);
    }

    @Test
    void whatWasRemovedIsNotRead() throws IOException {
        // given
        records.write(EXITED, () -> {});

        // when
        records.remove(EXITED.key());
        records.remove(EXITED.key());

        // then
        assertThat(records.readAll()).isEmpty();
    }

    @Test
    void aFileThatIsNotWholeOrNotOursIsPassedOver() throws IOException {
        // given
        records.write(EXITED, () -> {});
        Files.writeString(directory.resolve(KILLED.key() + ".new"), "channel=def");
        Files.writeString(directory.resolve("foreign"), "something else");
        Files.writeString(directory.resolve("odd"), KILLED.text().replace("epoch=7", "epoch=x"));

        // when
        var read = records.readAll();

        // then
        assertThat(read).containsExactly(EXITED);
        assertThat(directory.resolve(KILLED.key() + ".new")).doesNotExist();
    }

    @Test
    void aDiskThatTakesNothingIsTold() throws IOException {
        // given a directory that is gone
        var failures = new AtomicInteger();
        Files.delete(directory);

        // when
        records.write(EXITED, failures::incrementAndGet);

        // then
        assertThat(failures).hasValue(1);
    }

    private static EndRecord record(String id, Ended ended) {
        return new EndRecord(new RunKey("default", id, 2, 7), new Started(99, 5, List.of()), ended);
    }
}
