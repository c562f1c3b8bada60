package io.millrace.host.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.ProcessLimits;
import io.millrace.host.protocol.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How many starts the companion may have unanswered. */
class StartWindowTest {
    private static final int QUARTER = Math.toIntExact(HostLimits.STARTS_UNANSWERED_BYTES_MAX / 4);

    private final List<Frame.OfNode> sent = new ArrayList<>();
    private final StartWindow window = new StartWindow(sent::add);

    @Test
    void whatExceedsTheBoundWaitsForAnswers() {
        // when
        for (int call = 1; call <= 6; call++) {
            window.add(call, order(call, QUARTER));
        }

        // then
        assertThat(sentCalls()).containsExactly(1L, 2L, 3L, 4L);
        assertThat(window.waitingBytes()).isEqualTo(2L * QUARTER);

        // and with an answer there is room for one more
        window.answered(3);
        send();
        assertThat(sentCalls()).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(window.waitingBytes()).isEqualTo(QUARTER);
    }

    @Test
    void anOrderOfAnySizeGoesIfNothingIsUnanswered() {
        window.add(1, order(1, 5 * QUARTER));
        window.add(2, order(2, 0));

        assertThat(sentCalls()).containsExactly(1L);
    }

    @Test
    void whatARunIsSentWhileItsStartWaitsFollowsTheStart() {
        // given
        window.add(1, order(1, 4 * QUARTER));
        window.add(2, order(2, QUARTER));

        // when
        var kill = new Frame.Kill(key(2));
        window.addDeadlines(Map.of(key(2), 7L, key(3), 8L));
        window.addRequest(key(2), kill);
        window.answered(1);
        send();

        // then
        assertThat(((Frame.Start) sent.get(1)).call()).isEqualTo(2);
        assertThat(sent.subList(2, 4)).containsExactly(new Frame.Renew(Map.of(key(2), 7L)), kill);
    }

    @Test
    void aStartThatWasGivenUpIsNotSent() {
        // given
        window.add(1, order(1, 4 * QUARTER));
        window.add(2, order(2, QUARTER));
        window.answered(1);

        // when
        window.sendWaiting(call -> false);

        // then
        assertThat(sentCalls()).containsExactly(1L);
        assertThat(window.waitingBytes()).isZero();
    }

    private void send() {
        window.sendWaiting(call -> true);
    }

    private List<Long> sentCalls() {
        return sent.stream().map(frame -> ((Frame.Start) frame).call()).toList();
    }

    private static RunKey key(int call) {
        return new RunKey("default", "job" + call, 1, call);
    }

    private static StartOrder order(int call, int inputBytes) {
        return new StartOrder(
                key(call),
                List.of(""),
                Map.of(),
                false,
                new byte[inputBytes],
                "/home",
                null,
                List.of(),
                ProcessLimits.NONE,
                false,
                0,
                false);
    }
}
