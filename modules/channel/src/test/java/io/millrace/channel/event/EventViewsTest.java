package io.millrace.channel.event;

import static io.millrace.channel.fixture.TestJobs.id;
import static io.millrace.channel.fixture.TestJobs.submitted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.millrace.channel.fixture.JacksonValueCodec;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.contracts.event.ChannelEventView;
import io.millrace.contracts.event.EventCursor;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessState;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.RunCause;
import io.millrace.domain.cleanup.StepPhase;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessRef;
import io.millrace.domain.process.RunEnd;
import io.millrace.domain.process.StopCause;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventViewsTest {
    private final EventViews views = new EventViews(new ChannelName("build"), new JacksonValueCodec());

    @Test
    void everyJobOfABatchHasItsOwnEventAndPlace() {
        List<ChannelEventView> events = of(
                new ChannelEvent.JobsSubmitted(5, List.of(submitted(1), submitted(2)), null, null),
                new ChannelEvent.AttemptStarted(6, id(1), 1, 9, "node-1"));

        assertThat(events)
                .extracting(ChannelEventView::cursor)
                .containsExactly(new EventCursor(7, 0), new EventCursor(7, 1), new EventCursor(7, 2));
        assertThat(events).extracting(ChannelEventView::job).containsExactly(id(1), id(2), id(1));
        assertThat(events.getFirst().data()).containsEntry("state", "QUEUED").containsEntry("kind", "handler");
        assertThat(events.getLast().data()).containsEntry("attempt", 1).containsEntry("epoch", 9L);
    }

    @Test
    void theEndOfAnAttemptIsNamedAfterWhatFollows() {
        assertThat(of(ended(JobState.SUCCEEDED, 0), ended(JobState.LOST, 0), ended(JobState.SCHEDULED, 99)))
                .extracting(ChannelEventView::type)
                .containsExactly("job.succeeded", "job.lost", "job.retrying");
        assertThat(of(ended(JobState.SCHEDULED, 99)).getFirst().data())
                .containsEntry("code", "TIMEOUT")
                .containsEntry("retryAt", "1970-01-01T00:00:00.099Z");
    }

    @Test
    void whatAHandlerPublishedKeepsItsTypeAndItsPlainData() {
        ChannelEventView event = of(new ChannelEvent.EventPublished(
                        5, id(1), "report.ready", "{\"pages\":3,\"final\":true,\"nested\":{\"a\":1}}"))
                .getFirst();

        assertThat(event.type()).isEqualTo("report.ready");
        assertThat(event.data()).containsOnlyKeys("pages", "final").containsEntry("pages", 3);
    }

    @Test
    void aProcessIsStartedReadyAndExitsOnceInOneShape() {
        ProcessRef web = new ProcessRef(id(1), new ProcessName("web"));
        List<ChannelEventView> events = of(
                process(new ProcessChange.RunUp(web, 2, 4_711, 5, "dev", "pnpm run dev")),
                process(new ProcessChange.BecameReady(web, 2)),
                process(new ProcessChange.StopRequested(web, 2, StopCause.USER)),
                process(new ProcessChange.RunEnded(
                        web, 2, RunEnd.signalled("SIGKILL", true, 6), ProcessState.STOPPED, null, null)));

        assertThat(events)
                .extracting(ChannelEventView::type)
                .containsExactly("process.started", "process.ready", "process.stopping", "process.exited");
        assertThat(events).extracting(ChannelEventView::job).containsOnlyNulls();
        assertThat(events)
                .allSatisfy(event -> assertThat(event.data())
                        .containsEntry("name", "web")
                        .containsEntry("processId", id(1).toString())
                        .containsEntry("run", 2));
        assertThat(events.getFirst().data())
                .containsEntry("script", "dev")
                .containsEntry("cmd", "pnpm run dev")
                .containsEntry("pid", 4_711L);
        assertThat(events.getLast().data())
                .containsEntry("status", "STOPPED")
                .containsEntry("signal", "SIGKILL")
                .containsEntry("forced", true)
                .doesNotContainKeys("exitCode", "code", "restartAt");
    }

    @Test
    void theExitOfAProcessSaysWhyAndWhatFollows() {
        ProcessRef web = new ProcessRef(id(1), new ProcessName("web"));
        Problem error = Problem.of(ErrorCode.INVALID_STATE, "ServiceManager", "It ended with exit code 1.");

        ChannelEventView event = of(process(new ProcessChange.RunEnded(
                        web,
                        1,
                        RunEnd.exited(1, false, 5),
                        ProcessState.PENDING,
                        error,
                        new ProcessChange.Restart(99, 1, 1))))
                .getFirst();

        assertThat(event.data())
                .containsEntry("status", "PENDING")
                .containsEntry("exitCode", 1)
                .containsEntry("forced", false)
                .containsEntry("code", "INVALID_STATE")
                .containsEntry("detail", error.detail())
                .containsEntry("restartAt", "1970-01-01T00:00:00.099Z");
    }

    private static ChannelEvent process(ProcessChange change) {
        return new ChannelEvent.ProcessChanged(5, change);
    }

    @Test
    void locksAreShownWithTheirHolderAndToken() {
        LockName lock = new LockName("schema");
        List<ChannelEventView> events = of(
                new ChannelEvent.LockGranted(5, lock, "deploy", null, null, 42, 2, 30_000, null),
                new ChannelEvent.LockReleased(6, lock, 42, "deploy", null, LockChange.Reason.EXPIRED));

        assertThat(events).extracting(ChannelEventView::type).containsExactly("lock.granted", "lock.released");
        assertThat(events.getFirst().data())
                .containsOnly(
                        entry("lock", "schema"), entry("owner", "deploy"), entry("token", 42L), entry("level", 2));
        assertThat(events.getLast().data()).containsEntry("reason", "EXPIRED").containsEntry("token", 42L);
    }

    @Test
    void eachChangeOfACleanupIsOneEventNamedAfterWhatBecameTrue() {
        CleanupName task = new CleanupName("drop-temp");
        Problem error = Problem.of(ErrorCode.TIMEOUT, "CleanupManager", "too long");
        List<ChannelEventView> events = of(
                changed(new CleanupChange.Registered(task, List.of(), List.of(), true, true, new byte[0])),
                changed(new CleanupChange.RunStarted(3, RunCause.ATTEMPT, null, id(1), 2, 9L, List.of())),
                changed(new CleanupChange.StepStarted(3, task, StepPhase.ACTION, 2, "node-1")),
                changed(new CleanupChange.StepEnded(3, task, StepStatus.FAILED, error, 40, Released.NOTHING)),
                changed(new CleanupChange.RollbackStarted(3, true)),
                changed(new CleanupChange.StepStarted(3, task, StepPhase.UNDO, 1, "node-1")),
                changed(new CleanupChange.StepEnded(3, task, StepStatus.UNDONE, null, 40, Released.NOTHING)),
                changed(new CleanupChange.RunEnded(
                        3, CleanupStatus.ROLLED_BACK, Released.NOTHING, true, List.of("left"), List.of(), false)),
                changed(new CleanupChange.Removed(task)));

        assertThat(events)
                .extracting(ChannelEventView::type)
                .containsExactly(
                        "cleanup.registered",
                        "cleanup.started",
                        "cleanup.stepStarted",
                        "cleanup.stepFailed",
                        "cleanup.rollbackStarted",
                        "cleanup.undoStarted",
                        "cleanup.stepUndone",
                        "cleanup.ended",
                        "cleanup.removed");
        assertThat(events.get(1).job()).isEqualTo(id(1));
        assertThat(events.get(2).data())
                .containsOnly(entry("run", 3L), entry("task", "drop-temp"), entry("try", 2), entry("node", "node-1"));
        assertThat(events.get(3).data()).containsEntry("code", "TIMEOUT").containsEntry("durationMillis", 40L);
        assertThat(events.get(7).data()).containsEntry("status", "ROLLED_BACK").containsEntry("problems", 1);
    }

    private static ChannelEvent changed(CleanupChange change) {
        return new ChannelEvent.CleanupChanged(5, change);
    }

    private List<ChannelEventView> of(ChannelEvent... events) {
        return views.of(7, new JournalEntry(List.of(events)));
    }

    private static ChannelEvent ended(JobState next, long retryAt) {
        AttemptOutcome outcome = AttemptOutcome.failed(
                AttemptOutcome.Kind.TIMED_OUT, null, null, Problem.of(ErrorCode.TIMEOUT, "Worker", "too long"));
        return new ChannelEvent.AttemptEnded(5, id(1), 1, 9, outcome, next, retryAt);
    }
}
