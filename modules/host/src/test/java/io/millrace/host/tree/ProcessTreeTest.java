package io.millrace.host.tree;

import static io.millrace.host.tree.RealTree.awaitOrphan;
import static io.millrace.host.tree.RealTree.exists;
import static io.millrace.host.tree.RealTree.isAlive;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.limits.ControlGroup;
import io.millrace.host.limits.ControlGroupController;
import io.millrace.host.limits.ControlGroupFiles;
import io.millrace.host.limits.ControlGroupVersion;
import io.millrace.host.system.ExitStatus;
import io.millrace.host.system.ProcessTable;
import io.millrace.host.system.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessTreeTest {
    private static final AtomicLong EPOCH = new AtomicLong();
    private static final String HANG = "exec sleep 1000";
    private static final String LOSES_AN_ORPHAN_WITHOUT_MARK =
            "(env -i setsid sh -c 'echo $$ > orphan; exec sleep 1000' &) ; exec sleep 1000";

    private final String hostId = UUID.randomUUID().toString();
    private final List<RealTree> started = new ArrayList<>();

    @TempDir
    Path directory;

    private ProcessTree tree;

    @BeforeEach
    void adoptOrphans() throws IOException {
        tree = new ProcessTree(hostId, OtherChildren.NONE);
    }

    @AfterEach
    void endAll() {
        started.forEach(run -> {
            tree.end(run.run());
            tree.collect(run.run());
        });
        tree.tend();
    }

    private RunKey newRun() {
        return new RunKey("imports", "j1", 1, EPOCH.incrementAndGet());
    }

    private RealTree start(String script) throws IOException {
        var run = RealTree.start(tree, newRun(), directory, script);
        started.add(run);
        return run;
    }

    /** Waits until a process that starts now counts as younger than another one. */
    private void awaitTickAfter(int process) {
        long ticks = ProcessTable.find(process).orElseThrow().startTicks();
        await().until(() -> {
            int probe = RealTree.spawn(Map.of(), directory, HANG);
            long now = ProcessTable.find(probe).orElseThrow().startTicks();
            RealTree.kill(probe);
            return now > ticks;
        });
    }

    @Test
    void nothingIsLeftOfACommandThatStartedNothing() throws IOException {
        var run = start("exit 7").awaitEnd();

        assertThat(tree.isClear(run.run())).isTrue();
        assertThat(tree.end(run.run())).isEqualTo(TreeEnd.NOTHING);
        assertThat(run.collect()).isEqualTo(new ExitStatus(7, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // in the group of the command
                "sleep 1000 & echo $! > survivor",
                // orphan of a parent that ended
                "(sleep 1000 & echo $! > survivor)",
                // in a session of its own
                "setsid sh -c 'echo $$ > survivor; exec sleep 1000' & while [ ! -s survivor ]; do :; done",
                // deaf to what could be told
                "sh -c 'trap \"\" TERM HUP INT; echo $$ > survivor; while :; do sleep 1000; done' & "
                        + "while [ ! -s survivor ]; do :; done",
                // in a session of its own, without any mark
                "env -i setsid sh -c 'echo $$ > survivor; exec sleep 1000' & while [ ! -s survivor ]; do :; done",
                // as a daemon does it
                "setsid sh -c 'sh -c \"echo \\$\\$ > survivor; exec sleep 1000\" &' & while [ ! -s survivor ]; do :; done"
            })
    void whatOutlivesTheCommandIsFoundAndKilled(String script) throws IOException {
        var run = start(script).awaitEnd();
        int survivor = run.process("survivor");

        assertThat(tree.isClear(run.run())).isFalse();
        var end = tree.end(run.run());

        assertThat(end.killed()).isPositive();
        assertThat(end.left()).isEmpty();
        assertThat(isAlive(survivor)).isFalse();
        assertThat(run.collect()).isEqualTo(new ExitStatus(0, null));
        await("no zombie stays").until(() -> tree.tend() == 0 && !exists(survivor));
    }

    @Test
    void aTreeIsEndedWithItsCommand() throws IOException {
        var run = start("setsid sh -c 'env -i sh -c \"echo \\$\\$ > grandchild; exec sleep 1000\" & "
                + "echo $$ > child; wait' & wait");
        int child = run.process("child");
        int grandchild = run.process("grandchild");

        var end = tree.end(run.run());

        assertThat(end).isEqualTo(new TreeEnd(2, List.of()));
        assertThat(List.of(run.leader(), child, grandchild)).noneMatch(RealTree::isAlive);
        assertThat(run.collect()).isEqualTo(new ExitStatus(null, "SIGKILL"));
    }

    @Test
    void aChainOfProcessesThatKeepStartingEachOtherIsEnded() throws IOException {
        Files.writeString(directory.resolve("link"), """
                echo $$ >> links
                [ $1 = 190 ] && echo $$ > started
                [ $1 = 0 ] && echo $$ > finished && exit
                setsid sh link $(($1 - 1)) &
                """);
        var run = start("sh link 200");
        run.process("started");

        var end = tree.end(run.run());

        assertThat(end.killed()).isPositive();
        assertThat(end.left()).isEmpty();
        assertThat(Files.readAllLines(directory.resolve("links")).stream().map(Integer::parseInt))
                .noneMatch(RealTree::isAlive);
        assertThat(directory.resolve("finished")).doesNotExist();
    }

    @Test
    void aBombOfProcessesInOneGroupIsEnded() throws IOException {
        Files.writeString(directory.resolve("bomb"), """
                [ $1 = 0 ] && exec sleep 1000
                sh bomb $(($1 - 1)) & sh bomb $(($1 - 1)) &
                [ $1 = 4 ] && echo $$ > started
                wait
                """);
        var run = start("exec sh bomb 6");
        run.process("started");

        var end = tree.end(run.run());

        assertThat(end.left()).isEmpty();
        assertThat(ProcessTable.all().stream().filter(process -> process.group() == run.leader()))
                .allMatch(ProcessTable.Entry::isEnded);
    }

    @Test
    void othersWithASimilarMarkLiveOn() throws IOException {
        var key = newRun();
        String cookie = tree.cookie(key);
        var others = List.of(cookie + "1", cookie.substring(0, cookie.length() - 1), "x" + cookie, key.toString());
        var innocent = new ArrayList<Integer>();
        for (String other : others) {
            innocent.add(RealTree.spawn(Map.of(ProcessTree.COOKIE, other), directory, HANG));
        }
        innocent.add(RealTree.spawn(Map.of("OLD_" + ProcessTree.COOKIE, cookie), directory, HANG));
        try {
            var run = RealTree.start(tree, key, directory, HANG);
            started.add(run);

            var end = tree.end(key);

            assertThat(end).isEqualTo(TreeEnd.NOTHING);
            assertThat(isAlive(run.leader())).isFalse();
            assertThat(innocent).allMatch(RealTree::isAlive);
        } finally {
            innocent.forEach(RealTree::kill);
        }
    }

    @Test
    void anotherProcessWithTheIdOfOneThatWasFoundLivesOn() throws IOException {
        int pid = RealTree.spawn(Map.of(), directory, HANG);
        try {
            var now = ProcessTable.find(pid).orElseThrow();
            var found = new ProcessTable.Entry(
                    pid, now.parent(), now.group(), now.session(), now.startTicks() - 1, now.name(), now.state());

            ProvenKill.kill(found);
            assertThat(isAlive(pid)).isTrue();

            ProvenKill.kill(now);
            await().until(() -> !isAlive(pid));
        } finally {
            RealTree.kill(pid);
        }
    }

    @Test
    void theGroupOfACollectedCommandIsNotSignalled() throws IOException {
        var run = start("sleep 1000 & echo $! > survivor").awaitEnd();
        int survivor = run.process("survivor");
        run.collect();

        tree.signal(run.run(), Signals.KILL);

        assertThat(isAlive(survivor)).isTrue();
        assertThat(tree.tend()).isZero();
        await("what its run left behind is killed").until(() -> tree.tend() == 0 && !exists(survivor));
    }

    @Test
    void oneRunIsEndedWithoutTouchingAnother() throws IOException {
        var one = start("setsid sleep 1000 & sleep 1000");
        var other = start("(setsid sh -c 'echo $$ > other; exec sleep 1000' &) ; exec sleep 1000");
        int orphan = other.process("other");
        awaitOrphan(orphan);

        tree.end(one.run());

        assertThat(List.of(other.leader(), orphan)).allMatch(RealTree::isAlive);
    }

    @Test
    void anOrphanWithoutAnyMarkIsEndedWithTheLastRunThatMayHaveStartedIt() throws IOException {
        var other = start(HANG);
        var guilty = start(LOSES_AN_ORPHAN_WITHOUT_MARK);
        int orphan = guilty.process("orphan");
        awaitOrphan(orphan);

        tree.end(other.run());
        assertThat(isAlive(orphan)).isTrue();
        other.collect();
        tree.end(guilty.run());

        assertThat(isAlive(orphan)).isFalse();
    }

    @Test
    void aRunThatIsYoungerThanAnOrphanIsNotSuspected() throws IOException {
        var guilty = start(LOSES_AN_ORPHAN_WITHOUT_MARK);
        int orphan = guilty.process("orphan");
        awaitOrphan(orphan);
        awaitTickAfter(orphan);
        var innocent = start(HANG);

        tree.end(guilty.run());

        assertThat(isAlive(orphan)).isFalse();
        assertThat(isAlive(innocent.leader())).isTrue();
    }

    @Test
    void membersOfTheControlGroupBelongToTheRun() throws IOException {
        int escaped = RealTree.spawn(Map.of(), directory, HANG);
        Files.writeString(directory.resolve(ControlGroupVersion.PROCESSES), escaped + "\n");
        var group = new ControlGroup(
                new ControlGroupFiles(),
                Map.of(ControlGroupController.PIDS, new ControlGroup.Place(ControlGroupVersion.V2, directory)));
        try {
            var run = RealTree.start(tree, newRun(), directory, HANG, group);
            started.add(run);

            var end = tree.end(run.run());

            assertThat(end).isEqualTo(new TreeEnd(1, List.of()));
            assertThat(isAlive(escaped)).isFalse();
        } finally {
            RealTree.kill(escaped);
        }
    }

    @Test
    void aSweepEndsWhatBearsTheHostsMarkAndNothingElse() throws IOException {
        var spared = newRun();
        int left = RealTree.spawn(
                Map.of(ProcessTree.COOKIE, tree.cookie(newRun())),
                directory,
                "env -i sh -c 'echo $$ > child; exec sleep 1000' & wait");
        int kept = RealTree.spawn(Map.of(ProcessTree.COOKIE, tree.cookie(spared)), directory, HANG);
        int foreign = RealTree.spawn(Map.of(ProcessTree.COOKIE, "x" + tree.cookie(spared)), directory, HANG);
        try {
            int child = RealTree.process(directory, "child");

            var end = ProcessTree.sweep(hostId, Set.of(spared));

            assertThat(end).isEqualTo(new TreeEnd(2, List.of()));
            assertThat(List.of(left, child)).noneMatch(RealTree::isAlive);
            assertThat(List.of(kept, foreign)).allMatch(RealTree::isAlive);
        } finally {
            List.of(left, kept, foreign).forEach(RealTree::kill);
        }
    }

    @Test
    void anEndedOrphanIsCollectedAndNoCommandIs() throws IOException {
        for (int i = 0; i < 50; i++) {
            var run = start("(exit 1 &) ; exit 5").awaitEnd();
            tree.tend();
            assertThat(tree.isClear(run.run())).isTrue();
            assertThat(run.collect()).isEqualTo(new ExitStatus(5, null));
        }
        tree.tend();
        int self = (int) ProcessHandle.current().pid();
        assertThat(ProcessTable.all()).noneMatch(process -> process.parent() == self && process.isEnded());
    }

    @Test
    void aChildOfTheNodeItselfIsLeftAlone() throws Exception {
        var sharing = new ProcessTree(hostId, OtherChildren.POSSIBLE);
        var started = new CompletableFuture<Process>();
        var starter = Thread.ofPlatform().start(() -> {
            try {
                started.complete(new ProcessBuilder("sh", "-c", "read line; exit 3").start());
            } catch (IOException e) {
                started.completeExceptionally(e);
            }
        });
        var process = started.get();
        starter.join();
        await("the kernel hands it on")
                .until(() -> ProcessTable.childrenOfFirstThread().contains((int) process.pid()));

        assertThat(sharing.tend()).isEqualTo(1);
        assertThat(process.isAlive()).isTrue();
        process.outputWriter().append("\n").close();
        await().until(() -> {
            sharing.tend();
            return !process.isAlive();
        });

        assertThat(process.exitValue()).isEqualTo(3);
    }

    @Test
    void endingTakesNoLongerThanALeaseMayBeLate() throws IOException {
        var run = start("for i in 1 2 3 4 5 6 7 8 9 10; do setsid sleep 1000 & done; wait");
        long begin = System.nanoTime();

        tree.end(run.run());

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(HostLimits.LEASE_LATENESS_MAX);
    }
}
