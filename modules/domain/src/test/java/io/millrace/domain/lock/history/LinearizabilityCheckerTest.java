package io.millrace.domain.lock.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LinearizabilityCheckerTest {

    @Test
    void whatOverlapsMayHaveHappenedInEitherOrder() {
        assertThat(LinearizabilityChecker.isLinearizable(List.of(
                        during(0, 10, new LockOperation.Seen(1)),
                        during(5, 20, new LockOperation.Granted(1)),
                        during(6, 30, new LockOperation.Released(1)),
                        during(7, 31, new LockOperation.Granted(2)))))
                .isTrue();
    }

    @Test
    void twoCannotHoldALockAtOnce() {
        assertThat(LinearizabilityChecker.isLinearizable(List.of(
                        during(0, 10, new LockOperation.Granted(1)), during(5, 20, new LockOperation.Granted(2)))))
                .isFalse();
    }

    @Test
    void whatEndedBeforeAnotherBeganHappenedBeforeIt() {
        assertThat(LinearizabilityChecker.isLinearizable(List.of(
                        during(0, 10, new LockOperation.Granted(1)), during(11, 20, new LockOperation.Seen(0)))))
                .isFalse();
    }

    @Test
    void aTokenRises() {
        assertThat(LinearizabilityChecker.isLinearizable(List.of(
                        during(0, 1, new LockOperation.Granted(2)),
                        during(2, 3, new LockOperation.Released(2)),
                        during(4, 5, new LockOperation.Granted(2)))))
                .isFalse();
    }

    @Test
    void whatNobodyHeardOfMayHaveHappenedOrNot() {
        LockOperation grant = during(0, 1, new LockOperation.Granted(1));
        LockOperation lost = during(2, LockOperation.UNKNOWN, new LockOperation.PerhapsReleased(1));

        assertThat(LinearizabilityChecker.isLinearizable(
                        List.of(grant, lost, during(3, 4, new LockOperation.Granted(2)))))
                .isTrue();
        assertThat(LinearizabilityChecker.isLinearizable(List.of(grant, lost, during(3, 4, new LockOperation.Seen(1)))))
                .isTrue();
    }

    private static LockOperation during(long from, long to, LockOperation.Effect effect) {
        return new LockOperation(effect, from, to);
    }
}
