package io.millrace.channel.process;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A process between being asked for and being known to its manager. If the manager goes away meanwhile, whichever of the
 * two comes second sees the other's mark and kills the process, so none is left unowned.
 */
final class StartingProcess {
    private final AtomicReference<RunningProcess> process = new AtomicReference<>();
    private final AtomicBoolean isAbandoned = new AtomicBoolean();

    void started(RunningProcess started) {
        process.set(started);
        if (isAbandoned.get()) {
            started.abandon();
        }
    }

    void abandon() {
        isAbandoned.set(true);
        var started = process.get();
        if (started != null) {
            started.abandon();
        }
    }
}
