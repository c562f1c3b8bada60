package io.millrace.channel.log;

import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogPage;
import io.millrace.contracts.log.LogQuery;
import io.millrace.domain.Limits;
import io.millrace.domain.log.LogBlock;
import io.millrace.domain.log.LogLines;
import java.util.ArrayList;
import java.util.List;

/** Picks the lines a query asks for until a page is full. */
final class LineFilter {
    private static final int LINE_OVERHEAD_BYTES = 120;

    private final LogQuery query;
    private final int linesMax;
    private final List<LogLine> lines = new ArrayList<>();
    private long scannedTo;
    private long bytes;
    private boolean isFull;

    LineFilter(LogQuery query) {
        this.query = query;
        this.linesMax = linesMax(query);
        this.scannedTo = query.after();
    }

    /** Lines in one page of this query. */
    static int linesMax(LogQuery query) {
        return Math.clamp(query.limit(), 1, Limits.LOG_PAGE_LINES_MAX);
    }

    /** Bytes a line takes in a page, at most. */
    static long weight(LogLine line) {
        var content = line.content();
        long weight = LINE_OVERHEAD_BYTES;
        for (int i = 0; i < content.length(); i++) {
            weight += content.charAt(i) < 0x80 ? 1 : 3;
        }
        return weight;
    }

    static boolean mayHold(LogQuery query, LogBlock block) {
        return (query.writer() == null || query.writer().equals(block.job()))
                && (query.since() == null || block.lastMillis() >= query.since().toEpochMilli())
                && (query.until() == null || block.firstMillis() < query.until().toEpochMilli());
    }

    static boolean matches(LogQuery query, LogLine line) {
        return (query.writer() == null || query.writer().equals(line.job()))
                && (query.stream() == null || query.stream() == line.stream())
                && (query.since() == null || !line.timestamp().isBefore(query.since()))
                && (query.until() == null || line.timestamp().isBefore(query.until()))
                && (query.contains() == null || line.content().contains(query.contains()));
    }

    /** Takes matching lines of the blocks, which must be in order, until the page is full. */
    void scan(List<LogBlock> blocks) {
        for (var block : blocks) {
            if (isFull) {
                return;
            }
            if (mayHold(query, block)) {
                scanLines(LogLines.decode(block));
            } else {
                scannedTo = Math.max(scannedTo, block.lastCursor());
            }
        }
    }

    /** Takes matching lines, which must be in order, until the page is full. */
    void scanLines(List<LogLine> candidates) {
        for (var line : candidates) {
            if (isFull) {
                return;
            }
            if (line.cursor() > scannedTo) {
                take(line);
            }
        }
    }

    private void take(LogLine line) {
        if (matches(query, line)) {
            long weight = weight(line);
            if (!lines.isEmpty() && bytes + weight > Limits.LOG_PAGE_BYTES_MAX) {
                isFull = true;
                return;
            }
            lines.add(line);
            bytes += weight;
            isFull = lines.size() == linesMax;
        }
        scannedTo = line.cursor();
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    /** True if the page has no room for a further line, so that there may be more behind it. */
    boolean isFull() {
        return isFull;
    }

    /** Cursor of the last line looked at. */
    long scannedTo() {
        return scannedTo;
    }

    LogPage page(long missed, boolean isComplete, boolean isCaughtUp) {
        return new LogPage(lines, scannedTo, missed, isComplete, isCaughtUp);
    }
}
