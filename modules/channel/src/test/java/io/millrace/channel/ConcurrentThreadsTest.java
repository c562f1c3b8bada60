package io.millrace.channel;

import static io.millrace.channel.fixture.Callers.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.Callers;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many callers of one channel's threads at the same time, with its real managers. */
class ConcurrentThreadsTest {
    private static final int CALLERS = 20;
    private static final int READS = 20;

    private static final OneNode NODE = new OneNode();
    private static final Channels CHANNELS = ChannelSystem.start(
                    NODE.kit.system(),
                    NODE.services.services("node-1", List.of(TestHandler.named("work", _ -> "done"))),
                    NODE.journal,
                    ManagerStarter::startAll)
            .channels();

    private static int channelsUsed;

    private final ChannelThreads threads = CHANNELS.threads();
    private ChannelName channel = ChannelName.DEFAULT;

    @BeforeAll
    static void join() {
        NODE.join();
    }

    @AfterAll
    static void stop() {
        NODE.close();
    }

    @BeforeEach
    void createChannel() throws Exception {
        channel = new ChannelName("channel-" + ++channelsUsed);
        await(CHANNELS.put(channel, ChannelSpec.DEFAULT));
    }

    @Test
    @Proves({"G-02", "G-66", "G-90"})
    void everyCreatorGetsAThreadOfItsOwnAndAllAreCounted() throws Exception {
        // when
        List<ThreadView> created = Callers.values(CALLERS, ThreadView.class, _ -> this::create);

        // then
        assertThat(created).extracting(ThreadView::handle).doesNotHaveDuplicates();
        Map<String, Double> totals = await(threads.totals(channel));
        assertThat(totals).containsEntry("threads.created", (double) CALLERS);
        double accountedFor = Stream.of("ended", "active", "waiting", "quarantined")
                .mapToDouble(state -> totals.getOrDefault("threads." + state, Double.NaN))
                .sum();
        assertThat(accountedFor).isEqualTo(CALLERS);
    }

    @Test
    @Proves({"G-23", "G-24", "G-25", "G-66"})
    void numbersThatWereReadStayAsTheyWereWhileThreadsAreCreated() throws Exception {
        // given
        Map<String, Double> first = await(threads.totals(channel));
        Map<String, Double> copy = new TreeMap<>(first);

        // when half of the callers create threads and half go through entries, names and values again and again
        List<Object> outcomes = Callers.outcomes(CALLERS, number -> number % 2 == 0 ? this::create : this::readTotals);

        // then
        assertThat(outcomes).noneMatch(Exception.class::isInstance);
        assertThat(first).isEqualTo(copy);
        Map<String, Double> now = await(threads.totals(channel));
        assertThat(now).containsEntry("threads.created", CALLERS / 2.0).containsOnlyKeys(copy.keySet());

        // and what the reader does with its copy is nobody else's concern
        now.clear();
        assertThat(await(threads.totals(channel))).containsOnlyKeys(copy.keySet());
    }

    @Test
    @Proves("G-66")
    void aListThatWasReadStaysAsItWasWhileThreadsAreCreated() throws Exception {
        // given
        create();
        List<ThreadView> first = await(threads.list(channel));
        List<ThreadView> copy = new ArrayList<>(first);

        // when
        List<Object> outcomes = Callers.outcomes(CALLERS, number -> number % 2 == 0 ? this::create : this::readList);

        // then
        assertThat(outcomes).noneMatch(Exception.class::isInstance);
        assertThat(first).isEqualTo(copy);
        assertThat(await(threads.list(channel))).hasSize(1 + CALLERS / 2);
    }

    private ThreadView create() throws Exception {
        return await(threads.create(channel, ThreadSpec.of("work", null), null)).thread();
    }

    private Double readTotals() throws Exception {
        double sum = 0;
        for (int i = 0; i < READS; i++) {
            Map<String, Double> totals = await(threads.totals(channel));
            for (Map.Entry<String, Double> entry : totals.entrySet()) {
                sum += entry.getValue();
            }
            for (String name : totals.keySet()) {
                sum += name.length();
            }
            for (Double value : totals.values()) {
                sum += value;
            }
        }
        return sum;
    }

    private Integer readList() throws Exception {
        int characters = 0;
        for (int i = 0; i < READS; i++) {
            for (ThreadView thread : await(threads.list(channel))) {
                characters += thread.handle().toString().length();
            }
        }
        return characters;
    }
}
