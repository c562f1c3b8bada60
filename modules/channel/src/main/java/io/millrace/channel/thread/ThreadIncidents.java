package io.millrace.channel.thread;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.incident.IncidentTeller;
import io.millrace.channel.incident.IncidentTeller.Text;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.IsolationReport.Breach;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentSeverity;
import io.millrace.domain.Limits;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;

/** Which threads need a person (contract row T-38). */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ThreadIncidents {
    private static final String ISOLATION = "threads";

    private final ChannelName channel;
    private final String node;
    private final IncidentTeller teller;
    private long breaches;

    ThreadIncidents(ChannelName channel, String node, ActorRef<ChannelReport> reports) {
        this.channel = channel;
        this.node = node;
        this.teller = new IncidentTeller(channel, node, InstantSource.system(), reports);
    }

    /** A thread did not end within its grace time. Its slot stays taken until it does. */
    void notTerminated(ManagedThread thread, String why) {
        teller.seen(
                IncidentKind.THREAD_NOT_TERMINATED,
                subjectOf(thread),
                IncidentSeverity.HIGH,
                "thread/" + thread.id,
                new Text(
                        "A thread did not end when it had to",
                        why,
                        "A thread dump of node " + node + " shows where it is, on a thread named millrace-" + channel
                                + "-worker-… Its slot is free once it returns; it is interrupted again every "
                                + Limits.INTERRUPT_AGAIN_INTERVAL.toSeconds()
                                + " s. If it never does, restart the node."));
    }

    /** It has ended after all. */
    void ended(ManagedThread thread) {
        teller.over(
                IncidentKind.THREAD_NOT_TERMINATED, subjectOf(thread), "Thread " + thread.id + " has ended after all.");
    }

    private static String subjectOf(ManagedThread thread) {
        return "slot " + thread.slot;
    }

    /** A check found what does not belong to the channel; further checks that find it are the same occurrence. */
    void breached(List<Breach> found) {
        teller.seen(
                IncidentKind.ISOLATION_BREACHED,
                ISOLATION,
                IncidentSeverity.CRITICAL,
                "isolation/" + node + "/threads/" + System.currentTimeMillis() + "-" + ++breaches,
                new Text(
                        "A channel has threads that are not its own",
                        found.stream()
                                .map(breach -> breach.kind() + " " + breach.subject() + ": " + breach.detail())
                                .collect(Collectors.joining("; ")),
                        "POST /v1/channels/" + channel
                                + "/threads:verifyIsolation says what there is now. Restart node " + node
                                + " if it stays."));
    }

    void isolated() {
        teller.over(IncidentKind.ISOLATION_BREACHED, ISOLATION, "A check found every thread in its place.");
    }
}
