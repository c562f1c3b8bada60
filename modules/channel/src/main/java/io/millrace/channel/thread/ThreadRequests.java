package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.JobIds;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.handle.BoundaryGuard;
import io.millrace.channel.handle.Expectation;
import io.millrace.channel.thread.ManagedThread.EndWaiter;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.Violation;
import io.millrace.contracts.handle.BoundaryViolation;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.thread.Termination;
import io.millrace.contracts.thread.ThreadSpec;
import io.millrace.contracts.thread.ThreadState;
import io.millrace.contracts.work.JobKind;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.Refusals;
import io.millrace.host.system.CpuAffinity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what a thread manager is asked about single threads: checks the request, checks what it names against the
 * security boundaries, and then acts on the books or through the manager.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ThreadRequests {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadRequests.class);
    private static final String COMPONENT = "ThreadManager";

    private final ChannelName channel;
    private final long incarnation;
    private final ChannelServices services;
    private final ThreadAccounts accounts;
    private final ThreadViews views;
    private final BoundaryGuard guard;
    private final JobIds ids;
    private final Control control;

    /** What the manager does for a request. */
    interface Control {
        /** Gives free slots to those who wait. */
        void fillSlots();

        Placement placement(ThreadSpec spec);

        /** Ends a thread that has not ended, at once if it waits. */
        void stop(ManagedThread thread, StopReason reason, long graceMillis);

        /** Lets somebody wait for the end of a thread. */
        void await(ManagedThread thread, EndWaiter waiter);

        /** Finds out how many leases an attempt or thread holds; a request is refused if that cannot be found out. */
        void countLeases(AttemptId owner, ThreadManager.Request request, Consumer<Integer> counted);
    }

    ThreadRequests(
            ChannelName channel,
            long incarnation,
            ChannelServices services,
            ThreadAccounts accounts,
            ThreadViews views,
            JobIds ids,
            Control control) {
        this.channel = channel;
        this.incarnation = incarnation;
        this.services = services;
        this.accounts = accounts;
        this.views = views;
        this.guard = new BoundaryGuard(services.seals());
        this.ids = ids;
        this.control = control;
    }

    // Creation

    /** All or nothing (contract row T-29): whatever goes wrong before the answer takes the registration back. */
    void create(ThreadManager.Create create) {
        Optional<ManagerReply> earlier = earlier(create);
        Optional<Problem> refusal = earlier.isPresent() ? Optional.empty() : refusal(create);
        if (earlier.isPresent()) {
            create.replyTo().tell(earlier.get());
        } else if (refusal.isPresent()) {
            accounts.totals.refused();
            create.refuse(refusal.get());
        } else {
            register(create);
        }
    }

    /** The answer to a request that came before with the same key. */
    private Optional<ManagerReply> earlier(ThreadManager.Create create) {
        String key = create.requestKey();
        ManagedThread known = key == null ? null : accounts.registry.withRequestKey(key);
        if (key == null || known == null || known.origin == null) {
            return Optional.empty();
        }
        boolean isSame = create.bodyHash() != null && create.bodyHash().equals(known.origin.bodyHash());
        return Optional.of(
                isSame
                        ? new ThreadManager.Created(views.view(known), true)
                        : new ManagerReply.Refused(Refusals.keyReused(key)));
    }

    private Optional<Problem> refusal(ThreadManager.Create create) {
        ThreadSpec spec = create.thread();
        AttemptId parent = create.parent();
        List<Violation> violations = violations(spec);
        if (accounts.stopping != null) {
            return Optional.of(leaving());
        }
        if (accounts.isClosed()) {
            return Optional.of(beingCleanedUp());
        }
        if (!accounts.spec.jobKinds().contains(JobKind.HANDLER)) {
            return Optional.of(Refusals.kindNotAllowed(channel, JobKind.HANDLER));
        }
        if (!violations.isEmpty()) {
            return Optional.of(Problem.invalid(
                    COMPONENT, "The thread cannot be created as it is asked for. Nothing was done.", violations));
        }
        if (services.handlers().find(spec.handler()).isEmpty()) {
            return Optional.of(Problem.invalid(
                    COMPONENT,
                    services.handlers().unknown(spec.handler()).detail(),
                    List.of(new Violation("handler", "is not known to this node"))));
        }
        return parent == null || isLive(parent) ? Optional.empty() : Optional.of(ThreadsOfAttempt.over(parent));
    }

    private static List<Violation> violations(ThreadSpec spec) {
        List<Violation> violations = new ArrayList<>();
        Long stack = spec.stackBytes();
        if (stack != null && !StackSizes.isPossible(stack)) {
            violations.add(new Violation(
                    "stackSize",
                    "is " + stack + " bytes and must be between " + Limits.STACK_BYTES_MIN + " and "
                            + Limits.STACK_BYTES_MAX));
        }
        for (int processor : spec.affinity()) {
            if (processor < 0 || processor >= CpuAffinity.PROCESSORS_MAX) {
                violations.add(new Violation(
                        "affinity",
                        "names processor " + processor + "; processors are numbered from 0 to "
                                + (CpuAffinity.PROCESSORS_MAX - 1)));
            }
        }
        return violations;
    }

    private boolean isLive(AttemptId parent) {
        ManagedThread thread = accounts.registry.live(parent);
        return thread != null && (thread.state == ThreadState.RUNNING || thread.state == ThreadState.STARTING);
    }

    private void register(ThreadManager.Create create) {
        Attempt attempt;
        try {
            attempt = attempt(create.thread());
        } catch (IllegalArgumentException e) {
            accounts.totals.refused();
            create.refuse(Problem.invalid(
                    COMPONENT,
                    "The input is no JSON value: " + e.getMessage() + ". Nothing was done.",
                    List.of(new Violation("input", "must be a JSON value"))));
            return;
        }
        var origin = new ManagedThread.Origin(
                create.thread().handler(), create.parent(), create.requestKey(), create.bodyHash());
        var thread = new ManagedThread(attempt, control.placement(create.thread()), origin);
        if (attempt.spec().length > Limits.JOB_SPEC_BYTES_MAX) {
            accounts.totals.refused();
            create.refuse(inputTooLarge(attempt.spec().length));
        } else if (!accounts.queue.offer(thread.placement.priority(), thread)) {
            accounts.totals.refused();
            create.refuse(queueFull());
        } else {
            begin(thread, create);
        }
    }

    private void begin(ManagedThread thread, ThreadManager.Create create) {
        accounts.registry.add(thread);
        accounts.totals.created();
        accounts.untold.add(thread);
        try {
            control.fillSlots();
        } catch (RuntimeException defect) {
            takeBack(thread);
            create.refuse(Problem.of(
                    ErrorCode.INTERNAL,
                    COMPONENT,
                    "The thread could not be created in channel '" + channel
                            + "' by a defect of Millrace. Nothing of it remains. The node's log has the cause."));
            throw defect;
        }
        if (thread.isWaiting()) {
            create.replyTo().tell(new ThreadManager.Created(views.view(thread), false));
        } else {
            thread.creator = create.replyTo();
        }
    }

    private void takeBack(ManagedThread thread) {
        accounts.queue.removeIf(other -> other == thread);
        accounts.untold.remove(thread);
        accounts.registry.remove(thread);
        accounts.totals.notCreated();
    }

    private Attempt attempt(ThreadSpec spec) {
        var job = JobSpec.of(new Work.Handler(spec.handler(), spec.input()));
        return new Attempt(
                AttemptId.ofThread(ids.next()),
                JobKind.HANDLER,
                spec.priority(),
                services.codec().encodeJobSpec(job),
                accounts.spec.jobTimeout().toMillis(),
                Instant.now(),
                Attempt.Origin.STARTED,
                null);
    }

    // Questions and ends

    void list(ThreadManager.ListThreads list) {
        list.replyTo()
                .tell(new ThreadManager.Listed(
                        accounts.registry.all().stream().map(views::view).toList()));
    }

    void show(ThreadManager.Show show) {
        find(show.thread(), show, thread -> show.replyTo().tell(new ThreadManager.Shown(views.view(thread))));
    }

    void awaitEnd(ThreadManager.AwaitEnd await) {
        find(await.thread(), await, thread -> {
            if (thread.state == ThreadState.ENDED || await.timeoutMillis() <= 0) {
                await.replyTo().tell(new ThreadManager.Shown(views.view(thread)));
            } else {
                control.await(thread, waiter(await.replyTo(), false, await.timeoutMillis()));
            }
        });
    }

    void terminate(ThreadManager.Terminate terminate) {
        long grace = terminate.graceMillis();
        if (grace < 0 || grace > Limits.TERMINATION_GRACE_MAX.toMillis()) {
            terminate.refuse(Problem.invalid(
                    COMPONENT,
                    "A grace of " + grace + " ms was asked for. Nothing was done.",
                    List.of(new Violation(
                            "grace",
                            "must be between 0 and " + Limits.TERMINATION_GRACE_MAX.toMinutes() + " minutes"))));
        } else {
            find(terminate.thread(), terminate, thread -> terminate(thread, grace, terminate.replyTo()));
        }
    }

    private void terminate(ManagedThread thread, long graceMillis, ActorRef<ManagerReply> replyTo) {
        if (thread.state == ThreadState.ENDED) {
            replyTo.tell(new ThreadManager.TerminationEnded(new Termination(
                    false,
                    false,
                    "The thread had ended already, at " + thread.endedAt + "; there was nothing to end.")));
        } else if (thread.state == ThreadState.QUARANTINED) {
            accounts.threads.find(thread.id).ifPresent(run -> {
                var _ = run.cancel();
            });
            control.await(thread, waiter(replyTo, true, graceMillis));
        } else {
            control.await(thread, new EndWaiter(replyTo, true, Long.MAX_VALUE));
            control.stop(thread, thread.isDirect() ? StopReason.CANCEL : StopReason.TERMINATE, graceMillis);
        }
    }

    private static EndWaiter waiter(ActorRef<ManagerReply> replyTo, boolean isTermination, long timeoutMillis) {
        return new EndWaiter(
                replyTo,
                isTermination,
                System.nanoTime() + Duration.ofMillis(timeoutMillis).toNanos());
    }

    void measure(ThreadManager.Measure measure) {
        find(
                measure.thread(),
                measure,
                thread -> control.countLeases(
                        thread.id,
                        measure,
                        leases -> measure.replyTo()
                                .tell(new ThreadManager.Measured(
                                        views.metrics(thread, accounts.busy.get(thread.id), leases)))));
    }

    void validate(ThreadManager.Validate validate) {
        Reference presented = validate.thread();
        ManagedThread thread = accounts.registry.find(presented.id()).orElse(null);
        List<BoundaryViolation> violations = guard.check(presented, expectation(thread));
        if (thread == null && violations.isEmpty()) {
            validate.refuse(guard.refusal(presented, expectation(null)).orElseThrow());
        } else {
            validate.replyTo()
                    .tell(new ThreadManager.Validated(new ValidationReport(presented.id(), Instant.now(), violations)));
        }
    }

    /** The one way from a request to a thread: past the boundaries (contract row T-33). */
    private void find(Reference presented, ThreadManager.Request request, Consumer<ManagedThread> action) {
        ManagedThread thread = accounts.registry.find(presented.id()).orElse(null);
        Optional<Problem> refusal = guard.refusal(presented, expectation(thread));
        if (refusal.isPresent()) {
            if (refusal.get().code() == ErrorCode.PERMISSION) {
                accounts.totals.boundaryBroken();
                LOG.warn(
                        "{} of thread {} was refused by channel {}: {}",
                        request.getClass().getSimpleName(),
                        presented.id(),
                        channel,
                        refusal.get().detail());
            }
            request.refuse(refusal.get());
        } else if (thread != null) {
            action.accept(thread);
        }
    }

    private Expectation expectation(@Nullable ManagedThread thread) {
        return new Expectation(
                HandleType.THREAD,
                channel,
                incarnation,
                thread == null ? null : views.handle(thread),
                thread == null ? null : thread.kind,
                accounts.spec.jobKinds(),
                new Expectation.Quota(
                        accounts.busy.size(), accounts.spec.threads().max()),
                thread == null ? List.of() : foreignReferences(thread));
    }

    private List<String> foreignReferences(ManagedThread thread) {
        return accounts
                .threads
                .find(thread.id)
                .filter(run -> !run.channel().equals(channel))
                .map(run -> "a handler of channel '" + run.channel() + "' on thread " + run.threadName())
                .stream()
                .toList();
    }

    // Refusals

    private Problem leaving() {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        COMPONENT,
                        "The channel '" + channel + "' is leaving node " + services.node()
                                + " and starts nothing here. Nothing was done. Try again in a moment.")
                .retryAfter(Duration.ofSeconds(1));
    }

    private Problem beingCleanedUp() {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "The channel '" + channel + "' is being cleaned up and starts no threads. Nothing was done. Try"
                        + " again when the cleanup has ended; the channel's conditions say so if it needs to be"
                        + " executed again or rolled back.",
                Map.of("channel", channel.value()));
    }

    private static Problem inputTooLarge(int bytes) {
        return Problem.invalid(
                COMPONENT,
                "The thread's specification has " + bytes + " bytes, and the limit is " + Limits.JOB_SPEC_BYTES_MAX
                        + ". Nothing was done. Pass a reference to the data.",
                List.of(new Violation("input", "is too large")));
    }

    private Problem queueFull() {
        return Problem.of(
                        ErrorCode.RESOURCE_LIMIT,
                        COMPONENT,
                        "In channel '" + channel + "' " + accounts.queue.size() + " wait for one of "
                                + accounts.spec.threads().max() + " slots, and " + Limits.THREADS_WAITING_MAX
                                + " threads may wait. Nothing was done. Try again later, or raise threads.max.",
                        Map.of(
                                "channel", channel.value(),
                                "waiting", accounts.queue.size(),
                                "limit", Limits.THREADS_WAITING_MAX))
                .retryAfter(Duration.ofSeconds(1));
    }
}
