package io.millrace.host.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Order of what is to be done when. */
class DeadlinesTest {
    /** A clock that is about to overflow, as the monotonic clock may at any time. */
    private static final long START = Long.MAX_VALUE - 500_000;

    private final Deadlines deadlines = new Deadlines();
    private final List<String> done = new ArrayList<>();

    @Test
    void whatIsDueComesInTheOrderOfItsTimeAcrossTheOverflowOfTheClock() {
        // given
        deadlines.add(after(2_000_000), () -> done.add("third"));
        deadlines.add(after(0), () -> done.add("first"));
        deadlines.add(after(1_000_000), () -> done.add("second"));
        deadlines.add(after(1_000_000), () -> done.add("second again"));

        // when
        runDue(after(1_000_000));

        // then
        assertThat(done).containsExactly("first", "second", "second again");
        assertThat(deadlines.millisToNext(after(1_000_000))).isEqualTo(1);
    }

    @Test
    void oneThatWasCancelledNeverComes() {
        // given
        var cancelled = deadlines.add(after(0), () -> done.add("cancelled"));

        // when
        deadlines.cancel(cancelled);
        deadlines.cancel(null);
        runDue(after(1));

        // then
        assertThat(done).isEmpty();
        assertThat(deadlines.millisToNext(after(0))).isEqualTo(-1);
    }

    @Test
    void theWaitIsRoundedUpSoThatNobodyLooksTooEarly() {
        // when
        deadlines.add(after(1), () -> {});

        // then
        assertThat(deadlines.millisToNext(after(0))).isEqualTo(1);
        assertThat(deadlines.millisToNext(after(1))).isZero();
        assertThat(deadlines.millisToNext(after(5_000_000))).isZero();
    }

    private static long after(long nanos) {
        return START + nanos;
    }

    private void runDue(long nowNanos) {
        for (var action = deadlines.takeDue(nowNanos); action != null; action = deadlines.takeDue(nowNanos)) {
            action.run();
        }
    }
}
