package io.millrace.channel;

import static io.millrace.channel.ChannelFixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.service.ServiceManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Proves;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a channel stores for its service manager, and when it ends its services. The test plays the manager. */
class ServicesOfChannelTest {
    private static final JobId ID = TestJobs.id(7);
    private static final ProcessSpec WEB = new ProcessSpec(
            new ProcessName("web"),
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
    private static final ProcessRef REF = new ProcessRef(ID, WEB.name());

    private final ChannelFixture fixture = ChannelFixture.withRealTime();
    private final TestProbe<ServiceManager.Command> manager = fixture.serviceManager;

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void aRunIsGivenAnEpochWhenItIsStored() {
        // given
        fixture.start().created();

        // when
        List<ProcessChange.RunStarted> started =
                store(1, registered(), new ProcessChange.RunStarted(REF, 1, 0, "node-1", null));

        // then
        assertThat(started).hasSize(1);
        assertThat(started.getFirst().epoch()).isPositive();

        // and somebody who lost the answer hears it again
        assertThat(store(2)).isEqualTo(started);
    }

    @Test
    @Proves("B-29")
    void aChannelThatGoesElsewhereWaitsUntilItsServicesHaveEnded() {
        // given another node that could take it over
        fixture.start().created();
        store(1, registered(), new ProcessChange.RunStarted(REF, 1, 0, "node-1", null));
        fixture.isOnlyNode.set(false);

        // when
        fixture.channel().tell(Channel.HandOff.INSTANCE);

        // then
        ServiceManager.Leave leave = fishFor(ServiceManager.Leave.class);
        TestProbe<Object> watcher = fixture.testKit().createTestProbe();
        leave.replyTo().tell(new ServiceManager.Left());
        watcher.expectTerminated(fixture.channel(), PATIENCE);
    }

    @Test
    void theOnlyNodeLeavesItsServicesToItsNextLife() {
        // given
        fixture.start().created();
        store(1, registered(), new ProcessChange.RunStarted(REF, 1, 0, "node-1", null));
        fixture.isOnlyNode.set(true);

        // when
        fixture.channel().tell(Channel.HandOff.INSTANCE);

        // then
        fixture.testKit().createTestProbe().expectTerminated(fixture.channel(), PATIENCE);
        assertThat(received()).noneMatch(ServiceManager.Leave.class::isInstance);
    }

    @Test
    void servicesAreStoppedBeforeAnythingElseIsReleasedWhenAChannelIsDeleted() {
        // given
        fixture.start().created();

        // when
        fixture.channel().tell(new ChannelRequest.Delete(fixture.caller().ref()));

        // then
        fishFor(ServiceManager.StopServices.class);
        fishFor(fixture.cleanups, CleanupManager.CleanUpForDeletion.class);
    }

    @Test
    void aDrainedChannelStopsItsServicesAndStartsNone() {
        // given
        fixture.start().created();

        // when
        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Drain::new);

        // then
        fishFor(ServiceManager.StopServices.class);
        TestProbe<ManagerReply> caller = fixture.testKit().createTestProbe(ManagerReply.class);
        fixture.channel()
                .tell(new ChannelRequest.AskProcesses(new ServiceManager.Start(WEB, null, null, caller.ref())));
        var refused = caller.expectMessageClass(ManagerReply.Refused.class, PATIENCE);
        assertThat(refused.problem().code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(refused.problem().detail()).contains("DRAINING");
    }

    @Test
    void aPausedChannelLetsItsServicesRun() {
        // given
        fixture.start().created();

        // when
        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Pause::new);

        // then
        assertThat(received()).noneMatch(ServiceManager.StopServices.INSTANCE::equals);
    }

    @Test
    void aChannelShowsHowManyServicesHaveNotEnded() {
        // given
        fixture.start().created();
        assertThat(processes()).isZero();

        // when
        store(1, registered());

        // then
        assertThat(processes()).isEqualTo(1);
        store(2, new ProcessChange.Cancelled(REF));
        assertThat(processes()).isZero();
    }

    private int processes() {
        return fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new)
                .channel()
                .processes();
    }

    private static ProcessChange registered() {
        return new ProcessChange.Registered(ID, WEB, null, null);
    }

    private List<ProcessChange.RunStarted> store(long number, ProcessChange... changes) {
        long incarnation = fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new)
                .channel()
                .incarnation();
        fixture.report(new ChannelReport.ProcessesChanged(incarnation, number, List.of(changes), manager.ref()));
        ServiceManager.Stored stored = fishFor(ServiceManager.Stored.class);
        assertThat(stored.number()).isEqualTo(number);
        return stored.started();
    }

    /** Everything the manager was told so far. */
    private List<ServiceManager.Command> received() {
        var last = new ServiceManager.ShowTotals(fixture.testKit().system().ignoreRef());
        manager.ref().tell(last);
        List<ServiceManager.Command> received = new ArrayList<>();
        ServiceManager.Command next = manager.receiveMessage(PATIENCE);
        while (!next.equals(last)) {
            received.add(next);
            next = manager.receiveMessage(PATIENCE);
        }
        return received;
    }

    private <C extends ServiceManager.Command> C fishFor(Class<C> type) {
        return fishFor(manager, type);
    }

    private static <M, C extends M> C fishFor(TestProbe<M> probe, Class<C> type) {
        M message = probe.receiveMessage(PATIENCE);
        while (!type.isInstance(message)) {
            message = probe.receiveMessage(PATIENCE);
        }
        return type.cast(message);
    }
}
