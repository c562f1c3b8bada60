package io.millrace.channel.serialization;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupStep;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.Delivery;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.Priority;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.ChannelSnapshot;
import io.millrace.domain.channel.EndedJob;
import io.millrace.domain.channel.JobPolicy;
import io.millrace.domain.channel.KeyedSubmission;
import io.millrace.domain.channel.LiveJob;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.cleanup.CleanupBook;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupSnapshot;
import io.millrace.domain.cleanup.PlannedStep;
import io.millrace.domain.cleanup.RunCause;
import io.millrace.domain.cleanup.StepPhase;
import io.millrace.domain.lock.HeldLease;
import io.millrace.domain.lock.LockChange;
import io.millrace.domain.resource.NotedResource;
import io.millrace.domain.resource.NotedResources;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** One value of everything that is stored, with no field left at its default where it has one. */
final class StoredSamples {
    private static final long AT = 1_793_534_400_123L;
    private static final JobId JOB = JobId.parse("01KA8CPTZVWX0123456789ABCD");
    private static final JobId OTHER_JOB = JobId.parse("01KA8CPTZVWX0123456789ABCE");

    private static final String HOST = "4bd0cf4d-9a4e-4f0e-8a53-6e2b9d7b0c11@0c7d3a55-3f0e-4c6f-9a0b-5f1f6f0a9d21";

    private static final SubmittedJob PLAIN = new SubmittedJob(
            JOB, JobKind.HANDLER, "", Priority.MEDIUM, 0, JobPolicy.DEFAULT, Map.of(), bytes("{\"kind\":\"handler\"}"));

    private static final SubmittedJob FULL = new SubmittedJob(
            OTHER_JOB,
            JobKind.PROCESS,
            "nightly build",
            Priority.HIGH,
            AT + 1_000,
            new JobPolicy(300_000, 3_600_000, 3, 250, 1.5, 30_000, 0.2, List.of(2, 64), Delivery.AT_MOST_ONCE, true),
            Map.of("team", "core"),
            bytes("{\"kind\":\"process\",\"process\":{\"command\":[\"true\"]}}"));

    private static final ChannelSpec SPEC = new ChannelSpec(
            new ChannelSpec.Threads(4, List.of(0, 1)),
            new ChannelSpec.Resources(new ChannelSpec.Buffers(1, 2, 3), 1_048_576, 5, 6),
            1_000,
            java.util.Set.of(JobKind.PROCESS),
            Duration.ofMinutes(5),
            new ChannelSpec.Retention(Duration.ofDays(2), 65_536, 500),
            Map.of("CI", "true"),
            Map.of("team", "core"));

    private static final Problem PROBLEM = new Problem(
            ErrorCode.TIMEOUT,
            "Worker",
            "The attempt ran longer than 5 m.",
            Map.of("limitMillis", 300_000),
            List.of(),
            Duration.ofSeconds(1));

    private static final AttemptOutcome FAILED =
            AttemptOutcome.failed(AttemptOutcome.Kind.TIMED_OUT, 137, "SIGKILL", PROBLEM);

    private static final NotedResource BUFFERS =
            new NotedResource(ResourceType.BUFFER, BufferTier.LARGE, 2, 2 << 20, List.of("01KA8", "01KA9"));

    private static final List<ReturnedItem> RETURNED = List.of(new ReturnedItem(
            ReturnedItem.Type.BUFFER,
            2,
            2 << 20,
            List.of("01KA8", "01KA9"),
            "127.0.0.1:25521",
            ReturnedItem.End.GONE_WITH_NODE,
            "ResourceManager",
            "127.0.0.1:25520",
            Instant.ofEpochMilli(AT),
            Instant.ofEpochMilli(AT - 5_000)));

    private static final CleanupResult CLEANED = new CleanupResult(
            8,
            null,
            null,
            CleanupStatus.COMPLETE,
            Instant.ofEpochMilli(AT - 250),
            Instant.ofEpochMilli(AT),
            Duration.ofMillis(250),
            List.of(new CleanupStep(
                    new CleanupName("drop-temp"),
                    StepStatus.COMPLETE,
                    1,
                    "127.0.0.1:25520",
                    Instant.ofEpochMilli(AT - 200),
                    Duration.ofMillis(50),
                    null)),
            new Released(1, 2, 3, 4, 5, 6),
            true,
            List.of(),
            RETURNED);

    private static final List<CleanupChange> CLEANUPS = List.of(
            new CleanupChange.Registered(
                    new CleanupName("drop-temp"),
                    List.of(CleanupReference.parse("stop-web"), CleanupReference.parse("other/flush")),
                    List.of(new ChannelName("third")),
                    true,
                    true,
                    bytes("{\"name\":\"drop-temp\"}")),
            new CleanupChange.RunStarted(
                    7,
                    RunCause.ATTEMPT,
                    new CleanupName("drop-temp"),
                    JOB,
                    2,
                    17L,
                    List.of(
                            step("stop-web", List.of(), true),
                            step("drop-temp", List.of(new CleanupName("stop-web")), false))),
            new CleanupChange.StepStarted(7, new CleanupName("drop-temp"), StepPhase.UNDO, 2, "127.0.0.1:25520"),
            new CleanupChange.StepEnded(
                    7, new CleanupName("drop-temp"), StepStatus.FAILED, PROBLEM, 250, new Released(1, 2, 3, 4, 5, 6)),
            new CleanupChange.RollbackStarted(7, true),
            new CleanupChange.RunEnded(
                    7,
                    CleanupStatus.NEEDS_OPERATOR,
                    new Released(1, 2, 3, 4, 5, 6),
                    false,
                    List.of("1 buffer is not back"),
                    RETURNED,
                    true),
            new CleanupChange.ItemsReturned(7, RETURNED),
            new CleanupChange.Removed(new CleanupName("drop-temp")));

    private StoredSamples() {}

    private static PlannedStep step(String name, List<CleanupName> dependsOn, boolean isDone) {
        return new PlannedStep(
                new CleanupName(name), dependsOn, List.of(CleanupReference.parse("other/flush")), true, true, isDone);
    }

    static List<ChannelEvent> events() {
        return List.of(
                new ChannelEvent.ChannelCreated(AT, SPEC),
                new ChannelEvent.ChannelChanged(AT, SPEC),
                new ChannelEvent.ChannelPaused(AT),
                new ChannelEvent.ChannelResumed(AT),
                new ChannelEvent.ChannelDraining(AT),
                new ChannelEvent.ChannelDeleting(AT),
                new ChannelEvent.ChannelDeleted(AT, AT - 250, CLEANED),
                new ChannelEvent.OwnershipTaken(AT, "127.0.0.1:25520", 3, HOST),
                new ChannelEvent.JobsSubmitted(AT, List.of(PLAIN, FULL), "key-1", "9f86d081"),
                new ChannelEvent.JobsDue(AT, List.of(JOB, OTHER_JOB)),
                new ChannelEvent.AttemptStarted(AT, JOB, 2, 17, "127.0.0.1:25520"),
                new ChannelEvent.AttemptAdopted(AT, JOB, 2, 17, "127.0.0.1:25521", AT - 60_000),
                new ChannelEvent.CancelRequested(AT, JOB),
                new ChannelEvent.AttemptEnded(AT, JOB, 2, 17, FAILED, JobState.SCHEDULED, AT + 250),
                new ChannelEvent.JobsEnded(AT, List.of(JOB), JobState.CANCELLED, "The job was purged while it waited."),
                new ChannelEvent.JobRetried(AT, FULL, 2, 17, AT - 60_000),
                new ChannelEvent.LateResultRecorded(AT, JOB, 16),
                new ChannelEvent.EventPublished(AT, JOB, "report.ready", "{\"pages\":3}"),
                new ChannelEvent.LockGranted(
                        AT, new LockName("schema"), "job 1 attempt 2", JOB, 17L, 5, 2, 30_000, "request-1"),
                new ChannelEvent.LockReleased(
                        AT, new LockName("schema"), 5, "job 1 attempt 2", JOB, LockChange.Reason.OWNER_ENDED),
                new ChannelEvent.ResourcesNoted(AT, JOB, 17, List.of(BUFFERS)),
                new ChannelEvent.CleanupChanged(AT, CLEANUPS.getFirst()),
                new ChannelEvent.ProcessChanged(AT, ProcessSamples.changes().getFirst()));
    }

    static List<CleanupChange> cleanupChanges() {
        return CLEANUPS;
    }

    static ChannelSnapshot snapshot() {
        return new ChannelSnapshot(
                true,
                ChannelState.PAUSED,
                AT - 5_000,
                SPEC,
                "127.0.0.1:25520",
                HOST,
                3,
                17,
                42,
                12,
                1,
                2,
                1,
                List.of(3, 2, 1),
                List.of(new LiveJob.Waiting(FULL, AT - 60_000, 1, 16, 41, AT + 1_000, AT - 30_000)),
                List.of(new LiveJob.Running(
                        PLAIN,
                        AT - 60_000,
                        2,
                        17,
                        40,
                        "127.0.0.1:25520",
                        HOST,
                        AT,
                        AT + 1,
                        new NotedResources(AT + 2, List.of(BUFFERS)))),
                List.of(new EndedJob(
                        PLAIN,
                        AT - 60_000,
                        2,
                        15,
                        "127.0.0.1:25520",
                        AT - 50_000,
                        AT - 40_000,
                        JobState.FAILED,
                        137,
                        "SIGKILL",
                        "3",
                        PROBLEM)),
                List.of(new KeyedSubmission("key-1", "9f86d081", List.of(JOB, OTHER_JOB), AT)),
                5,
                List.of(new HeldLease(
                        new LockName("schema"),
                        new Owner("job 1 attempt 2", JOB, 17),
                        5,
                        2,
                        30_000,
                        AT,
                        3,
                        "127.0.0.1:25520",
                        "request-1")),
                cleanups(),
                ProcessSamples.snapshot());
    }

    private static CleanupSnapshot cleanups() {
        CleanupBook book = CleanupBook.empty();
        CLEANUPS.forEach(change -> book.apply(change, AT, 3, "127.0.0.1:25520"));
        CleanupName task = new CleanupName("drop-temp");
        List<CleanupChange> another = List.of(
                CLEANUPS.getFirst(),
                new CleanupChange.RunStarted(
                        8, RunCause.TASK, task, null, null, null, List.of(step(task.value(), List.of(), false))),
                new CleanupChange.StepStarted(8, task, StepPhase.ACTION, 1, "127.0.0.1:25520"));
        another.forEach(change -> book.apply(change, AT, 3, "127.0.0.1:25520"));
        return book.snapshot();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
