package io.millrace.host.limits;

import io.millrace.contracts.job.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * What limits had to do with the end of a process, as far as the system tells.
 *
 * @param reached the declared resource of which the kernel granted no more, absent if none
 * @param limit of it, in its unit; 0 without one
 * @param addressSpaceBytesMax what each process could reserve, 0 for any amount. The kernel refuses what is beyond and
 *     does not say that it did
 */
public record LimitReport(@Nullable ResourceType reached, long limit, long addressSpaceBytesMax) {
    public static final LimitReport NOTHING = new LimitReport(null, 0, 0);
}
