package io.millrace.host.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.RecordedRun;
import io.millrace.host.RunKey;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.tree.ProcessTree;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only concerns a host that is asked directly. */
class LocalRunsTest {
    @TempDir
    Path directory;

    private LocalProcessHost host;
    private long lastEpoch;

    @BeforeEach
    void open() throws IOException {
        host = LocalProcessHost.start(directory.resolve("host"), ControlGroups.none("this test has none"));
    }

    @AfterEach
    void close() {
        host.close();
    }

    @Test
    void aLenderThatTakesTheMemoryBackEarlyEndsTheCommandAndNothingElse() {
        // given
        var other = new RecordedRun();
        start(other, "sh", "-c", "sleep 1; echo well");
        var gone = Arena.ofShared();
        var memory = gone.allocate(1_000);
        gone.close();
        var run = new RecordedRun() {
            @Override
            public MemorySegment buffer() {
                return memory;
            }
        };

        // when
        start(run, "yes");

        // then
        assertThat(run.ended().status().signal()).isEqualTo("SIGKILL");
        assertThat(other.ended().status().exitCode()).isZero();
        assertThat(other.text(LogStream.STDOUT)).isEqualTo("well\n");
    }

    @Test
    void aSmallBufferMakesSmallPieces() {
        // given
        var memory = Arena.ofAuto().allocate(7);
        var run = new RecordedRun() {
            @Override
            public MemorySegment buffer() {
                return memory;
            }
        };

        // when
        start(run, "seq", "1", "1000");

        // then
        assertThat(run.ended().status().exitCode()).isZero();
        assertThat(run.text(LogStream.STDOUT))
                .isEqualTo(IntStream.rangeClosed(1, 1_000)
                        .mapToObj(number -> number + "\n")
                        .collect(Collectors.joining()));
    }

    @Test
    void closingEndsWhatRunsAndWaitsForIt() {
        // given
        var run = new RecordedRun();
        start(run, "sleep", "60");
        int pid = run.started().pid();

        // when
        host.close();

        // then
        assertThat(ProcessHandle.of(pid)).isEmpty();
        assertThat(run.hasEnded()).isTrue();
        assertThat(host.underWay()).isZero();
        var late = new RecordedRun();
        start(late, "sleep", "60");
        assertThat(late.problem().code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }

    @Test
    void whatAnEarlierLifeLeftRunningEndsBeforeTheNextOneServes() throws IOException, InterruptedException {
        // given a process with the mark of this host, and one with the mark of another
        host.close();
        var id = HostId.of(directory.resolve("host"));
        var own = marked(id.value() + "/default-old-1-1");
        var foreign = marked("another host/default-old-1-1");

        // when
        open();

        // then
        try {
            assertThat(own.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(foreign.isAlive()).isTrue();
        } finally {
            own.destroyForcibly();
            foreign.destroyForcibly();
        }
    }

    private static Process marked(String run) throws IOException {
        var builder = new ProcessBuilder("sleep", "60");
        builder.environment().put(ProcessTree.COOKIE, run);
        return builder.start();
    }

    private void start(RecordedRun run, String... command) {
        long epoch = ++lastEpoch;
        host.start(
                new StartOrder(
                        new RunKey("default", "job" + epoch, 1, epoch),
                        List.of(command),
                        Map.of(),
                        false,
                        new byte[0],
                        directory.toString(),
                        null,
                        List.of(),
                        ProcessLimits.NONE,
                        false,
                        System.nanoTime() + TimeUnit.MINUTES.toNanos(1),
                        false),
                run);
    }
}
