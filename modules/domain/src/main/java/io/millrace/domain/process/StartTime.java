package io.millrace.domain.process;

/** How long a run may take to come up. */
final class StartTime {
    private StartTime() {}

    /** When a run must run and be ready at the latest, in milliseconds since the epoch. */
    static long endMillis(ProcessEntry process, ProcessRun run) {
        return run.orderedAtMillis() + process.spec().startTimeout().toMillis();
    }
}
