package io.millrace.domain.process;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.StartUp;
import io.millrace.domain.Moment;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Shows processes as their users see them. */
final class ProcessViews {
    private final ChannelName channel;
    private final ProcessConditions conditions;

    ProcessViews(ChannelName channel) {
        this.channel = channel;
        this.conditions = new ProcessConditions(channel);
    }

    ProcessView of(ProcessBook book, ProcessEntry process, Ownership ownership, Moment now) {
        ProcessRun run = process.run();
        RunEnd end = run == null || !process.hasEnded() ? null : run.end();
        return new ProcessView(
                process.id(),
                channel,
                process.spec(),
                process.state(),
                process.isReady(),
                run == null ? 0 : run.number(),
                process.restarts(),
                run == null ? null : run.node(),
                process.runUnderWay() == null || run == null ? null : run.pid(),
                end == null ? null : end.exitCode(),
                end == null ? null : end.signal(),
                Instant.ofEpochMilli(process.createdAtMillis()),
                run == null ? null : instant(run.startedAtMillis()),
                run == null ? null : instant(run.readyAtMillis()),
                process.hasEnded() ? Instant.ofEpochMilli(process.phase().sinceMillis()) : null,
                run == null ? null : startUp(run),
                null,
                errorOf(process.phase()),
                conditions.of(book, process, ownership, now));
    }

    private static StartUp startUp(ProcessRun run) {
        Long startedAt = run.startedAtMillis();
        return new StartUp(
                Duration.ofMillis(run.waitedMillis()),
                between(run.orderedAtMillis(), startedAt),
                startedAt == null ? null : between(startedAt, run.readyAtMillis()));
    }

    private static @Nullable Duration between(long fromMillis, @Nullable Long toMillis) {
        return toMillis == null ? null : Duration.ofMillis(Math.max(0, toMillis - fromMillis));
    }

    private static @Nullable Problem errorOf(ProcessPhase phase) {
        return switch (phase) {
            case ProcessPhase.Waiting waiting -> waiting.error();
            case ProcessPhase.Ended ended -> ended.error();
            case ProcessPhase.Starting _, ProcessPhase.Running _, ProcessPhase.Stopping _ -> null;
        };
    }

    private static @Nullable Instant instant(@Nullable Long millis) {
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }
}
