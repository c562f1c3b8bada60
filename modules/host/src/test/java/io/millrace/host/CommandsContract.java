package io.millrace.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.log.LogStream;
import io.millrace.host.system.ProcessTable;
import io.millrace.host.system.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How commands are started, signalled and end, with any process host. */
public abstract class CommandsContract extends ProcessHostFixture {
    protected CommandsContract(HostUnderTest kind) {
        super(kind);
    }

    @Test
    void itsStartIsToldBeforeItsOutputAndThatBeforeItsEnd() {
        // when
        var run = start(shell("echo out; exit 3"));

        // then
        assertThat(run.ended().status().exitCode()).isEqualTo(3);
        assertThat(run.heard()).containsExactly("started", "output", "ended");
        assertThat(run.started().startedAtMillis())
                .isLessThanOrEqualTo(run.ended().endedAtMillis());
        assertThat(run.ended().reason()).isNull();
    }

    @Test
    void anExitCodeIsToldApartFromASignal() {
        // when
        var exited = start(shell("exit 137"));
        var killed = start(shell("kill -9 $$"));

        // then
        assertThat(exited.ended().status().exitCode()).isEqualTo(137);
        assertThat(exited.ended().status().signal()).isNull();
        assertThat(killed.ended().status().exitCode()).isNull();
        assertThat(killed.ended().status().signal()).isEqualTo("SIGKILL");
    }

    @Test
    void aCommandThatCannotBeStartedIsRefusedWithWhatToDo() throws IOException {
        // given
        var notExecutable = Files.createFile(home.resolve("script"));

        // when
        var unknown = start(command("no-such-command-anywhere")).problem();
        var absent = start(command("/no/such/file")).problem();
        var plain = start(command(notExecutable.toString())).problem();

        // then
        assertThat(List.of(unknown, absent, plain))
                .allSatisfy(problem -> assertThat(problem.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
        assertThat(unknown.detail())
                .isEqualTo("The command 'no-such-command-anywhere' was not found in the PATH of the node. Install it, "
                        + "give its full path, or set PATH in the job's env.");
        assertThat(absent.detail())
                .isEqualTo("The command '/no/such/file' does not exist on this node. Install it, or correct the path.");
        assertThat(plain.detail()).contains("is not executable by the node's user", "chmod +x");
    }

    @Test
    void itReadsItsInputToTheEnd() {
        // given more than a pipe holds
        String text = "0123456789\n".repeat(20_000);

        // when
        var run = start(command("cat").input(text));
        var without = start(command("cat"));

        // then
        assertThat(run.ended().status().exitCode()).isZero();
        assertThat(run.text(LogStream.STDOUT)).isEqualTo(text);
        assertThat(without.ended().status().exitCode()).isZero();
    }

    @Test
    void itIsGivenItsEnvironmentAndNothingOfTheHosts() {
        // when
        var run = start(command("env").env(Map.of("MINE", "a b")));

        // then
        assertThat(run.ended().status().exitCode()).isZero();
        assertThat(run.text(LogStream.STDOUT).lines().map(line -> line.split("=", 2)[0]))
                .containsExactlyInAnyOrder("MINE", "PATH", "HOME", "TMPDIR", "LANG", "MILLRACE_RUN");
        assertThat(run.text(LogStream.STDOUT)).contains("MINE=a b\n", "HOME=" + home + "\n");
    }

    @Test
    void aSignalReachesTheWholeGroup() {
        // given a command whose child is to be told, too
        var order = shell("sh -c 'trap \"echo child; exit\" USR1; echo $$ > child; while :; do sleep 0.01; done' &"
                + " trap 'wait; exit 7' USR1; echo $$ > leader; while :; do sleep 0.01; done");
        var run = start(order);
        numberIn("child");
        numberIn("leader");

        // when
        host.signal(order.key(), 10);

        // then
        assertThat(run.ended().status().exitCode()).isEqualTo(7);
        assertThat(run.text(LogStream.STDOUT)).isEqualTo("child\n");
    }

    @Test
    void aSignalSentBeforeItRunsReachesItOnceItDoes() {
        // given
        var order = command("sleep", "60");

        // when
        var run = start(order);
        host.signal(order.key(), Signals.TERMINATE);

        // then
        assertThat(run.ended().status().signal()).isEqualTo("SIGTERM");
    }

    @Test
    void aTerminalTakesThePlaceOfThePipes() {
        // when
        var run = start(shell("test -t 1 && test -t 2 && echo on $TERM >&2").onTerminal());

        // then
        assertThat(run.ended().status().exitCode()).isZero();
        assertThat(run.text(LogStream.STDOUT)).isEqualTo("on xterm-256color\r\n");
        assertThat(run.text(LogStream.STDERR)).isEmpty();
    }

    @Test
    @Proves("B-162")
    void hundredsRunAtTheSameTime() {
        // given commands that wait for each other's sign
        int commands = 300;
        var runs = IntStream.range(0, commands)
                .mapToObj(_ -> start(shell("echo up; while [ ! -e go ]; do sleep 0.2; done; echo done")))
                .toList();

        // when all of them run
        await().atMost(PATIENCE.multipliedBy(3))
                .until(() ->
                        runs.stream().allMatch(run -> run.text(LogStream.STDOUT).equals("up\n")));
        createFile("go");

        // then
        assertThat(runs).allSatisfy(run -> {
            assertThat(run.ended().status().exitCode()).isZero();
            assertThat(run.text(LogStream.STDOUT)).isEqualTo("up\ndone\n");
        });
    }

    @Test
    void aThousandCommandsLeaveNoDescriptorNoThreadAndNoZombie() {
        // given a host that has started some
        endAll(60);
        long descriptors = count("fd");
        long threads = count("task");
        var zombies = zombies();

        // when
        endAll(1_000);

        // then
        assertThat(count("fd")).isLessThanOrEqualTo(descriptors + 2);
        assertThat(count("task")).isLessThanOrEqualTo(threads + 2);
        assertThat(zombies()).isSubsetOf(zombies);
    }

    private void endAll(int commands) {
        int atOnce = 20;
        for (int done = 0; done < commands; done += atOnce) {
            var orders =
                    IntStream.range(0, atOnce).mapToObj(_ -> command("true")).toList();
            var runs = orders.stream().map(this::start).toList();
            runs.forEach(RecordedRun::ended);
            orders.forEach(order -> host.forget(order.key()));
        }
    }

    private long count(String entries) {
        try (Stream<Path> all = Files.list(Path.of("/proc", Integer.toString(host.pid()), entries))) {
            return all.count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> zombies() {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.map(path -> path.getFileName().toString())
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .filter(name -> ProcessTable.find(Integer.parseInt(name))
                            .filter(process -> process.parent() == host.pid() && process.isEnded())
                            .isPresent())
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void createFile(String name) {
        try {
            Files.createFile(home.resolve(name));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
