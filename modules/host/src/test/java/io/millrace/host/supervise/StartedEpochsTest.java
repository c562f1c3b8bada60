package io.millrace.host.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.host.RunKey;
import org.junit.jupiter.api.Test;

/** Which starts come from an owner that has been replaced. */
class StartedEpochsTest {
    private final StartedEpochs epochs = new StartedEpochs(2);

    @Test
    void onlyAHigherEpochOfTheSameJobIsNewer() {
        // when
        epochs.add(run("one", 5));

        // then
        assertThat(epochs.isNewer(run("one", 4))).isFalse();
        assertThat(epochs.isNewer(run("one", 5))).isFalse();
        assertThat(epochs.isNewer(run("one", 6))).isTrue();
        assertThat(epochs.isNewer(run("two", 1))).isTrue();
        assertThat(epochs.isNewer(new RunKey("another", "one", 1, 1))).isTrue();
    }

    @Test
    void beyondTheLimitThoseAreForgottenThatWereStartedTheLongestAgo() {
        // given
        epochs.add(run("one", 1));
        epochs.add(run("two", 2));
        epochs.add(run("one", 3));

        // when
        epochs.add(run("three", 4));

        // then
        assertThat(epochs.isNewer(run("two", 1))).isTrue();
        assertThat(epochs.isNewer(run("one", 3))).isFalse();
        assertThat(epochs.isNewer(run("three", 4))).isFalse();
    }

    private static RunKey run(String id, long epoch) {
        return new RunKey("default", id, 1, epoch);
    }
}
