package io.millrace.host.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.millrace.contracts.ErrorCode;
import io.millrace.host.HostLimits;
import io.millrace.host.RecordedRun;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener.EndReason;
import io.millrace.host.RunListener.Ended;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.CommonLimits;
import io.millrace.host.limits.ControlGroupUse;
import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.protocol.HostDirectory;
import io.millrace.host.protocol.HostState;
import io.millrace.host.sandbox.ProcessUser;
import io.millrace.host.sandbox.SandboxSettings;
import io.millrace.host.system.LibC;
import io.millrace.host.system.ProcessTable;
import io.millrace.host.system.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The companion is killed, stopped, or not what its state file says, while its node lives. */
class CompanionDrillTest {
    private static final int SIGSTOP = 19;
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration LEASE = Duration.ofSeconds(60);

    /** With a descendant in a session of its own that has lost its parent. */
    private static final String TREE =
            "(setsid sh -c 'echo $$ > away.new; mv away.new away; exec sleep 300' &); sleep 300";

    @TempDir
    private Path directory;

    private Path home;
    private int lastEpoch;

    @BeforeEach
    void makeHome() throws IOException {
        home = Files.createDirectory(directory.resolve("home"));
    }

    private final AtomicInteger replaced = new AtomicInteger();

    @Test
    void whenTheCompanionIsKilledNothingItStartedLivesOnAndAnotherTakesItsPlace() throws IOException {
        try (var host = open()) {
            // given
            int companion = host.pid();
            var run = start(host, order("sh", "-c", TREE));
            int leader = run.started().pid();
            int away = numberIn("away");

            // when
            LibC.kill(companion, Signals.KILL);

            // then whoever listens is told once nothing is left
            var ended = run.ended();
            assertThat(isAlive(leader)).isFalse();
            assertThat(isAlive(away)).isFalse();
            assertThat(ended.reason()).isEqualTo(EndReason.HOST_GONE);
            assertThat(ended.status().exitCode()).isNull();
            assertThat(ended.status().signal()).isEqualTo("UNKNOWN");

            // and can start it again at once
            assertThat(replaced.get()).isEqualTo(1);
            assertThat(host.pid()).isNotEqualTo(companion);
            assertThat(start(host, order("sh", "-c", "exit 3")).ended().status().exitCode())
                    .isEqualTo(3);
        }
    }

    @Test
    void aCompanionThatHangsIsReplacedAndNoStartStaysUnanswered() throws IOException {
        try (var host = open()) {
            // given
            int companion = host.pid();
            var run = start(host, order("sleep", "300"));
            int leader = run.started().pid();

            // when it is stopped, and asked for something
            LibC.kill(companion, SIGSTOP);
            var asked = start(host, order("sleep", "300"));

            // then nobody knows whether that was started, and nothing of it lives
            assertThat(asked.ended().reason()).isEqualTo(EndReason.HOST_GONE);
            assertThat(run.ended().reason()).isEqualTo(EndReason.HOST_GONE);
            assertThat(isAlive(leader)).isFalse();
            assertThat(isAlive(companion)).isFalse();
            await().atMost(PATIENCE).until(() -> host.pid() != companion);
            assertThat(start(host, order("true")).ended().status().exitCode()).isZero();
        }
    }

    @Test
    void aStartWhileACompanionDiesWaitsForTheNextOne() throws IOException {
        try (var host = open()) {
            // given one start after the other
            int companion = host.pid();
            LibC.kill(companion, Signals.KILL);

            // when, until there is another companion
            var asked = new ArrayList<RecordedRun>();
            await().pollInterval(Duration.ofMillis(10)).atMost(PATIENCE).until(() -> {
                asked.add(start(host, order("true")));
                return host.pid() != companion;
            });

            // then what was on its way to the one that died is unknown, and everything else has run
            var ends = asked.stream().map(RecordedRun::ended).toList();
            assertThat(ends).allMatch(ended -> ended.reason() == EndReason.HOST_GONE || hasSucceeded(ended));
            assertThat(ends.stream().filter(CompanionDrillTest::hasSucceeded)).hasSizeGreaterThan(1);
        }
    }

    @Test
    void afterTheHostIsClosedStartsAreRefused() throws IOException {
        // given
        var host = open();
        host.close();

        // when
        var run = start(host, order("true"));

        // then
        assertThat(run.problem().code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }

    @Test
    void anOrderThatIsTooLongIsRefusedAndNothingElse() throws IOException {
        try (var host = open()) {
            // when
            var run = start(host, order("echo", "x".repeat(HostLimits.ORDER_BYTES_MAX + 1)));

            // then
            assertThat(run.problem().code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
            assertThat(run.problem().detail()).contains("1048576 bytes");
            assertThat(start(host, order("true")).ended().status().exitCode()).isZero();
        }
    }

    @Test
    void aSecondNodeOnTheSameDirectoryIsRefused() throws IOException {
        try (var _ = open()) {
            assertThatThrownBy(this::open)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Another node uses " + directory);
        }
    }

    // What the state file says

    @Test
    void aStateFileOfAnotherBootOrOfAReusedProcessIdKillsNobody() throws IOException {
        // given a bystander with the process id that the file names
        var bystander = new ProcessBuilder("sleep", "300").start();
        try {
            int pid = Math.toIntExact(bystander.pid());
            long startTicks = ProcessTable.find(pid).orElseThrow().startTicks();
            var ofAnotherBoot = new HostState(1, pid, startTicks, "00000000-0000-0000-0000-000000000000");
            var ofAnEarlierProcess = new HostState(1, pid, startTicks - 1, ProcessTable.bootId());

            for (var state : List.of(ofAnotherBoot, ofAnEarlierProcess)) {
                HostDirectory.below(directory).writeState(state);

                // when
                try (var host = open()) {
                    // then
                    assertThat(host.pid()).isNotEqualTo(pid);
                    assertThat(start(host, order("true")).ended().status().exitCode())
                            .isZero();
                }
            }
            assertThat(bystander.isAlive()).isTrue();
        } finally {
            bystander.destroyForcibly();
        }
    }

    @Test
    void aCompanionOfAnotherReleaseIsEndedWithWhatItRuns() throws IOException {
        // given a companion with a service, and a state file that says it speaks another version
        int companion;
        int service;
        try (var host = open()) {
            companion = host.pid();
            service = start(host, surviving("sleep", "300")).started().pid();
        }
        var directoryOfHost = HostDirectory.below(directory);
        var state = directoryOfHost.state().orElseThrow();
        directoryOfHost.writeState(new HostState(999, state.pid(), state.startTicks(), state.bootId()));
        assertThat(isAlive(service)).isTrue();

        // when
        try (var host = open()) {
            // then
            assertThat(host.pid()).isNotEqualTo(companion);
            assertThat(isAlive(companion)).isFalse();
            assertThat(isAlive(service)).isFalse();
        }
    }

    private RemoteProcessHost open() throws IOException {
        return RemoteProcessHost.start(
                new CompanionSettings(
                        directory,
                        ControlGroupUse.NONE,
                        new SandboxSettings(ProcessUser.OWN),
                        CommonLimits.NONE,
                        false),
                replaced::incrementAndGet);
    }

    private static RecordedRun start(RemoteProcessHost host, StartOrder order) {
        var run = new RecordedRun();
        host.start(order, run);
        return run;
    }

    private static boolean hasSucceeded(Ended ended) {
        return Integer.valueOf(0).equals(ended.status().exitCode());
    }

    private StartOrder order(String... command) {
        return order(false, command);
    }

    private StartOrder surviving(String... command) {
        return order(true, command);
    }

    private StartOrder order(boolean survivesNode, String... command) {
        int epoch = ++lastEpoch;
        return new StartOrder(
                new RunKey("default", "job" + epoch, 1, epoch),
                List.of(command),
                Map.of(),
                false,
                new byte[0],
                home.toString(),
                null,
                List.of(),
                ProcessLimits.NONE,
                false,
                System.nanoTime() + LEASE.toNanos(),
                survivesNode);
    }

    private int numberIn(String name) throws IOException {
        var file = home.resolve(name);
        await().atMost(PATIENCE).until(() -> Files.exists(file));
        return Integer.parseInt(Files.readString(file).strip());
    }

    private static boolean isAlive(int pid) {
        return ProcessTable.find(pid).filter(process -> !process.isEnded()).isPresent();
    }
}
