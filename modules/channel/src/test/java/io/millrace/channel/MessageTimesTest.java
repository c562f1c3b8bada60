package io.millrace.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class MessageTimesTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final int SLOW_NANOS = 20_000_000;

    private final Instruments instruments = new Instruments();

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @Test
    void everyMessageCountsAlsoOneThatFailsAndALongOneIsSeen() {
        // given an actor that is busy for a while with every message, and fails by the second
        TestProbe<Integer> handled = KIT.createTestProbe();
        Behavior<Integer> busy = Behaviors.receiveMessage(number -> {
            long end = System.nanoTime() + SLOW_NANOS;
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            if (number == 2) {
                throw new IllegalStateException("on purpose");
            }
            handled.ref().tell(number);
            return Behaviors.same();
        });
        ActorRef<Integer> actor = KIT.spawn(MessageTimes.measured(Restarting.after(_ -> busy), instruments));

        // when
        for (int number = 1; number <= 4; number++) {
            actor.tell(number);
        }
        handled.receiveSeveralMessages(3, ChannelFixture.PATIENCE);
        KIT.stop(actor, ChannelFixture.PATIENCE);

        // then
        var times = histogram();
        assertThat(Arrays.stream(times.counts()).sum()).isEqualTo(4);
        assertThat(times.sum()).isGreaterThanOrEqualTo(4 * SLOW_NANOS / 1e9);
    }

    private Instruments.Histogram histogram() {
        return instruments.all().stream()
                .filter(instrument -> instrument.name().equals("millrace_actor_message_seconds"))
                .map(Instruments.Histogram.class::cast)
                .findFirst()
                .orElseThrow();
    }
}
