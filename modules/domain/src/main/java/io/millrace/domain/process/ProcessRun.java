package io.millrace.domain.process;

import org.jspecify.annotations.Nullable;

/**
 * The current or latest run of a process. Times are in milliseconds since the epoch.
 *
 * @param number 1 for the first of its process
 * @param epoch fencing epoch, 0 until the channel has given it
 * @param node that started it
 * @param orderedAtMillis when it was decided to start it; its time to come up counts from here
 * @param pid absent until it is up
 * @param startedAtMillis absent until it is up
 * @param readyAtMillis absent until it is ready; without a check it is as soon as it is up
 * @param signalSent signal that somebody had sent to it last, without {@code SIG}; absent if none
 * @param end absent until it has ended
 */
public record ProcessRun(
        int number,
        long epoch,
        String node,
        long orderedAtMillis,
        @Nullable Long pid,
        @Nullable Long startedAtMillis,
        @Nullable Long readyAtMillis,
        @Nullable String signalSent,
        @Nullable RunEnd end) {

    static ProcessRun started(ProcessChange.RunStarted change, long atMillis) {
        return new ProcessRun(change.run(), change.epoch(), change.node(), atMillis, null, null, null, null, null);
    }

    /** True once the system has started it. */
    public boolean isUp() {
        return pid != null;
    }

    public boolean isReady() {
        return readyAtMillis != null;
    }

    ProcessRun withEpoch(long given) {
        return new ProcessRun(
                number, given, node, orderedAtMillis, pid, startedAtMillis, readyAtMillis, signalSent, end);
    }

    ProcessRun up(ProcessChange.RunUp change, boolean isReadyAtOnce) {
        long started = change.startedAtMillis();
        Long ready = isReadyAtOnce ? Long.valueOf(started) : null;
        return new ProcessRun(number, epoch, node, orderedAtMillis, change.pid(), started, ready, signalSent, end);
    }

    ProcessRun ready(long atMillis) {
        return new ProcessRun(number, epoch, node, orderedAtMillis, pid, startedAtMillis, atMillis, signalSent, end);
    }

    ProcessRun signalled(String signal) {
        return new ProcessRun(number, epoch, node, orderedAtMillis, pid, startedAtMillis, readyAtMillis, signal, end);
    }

    ProcessRun ended(RunEnd how) {
        return new ProcessRun(
                number, epoch, node, orderedAtMillis, pid, startedAtMillis, readyAtMillis, signalSent, how);
    }
}
