package io.millrace.channel.log;

import io.millrace.contracts.log.LogLine;
import io.millrace.contracts.log.LogPage;
import io.millrace.contracts.log.LogQuery;
import io.millrace.domain.Limits;
import io.millrace.domain.log.LogBlock;
import io.millrace.domain.log.LogLines;
import io.millrace.domain.port.LogArchive;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Finds the last lines of a log, from the newest backwards. Reads the archive, so it runs where that may block. */
final class TailReader {
    private static final int ARCHIVE_STEP_BYTES = 1 << 20;

    private final LogQuery query;
    private final int wanted;
    private final Deque<LogLine> found = new ArrayDeque<>();
    private long bytes;
    private boolean isFull;

    private TailReader(LogQuery query) {
        this.query = query;
        this.wanted = Math.min(LineFilter.linesMax(query), query.tail() == null ? 0 : Math.max(0, query.tail()));
        this.isFull = wanted == 0;
    }

    /**
     * The last matching lines, oldest first; at most what fits a page.
     *
     * @param recent the newest blocks, oldest first
     * @param archivedTo lines up to this cursor are in the archive, if anywhere
     * @param newestCursor cursor of the newest line there is
     */
    static LogPage read(
            LogQuery query,
            List<LogBlock> recent,
            LogArchive archive,
            long archivedTo,
            long newestCursor,
            boolean jobEnded) {
        var reader = new TailReader(query);
        reader.takeBackwards(recent.reversed());
        reader.takeFromArchive(archive, archivedTo);
        return new LogPage(List.copyOf(reader.found), newestCursor, 0, jobEnded, true);
    }

    private void takeFromArchive(LogArchive archive, long archivedTo) {
        long before = archivedTo + 1;
        while (!isFull) {
            var blocks = archive.readBackwards(query.channel(), query.writer(), before, ARCHIVE_STEP_BYTES);
            if (blocks.isEmpty() || isTooOld(blocks.getFirst())) {
                return;
            }
            takeBackwards(blocks);
            before = blocks.getLast().firstCursor();
        }
    }

    private boolean isTooOld(LogBlock block) {
        var since = query.since();
        return since != null && block.lastMillis() < since.toEpochMilli();
    }

    private void takeBackwards(List<LogBlock> newestFirst) {
        for (var block : newestFirst) {
            if (isFull) {
                return;
            }
            if (LineFilter.mayHold(query, block)) {
                takeLines(block);
            }
        }
    }

    private void takeLines(LogBlock block) {
        for (var line : LogLines.decode(block).reversed()) {
            if (!LineFilter.matches(query, line)) {
                continue;
            }
            long weight = LineFilter.weight(line);
            if (!found.isEmpty() && bytes + weight > Limits.LOG_PAGE_BYTES_MAX) {
                isFull = true;
                return;
            }
            found.addFirst(line);
            bytes += weight;
            if (found.size() == wanted) {
                isFull = true;
                return;
            }
        }
    }
}
