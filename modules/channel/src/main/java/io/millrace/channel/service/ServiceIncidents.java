package io.millrace.channel.service;

import io.millrace.channel.incident.IncidentTeller;
import io.millrace.channel.incident.IncidentTeller.Text;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentSeverity;
import io.millrace.contracts.process.ProcessState;
import io.millrace.domain.process.ProcessBook;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessRules;
import io.millrace.domain.process.ProcessRun;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Which services need a person: those in a crash loop, until one of their runs stays up or nobody wants them to run. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ServiceIncidents {
    private final IncidentTeller teller;
    private final ServiceManager.Seed seed;
    private final ProcessRules rules;

    /** Names of processes that are said to be in a crash loop. */
    private final Map<JobId, String> looping = new HashMap<>();

    ServiceIncidents(ServiceManager.Seed seed, ProcessRules rules) {
        this.seed = seed;
        this.rules = rules;
        this.teller = new IncidentTeller(
                seed.channel(), seed.services().node(), () -> seed.clock().get().instant(), seed.reports());
    }

    /** Something has changed in the book. */
    void changed(ProcessBook book, ProcessChange change) {
        ProcessEntry process = book.process(change.process().id());
        if (process != null && change instanceof ProcessChange.RunEnded && isLooping(process)) {
            seen(process);
        }
    }

    private boolean isLooping(ProcessEntry process) {
        return rules.isCrashLooping(process, seed.clock().get());
    }

    /** Once per crash loop: it is named by the run with which it began, also in a later life of the channel. */
    private void seen(ProcessEntry process) {
        ProcessRun run = process.run();
        String name = process.name().value();
        if (run == null || looping.putIfAbsent(process.id(), name) != null) {
            return;
        }
        int first = run.number() - process.shortRunsInRow() + 1;
        teller.seen(
                IncidentKind.CRASH_LOOP,
                name,
                IncidentSeverity.MEDIUM,
                "process/" + process.id() + "/" + first,
                new Text(
                        "A service ends again and again",
                        "Process '" + name + "' (" + process.id() + "): " + process.shortRunsInRow()
                                + " runs in a row did not stay up for its restart.minUptime of "
                                + process.spec().restart().minUptime().toMillis() + " ms. It is tried again.",
                        "GET /v1/channels/" + seed.channel() + "/processes/" + process.id()
                                + "/logs may say why. Mend it and restart it, or stop it."));
    }

    /** Looks which crash loops are over. */
    void look(ProcessBook book) {
        for (JobId id : List.copyOf(looping.keySet())) {
            ProcessEntry process = book.process(id);
            if (process == null) {
                over(id, "was removed.");
            } else if (process.state() == ProcessState.STOPPED || process.state() == ProcessState.SUCCESS) {
                over(id, "has ended " + process.state() + " and is not started again.");
            } else if (process.state() == ProcessState.RUNNING && !isLooping(process)) {
                over(id, "runs, and is in no crash loop any more.");
            }
        }
    }

    private void over(JobId id, String what) {
        String name = looping.remove(id);
        if (name != null) {
            teller.over(IncidentKind.CRASH_LOOP, name, "Process '" + name + "' " + what);
        }
    }

    /** The channel is gone. */
    void forgetAll() {
        looping.clear();
        teller.allOver("The channel was deleted.");
    }
}
