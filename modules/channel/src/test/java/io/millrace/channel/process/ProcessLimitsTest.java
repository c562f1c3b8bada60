package io.millrace.channel.process;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.fixture.ChannelManagers.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.work.Work;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.AttemptOutcome.Kind;
import io.millrace.host.HostLimits;
import io.millrace.host.limits.ControlGroup;
import io.millrace.host.limits.ControlGroupController;
import io.millrace.host.limits.ControlGroupUse;
import io.millrace.host.limits.ControlGroupVersion;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.system.LibC;
import io.millrace.host.system.ProcessTable;
import io.millrace.host.system.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What jobs declare as limits of real processes. The tests of this machine's own control groups look at what it can do
 * and expect the limit or the condition that says there is none.
 */
class ProcessLimitsTest {
    private static final long MEBIBYTE = 1 << 20;
    private static final ActorTestKit KIT = ActorTestKit.create();

    /** Keeps some 150 MB. The shell in front survives if only its child is ended. */
    private static final String USE_MUCH_MEMORY = "head -c 150000000 /dev/zero | tail -n 1 | wc -c";

    /** Where a command finds its simulated group. */
    private static final String GROUP =
            "group=$GROUPS_DIRECTORY/attempt-$MILLRACE_CHANNEL-$MILLRACE_JOB_ID-$MILLRACE_ATTEMPT-$MILLRACE_FENCING_TOKEN; ";

    @TempDir
    Path directory;

    @SuppressWarnings("NullAway") // each test begins with the control groups it is about
    private ChannelManagers managers;

    @AfterEach
    void stop() {
        managers.close();
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    // What is declared

    @Test
    void requestsOfOneTypeAddUpAndTheFirstProcessIsNotDeclared() {
        withoutControlGroups();

        var limits = ProcessLimits.of(
                List.of(memory(5), memory(7), files(3), processes(2), new ResourceRequest(ResourceType.BUFFER, 4096)));

        assertThat(limits).isEqualTo(new ProcessLimits(12, 3, 3));
        assertThat(ProcessLimits.of(List.of())).isEqualTo(ProcessLimits.NONE);
        assertThat(ProcessLimits.of(List.of(memory(Long.MAX_VALUE), memory(1))).memoryBytes())
                .isEqualTo(Long.MAX_VALUE);
    }

    // The command is what it is without limits

    @Test
    void argumentsArriveAsTheyAre() {
        // given
        withoutControlGroups();
        String[] difficult = {"%s\\n", "a b", "$HOME", "`id`", "--", "-", "", "*", "'\"", "line\nbreak"};

        // when
        var attempt = managers.run(limited(command("printf", difficult), files(64)));
        managers.outcome(attempt);

        // then
        assertThat(managers.text(attempt))
                .containsExactly("a b", "$HOME", "`id`", "--", "-", "", "*", "'\"", "line", "break");
    }

    @Test
    void theEnvironmentIsTheSame() {
        // given
        withoutControlGroups();

        // when
        var with = managers.run(limited(command("env"), files(64)));
        managers.outcome(with);
        var without = managers.run(limited(command("env")));
        managers.outcome(without);

        // then
        assertThat(names(with)).containsExactlyInAnyOrderElementsOf(names(without));
    }

    @Test
    void exitCodeAndSignalAreTold() {
        // given
        withoutControlGroups();

        // when
        var succeeded = managers.runToEnd(limited(shell("exit 0"), files(64)));
        var exited = managers.runToEnd(limited(shell("exit 137"), files(64)));
        var killed = managers.runToEnd(limited(shell("kill -9 $$"), files(64)));

        // then
        assertThat(succeeded).isEqualTo(AttemptOutcome.succeeded(0, null));
        assertThat(exited.exitCode()).isEqualTo(137);
        assertThat(exited.signal()).isNull();
        assertThat(killed.exitCode()).isNull();
        assertThat(killed.signal()).isEqualTo("SIGKILL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"no-such-command-anywhere", "text", "orphan", "closed", "-dash"})
    void whatCannotBeStartedIsRefusedInTheSameWords(String name) throws IOException {
        // given text, a script without its interpreter, and one whose interpreter is no program
        withoutControlGroups();
        script("text", "just text\n");
        script("orphan", "#!/no/such/interpreter -x\n");
        script("closed", "#!" + Files.writeString(directory.resolve("plain"), "x") + "\n");
        var work = new Work.Process(List.of(name), Map.of("PATH", directory.toString()), "", null);

        // when
        var without = managers.runToEnd(limited(work));
        var with = managers.runToEnd(limited(work, files(64)));

        // then
        assertThat(with).isEqualTo(without);
        assertThat(problem(with).code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    }

    @Test
    void aCommandNamedLikeAnOptionRuns() throws IOException {
        // given
        withoutControlGroups();
        script("-n", "#!/bin/sh\necho \"$@\"\n");
        var work = new Work.Process(List.of("-n", "said"), Map.of("PATH", directory + ":/usr/bin:/bin"), "", null);

        // when
        var attempt = managers.run(limited(work, files(64)));
        managers.outcome(attempt);

        // then
        assertThat(managers.text(attempt)).containsExactly("said");
    }

    // Files

    @Test
    void openFilesAreLimitedForEachProcess() {
        // given
        withoutControlGroups();

        // when
        var limited = managers.run(limited(shell("ulimit -n; ulimit -H -n"), files(50)));
        var few = managers.run(limited(shell("ulimit -n"), files(1)));
        managers.outcome(limited);
        managers.outcome(few);

        // then
        assertThat(managers.text(limited)).containsExactly("50", "50");
        assertThat(managers.text(few)).containsExactly(Long.toString(HostLimits.PROCESS_OPEN_FILES_MIN));
    }

    // Memory without a control group

    @Test
    void withoutAControlGroupEachProcessIsKeptToItsAddressSpaceAndTheJobSaysSo() {
        // given
        withoutControlGroups();

        // when
        var attempt = managers.run(limited(shell("ulimit -v; " + USE_MUCH_MEMORY), memory(64 * MEBIBYTE)));
        var noted = managers.report(ChannelReport.AttemptNoted.class);
        managers.outcome(attempt);

        // then tail was given no more than was declared, so that nothing was left to count
        assertThat(noted.attempt()).isEqualTo(attempt);
        assertThat(noted.condition().type()).isEqualTo("MemoryNotEnforced");
        assertThat(noted.condition().message()).contains("67108864 bytes", "address space", "/management/node");
        assertThat(managers.processRunner.enforcement().get("memory")).contains("ulimit -v", "this test has none");
        assertThat(managers.text(attempt)).contains("65536", "0").anyMatch(line -> line.contains("exhausted"));
    }

    @Test
    void aFailureWithinALimitedAddressSpaceNamesItAsAPossibleCause() {
        // given
        withoutControlGroups();

        // when
        var outcome = managers.runToEnd(limited(shell("exit 2"), memory(64 * MEBIBYTE)));

        // then
        assertThat(problem(outcome).detail()).contains("exit code 2", "67108864 bytes", "declare more memory");
    }

    @Test
    void withoutAControlGroupTheJobSaysThatItsProcessesAreNotCounted() {
        // given
        withoutControlGroups();

        // when
        var attempt = managers.run(limited(command("true"), processes(2)));

        // then
        var condition = managers.report(ChannelReport.AttemptNoted.class).condition();
        assertThat(condition.type()).isEqualTo("ProcessesNotEnforced");
        assertThat(condition.message()).contains("more than the 3 processes", "/management/node");
        assertThat(managers.processRunner.enforcement().get("processes"))
                .contains("not enforced", "this test has none");
        assertThat(managers.outcome(attempt).kind()).isEqualTo(Kind.SUCCEEDED);
    }

    // Control groups that are simulated

    @ParameterizedTest
    @EnumSource(ControlGroupVersion.class)
    void theCommandIsInAGroupWithItsLimitsWhichIsGoneAfterwards(ControlGroupVersion version) throws IOException {
        // given
        var simulated = simulate(version);
        String memoryFile = version == ControlGroupVersion.V1 ? "memory.limit_in_bytes" : "memory.max";

        // when
        var attempt = managers.run(limited(
                shell(GROUP + "cat $group/" + memoryFile + "; echo; cat $group/pids.max; echo; echo $$; "
                        + "cat $group/cgroup.procs; ulimit -v"),
                memory(64 * MEBIBYTE),
                processes(4)));
        var outcome = managers.outcome(attempt);

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.SUCCEEDED);
        var lines = managers.text(attempt);
        assertThat(lines.subList(0, 2)).containsExactly("67108864", "5");
        assertThat(lines.get(2)).isEqualTo(lines.get(3));
        assertThat(lines.getLast()).isEqualTo("unlimited");
        assertThat(simulated.names()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(ControlGroupVersion.class)
    void anAttemptThatItsMemoryLimitEndedSaysSo(ControlGroupVersion version) throws IOException {
        // given a kernel that counts the kill, and does it
        simulate(version);
        String counts = version == ControlGroupVersion.V1
                ? "echo 0 > $group/memory.failcnt; echo 7 > $group/memory.memsw.failcnt; echo 'oom_kill 1' >"
                        + " $group/memory.oom_control; "
                : "printf 'oom 3\\noom_kill 1\\n' > $group/memory.events; ";

        // when
        var outcome = managers.runToEnd(limited(shell(GROUP + counts + "kill -9 $$"), memory(64 * MEBIBYTE)));

        // then
        assertThat(outcome.kind()).isEqualTo(Kind.FAILED);
        assertThat(outcome.signal()).isEqualTo("SIGKILL");
        assertThat(problem(outcome).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(problem(outcome).context()).containsEntry("type", "memory").containsEntry("limit", 64 * MEBIBYTE);
        assertThat(problem(outcome).detail()).contains("67108864 bytes", "SIGKILL", "Declare more memory");
    }

    @ParameterizedTest
    @EnumSource(ControlGroupVersion.class)
    void aKillForWantOfMemoryOfTheWholeMachineIsNotTheAttemptsLimit(ControlGroupVersion version) throws IOException {
        // given
        simulate(version);
        String counts = version == ControlGroupVersion.V1
                ? "for file in failcnt memsw.failcnt; do echo 0 > $group/memory.$file; done; "
                        + "echo 'oom_kill 1' > $group/memory.oom_control; "
                : "printf 'oom 0\\noom_kill 1\\n' > $group/memory.events; ";

        // when
        var outcome = managers.runToEnd(limited(shell(GROUP + counts + "kill -9 $$"), memory(64 * MEBIBYTE)));

        // then
        assertThat(problem(outcome).code()).isEqualTo(ErrorCode.INVALID_STATE);
    }

    @Test
    void aRefusedStartLeavesNoGroup() throws IOException {
        // given
        var simulated = simulate(ControlGroupVersion.V2);
        script("text", "just text\n");

        // when
        var outcome =
                managers.runToEnd(limited(command(directory.resolve("text").toString()), memory(64 * MEBIBYTE)));

        // then
        assertThat(problem(outcome).detail()).contains("is no program");
        await("the group to go", () -> simulated.names().isEmpty());
    }

    @Test
    void whatADeadNodeLeftIsEndedAndRemoved() throws Exception {
        // given a group with a process, and a directory that is no attempt's
        var simulated = new SimulatedControlGroups(ControlGroupVersion.V2, directory.resolve("groups"));
        var left = directory.resolve("groups/attempt-left-1-1");
        simulated.create(left);
        simulated.create(directory.resolve("groups/node"));
        var process = new ProcessBuilder("sleep", "300").start();
        try {
            simulated.write(left.resolve("cgroup.procs"), Long.toString(process.pid()));

            // when
            managers = ChannelManagers.limitedBy(simulated.both(), KIT, directory.resolve("data"));

            // then
            await("the group to go", () -> simulated.names().equals(List.of("node")));
            assertThat(process.onExit().get().exitValue()).isEqualTo(137);
        } finally {
            process.destroyForcibly();
        }
    }

    // Control groups of this machine

    @Test
    void memoryOfAllProcessesTogetherIsLimitedWhereTheMachineCanDoThat() {
        // given
        var groups = withThisMachinesControlGroups();
        boolean isPossible = groups.obstacle(ControlGroupController.MEMORY).isEmpty();

        // when
        var attempt = managers.run(limited(shell(USE_MUCH_MEMORY + "; exit 3"), memory(64 * MEBIBYTE)));

        // then
        if (isPossible) {
            assertThat(problem(managers.outcome(attempt)).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        } else {
            assertThat(managers.report(ChannelReport.AttemptNoted.class)
                            .condition()
                            .type())
                    .isEqualTo("MemoryNotEnforced");
            assertThat(problem(managers.outcome(attempt)).detail()).contains("67108864 bytes");
        }
        assertNoGroupIsLeft(groups);
    }

    @Test
    void aCommandWithinItsMemoryRuns() {
        // given
        var groups = withThisMachinesControlGroups();

        // when
        var outcome = managers.runToEnd(
                limited(shell("head -c 10000000 /dev/zero | tail -n 1 | wc -c"), memory(128 * MEBIBYTE)));

        // then
        assertThat(outcome).isEqualTo(AttemptOutcome.succeeded(0, null));
        assertNoGroupIsLeft(groups);
    }

    @Test
    void processesAreLimitedWhereTheMachineCanDoThat() {
        // given room for the command's own process and two more
        var groups = withThisMachinesControlGroups();
        boolean isPossible = groups.obstacle(ControlGroupController.PIDS).isEmpty();

        // when it wants five more
        var attempt = managers.run(limited(shell("for i in 1 2 3 4 5; do sleep 300 & done; echo all"), processes(2)));

        // then
        if (isPossible) {
            var outcome = managers.outcome(attempt);
            assertThat(problem(outcome).code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
            assertThat(problem(outcome).context())
                    .containsEntry("type", "processes")
                    .containsEntry("limit", 3L);
            assertThat(managers.text(attempt)).doesNotContain("all");
        } else {
            assertThat(managers.report(ChannelReport.AttemptNoted.class)
                            .condition()
                            .type())
                    .isEqualTo("ProcessesNotEnforced");
            assertThat(managers.outcome(attempt).kind()).isEqualTo(Kind.SUCCEEDED);
        }
        assertNoGroupIsLeft(groups);
    }

    @Test
    void whatADeadNodeLeftOnThisMachineIsEndedAndRemoved() throws Exception {
        // given a process in a group that an earlier life of this node made
        var data = directory.resolve("data");
        var earlier = ControlGroups.find(data, ControlGroupUse.AUTO);
        var group = earlier.create(TestJobs.id(1) + "-1-1", new ProcessLimits(0, 0, 5));
        var process = new ProcessBuilder("sleep", "300").start();
        try {
            for (Path file : group.map(ControlGroup::processFiles).orElse(List.of())) {
                Files.writeString(file, Long.toString(process.pid()), StandardOpenOption.WRITE);
            }

            // when
            var groups = withThisMachinesControlGroups();

            // then
            await("the group to go", () -> groups.existing().isEmpty());
            assertThat(group.isPresent())
                    .isEqualTo(groups.obstacle(ControlGroupController.PIDS).isEmpty());
            if (group.isPresent()) {
                assertThat(process.onExit().get().exitValue()).isEqualTo(137);
            }
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aProcessThatLeftItsProcessGroupEndsWithTheControlGroup() {
        // given
        var groups = withThisMachinesControlGroups();
        boolean isPossible = groups.obstacle(ControlGroupController.PIDS).isEmpty();

        // when
        var attempt = managers.run(limited(
                shell("setsid sleep 300 > /dev/null 2>&1 & until ps -o sid= -p $! | grep -qw $!; do :; done; echo $!"),
                processes(8)));
        managers.outcome(attempt);
        int escaped = Integer.parseInt(managers.text(attempt).getFirst());

        // then
        try {
            assertThat(ProcessTable.find(escaped)
                            .filter(entry -> !entry.isEnded())
                            .isEmpty())
                    .isEqualTo(isPossible);
        } finally {
            LibC.kill(escaped, Signals.KILL);
        }
        assertNoGroupIsLeft(groups);
    }

    private void withoutControlGroups() {
        managers = ChannelManagers.limitedBy(ControlGroups.none("this test has none"), KIT, directory.resolve("data"));
    }

    private SimulatedControlGroups simulate(ControlGroupVersion version) throws IOException {
        var simulated = new SimulatedControlGroups(version, directory.resolve("groups"));
        managers = ChannelManagers.limitedBy(simulated.both(), KIT, directory.resolve("data"));
        return simulated;
    }

    private ControlGroups withThisMachinesControlGroups() {
        var data = directory.resolve("data");
        var groups = ControlGroups.find(data, ControlGroupUse.AUTO);
        managers = ChannelManagers.limitedBy(groups, KIT, data);
        return groups;
    }

    private static void assertNoGroupIsLeft(ControlGroups groups) {
        assertThat(groups.existing()).isEmpty();
    }

    private void script(String name, String content) throws IOException {
        var file = Files.writeString(directory.resolve(name), content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static JobSpec limited(Work.Process work, ResourceRequest... resources) {
        return job(work, resources);
    }

    private Work.Process shell(String script) {
        return new Work.Process(
                List.of("sh", "-c", script),
                Map.of("GROUPS_DIRECTORY", directory.resolve("groups").toString()),
                "",
                null);
    }

    private static Work.Process command(String name, String... arguments) {
        var command = new ArrayList<>(List.of(name));
        command.addAll(List.of(arguments));
        return new Work.Process(command, Map.of(), "", null);
    }

    private static ResourceRequest memory(long bytes) {
        return new ResourceRequest(ResourceType.MEMORY, bytes);
    }

    private static ResourceRequest files(long count) {
        return new ResourceRequest(ResourceType.FILES, count);
    }

    private static ResourceRequest processes(long count) {
        return new ResourceRequest(ResourceType.PROCESSES, count);
    }

    private List<String> names(AttemptId attempt) {
        return managers.text(attempt).stream()
                .map(variable -> variable.substring(0, variable.indexOf('=')))
                .toList();
    }

    private static Problem problem(AttemptOutcome outcome) {
        return Objects.requireNonNull(outcome.error());
    }

    private static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }
}
