package io.millrace.channel.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.Instruments;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.log.OutputBuffer;
import io.millrace.channel.log.OutputPump;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.work.Work;
import io.millrace.host.RunListener;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.supervise.LocalProcessHost;
import io.millrace.host.tree.OtherChildren;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The memory a real process's output is read into, from its start to its end. */
class ProcessOutputTest {
    private static final AttemptId ATTEMPT = new AttemptId(TestJobs.id(1), 1, 1);

    @TempDir
    Path directory;

    private final Instruments instruments = new Instruments();
    private final BlockingQueue<String> happened = new LinkedBlockingQueue<>();
    private final LentBuffer buffer = new LentBuffer();
    private ProcessRunner runner;

    @BeforeEach
    void start() throws IOException {
        var none = ControlGroups.none("this test has none");
        var host = LocalProcessHost.start(directory.resolve("host"), none, OtherChildren.POSSIBLE);
        runner = ProcessRunner.start(host, directory, Map.of(), Runnable::run, instruments);
    }

    @AfterEach
    void stop() {
        runner.close();
    }

    @Test
    void itIsGivenBackBeforeTheEndIsHeardOf() throws InterruptedException {
        // when
        start("sh", "-c", "echo out; echo err >&2");

        // then
        assertThat(next()).isEqualTo("started");
        assertThat(next()).isEqualTo("given back");
        assertThat(next()).isEqualTo("ended");
    }

    @Test
    void itIsGivenBackIfTheProcessCannotBeStarted() throws InterruptedException {
        // when
        start("no-such-command-anywhere");

        // then
        assertThat(next()).isEqualTo("given back");
        assertThat(next()).isEqualTo("not started");
    }

    @Test
    void itIsGivenBackWhenNobodyWantsTheOutputAnyMore() throws InterruptedException {
        // given a process that prints without end into a store that gives no credit
        var run = start("yes");
        assertThat(next()).isEqualTo("started");

        // when
        run.abandon();

        // then
        assertThat(next()).isEqualTo("given back");
        assertThat(next()).isEqualTo("ended");
    }

    @Test
    void aLenderThatTakesTheMemoryBackEarlyEndsTheProcessAndNothingElse() throws InterruptedException {
        // given memory that is gone
        buffer.arena.close();

        // when
        start("yes");
        assertThat(next()).isEqualTo("started");

        // then
        assertThat(next()).isEqualTo("given back");
        assertThat(next()).isEqualTo("ended");
    }

    private String next() throws InterruptedException {
        return String.valueOf(happened.poll(20, TimeUnit.SECONDS));
    }

    private ProcessRun start(String... command) {
        var pump = new OutputPump(ATTEMPT, TestInbox.<LogStore.Command>create().getRef(), (_, _) -> {}, instruments);
        return runner.start(
                new ProcessRequest(
                        ChannelName.DEFAULT,
                        ATTEMPT,
                        ATTEMPT,
                        new Work.Process(List.of(command), Map.of(), "", null),
                        Map.of(),
                        List.of(),
                        ProcessLimits.NONE,
                        false,
                        false,
                        TestServices.LEASE.endNanos(System.nanoTime())),
                new ProcessOutput(pump, buffer),
                new Listener());
    }

    private final class Listener implements ProcessListener {
        @Override
        public void started(RunListener.Started started) {
            happened.add("started");
        }

        @Override
        public void notStarted(Problem problem) {
            happened.add("not started");
        }

        @Override
        public void ended(RunListener.Ended ended) {
            happened.add("ended");
        }
    }

    private final class LentBuffer implements OutputBuffer {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory = arena.allocate(BYTES);

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public void giveBack() {
            happened.add("given back");
        }
    }
}
