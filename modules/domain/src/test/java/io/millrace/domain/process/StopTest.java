package io.millrace.domain.process;

import static io.millrace.domain.process.BookUnderTest.accepted;
import static io.millrace.domain.process.BookUnderTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.process.ProcessDependency.Condition;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.RestartPolicy.Mode;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes that somebody stops, starts again or removes, and those that do not come up in time. */
class StopTest {
    private static final Problem HOST_GONE = Problem.of(ErrorCode.UNAVAILABLE, "ProcessHost", "The host is gone.");

    private static BookUnderTest running(Mode mode) {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web").restarted(mode, 0));
        book.start("web");
        return book;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 143})
    void whatItsUserStopsHasBeenStoppedAndNeverFails(int exitCode) {
        BookUnderTest book = running(Mode.ALWAYS);
        book.stop("web");

        book.exit("web", exitCode);

        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPED);
        assertThat(book.view("web").exitCode()).isEqualTo(exitCode);
        assertThat(book.view("web").error()).isNull();
        assertThat(book.goOn()).isEmpty();
    }

    @Test
    void theSignalOfAStopStaysVisible() {
        BookUnderTest book = running(Mode.NEVER);
        book.stop("web");

        book.end("web", RunEnd.signalled("SIGKILL", true, book.now().millis()));

        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPED);
        assertThat(book.view("web").signal()).isEqualTo("SIGKILL");
    }

    @Test
    void aStopIsKeptAlsoIfNobodySawTheEnd() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.stop("web");

        book.end("web", RunEnd.interrupted(HOST_GONE, book.now().millis()));

        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPED);
    }

    @Test
    void whatWaitsForItsRestartIsStoppedAtOnce() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.exit("web", 1);
        assertThat(book.state("web")).isEqualTo(ProcessState.PENDING);

        book.stop("web");

        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPED);
        assertThat(book.book.live()).isZero();
        book.pass(Duration.ofHours(1));
        assertThat(book.goOn()).isEmpty();
    }

    @Test
    void whatIsBeingStartedIsStoppedOnceItIsThere() {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web"));
        book.goOn();
        book.stop("web");

        book.up("web");

        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPING);
        assertThat(book.run("web").isUp()).isTrue();
        book.killed("web", "SIGTERM");
        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPED);
    }

    @Test
    void stoppingTwiceIsStoppingOnce() {
        BookUnderTest book = running(Mode.NEVER);
        book.stop("web");

        assertThat(accepted(book.rules.stop(book.entry("web")))).isEmpty();
    }

    @Test
    void aRestartRunsItAgainAtOnceWhateverItsPolicySays() {
        BookUnderTest book = running(Mode.NEVER);
        book.restart("web");
        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPING);

        book.exit("web", 0);

        assertThat(book.goOn()).containsExactly("web");
        book.up("web");
        assertThat(book.view("web").run()).isEqualTo(2);
        assertThat(book.view("web").restarts()).isZero();
    }

    @Test
    void aRestartDoesNotWaitForTheDelayOfItsPolicy() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.exit("web", 1);
        assertThat(book.goOn()).isEmpty();

        book.restart("web");

        assertThat(book.goOn()).containsExactly("web");
    }

    @Test
    void theLastWishCounts() {
        BookUnderTest restarted = running(Mode.NEVER);
        restarted.stop("web");
        restarted.restart("web");
        restarted.exit("web", 0);
        BookUnderTest stopped = running(Mode.NEVER);
        stopped.restart("web");
        stopped.stop("web");
        stopped.exit("web", 0);

        assertThat(restarted.state("web")).isEqualTo(ProcessState.PENDING);
        assertThat(stopped.state("web")).isEqualTo(ProcessState.STOPPED);
    }

    @Test
    void aRemovedProcessIsStoppedFirstAndThenGone() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.remove("web");
        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPING);
        Problem refusal = refused(book.rules.restart(book.entry("web")));
        book.stop("web");

        book.exit("web", 1);

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(book.book.processes()).isEmpty();
        assertThat(book.book.live()).isZero();
        book.register(TestProcess.named("web"));
        assertThat(book.goOn()).containsExactly("web");
    }

    @Test
    void whatWaitsOrHasEndedIsRemovedAtOnce() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("waits").after("absent", Condition.READY), TestProcess.named("ended"));
        book.start("ended");
        book.exit("ended", 0);

        book.remove("waits");
        book.remove("ended");

        assertThat(book.book.processes()).isEmpty();
        assertThat(book.book.live()).isZero();
    }

    @Test
    void onlyWhatRunsGetsASignal() {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web"));
        book.goOn();

        Problem refusal = refused(book.rules.signal(book.entry("web"), "HUP", book.ownership));

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_STATE);
        assertThat(refusal.detail()).contains("'web' is PENDING").contains("Nothing was sent");
    }

    // Coming up

    @Test
    @Proves("B-31")
    void whatDoesNotComeUpWithin30SecondsHasFailedOnceItIsStopped() {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web"));
        book.goOn();
        long waited = book.passUntilNext();
        assertThat(waited).isEqualTo(Duration.ofSeconds(30).toMillis());
        book.goOn();
        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPING);

        book.up("web");
        book.killed("web", "SIGTERM");

        assertThat(book.state("web")).isEqualTo(ProcessState.FAILED);
        Problem error = Objects.requireNonNull(book.view("web").error());
        assertThat(error.code()).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(error.detail()).contains("within its startTimeout of 30s").contains("SIGTERM");
    }

    @Test
    @Proves("B-31")
    void whatIsNotReadyInTimeHasFailedToo() {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web").checked());
        book.start("web");
        assertThat(book.conditions("web")).containsExactly("NotReady");
        book.pass(Duration.ofSeconds(30));
        book.goOn();

        book.exit("web", 0);

        assertThat(book.state("web")).isEqualTo(ProcessState.FAILED);
        assertThat(Objects.requireNonNull(book.view("web").error()).detail())
                .contains("did not become ready within its startTimeout of 30s")
                .contains("exit code 0");
        assertThat(book.view("web").exitCode()).isZero();
    }

    @Test
    void whatIsReadyInTimeHasAllTheTimeItLikes() {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web").checked());
        book.start("web");
        book.pass(Duration.ofSeconds(29));
        book.ready("web");

        book.pass(Duration.ofHours(1));
        book.goOn();

        assertThat(book.state("web")).isEqualTo(ProcessState.RUNNING);
        assertThat(book.conditions("web")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"ON_FAILURE", "ALWAYS"})
    void aStartThatTookTooLongIsAFailureToTheRestartPolicy(Mode mode) {
        BookUnderTest book =
                BookUnderTest.with(TestProcess.named("web").restarted(mode, 0).checked());
        book.start("web");
        book.passUntilNext();
        book.goOn();

        book.exit("web", 0);

        assertThat(book.state("web")).isEqualTo(ProcessState.PENDING);
        assertThat(book.conditions("web")).containsExactly("RestartScheduled");
        assertThat(Objects.requireNonNull(book.view("web").error()).code()).isEqualTo(ErrorCode.TIMEOUT);
    }

    @Test
    void aUserWhoStopsItMeanwhileHasStoppedIt() {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web").checked());
        book.start("web");
        book.passUntilNext();
        book.goOn();

        book.stop("web");
        book.killed("web", "SIGTERM");

        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPED);
    }

    // Everything

    @Test
    void whoDependsOnAnotherIsStoppedBeforeIt() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("db"),
                TestProcess.named("cache").restarted(Mode.ALWAYS, 0),
                TestProcess.named("app").after("db", Condition.READY).after("cache", Condition.STARTED),
                TestProcess.named("web").after("app", Condition.READY),
                TestProcess.named("late").after("absent", Condition.READY));
        book.start("db");
        book.up("cache");
        book.start("app");
        book.start("web");

        assertThat(book.stopAll()).containsExactlyInAnyOrder("web", "late");
        assertThat(book.stopAll()).isEmpty();
        book.exit("web", 0);
        assertThat(book.stopAll()).containsExactly("app");
        book.killed("app", "SIGKILL");
        assertThat(book.stopAll()).containsExactlyInAnyOrder("db", "cache");
        book.exit("db", 0);
        book.exit("cache", 0);

        assertThat(book.book.live()).isZero();
        assertThat(book.goOn()).isEmpty();
        assertThat(List.copyOf(book.book.processes())).allMatch(process -> process.state() == ProcessState.STOPPED);
    }

    @Test
    void stoppingEverythingEndsWhatWouldHaveComeBack() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.restart("web");

        assertThat(book.stopAll()).containsExactly("web");
        book.exit("web", 0);

        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPED);
    }
}
