package io.millrace.domain.cleanup;

import static io.millrace.domain.cleanup.TestTask.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.cleanup.ReturnedItem.End;
import io.millrace.contracts.cleanup.ReturnedItem.Type;
import io.millrace.contracts.cleanup.StepStatus;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an execution says of everything that went back. */
class ReturnedItemsTest {
    private static final JobId JOB = new JobId(1, 1);
    private static final Instant AT = Instant.ofEpochMilli(1_750_000_000_000L);

    private final BookUnderTest book = BookUnderTest.with(task("stop-work"));

    @Test
    void whatAnAttemptHeldIsShownAndAddedUpBehindItsExecution() {
        // given
        CleanupRun run = behindAttempt();

        // when
        ReturnedItem lock = item(Type.LOCK, 1, 1, End.RETURNED);
        ReturnedItem buffers = item(Type.BUFFER, 3, 3 << 20, End.GONE_WITH_NODE);
        ReturnedItem process = item(Type.PROCESS, 1, 1, End.LEASE_OVER);
        ReturnedItem left = item(Type.LOCK, 1, 1, End.RUNS_OUT);
        book.apply(List.of(new CleanupChange.ItemsReturned(run.number(), List.of(lock, buffers, process, left))));

        // then
        CleanupResult result = run.result(0);
        assertThat(result.returned()).containsExactly(lock, buffers, process, left);
        assertThat(result.released()).isEqualTo(new Released(1, 0, 1, 3, 3 << 20, 0));
        assertThat(result.status()).isEqualTo(CleanupStatus.COMPLETE);
    }

    @Test
    void anotherOwnerShowsTheSame() {
        CleanupRun run = behindAttempt();
        book.apply(
                List.of(new CleanupChange.ItemsReturned(run.number(), List.of(item(Type.LOCK, 1, 1, End.RETURNED)))));
        CleanupResult before = run.result(0);

        book.takeOver("n2");

        assertThat(book.latestRun().result(0)).isEqualTo(before);
    }

    @Test
    @Proves("C-29")
    void whatStepsEndedIsShownWithTheStepAndItsNodeAndWhatWentBackAtTheEndBehindThat() {
        // given
        CleanupRun run = book.start("stop-work");
        book.advance(run);
        book.end(run, "stop-work", StepStatus.COMPLETE, new Released(2, 1, 4, 0, 0, 0));

        // when
        ReturnedItem locks = item(Type.LOCK, 4, 4, End.RETURNED);
        book.apply(
                List.of(book.rules.end(run, new Released(2, 1, 4, 0, 0, 0), true, List.of(), List.of(locks), false)));

        // then
        CleanupResult result = run.result(0);
        assertThat(result.returned())
                .extracting(ReturnedItem::type)
                .containsExactly(Type.PROCESS, Type.THREAD, Type.LOCK);
        ReturnedItem processes = result.returned().getFirst();
        assertThat(processes.count()).isEqualTo(2);
        assertThat(processes.by()).isEqualTo("stop-work");
        assertThat(processes.node()).isEqualTo(result.steps().getFirst().node());
        assertThat(processes.at()).isAfterOrEqualTo(result.startedAt());
        assertThat(result.released()).isEqualTo(new Released(2, 1, 4, 0, 0, 0));
    }

    private CleanupRun behindAttempt() {
        book.apply(BookUnderTest.accepted(book.rules.startForAttempt(book.book, JOB, 1, 7, List.of())));
        CleanupRun run = book.latestRun();
        book.endRun(run);
        return run;
    }

    private static ReturnedItem item(Type type, long count, long amount, End end) {
        return new ReturnedItem(
                type, count, amount, List.of(type.wireName() + "-1"), "n1", end, "Manager", "n2", AT, null);
    }
}
