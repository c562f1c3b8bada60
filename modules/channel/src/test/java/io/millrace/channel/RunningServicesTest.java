package io.millrace.channel;

import static io.millrace.channel.ChannelFixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.service.ServiceManager;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Services that really run, in a channel that comes, is cleaned up, and goes. */
class RunningServicesTest {
    @TempDir
    Path data;

    private CleanupUnderTest channel;

    @BeforeEach
    void startChannel() {
        channel = new CleanupUnderTest(data).started();
    }

    @AfterEach
    void stopChannel() {
        channel.close();
    }

    @Test
    void aServiceOutlivesItsChannelsLifeAndIsTakenOverByTheNext() {
        // given
        ProcessView before = started("web");

        // when the channel ends without a word and begins another life on the same node
        channel.fixture.crash();
        channel.fixture.start();

        // then it is the same process, and can be stopped
        ProcessView after = await("web", ProcessView::isRunning);
        assertThat(after.pid()).isEqualTo(before.pid());
        assertThat(after.run()).isEqualTo(1);
        assertThat(isAlive(before)).isTrue();
        assertThat(stop("web").state()).isEqualTo(ProcessState.STOPPED);
        assertThat(isAlive(before)).isFalse();
    }

    @Test
    @Proves("B-39")
    void aCleanupThatReleasesProcessesStopsServices() {
        // given
        ProcessView web = started("web");
        channel.register(
                CleanupUnderTest.task("stop-all", new CleanupAction.Release(ReleaseScope.PROCESSES), null, null));

        // when
        CleanupResult result = channel.execute("stop-all");

        // then
        assertThat(result.status()).isEqualTo(CleanupStatus.COMPLETE);
        assertThat(result.released().processes()).isEqualTo(1);
        assertThat(show("web").state()).isEqualTo(ProcessState.STOPPED);
        assertThat(isAlive(web)).isFalse();
    }

    @Test
    void theDeletionOfAChannelEndsItsServices() {
        // given
        ProcessView web = started("web");

        // when
        channel.fixture
                .channel()
                .tell(new ChannelRequest.Delete(channel.fixture.caller().ref()));

        // then
        Awaitility.await().atMost(PATIENCE).until(() -> {
            TestProbe<ChannelReply> caller = channel.fixture.caller();
            channel.fixture.channel().tell(new ChannelRequest.Show(caller.ref()));
            return caller.receiveMessage(PATIENCE) instanceof ChannelReply.Refused;
        });
        assertThat(isAlive(web)).isFalse();
    }

    private ProcessView started(String name) {
        ProcessSpec spec = new ProcessSpec(
                new ProcessName(name),
                List.of("sleep", "60"),
                null,
                null,
                Map.of(),
                RestartPolicy.NEVER,
                null,
                ProcessSpec.START_TIMEOUT_DEFAULT,
                new StopPolicy("TERM", Duration.ofSeconds(5)),
                List.of(),
                List.of(),
                false,
                false,
                Map.of());
        ask(replyTo -> new ServiceManager.Start(spec, null, null, replyTo));
        return await(name, ProcessView::isRunning);
    }

    private ProcessView await(String name, Predicate<ProcessView> condition) {
        return Awaitility.await().atMost(PATIENCE).until(() -> show(name), condition);
    }

    private ProcessView show(String name) {
        return ((ServiceManager.Shown) ask(replyTo -> new ServiceManager.Show(name, replyTo))).process();
    }

    private ProcessView stop(String name) {
        return ((ServiceManager.Shown) ask(replyTo -> new ServiceManager.Stop(name, PATIENCE.toMillis(), replyTo)))
                .process();
    }

    private ManagerReply ask(Function<ActorRef<ManagerReply>, ServiceManager.Request> request) {
        TestProbe<ManagerReply> caller = channel.caller();
        channel.fixture.channel().tell(new ChannelRequest.AskProcesses(request.apply(caller.ref())));
        return caller.receiveMessage(PATIENCE);
    }

    private static boolean isAlive(ProcessView process) {
        return process.pid() != null
                && ProcessHandle.of(process.pid()).map(ProcessHandle::isAlive).orElse(false);
    }
}
