package io.millrace.channel;

import static io.millrace.channel.ChannelFixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.event.EventBus;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.event.ChannelEventView;
import io.millrace.contracts.event.EventCursor;
import io.millrace.contracts.log.LogQuery;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real managers below a real channel. */
class SupervisionTest {
    private final ChannelFixture fixture = ChannelFixture.withRealManagers();

    @BeforeEach
    void start() {
        fixture.start().created();
        // Answered by the event bus, so all children run.
        fixture.ask(ChannelReply.ReadModelCurrent.class, ChannelRequest.AwaitReadModel::new);
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @Test
    @Proves("D-14")
    void aChannelIsTheParentOfItsManagers() {
        ActorSystem system = Adapter.toClassic(fixture.testKit().system());

        String tree = ((ExtendedActorSystem) system).printTree();

        assertThat(tree.lines().map(SupervisionTest::nameOf))
                .containsSubsequence(
                        fixture.channel().path().name(),
                        "cleanups",
                        "events",
                        "locks",
                        "logs",
                        "processes",
                        "projection",
                        "resources",
                        "services",
                        "threads");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "threads",
                "resources",
                "processes",
                "cleanups",
                "locks",
                "logs",
                "services",
                "events",
                "projection"
            })
    @Proves("T-63")
    void aManagerThatFailsIsRestartedAndNobodyElseNotices(String failing) {
        ActorRef<Channel.Command> other = fixture.start(new ChannelName("other"));
        ChannelView before = fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new)
                .channel();

        // when a manager throws: the message is none of its own
        Adapter.toClassic(fixture.testKit().system())
                .actorSelection(fixture.channel().path().child(failing))
                .tell("a message nobody can handle", org.apache.pekko.actor.ActorRef.noSender());

        // then all of them answer, the failed one included
        everyManagerAnswers();
        fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Pause::new);
        fixture.ask(ChannelReply.ReadModelCurrent.class, ChannelRequest.AwaitReadModel::new);
        assertThat(events()).contains("channel.paused");
        // and neither the channel nor another one has noticed
        ChannelView after = fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new)
                .channel();
        assertThat(after.incarnation()).isEqualTo(before.incarnation());
        TestProbe<ChannelReply> caller = fixture.caller();
        other.tell(new ChannelRequest.Put(ChannelSpec.DEFAULT, caller.ref()));
        caller.expectMessageClass(ChannelReply.ChannelShown.class, PATIENCE);
    }

    private List<String> events() {
        TestProbe<EventBus.Answer> reader = fixture.testKit().createTestProbe(EventBus.Answer.class);
        EventBus.EventQuery query = new EventBus.EventQuery(null, Set.of(), EventCursor.START, 100);
        fixture.channel().tell(new ChannelRequest.ReadEvents(query, 0, reader.ref()));
        return reader.expectMessageClass(EventBus.Events.class, PATIENCE).page().events().stream()
                .map(ChannelEventView::type)
                .toList();
    }

    private void everyManagerAnswers() {
        ManagerStarter.Managers managers = fixture.managers();
        TestProbe<Object> probe = fixture.testKit().createTestProbe();
        managers.threads().tell(new ThreadManager.Snapshot(probe.ref().unsafeUpcast()));
        probe.expectMessageClass(ThreadManager.Threads.class, PATIENCE);
        managers.resources().tell(new ResourceManager.Snapshot(probe.ref().unsafeUpcast()));
        probe.expectMessageClass(ResourceManager.Resources.class, PATIENCE);
        managers.processes().tell(new ProcessManager.Snapshot(probe.ref().unsafeUpcast()));
        probe.expectMessageClass(ProcessManager.Processes.class, PATIENCE);
        managers.cleanups().tell(new CleanupManager.Snapshot(probe.ref().unsafeUpcast()));
        probe.expectMessageClass(CleanupManager.Cleanups.class, PATIENCE);
        managers.locks().tell(new LockManager.ListLocks(probe.ref().unsafeUpcast()));
        probe.expectMessageClass(LockManager.Listed.class, PATIENCE);
        managers.services().tell(new ServiceManager.ShowTotals(probe.ref().unsafeUpcast()));
        probe.expectMessageClass(ServiceManager.Totals.class, PATIENCE);
        LogQuery query = new LogQuery(ChannelFixture.NAME, null, null, 0, null, null, null, null, null, 10);
        managers.logs().tell(new LogStore.Read(query, 0, false, probe.ref().unsafeUpcast()));
        probe.expectMessageClass(LogStore.Lines.class, PATIENCE);
    }

    private static String nameOf(String line) {
        int start = line.indexOf("-> ") + 3;
        int end = line.indexOf(' ', start);
        return start < 3 || end < 0 ? line : line.substring(start, end);
    }
}
