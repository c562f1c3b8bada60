package io.millrace.channel;

import static io.millrace.channel.fixture.Callers.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.Callers;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.LiveChannel;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.pekko.Done;
import org.apache.pekko.actor.InvalidActorNameException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What exists once is made once, however many want it first at the same moment. */
class FirstUseTest {
    private static final ChannelName BUILD = new ChannelName("build");
    private static final ChannelName TRAIN = new ChannelName("train");

    private final OneNode node = new OneNode();
    private final Map<ChannelName, Queue<ActorRef<?>>> made = new ConcurrentHashMap<>();

    @AfterEach
    void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 20})
    @Proves({"G-01", "G-17", "G-89"})
    void ofManyWhoStartTheServicesOfANodeOneDoes(int callers) throws Exception {
        // when
        List<Object> outcomes = Callers.outcomes(callers, _ -> this::start);

        // then the others are told so, and have left nothing behind that the one would miss
        assertThat(outcomes).filteredOn(ChannelSystem.class::isInstance).hasSize(1);
        assertThat(outcomes)
                .filteredOn(InvalidActorNameException.class::isInstance)
                .hasSize(callers - 1);
        node.join();
        ChannelSystem system = outcomes.stream()
                .filter(ChannelSystem.class::isInstance)
                .map(ChannelSystem.class::cast)
                .findFirst()
                .orElseThrow();
        assertThat(await(system.channels().put(BUILD, ChannelSpec.DEFAULT)).created())
                .isTrue();
        assertThat(await(system.isRegistered())).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 20})
    @Proves({"G-01", "G-17", "G-89"})
    void aChannelIsOneActorForAllWhoUseItFirst(int callers) throws Exception {
        // given
        Channels channels = start().channels();
        node.join();

        // when half of them want one channel, and half another
        List<Channels.PutChannel> answers = Callers.values(
                2 * callers,
                Channels.PutChannel.class,
                number -> () -> await(channels.put(number % 2 == 0 ? BUILD : TRAIN, ChannelSpec.DEFAULT)));

        // then each of the two was made once, and they are not the same
        assertThat(answers).filteredOn(Channels.PutChannel::created).hasSize(2);
        assertThat(made.get(BUILD)).hasSize(1).doesNotContainAnyElementsOf(made.get(TRAIN));
        assertThat(made.get(TRAIN)).hasSize(1);
        for (ChannelName channel : List.of(BUILD, TRAIN)) {
            assertThat(events(channel))
                    .filteredOn(ChannelEvent.OwnershipTaken.class::isInstance)
                    .hasSize(1);
            assertThat(events(channel))
                    .filteredOn(ChannelEvent.ChannelCreated.class::isInstance)
                    .hasSize(1);
        }
    }

    @Test
    @Proves("G-01")
    void aClusterHasOneWakerHoweverManyNodesStartIt() throws Exception {
        try (OneNode second = new OneNode()) {
            // given two nodes, each of which has started the waker
            start();
            Channels channels = start(second).channels();
            node.join();

            // when both are members, and channels can be reached from the second
            second.join(node);
            await(channels.put(BUILD, ChannelSpec.DEFAULT));

            // then it is on the node that came first, and on no other
            node.kit.createTestProbe().awaitAssert(ChannelFixture.PATIENCE, () -> {
                assertThat(hasWaker(node)).isTrue();
                return Done.getInstance();
            });
            assertThat(hasWaker(second)).isFalse();
        }
    }

    private static boolean hasWaker(OneNode node) throws Exception {
        return await(node.kit
                .system()
                .classicSystem()
                .actorSelection("/system/singletonManagerchannel-waker/channel-waker")
                .resolveOne(ChannelFixture.PATIENCE)
                .handle((waker, _) -> waker != null));
    }

    private ChannelSystem start() {
        return start(node);
    }

    private ChannelSystem start(OneNode on) {
        return ChannelSystem.start(on.kit.system(), on.services.services(), on.journal, this::managers);
    }

    private ManagerStarter.Managers managers(
            ActorContext<?> context,
            ChannelName channel,
            LiveChannel live,
            ChannelHost host,
            ActorRef<ChannelReport> reports) {
        made.computeIfAbsent(channel, _ -> new ConcurrentLinkedQueue<>()).add(context.getSelf());
        return SucceedingThreads.start(context, channel, live, host, reports);
    }

    private List<ChannelEvent> events(ChannelName channel) {
        return node.journal.entries(channel).stream()
                .map(JournalEntry::events)
                .flatMap(List::stream)
                .toList();
    }
}
