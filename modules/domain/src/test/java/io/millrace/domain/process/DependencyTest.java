package io.millrace.domain.process;

import static io.millrace.domain.process.BookUnderTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ProcessDependency.Condition;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.RestartPolicy.Mode;
import io.millrace.domain.Limits;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Processes that wait for others. */
class DependencyTest {

    private static BookUnderTest webAfterDb(Condition condition) {
        return BookUnderTest.with(
                TestProcess.named("db").checked(), TestProcess.named("web").after("db", condition));
    }

    private static void bring(BookUnderTest book, String db) {
        book.start("db");
        switch (db) {
            case "up" -> {
                // Is there.
            }
            case "ready" -> book.ready("db");
            case "succeeded" -> book.exit("db", 0);
            case "failed" -> book.exit("db", 1);
            case "stopped" -> {
                book.stop("db");
                book.exit("db", 0);
            }
            default -> throw new IllegalArgumentException(db);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "STARTED, up, true",
        "STARTED, ready, true",
        "STARTED, succeeded, true",
        "STARTED, failed, false",
        "STARTED, stopped, false",
        "READY, up, false",
        "READY, ready, true",
        "READY, succeeded, true",
        "READY, failed, false",
        "READY, stopped, false",
        "COMPLETED, up, false",
        "COMPLETED, ready, false",
        "COMPLETED, succeeded, true",
        "COMPLETED, failed, true",
        "COMPLETED, stopped, true",
        "SUCCEEDED, up, false",
        "SUCCEEDED, ready, false",
        "SUCCEEDED, succeeded, true",
        "SUCCEEDED, failed, false",
        "SUCCEEDED, stopped, false",
    })
    void itStartsOnceWhatItDependsOnIsSoFar(Condition condition, String db, boolean starts) {
        BookUnderTest book = webAfterDb(condition);
        bring(book, db);

        boolean hasStarted = book.goOn().contains("web");

        assertThat(hasStarted).isEqualTo(starts);
        assertThat(book.conditions("web").contains("WaitingForProcess")).isEqualTo(!starts);
    }

    @Test
    void whoWaitsForALineStartsOnceItIsWrittenWhateverElseIsChecked() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("db")
                        .ready(new Readiness.AfterLine(
                                new Readiness.Log("recovered"), new Readiness.Tcp("127.0.0.1", 5432))),
                TestProcess.named("logged").after("db", Condition.LOGGED),
                TestProcess.named("ready").after("db", Condition.READY));
        book.start("db");
        assertThat(book.goOn()).isEmpty();
        assertThat(book.view("logged").conditions().getFirst().message())
                .contains("'db' should have written the line of its 'ready.log'");

        book.apply(book.rules.lineWritten(book.entry("db"), 1));

        assertThat(book.goOn()).containsExactly("logged");
        assertThat(book.view("db").isReady()).isFalse();
        assertThat(book.rules.lineWritten(book.entry("db"), 1)).isEmpty();

        book.ready("db");

        assertThat(book.goOn()).containsExactly("ready");
    }

    @Test
    void aLineIsWrittenAnewByEachRun() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("db").ready(new Readiness.Log("recovered")),
                TestProcess.named("web").after("db", Condition.LOGGED));
        book.start("db");
        book.ready("db");
        assertThat(book.entry("db").hasWrittenLine()).isTrue();

        book.restart("db");
        book.exit("db", 0);
        book.start("db");

        assertThat(book.entry("db").hasWrittenLine()).isFalse();
    }

    @Test
    void whoWaitsForALineThatNobodyLooksForIsToldSo() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("db"), TestProcess.named("web").after("db", Condition.LOGGED));
        book.start("db");

        assertThat(book.goOn()).isEmpty();
        assertThat(book.view("web").conditions().getFirst().message()).contains("'ready.log' and has no such check");
    }

    @Test
    void itNamesEverythingItWaitsForAndWhatToDo() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("db"),
                TestProcess.named("cache").checked(),
                TestProcess.named("migrate"),
                TestProcess.named("web")
                        .after("db", Condition.STARTED)
                        .after("cache", Condition.READY)
                        .after("migrate", Condition.SUCCEEDED)
                        .after("queue", Condition.READY));
        book.start("db");
        book.up("cache");
        book.up("migrate");
        book.exit("migrate", 1);

        assertThat(book.condition("web", "WaitingForProcess"))
                .contains("'cache' should be ready and is RUNNING, but not ready")
                .contains("'migrate' should have succeeded and is FAILED, and does not start by itself")
                .contains("POST /v1/channels/build/processes/migrate:restart")
                .contains("no process 'queue' is registered")
                .doesNotContain("'db'");
    }

    @Test
    void itGoesOnWaitingForOneThatFailedUntilThatIsMended() {
        BookUnderTest book = webAfterDb(Condition.SUCCEEDED);
        bring(book, "failed");
        assertThat(book.goOn()).isEmpty();

        book.restart("db");
        book.start("db");
        book.exit("db", 0);

        assertThat(book.goOn()).containsExactly("web");
    }

    @Test
    void oneThatIsRestartedHasNotCompleted() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("db").restarted(Mode.ON_FAILURE, 0),
                TestProcess.named("web").after("db", Condition.COMPLETED));
        book.start("db");
        book.exit("db", 1);

        assertThat(book.goOn()).isEmpty();
        assertThat(book.condition("web", "WaitingForProcess")).contains("'db' should have ended and is PENDING");
    }

    @Test
    void whatRunsIsNotStoppedBecauseItsDependencyIsGone() {
        BookUnderTest book = webAfterDb(Condition.READY);
        bring(book, "ready");
        book.start("web");

        book.exit("db", 1);
        book.goOn();

        assertThat(book.state("web")).isEqualTo(ProcessState.RUNNING);
    }

    @Test
    void aRestartWaitsForItsDependenciesToo() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("db"),
                TestProcess.named("web").restarted(Mode.ALWAYS, 0).after("db", Condition.READY));
        book.start("db");
        book.start("web");
        book.exit("db", 1);
        book.exit("web", 1);
        book.pass(Duration.ofMinutes(1));

        assertThat(book.goOn()).isEmpty();
        assertThat(book.conditions("web")).containsExactly("WaitingForProcess");
    }

    @Test
    void oneThatIsRegisteredLaterIsWaitedFor() {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web").after("db", Condition.READY));
        assertThat(book.goOn()).isEmpty();

        book.register(TestProcess.named("db"));
        book.start("db");

        assertThat(book.goOn()).containsExactly("web");
    }

    @Test
    void aCircleIsRefusedAndAllItsMembersAreNamed() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("a").after("b", Condition.READY).after("outside", Condition.READY),
                TestProcess.named("b").after("c", Condition.STARTED),
                TestProcess.named("outside"),
                TestProcess.named("behind").after("a", Condition.READY));

        Problem refusal = refused(book.wish(TestProcess.named("c").after("a", Condition.SUCCEEDED), "key", "hash"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(refusal.context()).containsEntry("circle", "a, b, c");
        assertThat(refusal.detail()).contains("wait for each other: a, b, c.").contains("Nothing was started");
        assertThat(book.book.size()).isEqualTo(4);
    }

    @Test
    void aProcessThatWaitsForItselfIsRefused() {
        BookUnderTest book = BookUnderTest.with();

        Problem refusal = refused(book.wish(TestProcess.named("a").after("a", Condition.READY), "key", "hash"));

        assertThat(refusal.context()).containsEntry("circle", "a");
    }

    @Test
    void twoWaysToTheSameDependencyAreNoCircle() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("d"),
                TestProcess.named("b").after("d", Condition.STARTED),
                TestProcess.named("c").after("d", Condition.STARTED));

        book.register(TestProcess.named("a").after("b", Condition.STARTED).after("c", Condition.STARTED));

        book.start("d");
        book.start("b");
        book.up("c");
        assertThat(book.goOn()).containsExactly("a");
    }

    @Test
    void onlySoManyDependenciesAreTaken() {
        TestProcess most = TestProcess.named("a");
        for (int i = 0; i < Limits.PROCESS_DEPENDENCIES_MAX; i++) {
            most = most.after("d" + i, Condition.READY);
        }
        BookUnderTest book = BookUnderTest.with(most);

        Problem refusal = refused(book.wish(
                new TestProcess("b", most.restart(), null, most.successExitCodes(), most.dependsOn())
                        .after("one-more", Condition.READY),
                "key",
                "hash"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(refusal.detail()).contains("33").contains("32");
    }
}
