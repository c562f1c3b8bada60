package io.millrace.contracts.thread;

import java.time.Duration;
import java.time.Instant;

/**
 * What one thread used so far, from the virtual machine itself (contract row T-07).
 *
 * @param cpuTime processor time of the handler's code, zero for a process
 * @param allocatedBytes heap the handler's code allocated, whether or not it is still in use
 * @param blockedTime time spent waiting to enter monitors
 * @param waitedTime time spent waiting or sleeping
 * @param queueWait time between its registration and the start of its work
 * @param runTime time since the start of its work, until its end
 * @param runs times this slot's worker has run something
 * @param failures how many of those failed
 * @param lastHeartbeat when it last showed a sign of life: output, progress, an event, a call of its context
 * @param leasesHeld locks it holds
 * @param resourcesHeld grants of resources it holds
 */
public record ThreadMetrics(
        Duration cpuTime,
        long allocatedBytes,
        Duration blockedTime,
        Duration waitedTime,
        Duration queueWait,
        Duration runTime,
        long runs,
        long failures,
        Instant lastHeartbeat,
        int leasesHeld,
        int resourcesHeld) {}
