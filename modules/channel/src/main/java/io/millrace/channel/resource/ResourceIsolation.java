package io.millrace.channel.resource;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.Inspection;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.incident.IncidentTeller;
import io.millrace.channel.process.ProcessManager;
import io.millrace.contracts.JobId;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.IsolationReport.Breach;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentSeverity;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ResourceView;
import io.millrace.domain.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the ledger of a channel with reality (contract rows ): with what the node has charged and whose memory
 * the channel's buffers really are, and with the processes that run and the files they have open.
 *
 * <p>Things come and go meanwhile. So what looks wrong is looked at a second time, and only what was wrong both times is a
 * breach.
 */
final class ResourceIsolation {
    private static final Logger LOG = LoggerFactory.getLogger(ResourceIsolation.class);
    private static final String BREACHED = "ResourceIsolationBreached";
    private static final String ISOLATION = "resources";

    private final ActorContext<ResourceManager.Command> context;
    private final ResourceManager.Seed seed;
    private final ResourceAccounts accounts;
    private final ActorRef<NodeResources.Answer> client;
    private final List<ActorRef<ManagerReply>> waiting = new ArrayList<>();
    private boolean isRunning;
    private Map<String, Breach> firstLook = Map.of();
    private boolean isSecondLook;

    /** @param client under which the node charges this channel */
    ResourceIsolation(
            ActorContext<ResourceManager.Command> context,
            ResourceManager.Seed seed,
            ResourceAccounts accounts,
            ActorRef<NodeResources.Answer> client) {
        this.context = context;
        this.seed = seed;
        this.accounts = accounts;
        this.client = client;
    }

    /** What was seen; the parts that could not be looked at are absent. */
    record Seen(Optional<NodeResources.Audited> node, List<Inspection.ProcessView> processes, Map<Long, Long> files) {
        static final Seen NOTHING = new Seen(Optional.empty(), List.of(), Map.of());

        Seen {
            processes = List.copyOf(processes);
            files = Map.copyOf(files);
        }
    }

    boolean isBreached() {
        return accounts.isBreached;
    }

    void verify(ActorRef<ManagerReply> replyTo) {
        waiting.add(replyTo);
        check();
    }

    void check() {
        if (!isRunning) {
            isRunning = true;
            firstLook = Map.of();
            isSecondLook = false;
            look();
        }
    }

    private void look() {
        context.ask(
                NodeResources.Audited.class,
                seed.nodeResources(),
                Limits.MANAGER_ANSWER_MAX,
                replyTo -> new NodeResources.Audit(accounts.contents.all(), client, replyTo),
                (audited, _) -> new ResourceManager.Audited(Optional.ofNullable(audited)));
    }

    void onAudited(Optional<NodeResources.Audited> audited) {
        context.ask(
                ProcessManager.Processes.class,
                seed.processes(),
                Limits.MANAGER_ANSWER_MAX,
                ProcessManager.Snapshot::new,
                (processes, _) -> new ResourceManager.ProcessesSeen(
                        audited, processes == null ? List.of() : processes.processes()));
    }

    void onProcesses(Optional<NodeResources.Audited> audited, List<Inspection.ProcessView> processes) {
        context.pipeToSelf(
                CompletableFuture.supplyAsync(() -> openFiles(processes), seed.blocking()),
                (files, failure) -> new ResourceManager.IsolationSeen(
                        new Seen(audited, processes, failure == null ? files : Map.of())));
    }

    /** Descriptors each process has open; one that is gone or may not be looked at is left out. */
    private static Map<Long, Long> openFiles(List<Inspection.ProcessView> processes) {
        Map<Long, Long> files = new HashMap<>();
        for (Inspection.ProcessView process : processes) {
            try (var descriptors = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
                files.put(process.pid(), descriptors.count());
            } catch (IOException | UncheckedIOException e) {
                LOG.debug(
                        "The open files of process {} are not checked: it has just ended, or runs as another user.",
                        process.pid(),
                        e);
            }
        }
        return files;
    }

    /** Ends the check, or looks again; returns what has to be taken away because it belongs to somebody else. */
    List<String> onSeen(Seen seen) {
        Map<String, Breach> found = breaches(seen);
        if (!found.isEmpty() && !isSecondLook) {
            isSecondLook = true;
            firstLook = found;
            look();
            return List.of();
        }
        found.keySet().retainAll(firstLook.keySet());
        return finish(seen, found);
    }

    /** By what is wrong and with what: a grant and its return, each seen halfway, are not the same thing twice. */
    private Map<String, Breach> breaches(Seen seen) {
        Map<String, Breach> found = new HashMap<>();
        seen.node().ifPresent(node -> found.putAll(comparedWithNode(accounts, node)));
        compareWithProcesses(seen, accounts.ledger.charged(), found);
        return found;
    }

    /** What the ledger and the node do not charge alike, and memory that is somebody else's. */
    static Map<String, Breach> comparedWithNode(ResourceAccounts accounts, NodeResources.Audited node) {
        Map<String, Breach> found = new HashMap<>();
        Set<String> ours = accounts.ledger.charged().stream()
                .map(view -> view.handle().id())
                .collect(Collectors.toSet());
        node.foreign()
                .forEach((id, whose) ->
                        found.put(id, new Breach(id, "resource", "it uses " + whose + "; it was taken away")));
        for (String id : ours) {
            if (!node.charged().contains(id)) {
                found.put(
                        "node lacks " + id,
                        new Breach(id, "resource", "the channel charges it and the node does not know it"));
            }
        }
        for (String id : node.charged()) {
            if (!ours.contains(id) && !accounts.isPending(id)) {
                found.put(
                        "channel lacks " + id,
                        new Breach(id, "resource", "the node charges it to the channel, which does not know it"));
            }
        }
        return found;
    }

    /** Services hold nothing in the ledger: how many there may be is up to the service manager. */
    private static void compareWithProcesses(Seen seen, List<ResourceView> charged, Map<String, Breach> found) {
        Set<JobId> withProcess = jobsHolding(ResourceType.PROCESSES, charged);
        for (Inspection.ProcessView process : seen.processes()) {
            String subject = "process " + process.pid();
            if (!process.isService() && !isOfCleanup(process) && !withProcess.contains(process.job())) {
                found.put(
                        subject,
                        new Breach(
                                subject,
                                "process",
                                "it runs for job " + process.job() + ", which holds no process in the ledger"));
            }
            long declared = filesOf(process.job(), charged);
            long open = seen.files().getOrDefault(process.pid(), 0L);
            if (declared > 0 && open > declared) {
                found.put(
                        subject + " files",
                        new Breach(
                                subject,
                                "process",
                                "it has " + open + " files open, and its job " + process.job() + " declared "
                                        + declared));
            }
        }
    }

    /** Steps of cleanups hold nothing in the ledger; the cleanup manager ends their processes with them. */
    private static boolean isOfCleanup(Inspection.ProcessView process) {
        return process.attempt() == 0;
    }

    private static Set<JobId> jobsHolding(ResourceType type, List<ResourceView> charged) {
        return charged.stream()
                .filter(view -> view.type() == type)
                .flatMap(view -> Optional.ofNullable(view.owner().job()).stream())
                .collect(Collectors.toSet());
    }

    private static long filesOf(JobId job, List<ResourceView> charged) {
        return charged.stream()
                .filter(view -> view.type() == ResourceType.FILES
                        && job.equals(view.owner().job()))
                .mapToLong(ResourceView::amount)
                .sum();
    }

    private List<String> finish(Seen seen, Map<String, Breach> found) {
        isRunning = false;
        List<Breach> breaches = List.copyOf(found.values());
        int items = accounts.ledger.size() + seen.processes().size();
        var report = new IsolationReport(seed.channel(), seed.clock().get().instant(), items, breaches);
        waiting.forEach(replyTo -> replyTo.tell(new ResourceManager.IsolationVerified(report)));
        waiting.clear();
        List<String> taken = seen.node().map(node -> takenAway(node, found)).orElse(List.of());
        noteState(breaches);
        return taken;
    }

    private List<String> takenAway(NodeResources.Audited node, Map<String, Breach> found) {
        accounts.foreign = Map.copyOf(node.foreign());
        return node.foreign().keySet().stream().filter(found::containsKey).toList();
    }

    private void noteState(List<Breach> breaches) {
        if (!breaches.isEmpty()) {
            seed.instruments().resourceIsolationBreached();
            breaches.forEach(breach -> LOG.error(
                    "Channel {} is not isolated: {} {}: {}.",
                    seed.channel(),
                    breach.kind(),
                    breach.subject(),
                    breach.detail()));
            seed.reports()
                    .tell(new ChannelReport.ConditionRaised(new Condition(
                            BREACHED,
                            breaches.getFirst().kind() + " "
                                    + breaches.getFirst().subject() + ": "
                                    + breaches.getFirst().detail()
                                    + (breaches.size() == 1 ? "" : "; and " + (breaches.size() - 1) + " more")
                                    + ". The next check that finds nothing ends this condition.",
                            seed.clock().get().instant())));
            if (!accounts.isBreached) {
                tellPerson(breaches);
            }
        } else if (accounts.isBreached) {
            accounts.incidents.over(
                    IncidentKind.ISOLATION_BREACHED, ISOLATION, "A check found every resource where it belongs.");
            seed.reports().tell(new ChannelReport.ConditionCleared(BREACHED));
        }
        accounts.isBreached = !breaches.isEmpty();
    }

    /** Further checks that find something are the same occurrence. */
    private void tellPerson(List<Breach> breaches) {
        accounts.incidents.seen(
                IncidentKind.ISOLATION_BREACHED,
                ISOLATION,
                IncidentSeverity.CRITICAL,
                "isolation/" + seed.node() + "/resources/" + seed.clock().get().millis(),
                new IncidentTeller.Text(
                        "A channel has resources that are not its own",
                        breaches.stream()
                                .map(breach -> breach.kind() + " " + breach.subject() + ": " + breach.detail())
                                .collect(Collectors.joining("; ")),
                        "POST /v1/channels/" + seed.channel()
                                + "/resources:verifyIsolation says what there is now. Find "
                                + "out whose it is before anything is released."));
    }
}
