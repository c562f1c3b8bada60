package io.millrace.channel.service;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.channel.log.LineSink;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.log.LogStream;
import io.millrace.domain.Limits;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows every line of one run to whoever wants to hear it, on its way to the log. A line that comes in parts is shown once it
 * is whole, or so long that it is not waited for any longer; who looks for one line sees the parts of it as they come.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class LineTap implements LineSink {
    private final JobId process;
    private final List<ListenerQueue> listeners;
    private final LineSink next;
    private final StringBuilder unfinishedOut = new StringBuilder();
    private final StringBuilder unfinishedErr = new StringBuilder();
    private @Nullable LineWatch watch;
    private @Nullable Runnable onFirstLine;

    /**
     * @param listeners hear all lines
     * @param watch looks for one line, absent if nobody does
     * @param onFirstLine run when the first line comes
     * @param next takes the lines after that
     */
    LineTap(
            JobId process,
            List<ListenerQueue> listeners,
            @Nullable LineWatch watch,
            Runnable onFirstLine,
            LineSink next) {
        this.process = process;
        this.listeners = List.copyOf(listeners);
        this.watch = watch;
        this.onFirstLine = onFirstLine;
        this.next = next;
    }

    @Override
    public void line(long millis, LogStream stream, boolean isPartial, MemorySegment bytes, long from, int length) {
        noteFirst();
        if (watch != null || !listeners.isEmpty()) {
            show(text(bytes, from, length), stream == LogStream.STDERR, isPartial);
        }
        next.line(millis, stream, isPartial, bytes, from, length);
    }

    private void noteFirst() {
        if (onFirstLine != null) {
            onFirstLine.run();
            onFirstLine = null;
        }
    }

    private void show(String part, boolean isError, boolean isPartial) {
        StringBuilder unfinished = isError ? unfinishedErr : unfinishedOut;
        boolean isWhole = unfinished.isEmpty() && !isPartial;
        String line = isWhole ? part : unfinished.append(part).toString();
        if (watch != null && watch.finds(line)) {
            watch = null;
        }
        if (!isPartial || line.length() >= Limits.LOG_LINE_BYTES_MAX) {
            unfinished.setLength(0);
            tell(line, isError);
        }
    }

    private void tell(String line, boolean isError) {
        listeners.forEach(listener -> listener.offer(process, line, isError));
    }

    @Override
    public void end() {
        tellUnfinished(unfinishedOut, false);
        tellUnfinished(unfinishedErr, true);
        next.end();
    }

    private void tellUnfinished(StringBuilder unfinished, boolean isError) {
        if (!unfinished.isEmpty()) {
            tell(unfinished.toString(), isError);
            unfinished.setLength(0);
        }
    }

    private static String text(MemorySegment bytes, long from, int length) {
        return new String(bytes.asSlice(from, length).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
    }
}
