package io.millrace.channel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.job.Progress;
import io.millrace.domain.channel.EndedJob;
import io.millrace.domain.channel.LiveJob;
import io.millrace.domain.channel.SubmittedJob;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shows jobs the way their users see them. */
final class JobViews {
    private JobViews() {}

    static JobView accepted(
            ChannelName channel, SubmittedJob job, JobState state, Instant acceptedAt, Condition condition) {
        return view(
                channel,
                job,
                state,
                acceptedAt,
                null,
                null,
                0,
                0,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(condition));
    }

    static JobView waiting(ChannelName channel, LiveJob.Waiting job, List<Condition> conditions) {
        return view(
                channel,
                job.submitted(),
                job.state(),
                Instant.ofEpochMilli(job.createdAtMillis()),
                null,
                null,
                job.attempts(),
                job.epoch(),
                null,
                null,
                null,
                null,
                null,
                null,
                conditions);
    }

    static JobView running(
            ChannelName channel, LiveJob.Running job, @Nullable Progress progress, List<Condition> conditions) {
        return view(
                channel,
                job.submitted(),
                JobState.RUNNING,
                Instant.ofEpochMilli(job.createdAtMillis()),
                Instant.ofEpochMilli(job.startedAtMillis()),
                null,
                job.attempts(),
                job.epoch(),
                job.node(),
                null,
                null,
                null,
                null,
                progress,
                conditions);
    }

    static JobView ended(ChannelName channel, EndedJob job) {
        return view(
                channel,
                job.submitted(),
                job.state(),
                Instant.ofEpochMilli(job.createdAtMillis()),
                job.startedAtMillis() == 0 ? null : Instant.ofEpochMilli(job.startedAtMillis()),
                Instant.ofEpochMilli(job.endedAtMillis()),
                job.attempts(),
                job.epoch(),
                job.node(),
                job.exitCode(),
                job.signal(),
                job.resultJson(),
                job.error(),
                null,
                List.of());
    }

    private static JobView view(
            ChannelName channel,
            SubmittedJob job,
            JobState state,
            Instant createdAt,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            int attempt,
            long epoch,
            @Nullable String node,
            @Nullable Integer exitCode,
            @Nullable String signal,
            @Nullable String resultJson,
            @Nullable Problem error,
            @Nullable Progress progress,
            List<Condition> conditions) {
        return new JobView(
                job.id(),
                channel,
                job.name(),
                job.kind(),
                state,
                job.priority(),
                new String(job.spec(), StandardCharsets.UTF_8),
                createdAt,
                startedAt,
                endedAt,
                attempt,
                epoch,
                node,
                exitCode,
                signal,
                resultJson,
                error,
                progress,
                conditions,
                job.labels());
    }
}
