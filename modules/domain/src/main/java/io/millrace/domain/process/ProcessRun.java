package io.millrace.domain.process;

import org.jspecify.annotations.Nullable;

/**
 * The current or latest run of a process. Times are in milliseconds since the epoch.
 *
 * @param number 1 for the first of its process
 * @param epoch fencing epoch, 0 until the channel has given it
 * @param node that started it
 * @param host identity of the process host of that node; absent if it was started before that was recorded
 * @param orderedAtMillis when it was decided to start it; its time to come up counts from here
 * @param waitedMillis how long its process had waited for it by then
 * @param pid absent until it is up
 * @param startedAtMillis absent until it is up
 * @param lineAtMillis when it wrote the line of its readiness check, if that has more to it; absent until then
 * @param readyAtMillis absent until it is ready; without a check it is as soon as it is up
 * @param signalSent signal that somebody had sent to it last, without {@code SIG}; absent if none
 * @param end absent until it has ended
 */
public record ProcessRun(
        int number,
        long epoch,
        String node,
        @Nullable String host,
        long orderedAtMillis,
        long waitedMillis,
        @Nullable Long pid,
        @Nullable Long startedAtMillis,
        @Nullable Long lineAtMillis,
        @Nullable Long readyAtMillis,
        @Nullable String signalSent,
        @Nullable RunEnd end) {

    /** @param waitingSinceMillis since when its process waited for it */
    static ProcessRun started(ProcessChange.RunStarted change, long atMillis, long waitingSinceMillis) {
        return new ProcessRun(
                change.run(),
                change.epoch(),
                change.node(),
                change.host(),
                atMillis,
                Math.max(0, atMillis - waitingSinceMillis),
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /** True once the system has started it. */
    public boolean isUp() {
        return pid != null;
    }

    public boolean isReady() {
        return readyAtMillis != null;
    }

    ProcessRun withEpoch(long given) {
        return with(given, pid, startedAtMillis, lineAtMillis, readyAtMillis, signalSent, end);
    }

    ProcessRun up(ProcessChange.RunUp change, boolean isReadyAtOnce) {
        long started = change.startedAtMillis();
        Long ready = isReadyAtOnce ? Long.valueOf(started) : null;
        return with(epoch, change.pid(), started, lineAtMillis, ready, signalSent, end);
    }

    ProcessRun lineWritten(long atMillis) {
        return with(epoch, pid, startedAtMillis, atMillis, readyAtMillis, signalSent, end);
    }

    ProcessRun ready(long atMillis) {
        return with(epoch, pid, startedAtMillis, lineAtMillis, atMillis, signalSent, end);
    }

    ProcessRun signalled(String signal) {
        return with(epoch, pid, startedAtMillis, lineAtMillis, readyAtMillis, signal, end);
    }

    ProcessRun ended(RunEnd how) {
        return with(epoch, pid, startedAtMillis, lineAtMillis, readyAtMillis, signalSent, how);
    }

    private ProcessRun with(
            long newEpoch,
            @Nullable Long newPid,
            @Nullable Long newStartedAt,
            @Nullable Long newLineAt,
            @Nullable Long newReadyAt,
            @Nullable String newSignal,
            @Nullable RunEnd newEnd) {
        return new ProcessRun(
                number,
                newEpoch,
                node,
                host,
                orderedAtMillis,
                waitedMillis,
                newPid,
                newStartedAt,
                newLineAt,
                newReadyAt,
                newSignal,
                newEnd);
    }
}
