package io.millrace.host.limits;

import io.millrace.contracts.job.ResourceRequest;
import io.millrace.contracts.job.ResourceType;
import java.util.List;

/**
 * What the job of a process declares that the operating system can hold it to. Zero stands for what was not declared and
 * is not limited. Several requests of one type add up, as they do in the ledger.
 *
 * @param memoryBytes memory of all the attempt's processes together
 * @param files files that each of its processes may have open
 * @param processes processes and threads of the attempt together, its first process included, which no job declares
 */
public record ProcessLimits(long memoryBytes, long files, long processes) {
    public static final ProcessLimits NONE = new ProcessLimits(0, 0, 0);

    /** The limits that follow from what a job declares; buffers, slots and queues have no counterpart in the system. */
    public static ProcessLimits of(List<ResourceRequest> declared) {
        long processes = sum(declared, ResourceType.PROCESSES);
        return new ProcessLimits(
                sum(declared, ResourceType.MEMORY),
                sum(declared, ResourceType.FILES),
                processes == 0 ? 0 : addedUp(processes, 1));
    }

    private static long sum(List<ResourceRequest> declared, ResourceType type) {
        long sum = 0;
        for (ResourceRequest request : declared) {
            sum = request.type() == type ? addedUp(sum, request.size()) : sum;
        }
        return sum;
    }

    private static long addedUp(long one, long other) {
        return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
    }

    public boolean isNone() {
        return equals(NONE);
    }
}
