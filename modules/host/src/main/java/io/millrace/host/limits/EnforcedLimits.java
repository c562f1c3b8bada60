package io.millrace.host.limits;

import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.ResourceType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the limits of one attempt are put into force.
 *
 * @param declared what they are
 * @param addressSpaceBytesMax what each process may reserve, 0 for any amount
 * @param openFilesMax files each process may have open, 0 for as many as the host
 * @param common what each command has beyond that and does not inherit from its host
 * @param group of all its processes, absent if none is needed or possible
 * @param conditions what is not enforced, for those who look at the job
 */
public record EnforcedLimits(
        ProcessLimits declared,
        long addressSpaceBytesMax,
        long openFilesMax,
        CommonLimits common,
        @Nullable ControlGroup group,
        List<Condition> conditions) {
    public static final EnforcedLimits NONE = of(CommonLimits.NONE);

    public EnforcedLimits {
        conditions = List.copyOf(conditions);
    }

    /** Without any limit that a job declares. */
    static EnforcedLimits of(CommonLimits common) {
        return new EnforcedLimits(ProcessLimits.NONE, 0, common.openFiles(), common, null, List.of());
    }

    /** True if a process has to do something about itself before it becomes the command. */
    public boolean needsWrapper() {
        return addressSpaceBytesMax > 0 || openFilesMax > 0 || group != null || !common.isNone();
    }

    /** What the limits had to do with the end of the process; asks the kernel, so that the group has to be there. */
    public LimitReport report() {
        if (group != null && group.hasExceededMemory()) {
            return new LimitReport(ResourceType.MEMORY, declared.memoryBytes(), addressSpaceBytesMax);
        }
        if (group != null && group.refusedProcesses() > 0) {
            return new LimitReport(ResourceType.PROCESSES, declared.processes(), addressSpaceBytesMax);
        }
        return new LimitReport(null, 0, addressSpaceBytesMax);
    }
}
