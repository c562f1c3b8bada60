package io.millrace.contracts.log;

import java.util.List;

/**
 * Lines read in one go.
 *
 * @param lines matching lines, oldest first
 * @param nextAfter cursor to continue from; it may lie beyond the last matching line
 * @param missed lines behind the query's cursor that are no longer kept
 * @param isComplete true if nothing more can ever follow: the job has ended and every line was read
 * @param isCaughtUp true if nothing more was there when the page was read
 */
public record LogPage(List<LogLine> lines, long nextAfter, long missed, boolean isComplete, boolean isCaughtUp) {
    public LogPage {
        lines = List.copyOf(lines);
    }
}
