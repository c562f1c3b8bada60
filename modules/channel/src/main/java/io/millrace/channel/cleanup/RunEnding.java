package io.millrace.channel.cleanup;

import io.millrace.channel.Inspection;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.handle.IsolationReport.Breach;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * The end of an execution all of whose steps have completed: gives back what belongs to it beside its steps, lets go for
 * good of what was withheld, and looks at whether everything is back (contract rows C-22 to C-29). What is not, and who did
 * not answer, is named in the result; nothing is taken for granted.
 *
 * <p>Whether the channel is isolated is looked at before anything withheld goes: what is not its own must not be released
 * (contract row C-49).
 */
final class RunEnding extends AbstractMatchingBehavior<RunEnding.Command> {
    /** Attempts and threads are asked to end, then forced; only then there is an answer. */
    private static final Duration THREADS_MAX = Limits.STOP_GRACE.multipliedBy(3);

    /** Services are stopped in their order before the rest is killed. */
    private static final Duration PROCESSES_MAX =
            Limits.PROCESSES_STOP_MAX.plus(Limits.MANAGER_ANSWER_MAX.multipliedBy(2));

    private static final Duration ANSWER_MAX = Limits.MANAGER_ANSWER_MAX.multipliedBy(3);

    private final StepTools tools;
    private final Plan plan;
    private final TimerScheduler<Command> timers;
    private final Releases releases;
    private final Queue<ReleaseScope> left;
    private final Set<ReleaseScope> concerned = EnumSet.noneOf(ReleaseScope.class);
    private final Queue<Check> checks = new ArrayDeque<>();
    private final List<String> problems = new ArrayList<>();
    private final ReturnedItems items;
    private final List<ReturnedItem> returned = new ArrayList<>();
    private Released released;
    private @Nullable Boolean isMemoryReclaimed;
    private boolean isBreached;

    /** Messages of the end of an execution. */
    sealed interface Command {}

    private record KindReleased(Releases.Answer answer) implements Command {}

    private record IsolationSeen(ManagerReply reply) implements Command {}

    private record Checked(Check check, Released released, List<ReturnedItem> returned, List<String> problems)
            implements Command {
        Checked {
            returned = List.copyOf(returned);
            problems = List.copyOf(problems);
        }
    }

    private enum AskAgain implements Command {
        INSTANCE
    }

    private enum TimeUp implements Command {
        INSTANCE
    }

    /** What is done and looked at last, in this order. */
    private enum Check {
        CHANNEL_ISOLATED,
        LET_GO_OF_LOCKS,
        LET_GO_OF_RESOURCES,
        RESOURCES_RECLAIMED,
        PROCESSES_GONE,
        THREADS_GONE
    }

    /**
     * @param builtIn kinds to give back beside what the steps gave back, the first first
     * @param bySteps kinds that the steps gave back or withheld
     * @param released by the steps for good
     */
    record Plan(long run, List<ReleaseScope> builtIn, Set<ReleaseScope> bySteps, Released released) {
        Plan {
            builtIn = List.copyOf(builtIn);
            bySteps = Set.copyOf(bySteps);
        }
    }

    /** Ends itself when everything was looked at and that was told to the cleanup manager. */
    static Behavior<Command> create(StepTools tools, Plan plan) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> new RunEnding(context, timers, tools, plan)));
    }

    private RunEnding(ActorContext<Command> context, TimerScheduler<Command> timers, StepTools tools, Plan plan) {
        super(context);
        this.tools = tools;
        this.plan = plan;
        this.timers = timers;
        this.left = new ArrayDeque<>(plan.builtIn());
        this.released = plan.released();
        this.items = new ReturnedItems(tools.services().node(), tools.clock());
        this.releases = new Releases(context, tools, KindReleased::new);
        concerned.addAll(plan.bySteps());
        concerned.addAll(plan.builtIn());
        planChecks();
        timers.startTimerWithFixedDelay(AskAgain.INSTANCE, Limits.MANAGER_ANSWER_MAX);
        askNext();
    }

    private void planChecks() {
        if (concerned.contains(ReleaseScope.LOCKS) || concerned.contains(ReleaseScope.RESOURCES)) {
            checks.add(Check.CHANNEL_ISOLATED);
        }
        if (concerned.contains(ReleaseScope.LOCKS)) {
            checks.add(Check.LET_GO_OF_LOCKS);
        }
        if (concerned.contains(ReleaseScope.RESOURCES)) {
            checks.add(Check.LET_GO_OF_RESOURCES);
            checks.add(Check.RESOURCES_RECLAIMED);
        }
        if (concerned.contains(ReleaseScope.THREADS)) {
            checks.add(Check.THREADS_GONE);
            // Otherwise attempts go on and start further ones.
            if (concerned.contains(ReleaseScope.PROCESSES)) {
                checks.add(Check.PROCESSES_GONE);
            }
        }
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        return switch (command) {
            case KindReleased(var answer) -> onReleased(answer);
            case IsolationSeen(var reply) -> onIsolationSeen(reply);
            case Checked checked -> onChecked(checked);
            case TimeUp.INSTANCE -> onTimeUp();
            case AskAgain.INSTANCE -> {
                ask();
                yield this;
            }
        };
    }

    private Behavior<Command> onReleased(Releases.Answer answer) {
        if (left.peek() != answer.kind()) {
            return this;
        }
        left.remove();
        if (answer.kind() != ReleaseScope.LOCKS && answer.kind() != ReleaseScope.RESOURCES) {
            released = released.plus(answer.released());
            returned.addAll(items.processes(answer.released().processes()));
            returned.addAll(items.threads(answer.released().threads()));
            returned.addAll(items.output(answer.released().logBytes()));
        }
        if (answer.problem() != null) {
            return end(answer.problem().detail());
        }
        return askNext();
    }

    private Behavior<Command> onChecked(Checked checked) {
        if (!left.isEmpty() || checks.peek() != checked.check) {
            return this;
        }
        checks.remove();
        released = released.plus(checked.released);
        returned.addAll(checked.returned);
        problems.addAll(checked.problems);
        if (checked.check == Check.RESOURCES_RECLAIMED) {
            isMemoryReclaimed = checked.problems.isEmpty();
        }
        return askNext();
    }

    private Behavior<Command> onIsolationSeen(ManagerReply reply) {
        if (!left.isEmpty() || checks.peek() != Check.CHANNEL_ISOLATED) {
            return this;
        }
        List<Breach> breaches =
                reply instanceof CleanupManager.IsolationVerified(var report) ? report.violations() : List.of();
        if (reply instanceof ManagerReply.Refused(var problem)) {
            return end(problem.detail());
        }
        if (breaches.isEmpty()) {
            checks.remove();
            return askNext();
        }
        isBreached = true;
        breaches.forEach(breach -> problems.add(
                "the channel is not isolated: " + breach.kind() + " " + breach.subject() + ": " + breach.detail()));
        return end(null);
    }

    /** Nothing was let go of. What no step withheld, no rollback of a step gives back. */
    private void restoreBuiltIn() {
        plan.builtIn().stream()
                .filter(kind -> kind == ReleaseScope.LOCKS || kind == ReleaseScope.RESOURCES)
                .filter(kind -> !plan.bySteps().contains(kind))
                .forEach(releases::restore);
    }

    private Behavior<Command> askNext() {
        if (left.isEmpty() && checks.isEmpty()) {
            return end(null);
        }
        timers.startSingleTimer(TimeUp.INSTANCE, longestWait());
        ask();
        return this;
    }

    private Duration longestWait() {
        return switch (left.peek()) {
            case THREADS -> THREADS_MAX;
            case PROCESSES -> PROCESSES_MAX;
            case null, default -> ANSWER_MAX;
        };
    }

    /** Asks for what is waited for, at first or again. */
    private void ask() {
        ReleaseScope kind = left.peek();
        Check check = checks.peek();
        if (kind != null) {
            releases.ask(kind);
        } else if (check != null) {
            ask(check);
        }
    }

    private void ask(Check check) {
        StepTools.Siblings siblings = tools.siblings();
        switch (check) {
            case CHANNEL_ISOLATED -> tools.cleanups().tell(new CleanupManager.VerifyIsolation(isolationSeen()));
            case LET_GO_OF_LOCKS -> siblings.locks().tell(new LockManager.ReleaseWithheld(locksLetGo()));
            case LET_GO_OF_RESOURCES ->
                siblings.resources().tell(new ResourceManager.ReleaseWithheld(resourcesLetGo()));
            case RESOURCES_RECLAIMED -> siblings.resources().tell(new ResourceManager.VerifyReclaimed(reclaimed()));
            case PROCESSES_GONE -> siblings.processes().tell(new ProcessManager.Snapshot(processes()));
            case THREADS_GONE -> askThreads();
        }
    }

    private ActorRef<ManagerReply> isolationSeen() {
        return getContext().messageAdapter(ManagerReply.class, IsolationSeen::new);
    }

    private ActorRef<LockManager.WithheldReleased> locksLetGo() {
        return getContext()
                .messageAdapter(
                        LockManager.WithheldReleased.class,
                        done -> new Checked(
                                Check.LET_GO_OF_LOCKS,
                                new Released(0, 0, done.leases(), 0, 0, 0),
                                items.locks(done.leases(), done.ids()),
                                List.of()));
    }

    private ActorRef<ResourceManager.WithheldReleased> resourcesLetGo() {
        return getContext()
                .messageAdapter(
                        ResourceManager.WithheldReleased.class,
                        done -> new Checked(
                                Check.LET_GO_OF_RESOURCES,
                                new Released(0, 0, 0, done.resources(), done.bytes(), 0),
                                items.resources(done.released()),
                                done.left().stream()
                                        .map(each -> "not back: " + each)
                                        .toList()));
    }

    private ActorRef<ResourceManager.Reclaimed> reclaimed() {
        return getContext()
                .messageAdapter(
                        ResourceManager.Reclaimed.class, done -> looked(Check.RESOURCES_RECLAIMED, done.problems()));
    }

    private ActorRef<ProcessManager.Processes> processes() {
        return getContext()
                .messageAdapter(
                        ProcessManager.Processes.class,
                        shown -> looked(
                                Check.PROCESSES_GONE,
                                shown.processes().stream()
                                        .filter(this::isLeft)
                                        .map(process ->
                                                "process " + process.pid() + " still runs: " + process.command())
                                        .toList()));
    }

    private boolean isLeft(Inspection.ProcessView process) {
        return !tools.acting().hasStep(process.job());
    }

    private void askThreads() {
        ActorRef<ThreadManager.Command> threads = tools.threadManager().get();
        if (threads != null) {
            threads.tell(new ThreadManager.Snapshot(getContext()
                    .messageAdapter(
                            ThreadManager.Threads.class,
                            shown -> looked(
                                    Check.THREADS_GONE,
                                    shown.threads().stream()
                                            .map(thread -> "thread " + thread.name() + " is " + thread.state())
                                            .toList()))));
        }
    }

    /** Looking gives nothing back. */
    private static Command looked(Check check, List<String> problems) {
        return new Checked(check, Released.NOTHING, List.of(), problems);
    }

    private Behavior<Command> onTimeUp() {
        ReleaseScope kind = left.peek();
        return end("no answer to the question whether "
                + (kind != null ? "its " + kind + " are released" : String.valueOf(checks.peek()) + " is true"));
    }

    private Behavior<Command> end(@Nullable String problem) {
        if (problem != null) {
            problems.add(problem);
        }
        if (checks.peek() == Check.CHANNEL_ISOLATED) {
            restoreBuiltIn();
        }
        tools.cleanups()
                .tell(new CleanupManager.RunChecked(
                        plan.run(), released, isMemoryReclaimed, isBreached, problems, returned));
        return Behaviors.stopped();
    }
}
