package io.millrace.domain.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** A book that writes down what the rules decide, and every change through the last guard. */
final class BookUnderTest {
    static final ChannelName CHANNEL = new ChannelName("build");

    final CleanupRules rules = new CleanupRules(CHANNEL);
    CleanupBook book = CleanupBook.empty();
    private long now = 1_000;
    private String node = "n1";

    static BookUnderTest with(TestTask... tasks) {
        BookUnderTest book = new BookUnderTest();
        for (TestTask task : tasks) {
            book.register(task);
        }
        return book;
    }

    void register(TestTask task) {
        apply(accepted(rules.register(book, task.registered())));
    }

    void apply(List<? extends CleanupChange> changes) {
        assertThat(ContradictionCheck.find(book, List.copyOf(changes))).isNull();
        changes.forEach(change -> book.apply(change, ++now, 1, node));
    }

    static List<CleanupChange> accepted(CleanupDecision decision) {
        assertThat(decision).isInstanceOf(CleanupDecision.Accepted.class);
        return ((CleanupDecision.Accepted) decision).changes();
    }

    static Problem refused(CleanupDecision decision) {
        assertThat(decision).isInstanceOf(CleanupDecision.Refused.class);
        return ((CleanupDecision.Refused) decision).problem();
    }

    CleanupDecision wish(String root) {
        return rules.start(book, RunCause.TASK, new CleanupName(root));
    }

    CleanupRun start(String root) {
        apply(accepted(wish(root)));
        return latestRun();
    }

    CleanupRun startAll() {
        apply(accepted(rules.start(book, RunCause.CHANNEL, null)));
        return latestRun();
    }

    CleanupRun latestRun() {
        return Objects.requireNonNull(book.run(book.lastRun()));
    }

    /** Lets an execution go on; gives what starts, in order. */
    List<String> advance(CleanupRun run, String... stepsWithoutTheirRemotes) {
        Set<String> waiting = Set.of(stepsWithoutTheirRemotes);
        List<CleanupChange> changes = rules.advance(book, run, node, step -> !waiting.contains(step.value()));
        apply(changes);
        return changes.stream()
                .filter(CleanupChange.StepStarted.class::isInstance)
                .map(change -> ((CleanupChange.StepStarted) change).step().value())
                .toList();
    }

    void end(CleanupRun run, String step, StepStatus status) {
        end(run, step, status, Released.NOTHING);
    }

    void end(CleanupRun run, String step, StepStatus status, Released released) {
        Problem error = status == StepStatus.FAILED || status == StepStatus.UNDO_FAILED
                ? Problem.of(ErrorCode.INTERNAL, "CleanupManager", "It did not work.")
                : null;
        apply(List.of(new CleanupChange.StepEnded(run.number(), new CleanupName(step), status, error, 7, released)));
    }

    void complete(CleanupRun run, String... steps) {
        for (String step : steps) {
            end(run, step, StepStatus.COMPLETE);
        }
    }

    /** Lets an execution go on to its end; these steps fail and all others complete. */
    CleanupStatus finish(CleanupRun run, String... failing) {
        Set<String> toFail = Set.of(failing);
        List<String> started = advance(run);
        while (!started.isEmpty()) {
            for (String step : started) {
                end(run, step, endOf(run, toFail.contains(step)));
            }
            started = advance(run);
        }
        return endRun(run);
    }

    private static StepStatus endOf(CleanupRun run, boolean hasFailed) {
        if (run.isRollingBack()) {
            return hasFailed ? StepStatus.UNDO_FAILED : StepStatus.UNDONE;
        }
        return hasFailed ? StepStatus.FAILED : StepStatus.COMPLETE;
    }

    CleanupStatus endRun(CleanupRun run, String... problems) {
        assertThat(rules.isReadyToEnd(run)).isTrue();
        apply(List.of(rules.end(run, Released.NOTHING, null, List.of(problems))));
        return run.status();
    }

    CleanupRun rollback(String task) {
        apply(accepted(rules.rollback(book, new CleanupName(task))));
        return Objects.requireNonNull(book.latest(new CleanupName(task)));
    }

    /** The owner is gone and another one goes on from what is stored. */
    void takeOver(String newNode) {
        book = CleanupBook.of(book.snapshot());
        node = newNode;
        for (CleanupRun run : new ArrayList<>(book.active())) {
            apply(rules.resume(run, node));
        }
    }

    StepStatus stepOf(CleanupRun run, String step) {
        return step(run, step).status();
    }

    RunStep step(CleanupRun run, String step) {
        CleanupRun current = Objects.requireNonNull(book.run(run.number()));
        return Objects.requireNonNull(current.step(new CleanupName(step)));
    }

    CleanupStatus status(String task) {
        return book.status(new CleanupName(task));
    }
}
