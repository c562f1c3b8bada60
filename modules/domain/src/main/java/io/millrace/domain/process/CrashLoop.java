package io.millrace.domain.process;

import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import org.jspecify.annotations.Nullable;

/** Whether runs of a process end one after the other without having stayed up, which its restart policy may go on with. */
final class CrashLoop {
    private CrashLoop() {}

    /** False again once a run has stayed up for as long as the policy asks for, and once nothing follows. */
    static boolean holds(ProcessEntry process, Moment now) {
        return mayHold(process) && millisUntilOver(process, now) > 0;
    }

    /** How long until it does not hold any more although nothing was changed, {@link Long#MAX_VALUE} if that may be never. */
    static long millisUntilOver(ProcessEntry process, Moment now) {
        Long readyAt = readyAtMillis(process);
        return !mayHold(process) || readyAt == null
                ? Long.MAX_VALUE
                : Math.max(0, readyAt + process.spec().restart().minUptime().toMillis() - now.millis());
    }

    private static boolean mayHold(ProcessEntry process) {
        return process.shortRunsInRow() >= Limits.PROCESS_CRASHES_MIN
                && switch (process.phase()) {
                    case ProcessPhase.Waiting _, ProcessPhase.Starting _, ProcessPhase.Running _ -> true;
                    case ProcessPhase.Stopping _, ProcessPhase.Ended _ -> false;
                };
    }

    private static @Nullable Long readyAtMillis(ProcessEntry process) {
        ProcessRun run = process.runUnderWay();
        return run == null ? null : run.readyAtMillis();
    }
}
