package io.millrace.channel.service;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.channel.log.LineSink;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.log.LogStream;
import io.millrace.domain.Limits;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Keeps the end of what a command wrote, instead of storing it: its last {@link Limits#HOOK_OUTPUT_CHARS_MAX} characters.
 * Read only once the command has ended and all of its output was handed over.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class HookOutput implements LineSink {
    private final StringBuilder text = new StringBuilder();

    @Override
    public void line(long millis, LogStream stream, boolean isPartial, MemorySegment bytes, long from, int length) {
        long skipped = Math.max(0, length - (long) Limits.HOOK_OUTPUT_CHARS_MAX);
        byte[] kept = bytes.asSlice(from + skipped, length - skipped).toArray(JAVA_BYTE);
        text.append(new String(kept, StandardCharsets.UTF_8));
        if (!isPartial) {
            text.append('\n');
        }
        text.delete(0, Math.max(0, text.length() - Limits.HOOK_OUTPUT_CHARS_MAX));
    }

    /** Without the last line's end. */
    String text() {
        return text.toString().stripTrailing();
    }
}
