package io.millrace.channel.cleanup;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.ChannelServices;
import io.millrace.channel.CleanupCoordinator;
import io.millrace.channel.Inspection;
import io.millrace.channel.JobIds;
import io.millrace.channel.ManagerProblems;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.ManagerRequest;
import io.millrace.channel.Restarting;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.thread.CleanedUp;
import io.millrace.channel.thread.CleanupThreads;
import io.millrace.channel.thread.Holding;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupMetrics;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupRecord;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.cleanup.DependencyReport;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.ReturnedItem;
import io.millrace.contracts.cleanup.RollbackResult;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.ValidationReport;
import io.millrace.domain.Limits;
import io.millrace.domain.Moment;
import io.millrace.domain.channel.LiveJob;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.CleanupSnapshot;
import io.millrace.domain.cleanup.RemoteTask;
import io.millrace.domain.cleanup.RunCause;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the cleanup of one channel (contract rows C-01 to C-69): the tasks that are registered in it, their executions, and
 * what is done behind every attempt. What may run is decided by {@link io.millrace.domain.cleanup.CleanupRules}; what was
 * decided is stored by the channel; and only then anything is done or anybody told.
 *
 * <p>A restart of this actor keeps everything, steps that act included. A new life of the channel begins with what is
 * stored: executions that were under way go on, and what was done at most once is never done twice.
 */
public final class CleanupManager extends AbstractMatchingBehavior<CleanupManager.Command> {
    private static final Logger LOG = LoggerFactory.getLogger(CleanupManager.class);
    private static final String COMPONENT = "CleanupManager";
    private static final Duration TICK = Duration.ofMillis(50);

    private final Seed seed;
    private final TimerScheduler<Command> timers;
    private final CleanupAccounts accounts;
    private final CleanupStore store;
    private final CleanupRequests requests;
    private final CleanupInquiries inquiries;
    private final CleanupExecutions executions;
    private final CleanupViews views;
    private final CleanupWaiters waiters;
    private final CleanupSteps steps;
    private final CleanupRuns runs;
    private final RunEndings endings;
    private final RemoteTasks remote;
    private final AttemptCleanup attempts;
    private final CleanupIsolation isolation;
    private final CleanupThreads handlerThreads;

    /** Messages of the cleanup manager. */
    public sealed interface Command {}

    /** What is asked of it from outside its channel, too. */
    public sealed interface Request extends Command, ManagerRequest {}

    /**
     * Register a task. Answered with {@link Registered}.
     *
     * @param requestKey a second request with the same key is answered with the task of the first, absent for none
     * @param bodyHash digest of the request that came with the key
     */
    public record Register(
            CleanupTask task,
            @Nullable String requestKey,
            @Nullable String bodyHash,
            ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Removed}. */
    public record Remove(Reference task, ActorRef<ManagerReply> replyTo) implements Request {}

    /**
     * A part of the list of all tasks, by name. Answered with {@link Listed}.
     *
     * @param offset tasks before the part
     */
    public record ListTasks(int offset, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Shown}. */
    public record Show(Reference task, ActorRef<ManagerReply> replyTo) implements Request {}

    /**
     * Execute a task behind everything it depends on, or join the execution it takes part in. Answered with {@link
     * Executed} when that has ended, or as it is when the time is up.
     */
    public record Execute(Reference task, long waitMillis, ActorRef<ManagerReply> replyTo) implements Request {}

    /** The execution behind the latest attempt of a job that has one. Answered with {@link Executed}. */
    public record ShowOfJob(JobId job, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Execute every task, then give everything back but the output. Answered like {@link Execute}. */
    public record ExecuteAll(long waitMillis, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Take the latest execution of a task back. Answered with {@link RolledBack} when that has ended. */
    public record Rollback(Reference task, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Validated}, also for a handle that breaks a boundary. */
    public record Validate(Reference task, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Dependencies}. */
    public record ValidateDependencies(Reference task, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Measured}. */
    public record ShowMetrics(Reference task, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link Totals}. */
    public record ShowTotals(ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link History}. */
    public record ShowHistory(Reference task, ActorRef<ManagerReply> replyTo) implements Request {}

    /** Answered with {@link IsolationVerified}. */
    public record VerifyIsolation(ActorRef<ManagerReply> replyTo) implements Request {}

    /**
     * What other channels may know of tasks on which theirs depend. Answered with {@link Described}.
     *
     * @param tasks that are named elsewhere; those that do not exist are left out of the answer
     */
    public record Describe(List<CleanupName> tasks, ActorRef<ManagerReply> replyTo) implements Request {
        public Describe {
            tasks = List.copyOf(tasks);
        }
    }

    /** @param isReplayed true if an earlier request with the same key registered it */
    public record Registered(CleanupView task, boolean isReplayed) implements ManagerReply {}

    /** @param wasThere false if there was no such task */
    public record Removed(boolean wasThere) implements ManagerReply {}

    /**
     * @param tasks of their latest executions only the task's own step is shown, so that the parts stay small
     * @param isLast true if none follow
     */
    public record Listed(List<CleanupView> tasks, boolean isLast) implements ManagerReply {
        public Listed {
            tasks = List.copyOf(tasks);
        }
    }

    public record Shown(CleanupView task) implements ManagerReply {}

    public record Executed(CleanupResult result) implements ManagerReply {}

    public record RolledBack(RollbackResult result) implements ManagerReply {}

    public record Validated(ValidationReport report) implements ManagerReply {}

    public record Dependencies(DependencyReport report) implements ManagerReply {}

    public record Measured(CleanupMetrics metrics) implements ManagerReply {}

    /** Numbers of the whole channel by name. */
    public record Totals(Map<String, Double> values) implements ManagerReply {
        public Totals {
            values = Map.copyOf(values);
        }
    }

    /** What happened to a task lately, newest first. */
    public record History(List<CleanupRecord> records) implements ManagerReply {
        public History {
            records = List.copyOf(records);
        }
    }

    public record IsolationVerified(IsolationReport report) implements ManagerReply {}

    public record Described(List<Description> tasks) implements ManagerReply {
        public Described {
            tasks = List.copyOf(tasks);
        }
    }

    /** One task, as {@link RemoteTask} describes it. */
    public record Description(
            CleanupName name, List<CleanupReference> dependsOn, List<ChannelName> dependents, CleanupStatus status) {
        public Description {
            dependsOn = List.copyOf(dependsOn);
            dependents = List.copyOf(dependents);
        }

        public RemoteTask asRemote() {
            return new RemoteTask(dependsOn, dependents, status);
        }
    }

    /**
     * Return everything an attempt holds. Asking again while it runs adds a listener.
     *
     * @param tasks that its job declares, to be run if {@link Holding#TASKS} is among the holdings
     */
    public record CleanUp(
            AttemptId attempt, Set<Holding> holdings, List<CleanupTask> tasks, ActorRef<CleanedUp> replyTo)
            implements Command {
        public CleanUp {
            holdings = Set.copyOf(holdings);
            tasks = List.copyOf(tasks);
        }
    }

    /**
     * Return everything that an attempt held which an earlier life of the channel has started and nobody has ended. It does
     * not run any more, unless it is a handler's.
     *
     * @param job as it was when it was cut off
     * @param tasks that it declares
     */
    public record CleanUpInterrupted(LiveJob.Running job, List<CleanupTask> tasks, ActorRef<CleanedUp> replyTo)
            implements Command {
        public CleanUpInterrupted {
            tasks = List.copyOf(tasks);
        }
    }

    /** The same for what a step of a cleanup used; only the step tells of it. */
    record CleanUpStep(AttemptId attempt, Set<Holding> holdings, ActorRef<CleanedUp> replyTo) implements Command {
        CleanUpStep {
            holdings = Set.copyOf(holdings);
        }
    }

    /** Execute every task and give everything back: the channel is being deleted. Doing so again changes nothing. */
    public enum CleanUpForDeletion implements Command {
        INSTANCE
    }

    /**
     * The channel leaves this node: no further step of a registered task starts here. Answered with {@link Left} once those
     * that act have ended, or after {@link Limits#CLEANUPS_LEAVE_MAX} if none of them runs a command. What attempts leave
     * behind is cleaned up all the same.
     */
    public record Leave(ActorRef<Left> replyTo) implements Command {}

    /** No step is waited for any more. What has not ended goes on where the channel begins its next life. */
    public record Left() {}

    /** Cleanups behind attempts and executions of tasks that run now or ended lately, newest first. */
    public record Snapshot(ActorRef<Cleanups> replyTo) implements Command {}

    /**
     * A batch of changes is stored.
     *
     * @param number as it came with {@link io.millrace.channel.ChannelReport.CleanupsChanged}
     */
    public record Stored(long number) implements Command {}

    /**
     * The channel is gone, and every task with it; executions go on counting. Answered with {@link
     * io.millrace.channel.ChannelReport.CleanupsForgotten}.
     */
    public enum ForgetAll implements Command {
        INSTANCE
    }

    /** The managers of the channel that are made after this one. */
    public record Meet(ActorRef<ThreadManager.Command> threads, ActorRef<ServiceManager.Command> services)
            implements Command {}

    /** Follow a changed specification. */
    public record Configure(ChannelSpec spec) implements Command {}

    /**
     * @param failure absent if nothing of it is left
     * @param items that went back
     */
    record Returned(
            AttemptId attempt, Holding holding, @Nullable String failure, List<ReturnedItem> items) implements Command {
        Returned {
            items = List.copyOf(items);
        }
    }

    /** @param problem absent if the step has worked */
    record StepDone(
            StepOrder.Key step, int number, @Nullable Problem problem, Released released) implements Command {}

    record RunnerStopped(StepOrder.Key step, ActorRef<StepRunner.Command> runner) implements Command {}

    /**
     * Everything was looked at before the end of an execution.
     *
     * @param released by all of it, for good
     * @param isMemoryReclaimed absent if that was not checked
     * @param isBreached true if the channel is not isolated, so that nothing withheld was released
     * @param problems what is not as it should be
     * @param returned what went back beside what its steps gave back
     */
    record RunChecked(
            long run,
            Released released,
            @Nullable Boolean isMemoryReclaimed,
            boolean isBreached,
            List<String> problems,
            List<ReturnedItem> returned)
            implements Command {
        RunChecked {
            problems = List.copyOf(problems);
            returned = List.copyOf(returned);
        }
    }

    record EndingStopped(long run) implements Command {}

    /** What to do with the graph of a task when it was looked at. */
    sealed interface GraphRequest {}

    /** @param root absent for all tasks */
    record ExecuteThen(RunCause cause, @Nullable CleanupName root, CleanupAccounts.Waiter waiter)
            implements GraphRequest {}

    record ReportThen(CleanupName root, ActorRef<ManagerReply> replyTo) implements GraphRequest {}

    /**
     * @param found tasks of other channels
     * @param problem why they could not be looked at, absent if they could
     */
    record GraphSeen(
            GraphRequest request,
            Map<CleanupReference, RemoteTask> found,
            @Nullable Problem problem) implements Command {
        GraphSeen {
            found = Map.copyOf(found);
        }
    }

    /** @param found absent if somebody could not be asked */
    record RemoteSeen(RemoteTasks.Step step, @Nullable Map<CleanupReference, RemoteTask> found) implements Command {
        RemoteSeen {
            found = found == null ? null : Map.copyOf(found);
        }
    }

    /**
     * What one of the other managers answers about isolation.
     *
     * @param reply absent if it did not answer
     */
    record IsolationSeen(
            ActorRef<ManagerReply> replyTo,
            List<IsolationReport> before,
            @Nullable ManagerReply reply) implements Command {
        IsolationSeen {
            before = List.copyOf(before);
        }
    }

    private enum Tick implements Command {
        INSTANCE
    }

    /** Cleanups that run now or ended lately, newest first. */
    public record Cleanups(List<Inspection.CleanupView> runs) {
        public Cleanups {
            runs = List.copyOf(runs);
        }
    }

    /**
     * What a cleanup manager begins with.
     *
     * @param incarnation of the channel, which has one cleanup manager in each
     * @param book what is stored
     * @param siblings managers it asks to give back what they keep
     * @param coordinator looks at tasks of other channels
     * @param ids identifiers under which processes and output of steps are known
     * @param clock monotonic and wall-clock time
     * @param reports where changes are sent to be stored
     */
    public record Seed(
            ChannelName channel,
            ChannelSpec spec,
            long incarnation,
            CleanupSnapshot book,
            ChannelServices services,
            StepTools.Siblings siblings,
            CleanupCoordinator coordinator,
            JobIds ids,
            Supplier<Moment> clock,
            ActorRef<ChannelReport> reports) {}

    /** Restarts itself after a defect; tasks, executions and steps that act survive. */
    public static Behavior<Command> create(Seed seed) {
        return Behaviors.setup(outer -> {
            var accounts = new CleanupAccounts(seed);
            var tools = StepTools.of(outer, seed, accounts);
            return Restarting.after(context ->
                    Behaviors.withTimers(timers -> new CleanupManager(context, timers, seed, accounts, tools)));
        });
    }

    private CleanupManager(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Seed seed,
            CleanupAccounts accounts,
            StepTools tools) {
        super(context);
        this.seed = seed;
        this.timers = timers;
        this.accounts = accounts;
        this.handlerThreads = tools.threads();
        this.store = new CleanupStore(context.getSelf(), seed, accounts);
        this.views = new CleanupViews(seed, accounts);
        this.requests = new CleanupRequests(seed, accounts, store, views);
        this.waiters = new CleanupWaiters(seed, accounts, store);
        this.steps = new CleanupSteps(context, seed, accounts, store, tools);
        this.endings = new RunEndings(context, seed, accounts, store, tools);
        this.remote = new RemoteTasks(context, seed, accounts, store);
        this.runs = new CleanupRuns(seed, accounts, store, steps, waiters, endings, remote, context.getSelf());
        this.inquiries = new CleanupInquiries(accounts, store, requests, views);
        this.executions = new CleanupExecutions(store, requests, remote, runs);
        this.isolation = new CleanupIsolation(context, seed, accounts);
        this.attempts = new AttemptCleanup(context, seed, accounts.attempts, accounts.incidents, runs);
        if (accounts.wasBuilt) {
            recover();
        } else {
            accounts.wasBuilt = true;
            runs.takeOver();
        }
        startTicking();
    }

    /** Finds out what the message that made the previous instance fail has left undone. */
    private void recover() {
        store.askAgain();
        endings.recover();
        steps.recover();
        runs.goOn();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Request request -> onRequest(request);
            case CleanUp cleanUp -> attempts.cleanUp(cleanUp);
            case CleanUpInterrupted cleanUp -> attempts.cleanUp(cleanUp);
            case CleanUpStep cleanUp -> attempts.cleanUp(cleanUp);
            case Returned returned -> attempts.returned(returned);
            case Snapshot(var replyTo) -> replyTo.tell(inquiries.cleanups(attempts.views()));
            case Stored(var number) -> store.stored(number, this::follow);
            case StepDone done -> {
                steps.done(done);
                runs.goOn();
            }
            case RunnerStopped(var step, var runner) -> {
                steps.stopped(step, runner);
                runs.goOn();
            }
            case RunChecked checked -> {
                endings.checked(checked);
                runs.goOn();
            }
            case EndingStopped(var run) -> endings.stopped(run);
            case IsolationSeen seen -> isolation.seen(seen);
            case GraphSeen seen -> executions.graphSeen(seen);
            case RemoteSeen(var step, var found) -> {
                remote.seen(step, found);
                runs.goOn();
            }
            case CleanUpForDeletion.INSTANCE -> onCleanUpForDeletion();
            case Leave(var replyTo) -> onLeave(replyTo);
            case Meet(var threads, var services) -> onMeet(threads, services);
            case Configure(var spec) -> accounts.spec = spec;
            case ForgetAll.INSTANCE -> onForgetAll();
            case Tick.INSTANCE -> onTick();
        }
        startTicking();
        leaveIfDone();
        return this;
    }

    private void onLeave(ActorRef<Left> replyTo) {
        accounts.isLeaving = true;
        accounts.leaving = replyTo;
        accounts.leaveUntilNanos = System.nanoTime() + Limits.CLEANUPS_LEAVE_MAX.toNanos();
    }

    /** Past its time nothing is waited for but commands, and those no longer than the channel waits. */
    private void leaveIfDone() {
        ActorRef<Left> leaving = accounts.leaving;
        if (leaving == null) {
            return;
        }
        List<StepOrder.Key> acting = steps.acting();
        boolean isTimeUp = System.nanoTime() - accounts.leaveUntilNanos >= 0;
        boolean isDone = acting.isEmpty() && accounts.ending.isEmpty();
        if (isDone || (isTimeUp && !steps.hasProcess(acting))) {
            accounts.leaving = null;
            leaving.tell(new Left());
        }
    }

    /** Something is stored, and this follows from it. */
    private void follow(CleanupChange change) {
        if (change instanceof CleanupChange.StepStarted started) {
            steps.begin(StepOrder.Key.of(started), started.number());
            runs.goOn();
        } else if (change instanceof CleanupChange.RunEnded ended) {
            remote.forget(ended.run());
            runs.ended(ended.run());
        }
    }

    private void onRequest(Request request) {
        switch (request) {
            case Register register -> requests.register(register);
            case Remove remove -> requests.remove(remove);
            case ListTasks list -> requests.list(list);
            case Validate validate -> requests.validate(validate);
            case Show show -> inquiries.show(show);
            case ShowOfJob(var job, var replyTo) -> store.tell(replyTo, views.ofJob(job));
            case ShowMetrics show -> inquiries.showMetrics(show);
            case ShowHistory show -> inquiries.showHistory(show);
            case ShowTotals(var replyTo) -> replyTo.tell(inquiries.totals());
            case Describe(var names, var replyTo) -> store.tell(replyTo, inquiries.described(names));
            case Execute execute -> executions.execute(execute);
            case ExecuteAll executeAll -> executions.executeAll(executeAll);
            case Rollback rollback -> executions.rollback(rollback);
            case ValidateDependencies validate -> executions.validateDependencies(validate);
            case VerifyIsolation(var replyTo) -> isolation.verify(replyTo);
        }
    }

    private void onCleanUpForDeletion() {
        endings.clearNotDeleted();
        runs.delete();
    }

    private void onMeet(ActorRef<ThreadManager.Command> threads, ActorRef<ServiceManager.Command> services) {
        accounts.threads = threads;
        accounts.services = services;
        endings.closeThreadsAgain();
    }

    /** What it reported before was about the channel that is gone. */
    private void onForgetAll() {
        refuseAll(ManagerProblems.deleted(COMPONENT, seed.channel, "cleanup tasks"));
        steps.stopAll();
        accounts.forgetAll();
        endings.showConditions();
        endings.clearNotDeleted();
        seed.reports.tell(new ChannelReport.CleanupsForgotten());
    }

    private void refuseAll(Problem problem) {
        store.abandon(problem);
        waiters.refuseAll(problem);
    }

    // Time

    private void onTick() {
        attempts.tick();
        steps.tick();
        waiters.tick();
        runs.tick();
        if (remote.tick()) {
            runs.goOn();
        }
        if (!isBusy()) {
            timers.cancel(Tick.INSTANCE);
        }
    }

    private boolean isBusy() {
        return accounts.leaving != null
                || attempts.isBusy()
                || steps.isBusy()
                || waiters.isBusy()
                || runs.isBusy()
                || remote.isBusy();
    }

    private void startTicking() {
        if (isBusy() && !timers.isTimerActive(Tick.INSTANCE)) {
            timers.startTimerWithFixedDelay(Tick.INSTANCE, Tick.INSTANCE, TICK);
        }
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PreRestart) {
            seed.services.instruments().managerRestarted();
        } else if (signal instanceof PostStop) {
            leave();
        }
        return this;
    }

    /** The channel starts again or leaves this node; executions go on where it begins its next life. */
    private void leave() {
        refuseAll(ManagerProblems.moved(
                COMPONENT, seed.channel, "What was stored of it goes on. Look at the status of the task in a moment."));
        List<StepOrder.Key> cutOff = steps.acting();
        if (!cutOff.isEmpty()) {
            LOG.warn(
                    "Steps of cleanups are cut off, because the channel leaves this node or begins anew; each is"
                            + " started again in its next life unless it may act once only: {}",
                    cutOff);
        }
        handlerThreads.close();
    }
}
