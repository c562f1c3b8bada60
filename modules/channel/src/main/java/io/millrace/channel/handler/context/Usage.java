package io.millrace.channel.handler.context;

import java.time.Duration;

/**
 * What a run of a handler used of its thread.
 *
 * @param cpuTime processor time
 * @param allocatedBytes heap it allocated, whether or not it is still in use
 * @param blockedTime time spent waiting to enter monitors, to the millisecond
 * @param waitedTime time spent waiting or sleeping, to the millisecond
 */
public record Usage(Duration cpuTime, long allocatedBytes, Duration blockedTime, Duration waitedTime) {
    public static final Usage NONE = new Usage(Duration.ZERO, 0, Duration.ZERO, Duration.ZERO);

    public Usage plus(Usage other) {
        return new Usage(
                cpuTime.plus(other.cpuTime),
                allocatedBytes + other.allocatedBytes,
                blockedTime.plus(other.blockedTime),
                waitedTime.plus(other.waitedTime));
    }

    /** The difference; nothing where the other is larger, as after the end of a thread. */
    Usage minus(Usage other) {
        return new Usage(
                difference(cpuTime, other.cpuTime),
                Math.max(0, allocatedBytes - other.allocatedBytes),
                difference(blockedTime, other.blockedTime),
                difference(waitedTime, other.waitedTime));
    }

    private static Duration difference(Duration later, Duration earlier) {
        Duration difference = later.minus(earlier);
        return difference.isNegative() ? Duration.ZERO : difference;
    }
}
