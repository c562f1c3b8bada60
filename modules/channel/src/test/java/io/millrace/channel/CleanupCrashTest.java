package io.millrace.channel;

import static io.millrace.channel.CleanupUnderTest.once;
import static io.millrace.channel.CleanupUnderTest.run;
import static io.millrace.channel.CleanupUnderTest.step;
import static io.millrace.channel.CleanupUnderTest.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.domain.cleanup.CleanupChange;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node that is gone between any two things that are stored of an execution. */
class CleanupCrashTest {
    @TempDir
    Path data;

    /** The tasks come first; an execution of three steps stores eight changes. */
    private static void awaitStored(CleanupUnderTest cleanups, int tasks, int changes) {
        long deadline = System.nanoTime() + CleanupUnderTest.PATIENCE.toNanos();
        while (cleanups.stored().size() < tasks + changes) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("only " + cleanups.stored() + " is stored");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    @Proves("C-67")
    void anExecutionEndsCleanedUpWhereverItIsCutOff(int changes) {
        try (CleanupUnderTest cleanups = new CleanupUnderTest(data).started()) {
            cleanups.registered(task("a"), task("b", "a"), task("c", "b"));
            cleanups.executing("c");
            awaitStored(cleanups, 3, changes);

            cleanups.fixture.crash();
            cleanups.fixture.startOnAnotherNode();
            CleanupResult result = awaitEnd(cleanups, "c");

            assertThat(result.status()).isEqualTo(CleanupStatus.COMPLETE);
            assertThat(cleanups.acted).contains("a", "b", "c");
            assertThat(cleanups.acted.indexOf("c")).isGreaterThan(cleanups.acted.lastIndexOf("a"));
            assertThat(cleanups.acted.indexOf("b")).isGreaterThan(cleanups.acted.lastIndexOf("a"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void aStepThatMayRunOnceRunsOnceWhereverItIsCutOff(int changes) {
        try (CleanupUnderTest cleanups = new CleanupUnderTest(data).started()) {
            cleanups.registered(task("a"), once(task("b", run("ok", "b"), null, null, "a")));
            cleanups.executing("b");
            awaitStored(cleanups, 2, changes);

            cleanups.fixture.crash();
            cleanups.fixture.startOnAnotherNode();
            CleanupResult result = awaitEnd(cleanups, "b");

            assertThat(Collections.frequency(cleanups.acted, "b")).isLessThanOrEqualTo(1);
            boolean isComplete = step(result, "b") == StepStatus.COMPLETE;
            assertThat(result.status())
                    .isEqualTo(isComplete ? CleanupStatus.COMPLETE : CleanupStatus.COMPLETE_WITH_FAILURES);
            assertThat(cleanups.stored(CleanupChange.StepStarted.class))
                    .filteredOn(started -> started.step().value().equals("b"))
                    .hasSize(1);
        }
    }

    private static CleanupResult awaitEnd(CleanupUnderTest cleanups, String task) {
        long deadline = System.nanoTime() + CleanupUnderTest.PATIENCE.toNanos();
        while (System.nanoTime() - deadline < 0) {
            CleanupResult latest = cleanups.show(task).latest();
            if (latest != null && latest.status().isFinal()) {
                return latest;
            }
        }
        throw new AssertionError("it does not end");
    }
}
