package io.millrace.domain.channel.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What happened in a run, line by line; kept only while a failing seed is run again. */
final class Trace {
    private final boolean isKept;
    private final EventLoop loop;
    private final List<String> lines = new ArrayList<>();

    Trace(boolean isKept, EventLoop loop) {
        this.isKept = isKept;
        this.loop = loop;
    }

    void add(Supplier<String> line) {
        if (isKept) {
            lines.add(String.format("%8d ms  %s", loop.nowMillis(), line.get()));
        }
    }

    List<String> lines() {
        return lines;
    }
}
