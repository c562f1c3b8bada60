package io.millrace.channel.process;

import io.millrace.host.limits.LimitReport;
import io.millrace.host.system.ExitStatus;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.Condition;
import java.util.List;

/** Hears what becomes of a process. Each method is called at most once, from any thread, and must not block. */
interface ProcessListener {
    /** @param conditions declared limits that are not enforced */
    void started(RunningProcess process, List<Condition> conditions);

    /** Called instead of the other two. */
    void notStarted(Problem problem);

    /**
     * It has ended, the rest of its group was killed, and its output was handed over.
     *
     * @param limits what limits had to do with it
     */
    void ended(ExitStatus status, LimitReport limits);
}
