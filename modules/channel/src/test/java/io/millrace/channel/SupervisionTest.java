package io.millrace.channel;

import static io.millrace.channel.ChannelFixture.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.log.LogQuery;
import java.util.List;
import java.util.function.Function;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.api.Test;

/** The real managers below a real channel. */
class SupervisionTest {
    private final ChannelFixture fixture = ChannelFixture.withRealManagers();

    /** How to reach one of the managers. */
    private record Manager(String name, Function<ManagerStarter.Managers, ActorRef<?>> ref) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Manager> managers() {
        return List.of(
                new Manager("threads", ManagerStarter.Managers::threads),
                new Manager("resources", ManagerStarter.Managers::resources),
                new Manager("processes", ManagerStarter.Managers::processes),
                new Manager("cleanups", ManagerStarter.Managers::cleanups),
                new Manager("logs", ManagerStarter.Managers::logs));
    }

    @BeforeEach
    void start() {
        fixture.start().created();
        // Answered by the event bus, so all children run.
        fixture.ask(ChannelReply.ReadModelCurrent.class, Channel.AwaitReadModel::new);
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
                        "logs",
                        "processes",
                        "projection",
                        "resources",
                        "threads");
    }

    @ParameterizedTest
    @MethodSource("managers")
    void aManagerThatFailsIsRestartedAndNobodyElseNotices(Manager failing) {
        ChannelView before = fixture.ask(ChannelReply.ChannelShown.class, Channel.Show::new).channel();

        // when a manager throws: the message is none of its own
        send(failing.ref().apply(fixture.managers()), "a message nobody can handle");

        // then all of them answer, the failed one included, and the channel has not been restarted
        everyManagerAnswers();
        ChannelView after = fixture.ask(ChannelReply.ChannelShown.class, Channel.Show::new).channel();
        assertThat(after.incarnation()).isEqualTo(before.incarnation());
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
        LogQuery query = new LogQuery(ChannelFixture.NAME, null, 0, null, null, null, null, null, 10);
        managers.logs().tell(new LogStore.Read(query, 0, false, probe.ref().unsafeUpcast()));
        probe.expectMessageClass(LogStore.Lines.class, PATIENCE);
    }

    @SuppressWarnings("unchecked")
    private static void send(ActorRef<?> manager, Object message) {
        ((ActorRef<Object>) manager).tell(message);
    }

    private static String nameOf(String line) {
        int start = line.indexOf("-> ") + 3;
        int end = line.indexOf(' ', start);
        return start < 3 || end < 0 ? line : line.substring(start, end);
    }
}
