package io.millrace.domain.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.RestartPolicy.Mode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What follows the end of a run that nobody stopped. */
class RestartTest {
    private static final Problem NOT_NOW = Problem.of(ErrorCode.UNAVAILABLE, "ProcessHost", "No memory is left.");
    private static final Problem NEVER =
            Problem.of(ErrorCode.INVALID_ARGUMENT, "ProcessHost", "There is no such file.");

    /** A service with restarts after 1 s, 2 s, 4 s, 8 s, 8 s, ... */
    private static BookUnderTest service(Mode mode, int max) {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web").restarted(mode, max));
        book.start("web");
        return book;
    }

    @ParameterizedTest
    @CsvSource({
        "NEVER, 0, SUCCESS",
        "NEVER, 1, FAILED",
        "ON_FAILURE, 0, SUCCESS",
        "ON_FAILURE, 1, PENDING",
        "ALWAYS, 0, PENDING",
        "ALWAYS, 1, PENDING",
    })
    void thePolicySaysWhetherItRunsAgain(Mode mode, int exitCode, ProcessState expected) {
        BookUnderTest book = service(mode, 0);

        book.exit("web", exitCode);

        assertThat(book.state("web")).isEqualTo(expected);
    }

    @Test
    void anExitCodeThatCountsAsSuccessIsOne() {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web").succeedingWith(3, 143));
        book.start("web");

        book.exit("web", 143);

        assertThat(book.state("web")).isEqualTo(ProcessState.SUCCESS);
        assertThat(book.view("web").exitCode()).isEqualTo(143);
        assertThat(book.view("web").error()).isNull();
    }

    @Test
    void aSignalIsAFailureAndNamed() {
        BookUnderTest book = service(Mode.NEVER, 0);

        book.killed("web", "SIGSEGV");

        assertThat(book.state("web")).isEqualTo(ProcessState.FAILED);
        assertThat(book.view("web").signal()).isEqualTo("SIGSEGV");
        assertThat(book.view("web").exitCode()).isNull();
        assertThat(Objects.requireNonNull(book.view("web").error()).detail())
                .contains("Run 1 of the process 'web' was ended by SIGSEGV")
                .contains("GET /v1/channels/build/processes/web/logs");
    }

    @Test
    void aSignalThatItsUserHadSentIsAStopAndNoFailure() {
        BookUnderTest book = service(Mode.ALWAYS, 0);
        book.apply(BookUnderTest.accepted(book.rules.signal(book.entry("web"), "TERM", book.ownership)));

        book.exit("web", 143);

        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPED);
        assertThat(book.view("web").exitCode()).isEqualTo(143);
    }

    @Test
    void aSignalThatItSurvivedSaysNothingAboutItsEnd() {
        BookUnderTest book = service(Mode.ON_FAILURE, 0);
        book.apply(BookUnderTest.accepted(book.rules.signal(book.entry("web"), "HUP", book.ownership)));

        book.exit("web", 143);

        assertThat(book.state("web")).isEqualTo(ProcessState.PENDING);
    }

    @Test
    void waitsGrowUpToTheLongestAndVaryALittle() {
        BookUnderTest book = service(Mode.ALWAYS, 0);
        List<Long> waits = new ArrayList<>();

        for (int i = 0; i < 6; i++) {
            book.exit("web", 1);
            waits.add(book.passUntilNext());
            book.start("web");
        }

        List<Long> expected = List.of(1_000L, 2_000L, 4_000L, 8_000L, 8_000L, 8_000L);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(waits.get(i)).isCloseTo(expected.get(i), Percentage.withPercentage(10));
        }
        assertThat(waits.subList(3, 6)).allMatch(wait -> wait <= 8_000);
        assertThat(waits.getFirst()).isNotEqualTo(1_000);
    }

    @Test
    void theSameRunAlwaysWaitsTheSameAndOthersDoNot() {
        TreeSet<Long> waits = new TreeSet<>();
        for (int process = 1; process <= 50; process++) {
            ProcessEntry entry = entry(new JobId(7, process));

            assertThat(RestartDelay.millis(entry, 1, 2)).isEqualTo(RestartDelay.millis(entry, 1, 2));

            waits.add(RestartDelay.millis(entry, 1, 2));
        }

        assertThat(waits).hasSizeGreaterThan(40);
        assertThat(waits.first()).isGreaterThanOrEqualTo(1_800);
        assertThat(waits.last()).isLessThanOrEqualTo(2_200);
    }

    private static ProcessEntry entry(JobId id) {
        return ProcessEntry.of(
                new ProcessChange.Registered(
                        id, TestProcess.named("web").restarted(Mode.ALWAYS, 0).spec(), null, null),
                0);
    }

    @Test
    void noWaitIsPossibleAndStaysNone() {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web")
                .with(new RestartPolicy(Mode.ALWAYS, Duration.ZERO, 10, Duration.ofHours(1), 0, Duration.ZERO)));
        for (int i = 0; i < 400; i++) {
            book.start("web");
            book.exit("web", 1);
        }

        assertThat(book.passUntilNext()).isZero();
    }

    @Test
    void aRunThatStayedUpBeginsTheRowAnew() {
        BookUnderTest book = service(Mode.ALWAYS, 0);
        for (int i = 0; i < 3; i++) {
            book.exit("web", 1);
            book.passUntilNext();
            book.start("web");
        }
        book.pass(Duration.ofSeconds(10));

        book.exit("web", 1);

        assertThat(book.passUntilNext()).isCloseTo(1_000L, Percentage.withPercentage(10));
        assertThat(book.view("web").restarts()).isEqualTo(4);
    }

    @Test
    void oneThatNeverBecameReadyHasNotStayedUpHoweverLongItRan() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("web").restarted(Mode.ALWAYS, 0).checked());
        for (int i = 0; i < 3; i++) {
            book.start("web");
            book.pass(Duration.ofSeconds(29));
            book.exit("web", 1);
            book.passUntilNext();
        }

        assertThat(book.conditions("web")).contains("CrashLoop");
    }

    @Test
    void restartsInARowAreBoundedAndItSaysSo() {
        BookUnderTest book = service(Mode.ON_FAILURE, 2);
        for (int i = 0; i < 2; i++) {
            book.exit("web", 1);
            book.passUntilNext();
            book.start("web");
        }

        book.exit("web", 1);

        assertThat(book.state("web")).isEqualTo(ProcessState.FAILED);
        assertThat(book.view("web").run()).isEqualTo(3);
        assertThat(Objects.requireNonNull(book.view("web").error()).detail())
                .contains("Run 3 of the process 'web' ended with exit code 1")
                .contains("restarted 2 times in a row, which is as often as its restart.max allows")
                .contains("POST /v1/channels/build/processes/web:restart");
    }

    @Test
    void aCrashLoopSaysHowOftenItCrashedAndWhenItIsTriedAgain() {
        BookUnderTest book = service(Mode.ALWAYS, 0);
        List<Boolean> isLooping = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            book.exit("web", 1);
            isLooping.add(book.conditions("web").contains("CrashLoop"));
            if (i < 2) {
                book.passUntilNext();
                book.start("web");
            }
        }

        assertThat(isLooping).containsExactly(false, false, true);
        ProcessPhase.Waiting waiting = (ProcessPhase.Waiting) book.entry("web").phase();
        assertThat(book.condition("web", "CrashLoop"))
                .contains("3 runs in a row did not stay up for its restart.minUptime of 10s")
                .contains(Instant.ofEpochMilli(waiting.notBeforeMillis()).toString());
        assertThat(Objects.requireNonNull(book.view("web").error()).detail()).contains("exit code 1");
    }

    @Test
    void aCrashLoopIsOverOnceARunStaysUp() {
        BookUnderTest book = service(Mode.ALWAYS, 0);
        for (int i = 0; i < 3; i++) {
            book.exit("web", 1);
            book.passUntilNext();
            book.start("web");
        }
        assertThat(book.conditions("web")).containsExactly("CrashLoop");

        book.pass(Duration.ofSeconds(10));

        assertThat(book.conditions("web")).isEmpty();
    }

    @Test
    void aFirstRestartIsAnnounced() {
        BookUnderTest book = service(Mode.ALWAYS, 0);

        book.exit("web", 0);

        assertThat(book.conditions("web")).containsExactly("RestartScheduled");
        assertThat(book.view("web").error()).isNull();
    }

    @Test
    void whatCannotBeStartedNowIsTriedAgainAndWhatNeverCanIsNot() {
        BookUnderTest now = BookUnderTest.with(TestProcess.named("web").restarted(Mode.ON_FAILURE, 0));
        now.goOn();
        BookUnderTest never = BookUnderTest.with(TestProcess.named("web").restarted(Mode.ON_FAILURE, 0));
        never.goOn();

        now.end("web", RunEnd.notStarted(NOT_NOW, now.now().millis()));
        never.end("web", RunEnd.notStarted(NEVER, never.now().millis()));

        assertThat(now.state("web")).isEqualTo(ProcessState.PENDING);
        assertThat(never.state("web")).isEqualTo(ProcessState.FAILED);
        assertThat(never.view("web").error()).isEqualTo(NEVER);
        assertThat(never.view("web").startedAt()).isNull();
    }

    @Test
    void anInterruptionUsesUpNoRestart() {
        BookUnderTest book = service(Mode.ALWAYS, 1);
        book.pass(Duration.ofSeconds(10));

        for (int i = 0; i < 5; i++) {
            book.end("web", RunEnd.interrupted(NOT_NOW, book.now().millis()));
            assertThat(book.passUntilNext()).isCloseTo(i == 0 ? 0L : 1_000L, within(100L));
            book.start("web");
        }

        assertThat(book.state("web")).isEqualTo(ProcessState.RUNNING);
        assertThat(book.entry("web").restartsInRow()).isZero();
        assertThat(book.conditions("web")).isEmpty();
    }

    @Test
    void runsAreNumberedAndHaveRisingEpochs() {
        BookUnderTest book = service(Mode.ALWAYS, 0);
        long first = book.run("web").epoch();
        book.exit("web", 1);
        book.passUntilNext();
        book.start("web");

        assertThat(book.run("web").number()).isEqualTo(2);
        assertThat(book.run("web").epoch()).isGreaterThan(first);
    }
}
