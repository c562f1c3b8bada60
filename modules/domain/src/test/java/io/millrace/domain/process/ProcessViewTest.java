package io.millrace.domain.process;

import static io.millrace.contracts.process.ProcessDependency.Condition.READY;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.RestartPolicy.Mode;
import io.millrace.contracts.process.StartUp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What users read of a process, in one life of it with every state but LOST. */
class ProcessViewTest {
    private static final Problem NOT_NOW = Problem.of(ErrorCode.UNAVAILABLE, "ProcessHost", "No memory is left.");

    private final List<ProcessView> views = new ArrayList<>();
    private BookUnderTest book = BookUnderTest.with();
    private JobId id = new JobId(0, 0);

    @BeforeEach
    void live() {
        book = BookUnderTest.with();
        id = book.register(
                TestProcess.named("web").restarted(Mode.ON_FAILURE, 1).checked());
        see(BookUnderTest::goOn);
        see(book -> book.up("web"));
        see(book -> book.ready("web"));
        see(book -> book.exit("web", 1));
        see(BookUnderTest::passUntilNext);
        see(book -> book.start("web"));
        see(book -> book.ready("web"));
        see(book -> book.exit("web", 2));
        see(book -> book.restart("web"));
        see(book -> book.start("web"));
        see(book -> book.exit("web", 0));
        see(book -> book.restart("web"));
        see(book -> book.start("web"));
        see(book -> book.stop("web"));
        see(book -> book.killed("web", "SIGTERM"));
        see(book -> book.restart("web"));
        see(BookUnderTest::goOn);
        see(book -> book.end("web", RunEnd.notStarted(NOT_NOW, book.now().millis())));
    }

    private void see(Consumer<BookUnderTest> step) {
        book.pass(Duration.ofMillis(100));
        step.accept(book);
        views.add(book.view("web"));
    }

    private List<ProcessState> states() {
        return views.stream().map(ProcessView::state).toList();
    }

    @Test
    void theLifeHasEveryStateButOne() {
        assertThat(states())
                .containsOnly(
                        ProcessState.PENDING,
                        ProcessState.RUNNING,
                        ProcessState.STOPPING,
                        ProcessState.STOPPED,
                        ProcessState.SUCCESS,
                        ProcessState.FAILED)
                .contains(ProcessState.STOPPING, ProcessState.STOPPED, ProcessState.SUCCESS, ProcessState.FAILED);
    }

    @Test
    @Proves({"B-40", "B-41"})
    void itsIdAndNameNeverChange() {
        assertThat(views).allSatisfy(view -> {
            assertThat(view.id()).isEqualTo(id);
            assertThat(view.spec().name().value()).isEqualTo("web");
        });
    }

    @Test
    @Proves("B-43")
    void anExitCodeIsThereOnlyOnceItHasEnded() {
        for (ProcessView view : views) {
            if (!view.state().isEnded()) {
                assertThat(view.exitCode()).as("%s", view.state()).isNull();
                assertThat(view.signal()).as("%s", view.state()).isNull();
            }
        }
        assertThat(views.stream().filter(view -> view.exitCode() != null).map(ProcessView::exitCode))
                .containsExactly(2, 0);
        assertThat(views.stream().filter(view -> view.signal() != null).map(ProcessView::state))
                .containsExactly(ProcessState.STOPPED);
    }

    @Test
    @Proves("B-44")
    void theTimeOfAStartIsFixedForItsRun() {
        List<Instant> ofRunTwo = views.stream()
                .filter(view -> view.run() == 2)
                .map(ProcessView::startedAt)
                .distinct()
                .toList();

        assertThat(ofRunTwo).hasSize(1).doesNotContainNull();
        assertThat(views.getFirst().startedAt()).isNull();
    }

    @Test
    @Proves("B-45")
    void theTimeOfItsEndIsThereExactlyOnceItHasEnded() {
        for (ProcessView view : views) {
            if (view.state().isEnded()) {
                assertThat(view.endedAt()).as("%s", view.state()).isNotNull();
            } else {
                assertThat(view.endedAt()).as("%s", view.state()).isNull();
            }
        }
    }

    @Test
    @Proves("B-46")
    void itIsRunningExactlyInTheRunningState() {
        assertThat(views).allMatch(view -> view.isRunning() == (view.state() == ProcessState.RUNNING));
    }

    @Test
    void itIsReadyOnlyWhileItRunsAndPassedItsCheck() {
        assertThat(views.stream().filter(ProcessView::isReady))
                .isNotEmpty()
                .allMatch(view -> view.isRunning() && view.readyAt() != null);
        assertThat(views.get(1).isRunning()).isTrue();
        assertThat(views.get(1).isReady()).isFalse();
    }

    @Test
    void itHasAPidWhileSomethingOfItRuns() {
        for (ProcessView view : views) {
            boolean hasPid = view.pid() != null;
            assertThat(hasPid)
                    .as("%s", view.state())
                    .isEqualTo(view.isRunning() || view.state() == ProcessState.STOPPING);
        }
    }

    @Test
    void anErrorIsThereWhileItHasFailedOrWaitsBecauseOfThat() {
        List<ProcessState> withError = views.stream()
                .filter(view -> view.error() != null)
                .map(ProcessView::state)
                .toList();

        assertThat(withError)
                .containsExactly(ProcessState.PENDING, ProcessState.PENDING, ProcessState.FAILED, ProcessState.PENDING);
    }

    @Test
    void restartsCountFromTheLastStartByAUser() {
        assertThat(views.stream().map(ProcessView::restarts).toList())
                .containsExactly(0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    }

    @Test
    void itSaysWhereTheTimeWentUntilItCouldBeUsed() {
        BookUnderTest book = BookUnderTest.with(
                TestProcess.named("db").checked(),
                TestProcess.named("web").checked().after("db", READY));
        assertThat(book.view("web").startUp()).isNull();
        book.start("db");
        book.pass(Duration.ofSeconds(3));
        book.ready("db");
        assertThat(book.goOn()).containsExactly("web");
        assertThat(book.view("web").startUp()).isEqualTo(new StartUp(Duration.ofSeconds(3), null, null));

        book.pass(Duration.ofMillis(20));
        book.up("web");
        book.pass(Duration.ofMillis(700));
        book.ready("web");

        assertThat(book.view("web").startUp())
                .isEqualTo(new StartUp(Duration.ofSeconds(3), Duration.ofMillis(20), Duration.ofMillis(700)));
        assertThat(book.view("db").startUp())
                .isEqualTo(new StartUp(Duration.ZERO, Duration.ZERO, Duration.ofSeconds(3)));
    }
}
