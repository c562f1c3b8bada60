package io.millrace.channel.service;

import io.millrace.channel.ManagerReply;
import io.millrace.channel.script.ScriptCatalog;
import io.millrace.channel.service.ServiceManager.Request;
import io.millrace.channel.service.ServiceWaiters.Until;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.ScriptListing;
import io.millrace.contracts.process.ScriptView;
import io.millrace.domain.Limits;
import io.millrace.domain.process.ProcessDecision;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/** Answers what a service manager is asked: has the rules decide, the channel store, and only then tells the caller. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ServiceRequests {
    private static final String COMPONENT = "ServiceManager";

    private final ActorContext<ServiceManager.Command> context;
    private final ServiceManager.Seed seed;
    private final ServiceAccounts accounts;
    private final ServiceStore store;
    private final ServiceWaiters waiters;
    private final ScriptCatalog scripts;

    ServiceRequests(
            ActorContext<ServiceManager.Command> context,
            ServiceManager.Seed seed,
            ServiceAccounts accounts,
            ServiceStore store,
            ServiceWaiters waiters) {
        this.context = context;
        this.seed = seed;
        this.accounts = accounts;
        this.store = store;
        this.waiters = waiters;
        this.scripts = new ScriptCatalog(seed.services().blocking());
    }

    // Start

    /** A script is looked for before anything is stored, and what it stands for is stored with it. */
    void start(ServiceManager.Start start) {
        ProcessSpec spec = start.spec();
        if (spec.script() == null || !spec.command().isEmpty() || isKnown(start.requestKey())) {
            register(start);
        } else if (spec.directory() == null) {
            refuseStart(
                    start,
                    Problem.of(
                            ErrorCode.INVALID_ARGUMENT,
                            COMPONENT,
                            "The script '" + spec.script() + "' cannot be looked for without a directory. Name the "
                                    + "directory of the project.",
                            Map.of("field", "directory")));
        } else {
            context.pipeToSelf(
                    scripts.resolve(spec.directory(), spec.script()),
                    (script, failure) -> new ServiceManager.ScriptResolved(
                            start, script, script == null ? problemOf(failure) : null));
        }
    }

    private boolean isKnown(@Nullable String requestKey) {
        return requestKey != null && accounts.book.registeredWith(requestKey) != null;
    }

    void scriptResolved(ServiceManager.ScriptResolved resolved) {
        ScriptView script = resolved.script();
        ServiceManager.Start start = resolved.start();
        if (script == null) {
            refuseStart(start, resolved.problem() == null ? unexplained() : resolved.problem());
        } else {
            ProcessSpec found =
                    start.spec().withCommand(script.command(), start.spec().script(), script.directory());
            register(new ServiceManager.Start(found, start.requestKey(), start.bodyHash(), start.replyTo()));
        }
    }

    private void register(ServiceManager.Start start) {
        Problem problem = isKnown(start.requestKey()) ? null : whyNotNow();
        if (problem == null && !isKnown(start.requestKey())) {
            problem = SpecCheck.problemOf(start.spec());
        }
        if (problem != null) {
            refuseStart(start, problem);
            return;
        }
        JobId id = seed.ids().next();
        switch (accounts.rules.register(accounts.book, id, start.spec(), start.requestKey(), start.bodyHash())) {
            case ProcessDecision.Accepted(var changes) -> {
                store.apply(changes);
                tellRegistered(start, id, false);
            }
            case ProcessDecision.Replayed(var process) -> tellRegistered(start, process, true);
            case ProcessDecision.Refused(var refusal) -> refuseStart(start, refusal);
        }
    }

    private void tellRegistered(ServiceManager.Start start, JobId id, boolean isReplayed) {
        ProcessEntry process = accounts.book.process(id);
        if (process == null) {
            throw new IllegalStateException("registered and not there: " + id);
        }
        store.tell(start.replyTo(), new ServiceManager.Registered(accounts.view(process), isReplayed));
    }

    private void refuseStart(ServiceManager.Start start, Problem problem) {
        accounts.measures.startRefused();
        store.tell(start.replyTo(), new ManagerReply.Refused(problem));
    }

    private @Nullable Problem whyNotNow() {
        return accounts.ending.isUnderWay() || accounts.isLeaving
                ? Problem.of(
                                ErrorCode.INVALID_STATE,
                                COMPONENT,
                                "All processes of channel '" + seed.channel()
                                        + "' are being stopped, so none is started. Try again when that is done.")
                        .retryAfter(Duration.ofSeconds(1))
                : null;
    }

    // Wishes about one process

    void show(ServiceManager.Show show) {
        find(
                show.process(),
                show,
                process -> store.tell(show.replyTo(), new ServiceManager.Shown(accounts.view(process))));
    }

    void stop(ServiceManager.Stop stop) {
        find(
                stop.process(),
                stop,
                process -> decide(
                        accounts.rules.stop(process),
                        stop,
                        () -> waiters.await(process.id(), Until.ENDS, 0, stop.waitMillis(), stop.replyTo())));
    }

    void restart(ServiceManager.Restart restart) {
        Problem problem = whyNotNow();
        if (problem != null) {
            store.tell(restart.replyTo(), new ManagerReply.Refused(problem));
            return;
        }
        find(
                restart.process(),
                restart,
                process -> decide(
                        accounts.rules.restart(process),
                        restart,
                        () -> waiters.await(
                                process.id(),
                                Until.RUNS,
                                latestRun(process),
                                restart.waitMillis(),
                                restart.replyTo())));
    }

    private static int latestRun(ProcessEntry process) {
        ProcessRun run = process.run();
        return run == null ? 0 : run.number();
    }

    void signal(ServiceManager.Signal signal) {
        find(signal.process(), signal, process -> {
            if (ProcessSignals.isKnown(signal.signal())) {
                decide(
                        accounts.rules.signal(process, signal.signal(), accounts.ownership),
                        signal,
                        () -> tellShown(process.id(), signal.replyTo()));
            } else {
                signal.refuse(Problem.of(
                        ErrorCode.INVALID_ARGUMENT,
                        COMPONENT,
                        "There is no signal '" + signal.signal() + "' that can be sent. Use one of "
                                + ProcessSignals.names() + ".",
                        Map.of("field", "signal")));
            }
        });
    }

    void remove(ServiceManager.Remove remove) {
        find(
                remove.process(),
                remove,
                process -> decide(
                        accounts.rules.remove(process),
                        remove,
                        () -> waiters.await(process.id(), Until.IS_GONE, 0, remove.waitMillis(), remove.replyTo())));
    }

    void awaitUp(ServiceManager.AwaitUp await) {
        waiters.await(await.process(), Until.RUNS, 0, await.waitMillis(), await.replyTo());
    }

    private void decide(ProcessDecision decision, Request request, Runnable then) {
        switch (decision) {
            case ProcessDecision.Accepted(var changes) -> {
                store.apply(changes);
                then.run();
            }
            case ProcessDecision.Refused(var problem) ->
                store.tell(request.replyTo(), new ManagerReply.Refused(problem));
            case ProcessDecision.Replayed _ -> throw new IllegalStateException("only registrations are replayed");
        }
    }

    private void tellShown(JobId id, ActorRef<ManagerReply> replyTo) {
        ProcessEntry process = accounts.book.process(id);
        if (process != null) {
            store.tell(replyTo, new ServiceManager.Shown(accounts.view(process)));
        }
    }

    /** A process is named by its identifier or by its name, which may look like an identifier. */
    private void find(String named, Request request, Consumer<ProcessEntry> action) {
        ProcessEntry process = byId(named);
        if (process == null) {
            process = byName(named);
        }
        if (process == null) {
            store.tell(request.replyTo(), new ManagerReply.Refused(accounts.rules.unknown(named)));
        } else {
            action.accept(process);
        }
    }

    private @Nullable ProcessEntry byId(String named) {
        try {
            return accounts.book.process(JobId.parse(named));
        } catch (MillraceException e) {
            return null;
        }
    }

    private @Nullable ProcessEntry byName(String named) {
        try {
            return accounts.book.process(new ProcessName(named));
        } catch (MillraceException e) {
            return null;
        }
    }

    // Lists

    /** Parts are small enough for one message between nodes. */
    void list(ServiceManager.ListProcesses list) {
        List<ProcessEntry> left = accounts.book.processes().stream()
                .skip(Math.max(0, list.offset()))
                .toList();
        List<ProcessView> part = new ArrayList<>();
        int chars = 0;
        for (ProcessEntry process : left) {
            chars += SpecCheck.chars(process.spec());
            if (!part.isEmpty() && chars > Limits.MESSAGE_BYTES_MAX / 4) {
                break;
            }
            part.add(accounts.view(process));
        }
        store.tell(list.replyTo(), new ServiceManager.Listed(part, part.size() == left.size()));
    }

    void findScripts(ServiceManager.FindScripts find) {
        scripts.list(find.directory())
                .whenComplete((listing, failure) -> find.replyTo().tell(answer(listing, failure)));
    }

    private static ManagerReply answer(@Nullable ScriptListing listing, @Nullable Throwable failure) {
        return listing == null ? new ManagerReply.Refused(problemOf(failure)) : new ServiceManager.Scripts(listing);
    }

    private static Problem problemOf(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof MillraceException expected ? expected.problem() : unexplained();
    }

    private static Problem unexplained() {
        return Problem.of(
                ErrorCode.INTERNAL,
                COMPONENT,
                "The directory could not be searched for scripts. The log of the node says why; give a command"
                        + " instead.");
    }

    // Listeners

    void addListener(ServiceManager.AddListener add) {
        if (accounts.listeners.isFull()) {
            add.replyTo()
                    .tell(new ManagerReply.Refused(Problem.of(
                            ErrorCode.RESOURCE_LIMIT,
                            COMPONENT,
                            Limits.LINE_LISTENERS_MAX + " listeners already hear the output of channel '"
                                    + seed.channel() + "', and that is the limit. Remove one first.",
                            Map.of("limit", Limits.LINE_LISTENERS_MAX))));
        } else {
            add.replyTo().tell(new ServiceManager.ListenerAdded(accounts.listeners.add(add.listener(), add.owner())));
        }
    }

    /** Told by the listener's own thread if it has to return from a line first. */
    void removeListener(ServiceManager.RemoveListener remove) {
        ActorRef<ManagerReply> replyTo = remove.replyTo();
        boolean wasThere = accounts.listeners.remove(
                remove.listener(), remove.owner(), () -> replyTo.tell(new ServiceManager.ListenerRemoved(true)));
        if (!wasThere) {
            replyTo.tell(new ServiceManager.ListenerRemoved(false));
        }
    }
}
