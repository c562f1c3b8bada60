package io.millrace.channel.process;

import static io.millrace.channel.fixture.ChannelManagers.PATIENCE;
import static io.millrace.channel.fixture.ChannelManagers.shell;
import static io.millrace.channel.fixture.Nothing.nothing;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.Inspection;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.host.system.Signals;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The end of all processes of a channel, with real ones. */
class KillAllTest {
    private static final ActorTestKit KIT = ActorTestKit.create();

    @TempDir
    Path directory;

    private ChannelManagers managers;

    @BeforeEach
    void start() {
        managers = ChannelManagers.with(KIT, directory.resolve("data"));
    }

    @AfterEach
    void stop() {
        managers.close();
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @Test
    void everyGroupIsGoneWhenItIsAnswered() {
        // given processes with descendants, which ignore being asked
        run();
        run();
        List<Long> groups = running().stream().map(Inspection.ProcessView::pid).toList();

        // when
        var killed = killAll(Set.of());

        // then
        assertThat(killed).isEqualTo(new ProcessManager.AllKilled(2, List.of()));
        assertThat(groups).hasSize(2).noneMatch(group -> Signals.isAlive(group.intValue()));
        assertThat(running()).isEmpty();
    }

    @Test
    void whatIsKeptGoesOn() {
        // given
        AttemptId kept = run();
        run();

        // when
        var killed = killAll(Set.of(kept));

        // then
        assertThat(killed.processes()).isOne();
        assertThat(running()).extracting(Inspection.ProcessView::job).containsExactly(kept.job());
    }

    @Test
    void aChannelWithoutProcessesIsAnsweredAtOnce() {
        assertThat(killAll(Set.of())).isEqualTo(new ProcessManager.AllKilled(0, List.of()));
    }

    @Test
    void askedAgainThereIsNothingLeftToKill() {
        // given
        AttemptId attempt = run();

        // when
        var first = killAllLater(Set.of());
        var second = killAllLater(Set.of());

        // then
        assertThat(first.receiveMessage(PATIENCE).left()).isEmpty();
        assertThat(second.receiveMessage(PATIENCE).left()).isEmpty();
        assertThat(killAll(Set.of())).isEqualTo(new ProcessManager.AllKilled(0, List.of()));
        assertThat(managers.outcome(attempt).signal()).isEqualTo("SIGKILL");
    }

    @Test
    void aDefectMeanwhileLosesNoAnswer() {
        // given
        AttemptId attempt = run();

        // when
        var killed = killAllLater(Set.of());
        managers.processes.tell(new ProcessManager.Snapshot(nothing()));

        // then
        assertThat(killed.receiveMessage(PATIENCE)).isEqualTo(new ProcessManager.AllKilled(1, List.of()));
        assertThat(managers.outcome(attempt).kind()).isEqualTo(AttemptOutcome.Kind.FAILED);
    }

    /** Starts a process with a descendant; returns when both run. */
    private AttemptId run() {
        AttemptId attempt = managers.run(shell("trap '' TERM; sleep 1000 & echo ready; wait"));
        managers.reports.awaitAssert(
                PATIENCE, () -> assertThat(managers.text(attempt)).contains("ready"));
        return attempt;
    }

    private List<Inspection.ProcessView> running() {
        return managers.processes();
    }

    private ProcessManager.AllKilled killAll(Set<AttemptId> keep) {
        return killAllLater(keep).receiveMessage(PATIENCE);
    }

    private TestProbe<ProcessManager.AllKilled> killAllLater(Set<AttemptId> keep) {
        var probe = KIT.<ProcessManager.AllKilled>createTestProbe();
        managers.processes.tell(new ProcessManager.KillAll(keep, probe.getRef()));
        return probe;
    }
}
