package io.millrace.channel.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.millrace.channel.fixture.InMemoryReadModel;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.port.ChannelHistory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChannelWakerTest {
    private static final Config CONFIG = ManualTime.config().withFallback(ConfigFactory.parseString("""
                    pekko.actor.provider = cluster
                    pekko.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                    """));

    private final ActorTestKit testKit = ActorTestKit.create("waker", CONFIG);
    private final ManualTime time = ManualTime.get(testKit.system());
    private final InMemoryReadModel readModel = new InMemoryReadModel();
    private final BlockingQueue<ChannelName> woken = new LinkedBlockingQueue<>();
    private final Map<ChannelName, CompletableFuture<String>> unanswered = new ConcurrentHashMap<>();
    private volatile boolean isAnswering = true;

    @AfterEach
    void stop() {
        testKit.shutdownTestKit();
    }

    @Test
    void channelsWithWorkAndTheDefaultChannelAreWokenAtOnce() throws InterruptedException {
        withWork("a");
        withWork("b");
        start();

        assertThat(List.of(next(), next(), next()))
                .containsExactlyInAnyOrder(ChannelName.DEFAULT, new ChannelName("a"), new ChannelName("b"));
    }

    @Test
    void theyAreLookedForAgainAndAgainAlsoAfterAFailure() throws InterruptedException {
        readModel.failNext(1);
        start();
        assertThat(next()).isEqualTo(ChannelName.DEFAULT);
        withWork("a");

        time.timePasses(ChannelWaker.SWEEP_EVERY);
        assertThat(next()).isEqualTo(new ChannelName("a"));
        time.timePasses(ChannelWaker.SWEEP_EVERY);
        assertThat(next()).isEqualTo(new ChannelName("a"));
    }

    @Test
    void notMoreThanFiftyAreBeingWokenAtTheSameTime() throws InterruptedException {
        isAnswering = false;
        for (int i = 0; i < 60; i++) {
            withWork("channel-" + i);
        }
        start();
        for (int i = 0; i < 50; i++) {
            next();
        }
        assertThat(woken.poll(50, TimeUnit.MILLISECONDS)).isNull();

        isAnswering = true;
        unanswered.values().forEach(answer -> answer.complete("awake"));

        for (int i = 0; i < 11; i++) {
            next();
        }
    }

    @Test
    void aChannelThatStopsWithWorkIsWokenSoon() throws InterruptedException {
        ActorRef<ChannelWaker.Command> waker = start();
        next();

        waker.tell(new ChannelWaker.WakeSoon(new ChannelName("moved")));
        TestProbe<Object> probe = testKit.createTestProbe();
        probe.awaitAssert(() -> {
            time.timePasses(java.time.Duration.ofMillis(500));
            assertThat(woken.peek()).isNotNull();
            return null;
        });

        assertThat(next()).isEqualTo(new ChannelName("moved"));
    }

    @Test
    void itStopsWhenItsSingletonMoves() {
        ActorRef<ChannelWaker.Command> waker = start();

        waker.tell(ChannelWaker.Stop.INSTANCE);

        testKit.createTestProbe().expectTerminated(waker);
    }

    private ActorRef<ChannelWaker.Command> start() {
        ActorRef<ChannelWaker.Command> waker = testKit.spawn(ChannelWaker.create(readModel, Runnable::run, channel -> {
            CompletableFuture<String> answer = new CompletableFuture<>();
            unanswered.put(channel, answer);
            woken.add(channel);
            if (isAnswering) {
                answer.complete("awake");
            }
            return answer;
        }));
        time.timePasses(java.time.Duration.ZERO);
        return waker;
    }

    private ChannelName next() throws InterruptedException {
        ChannelName next = woken.poll(10, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return java.util.Objects.requireNonNull(next);
    }

    private void withWork(String name) {
        readModel.apply(List.of(new ChannelHistory(
                new ChannelName(name),
                1,
                List.of(new JournalEntry(List.of(
                        new ChannelEvent.ChannelCreated(1, ChannelSpec.DEFAULT),
                        new ChannelEvent.JobsSubmitted(1, List.of(TestJobs.submitted(1)), null, null)))))));
    }
}
