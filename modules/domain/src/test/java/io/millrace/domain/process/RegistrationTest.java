package io.millrace.domain.process;

import static io.millrace.domain.process.BookUnderTest.accepted;
import static io.millrace.domain.process.BookUnderTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ProcessDependency.Condition;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.RestartPolicy.Mode;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What may be registered, and how often. */
class RegistrationTest {
    private static final TestProcess WEB = TestProcess.named("web");

    @Test
    void aNameIsTakenUntilItsProcessIsRemoved() {
        BookUnderTest book = BookUnderTest.with(WEB);
        book.start("web");
        book.exit("web", 0);

        Problem refusal = refused(book.wish(WEB, "key", "hash"));
        book.remove("web");
        ProcessDecision again = book.wish(WEB, "key", "hash");

        assertThat(refusal.code()).isEqualTo(ErrorCode.ALREADY_EXISTS);
        assertThat(refusal.detail()).contains("'web'").contains(":restart").contains("DELETE");
        assertThat(accepted(again)).hasSize(1);
    }

    @Test
    void aRefusalNamesAPathThatCanBeAskedForWhateverTheName() {
        TestProcess process = TestProcess.named("web/dev:hot");
        BookUnderTest book = BookUnderTest.with(process);

        Problem refusal = refused(book.wish(process, "key", "hash"));

        assertThat(refusal.detail()).contains("'web/dev:hot'").contains("/processes/web%2Fdev:hot:restart");
    }

    @Test
    void theSameRequestGivesTheSameProcess() {
        BookUnderTest book = BookUnderTest.with();
        book.apply(accepted(book.wish(WEB, "key", "hash")));

        ProcessDecision again = book.wish(WEB, "key", "hash");

        assertThat(again)
                .isEqualTo(new ProcessDecision.Replayed(book.entry("web").id()));
    }

    @Test
    void aKeyWithAnotherRequestIsRefused() {
        BookUnderTest book = BookUnderTest.with();
        book.apply(accepted(book.wish(WEB, "key", "hash")));

        Problem refusal = refused(book.wish(TestProcess.named("other"), "key", "other-hash"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
        assertThat(refusal.violations())
                .singleElement()
                .satisfies(violation -> assertThat(violation.field()).isEqualTo("Idempotency-Key"));
    }

    @Test
    void aKeyOutlivesItsProcessAndASnapshot() {
        BookUnderTest book = BookUnderTest.with();
        book.apply(accepted(book.wish(WEB, "key", "hash")));
        book.start("web");
        book.remove("web");
        book.exit("web", 0);
        book.takeOver("n2");

        Problem refusal = refused(book.wish(WEB, "key", "hash"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(refusal.detail()).contains("has been removed").contains("Choose a new key");
    }

    @Test
    void aKeyIsRememberedForADay() {
        BookUnderTest book = BookUnderTest.with();
        book.apply(accepted(book.wish(WEB, "key", "hash")));
        book.remove("web");

        book.pass(Limits.IDEMPOTENCY_KEPT);
        book.apply(accepted(book.wish(TestProcess.named("other"), "second", "hash")));
        boolean isRememberedForADay = book.book.registeredWith("key") != null;
        book.pass(Duration.ofMillis(1));
        book.apply(accepted(book.wish(TestProcess.named("third"), "third", "hash")));

        assertThat(isRememberedForADay).isTrue();
        assertThat(book.book.registeredWith("key")).isNull();
        assertThat(book.book.registeredWith("second")).isNotNull();
    }

    @Test
    void onlySoManyKeysAreRememberedAndTheOldestGoFirst() {
        BookUnderTest book = BookUnderTest.with();
        for (int i = 0; i <= Limits.PROCESS_KEYS_MAX; i++) {
            book.apply(accepted(book.wish(WEB, "key-" + i, "hash")));
            book.remove("web");
        }

        assertThat(book.book.registeredWith("key-0")).isNull();
        assertThat(book.book.registeredWith("key-1")).isNotNull();
        assertThat(book.book.snapshot().keys()).hasSize(Limits.PROCESS_KEYS_MAX);
    }

    /** Depends on nothing and nobody depends on it. */
    private static BookUnderTest full(int ended) {
        BookUnderTest book = BookUnderTest.with();
        for (int i = 0; i < Limits.PROCESSES_MAX; i++) {
            book.register(TestProcess.named("p" + i));
        }
        book.goOn();
        for (int i = ended - 1; i >= 0; i--) {
            book.up("p" + i);
            book.pass(Duration.ofSeconds(1));
            book.exit("p" + i, 0);
        }
        return book;
    }

    @Test
    void beyondTheLimitNothingIsRegisteredWhileNothingHasEnded() {
        BookUnderTest book = full(0);

        Problem refusal = refused(book.wish(WEB, "key", "hash"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(refusal.detail()).contains("200 processes").contains("Stop or remove some");
    }

    @Test
    void beyondTheLimitWhatEndedLongestAgoMakesRoom() {
        BookUnderTest book = full(3);

        book.register(WEB);

        assertThat(book.book.size()).isEqualTo(Limits.PROCESSES_MAX);
        assertThat(book.book.process(new ProcessName("p2"))).isNull();
        assertThat(book.state("p1")).isEqualTo(ProcessState.SUCCESS);
    }

    @Test
    void whatOthersDependOnDoesNotMakeRoom() {
        BookUnderTest book = full(2);
        book.register(TestProcess.named("behind").after("p0", Condition.SUCCEEDED));

        Problem refusal = refused(book.wish(WEB, "key", "hash"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.RESOURCE_LIMIT);
        assertThat(book.state("p0")).isEqualTo(ProcessState.SUCCESS);
    }

    @Test
    void anUnknownProcessIsSaidToBeUnknown() {
        BookUnderTest book = BookUnderTest.with();

        Problem problem = book.rules.unknown("web");

        assertThat(problem.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(problem.detail()).contains("no process 'web'").contains("GET /v1/channels/build/processes");
    }

    @Test
    void processesAreListedInTheOrderOfTheirRegistration() {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("b"), TestProcess.named("a"), TestProcess.named("c"));
        book.start("b");
        book.takeOver("n1");

        List<String> names = book.book.processes().stream()
                .map(process -> process.name().value())
                .toList();

        assertThat(names).containsExactly("b", "a", "c");
        assertThat(book.book.process(new JobId(1, 2))).isEqualTo(book.entry("a"));
    }

    @Test
    void aSnapshotGivesTheSameBookAgain() {
        BookUnderTest book = BookUnderTest.with(WEB.restarted(Mode.ALWAYS, 0));
        book.start("web");
        book.exit("web", 1);
        ProcessSnapshot snapshot = book.book.snapshot();

        ProcessBook restored = ProcessBook.of(snapshot);

        assertThat(restored.snapshot()).isEqualTo(snapshot);
        assertThat(restored.live()).isEqualTo(1);
    }
}
