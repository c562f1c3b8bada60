package io.millrace.domain.process;

import static io.millrace.domain.process.BookUnderTest.OTHERS_LIVE;
import static io.millrace.domain.process.BookUnderTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ProcessDependency.Condition;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.RestartPolicy.Mode;
import io.millrace.domain.Moment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a new owner of the channel does about the runs it finds. */
class TakeOverTest {
    private static final Problem UNKNOWN =
            Problem.of(ErrorCode.NOT_FOUND, "ProcessHost", "The process host knows of no such run.");

    private static BookUnderTest running(Mode mode) {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web").restarted(mode, 0));
        book.start("web");
        book.pass(Duration.ofMinutes(1));
        return book;
    }

    private static List<String> toAdopt(BookUnderTest book) {
        return book.rules.toAdopt(book.book, book.ownership).stream()
                .map(process -> process.name().value())
                .toList();
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void whatRunsOnThisVeryNodeGoesOn(Mode mode) {
        BookUnderTest book = running(mode);

        book.takeOver("n1");
        book.pass(Duration.ofHours(1));

        assertThat(toAdopt(book)).containsExactly("web");
        assertThat(book.goOn()).isEmpty();
        assertThat(book.state("web")).isEqualTo(ProcessState.RUNNING);
        assertThat(book.conditions("web")).isEmpty();
    }

    @Test
    void whatRanUnderAnotherHostIsElsewhereThoughItsNodeHasTheSameName() {
        BookUnderTest book = running(Mode.ON_FAILURE);
        ProcessRun run =
                Objects.requireNonNull(book.book.processes().iterator().next().run());

        assertThat(new Ownership("n1", "host of n1", 0, 0).isHere(run)).isTrue();
        assertThat(new Ownership("another name", "host of n1", 0, 0).isHere(run))
                .isTrue();
        assertThat(new Ownership("n1", "another host", 0, 0).isHere(run)).isFalse();
    }

    @Test
    void whatTheHostDoesNotKnowIsRestartedOrLost() {
        BookUnderTest restarted = running(Mode.ON_FAILURE);
        BookUnderTest lost = running(Mode.NEVER);

        for (BookUnderTest book : List.of(restarted, lost)) {
            book.takeOver("n1");
            book.end("web", RunEnd.interrupted(UNKNOWN, book.now().millis()));
        }

        assertThat(restarted.goOn()).containsExactly("web");
        assertThat(lost.state("web")).isEqualTo(ProcessState.LOST);
        assertThat(Objects.requireNonNull(lost.view("web").error()).detail())
                .contains("How run 1 of the process 'web' ended is not known")
                .contains("knows of no such run")
                .contains("POST /v1/channels/build/processes/web:restart");
    }

    @Test
    void whatRanElsewhereIsStartedAgainOnceItsLeaseIsOverAndNotBefore() {
        BookUnderTest book = running(Mode.ON_FAILURE);
        book.takeOver("n2");
        assertThat(toAdopt(book)).isEmpty();
        assertThat(book.conditions("web")).containsExactly("NodeLost");
        assertThat(book.condition("web", "NodeLost"))
                .contains("n1 has lost the channel")
                .contains("it is started again");

        book.pass(OTHERS_LIVE.minusMillis(1));
        List<String> before = book.goOn();
        long left = book.passUntilNext();
        List<ProcessChange> over = book.rules.next(book.book, book.ownership, book.now());
        book.apply(over);

        assertThat(before).isEmpty();
        assertThat(left).isBetween(1L, 2L);
        assertThat(book.state("web")).isEqualTo(ProcessState.PENDING);
        assertThat(book.goOn()).containsExactly("web");
        assertThat(book.run("web").node()).isEqualTo("n2");
    }

    @Test
    void whatIsNeverRestartedIsLost() {
        BookUnderTest book = running(Mode.NEVER);
        book.takeOver("n2");
        assertThat(book.condition("web", "NodeLost")).contains("it is lost");
        book.passUntilNext();

        book.goOn();

        assertThat(book.state("web")).isEqualTo(ProcessState.LOST);
        assertThat(book.view("web").exitCode()).isNull();
    }

    @Test
    void whatWasBeingStoppedElsewhereHasBeenStopped() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.stop("web");
        book.takeOver("n2");
        assertThat(book.condition("web", "NodeLost")).contains("it has been stopped");
        book.passUntilNext();

        book.goOn();

        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPED);
    }

    @Test
    void whatIsStoppedWhileItsNodeIsLostIsNotStartedAgain() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.takeOver("n2");
        book.stop("web");
        book.passUntilNext();

        book.goOn();

        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPED);
        assertThat(book.goOn()).isEmpty();
    }

    @Test
    void whatWasBeingStoppedHereGoesOnBeingStopped() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.stop("web");

        book.takeOver("n1");

        assertThat(toAdopt(book)).containsExactly("web");
        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPING);
        book.killed("web", "SIGTERM");
        assertThat(book.state("web")).isEqualTo(ProcessState.STOPPED);
    }

    @Test
    void whatIsRemovedElsewhereIsGoneOnceItsLeaseIsOver() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.remove("web");
        book.takeOver("n2");
        book.passUntilNext();

        book.goOn();

        assertThat(book.book.size()).isZero();
    }

    @Test
    void aStartThatWasStoredAndPerhapsNeverHappenedIsTreatedAsARun() {
        BookUnderTest book = BookUnderTest.with(TestProcess.named("web"));
        book.goOn();

        book.takeOver("n2");
        List<String> before = book.goOn();
        book.passUntilNext();
        book.goOn();

        assertThat(before).isEmpty();
        assertThat(book.state("web")).isEqualTo(ProcessState.LOST);
    }

    @Test
    void anOwnerThatIsBackInTimeGoesOnWithWhatItRuns() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.takeOver("n2");
        book.pass(Duration.ofSeconds(3));
        book.goOn();

        book.takeOver("n1");

        assertThat(toAdopt(book)).containsExactly("web");
        assertThat(book.run("web").number()).isEqualTo(1);
    }

    @Test
    void anOwnerThatIsBackAfterTheLeaseFindsARunOfTheOther() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.takeOver("n2");
        book.passUntilNext();
        book.goOn();
        book.start("web");

        book.takeOver("n1");

        assertThat(toAdopt(book)).isEmpty();
        assertThat(book.conditions("web")).containsExactly("NodeLost");
    }

    @Test
    void whatWaitedGoesOnWaiting() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.exit("web", 1);

        book.takeOver("n2");

        assertThat(book.goOn()).isEmpty();
        book.passUntilNext();
        assertThat(book.goOn()).containsExactly("web");
    }

    @Test
    void nobodyStartsBehindAProcessWhoseNodeIsLost() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("db").restarted(Mode.ALWAYS, 0),
                TestProcess.named("web").after("db", Condition.STARTED));
        book.start("db");

        book.takeOver("n2");

        assertThat(book.goOn()).isEmpty();
        assertThat(book.condition("web", "WaitingForProcess")).contains("'db' should run and its node n1 is gone");
    }

    @Test
    void aProcessWhoseNodeIsLostGetsNoSignal() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.takeOver("n2");

        Problem refusal = refused(book.rules.signal(book.entry("web"), "HUP", book.ownership));

        assertThat(refusal.detail()).contains("no run on this node");
    }

    @Test
    void aWallClockThatJumpsDoesNotShortenTheWait() {
        BookUnderTest book = running(Mode.ALWAYS);
        book.takeOver("n2");
        var jumped = new Moment(
                book.now().nanos(), book.now().millis() + Duration.ofDays(1).toMillis());

        assertThat(book.rules.next(book.book, book.ownership, jumped)).isEmpty();
    }
}
