package io.millrace.channel.cleanup;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.MessageTimes;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.contracts.job.Condition;
import io.millrace.domain.cleanup.CleanupRules;
import io.millrace.domain.cleanup.CleanupRun;
import io.millrace.domain.cleanup.IsolationBreach;
import io.millrace.domain.cleanup.RegisteredTask;
import io.millrace.domain.cleanup.RunCause;
import io.millrace.domain.cleanup.RunStep;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What executions release, and how they end: what was withheld goes back for good, everything is looked at, and the
 * channel says of an execution that has failed what to do about it.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class RunEndings {
    private static final Logger LOG = LoggerFactory.getLogger(RunEndings.class);
    private static final String COMPONENT = "CleanupManager";
    private static final String INCOMPLETE = "CleanupIncomplete";
    private static final String NEEDS_OPERATOR = "CleanupNeedsOperator";
    private static final String BREACHED = "CleanupIsolationBreached";
    private static final String NOT_DELETED = "ChannelNotDeleted";
    private static final Set<ReleaseScope> STAGED = EnumSet.of(ReleaseScope.LOCKS, ReleaseScope.RESOURCES);
    private static final List<ReleaseScope> OF_CHANNEL =
            List.of(ReleaseScope.THREADS, ReleaseScope.PROCESSES, ReleaseScope.LOCKS, ReleaseScope.RESOURCES);

    private final ActorContext<CleanupManager.Command> context;
    private final CleanupManager.Seed seed;
    private final CleanupAccounts accounts;
    private final CleanupStore store;
    private final StepTools tools;
    private final CleanupRules rules;

    RunEndings(
            ActorContext<CleanupManager.Command> context,
            CleanupManager.Seed seed,
            CleanupAccounts accounts,
            CleanupStore store,
            StepTools tools) {
        this.context = context;
        this.seed = seed;
        this.accounts = accounts;
        this.store = store;
        this.tools = tools;
        this.rules = new CleanupRules(seed.channel());
    }

    // What executions release

    private Set<ReleaseScope> kindsOf(CleanupName name) {
        CleanupTask task = accounts.task(name);
        return task != null && task.action() instanceof CleanupAction.Release(var scope)
                ? EnumSet.copyOf(Releases.kindsOf(scope))
                : EnumSet.noneOf(ReleaseScope.class);
    }

    private Set<ReleaseScope> kindsOf(CleanupRun run) {
        Set<ReleaseScope> kinds = EnumSet.noneOf(ReleaseScope.class);
        if (run.isOfRegisteredTasks()) {
            run.steps().forEach(step -> kinds.addAll(kindsOf(step.name())));
        }
        return kinds;
    }

    private static List<ReleaseScope> builtInOf(CleanupRun run) {
        return switch (run.cause()) {
            case CHANNEL -> OF_CHANNEL;
            case DELETION -> Releases.kindsOf(ReleaseScope.ALL);
            case TASK, ATTEMPT -> List.of();
        };
    }

    private static boolean isStaged(Collection<ReleaseScope> kinds) {
        return kinds.stream().anyMatch(STAGED::contains);
    }

    /**
     * The execution under way that withholds locks or resources, if these tasks do so, too. Two of them cannot both decide
     * what becomes of it.
     */
    Optional<Long> rivalOf(List<CleanupName> planned) {
        boolean isConcerned = planned.stream().anyMatch(name -> isStaged(kindsOf(name)));
        return isConcerned
                ? accounts.book.active().stream()
                        .filter(run -> isStaged(kindsOf(run)) || isStaged(builtInOf(run)))
                        .map(CleanupRun::number)
                        .findFirst()
                : Optional.empty();
    }

    /** Another life of the channel withholds nothing, so what is to stay withheld is withheld again. */
    void takeOver() {
        Set<ReleaseScope> withheld = EnumSet.noneOf(ReleaseScope.class);
        latestRuns().forEach(run -> withheld.addAll(withheldBy(run)));
        withhold(withheld);
        showConditions();
        latestRuns().forEach(this::tellPerson);
    }

    /**
     * An execution goes on from one that failed. A later one may have let go of what that had withheld; what is held by now
     * is withheld again for the steps that are not done once more.
     */
    void goesOn(CleanupRun run) {
        withhold(withheldBy(run));
    }

    private Set<ReleaseScope> withheldBy(CleanupRun run) {
        Set<ReleaseScope> withheld = EnumSet.noneOf(ReleaseScope.class);
        if (run.isOfRegisteredTasks() && !isOver(run)) {
            run.steps().stream()
                    .filter(step -> step.status() == StepStatus.COMPLETE)
                    .forEach(step -> withheld.addAll(withheldBy(run, step)));
        }
        return withheld;
    }

    /** Doing so again changes nothing. */
    private void withhold(Set<ReleaseScope> withheld) {
        if (withheld.contains(ReleaseScope.LOCKS)) {
            seed.siblings()
                    .locks()
                    .tell(new LockManager.Withhold(context.getSystem().ignoreRef()));
        }
        if (withheld.contains(ReleaseScope.RESOURCES)) {
            seed.siblings()
                    .resources()
                    .tell(new ResourceManager.Withhold(context.getSystem().ignoreRef()));
        }
    }

    /** Without what a later execution has let go of. */
    private Set<ReleaseScope> withheldBy(CleanupRun run, RunStep step) {
        Set<ReleaseScope> kinds = kindsOf(step.name());
        if (!run.isActive() && run.released().locks() > 0) {
            kinds.remove(ReleaseScope.LOCKS);
        }
        if (!run.isActive() && run.released().resources() > 0) {
            kinds.remove(ReleaseScope.RESOURCES);
        }
        return kinds;
    }

    /** The channel has a thread manager, which does not know of executions that went on from an earlier life. */
    void closeThreadsAgain() {
        boolean areClosed = accounts.book.active().stream()
                .flatMap(run -> run.steps().stream())
                .filter(step -> step.status() == StepStatus.COMPLETE)
                .anyMatch(step -> kindsOf(step.name()).contains(ReleaseScope.THREADS));
        if (areClosed && accounts.threads != null) {
            accounts.threads.tell(new ThreadManager.EndAll(context.getSystem().ignoreRef()));
        }
    }

    private static boolean isOver(CleanupRun run) {
        return run.status() == CleanupStatus.COMPLETE || run.status() == CleanupStatus.ROLLED_BACK;
    }

    // Ends

    /** Begins the end of an execution that is ready for it; once is enough. */
    void begin(CleanupRun run) {
        if (accounts.ending.containsKey(run.number())) {
            return;
        }
        List<ReleaseScope> builtIn = builtInOf(run);
        Set<ReleaseScope> bySteps = kindsOf(run);
        if (run.isRollingBack()) {
            end(run, Released.NOTHING, List.of());
        } else if (!CleanupRuns.isComplete(run)) {
            List<String> problems = builtIn.isEmpty() ? List.of() : List.of(notReleased());
            end(run, releasedForGood(run), problems);
        } else if (builtIn.isEmpty() && bySteps.isEmpty()) {
            end(run, run.released(), List.of());
        } else {
            check(new RunEnding.Plan(run.number(), builtIn, bySteps, releasedForGood(run)));
        }
    }

    private void check(RunEnding.Plan plan) {
        ActorRef<RunEnding.Command> ending = context.spawn(
                MessageTimes.measured(
                        RunEnding.create(tools, plan), seed.services().instruments()),
                "ending-" + ++accounts.children);
        context.watchWith(ending, new CleanupManager.EndingStopped(plan.run()));
        accounts.ending.put(plan.run(), ending);
    }

    private static Released releasedForGood(CleanupRun run) {
        Released all = run.released();
        return new Released(all.processes(), all.threads(), 0, 0, 0, all.logBytes());
    }

    private static String notReleased() {
        return "not every task has completed, so the channel's threads, processes, locks and resources were left alone";
    }

    void checked(CleanupManager.RunChecked checked) {
        CleanupRun run = accounts.book.run(checked.run());
        if (run != null && run.isActive() && accounts.ending.containsKey(checked.run())) {
            store.apply(List.of(rules.end(
                    run,
                    checked.released(),
                    checked.isMemoryReclaimed(),
                    checked.problems(),
                    checked.returned(),
                    checked.isBreached())));
            accounts.ending.remove(run.number());
        }
    }

    /** It ended without a result, by a defect: what it was about to find out is found out again. */
    void stopped(long number) {
        CleanupRun run = accounts.book.run(number);
        if (run != null && run.isActive() && accounts.ending.remove(number) != null) {
            begin(run);
        }
    }

    /** After a restart of the cleanup manager: begins anew what has ended without being heard of. */
    void recover() {
        accounts.ending.values().removeIf(ending -> !context.getChildren().contains(ending.unsafeUpcast()));
    }

    /** Ends an execution behind which there is nothing to look at. */
    private void end(CleanupRun run, Released released, List<String> problems) {
        store.apply(List.of(rules.end(run, released, null, problems)));
        accounts.ending.remove(run.number());
    }

    /** Its end is stored. */
    void ended(CleanupRun run) {
        boolean hasFailed = !isOver(run);
        accounts.measures.runEnded(hasFailed);
        seed.services().instruments().cleanupRunEnded(hasFailed, run.isRollingBack());
        if (hasFailed) {
            LOG.warn("Execution {} of a cleanup ended {}: {}", run.number(), run.status(), CleanupViews.failures(run));
        }
        reopen(run);
        if (isBreached(run)) {
            LOG.error("Execution {} of a cleanup was stopped: {}", run.number(), CleanupViews.failures(run));
        }
        showConditions();
        tellPerson(run);
        if (run.cause() == RunCause.DELETION && !run.isActive()) {
            if (run.status() == CleanupStatus.COMPLETE) {
                seed.reports().tell(new ChannelReport.CleanedForDeletion(seed.incarnation()));
            } else {
                notDeleted(CleanupViews.failures(run));
            }
        }
    }

    /** True if an execution was stopped because the channel was not isolated, and none has completed since. */
    boolean isBreached(CleanupRun run) {
        IsolationBreach breach = accounts.book.breach();
        return breach != null && breach.run() == run.number();
    }

    /** A channel that is not isolated stays an incident until one of its executions completes, whoever owns it by then. */
    private void showBreach() {
        IsolationBreach breach = accounts.book.breach();
        if (breach == null) {
            clear(BREACHED);
        } else {
            raise(
                    BREACHED,
                    "execution " + breach.run()
                            + " was stopped before it released what it withheld, and is rolled back "
                            + "if its steps can be: " + String.join("; ", breach.problems())
                            + ". Look at it, then execute it again; an execution that completes ends this condition.");
        }
    }

    private void tellPerson(CleanupRun run) {
        accounts.incidents.tell(run);
        if (isBreached(run)) {
            accounts.incidents.breached(run);
        }
    }

    /** Threads may start again, unless another execution keeps them from it. */
    private void reopen(CleanupRun ended) {
        ActorRef<ThreadManager.Command> threads = accounts.threads;
        boolean areClosed = accounts.book.active().stream().anyMatch(this::endsThreads);
        if (threads != null && endsThreads(ended) && !areClosed) {
            threads.tell(ThreadManager.Reopen.INSTANCE);
        }
    }

    private boolean endsThreads(CleanupRun run) {
        return builtInOf(run).contains(ReleaseScope.THREADS) || kindsOf(run).contains(ReleaseScope.THREADS);
    }

    /** Why an execution cannot be taken back though its steps could be; absent if it can. */
    @Nullable Problem whyNoRollback(CleanupRun run) {
        if (!run.isRollingBack() && accounts.ending.containsKey(run.number())) {
            return refused(run, "all its steps have completed, and what it withheld is being released");
        }
        Optional<Long> rival = run.isActive()
                ? Optional.empty()
                : rivalOf(run.steps().stream().map(RunStep::name).toList());
        return rival.map(other -> refused(
                        run,
                        "execution " + other
                                + " goes on and withholds locks or resources, too; try again when it has ended"))
                .orElse(null);
    }

    private static Problem refused(CleanupRun run, String why) {
        return Problem.of(
                ErrorCode.INVALID_STATE,
                COMPONENT,
                "Execution " + run.number() + " cannot be rolled back: " + why + ". Nothing was undone.");
    }

    // Conditions

    private Set<CleanupRun> latestRuns() {
        Set<CleanupRun> runs = new LinkedHashSet<>(accounts.book.active());
        for (RegisteredTask task : accounts.book.tasks()) {
            CleanupRun latest = accounts.book.latest(task.name());
            if (latest != null) {
                runs.add(latest);
            }
        }
        CleanupRun ofChannel = accounts.book.latestOfChannel();
        if (ofChannel != null) {
            runs.add(ofChannel);
        }
        return runs;
    }

    /** Says what is not as it should be, about the latest execution of each task. */
    void showConditions() {
        Set<CleanupRun> runs = latestRuns();
        show(
                INCOMPLETE,
                named(runs, EnumSet.of(CleanupStatus.FAILED, CleanupStatus.COMPLETE_WITH_FAILURES)),
                "What was withheld stays so. Execute it again to go on, or roll it back.");
        show(
                NEEDS_OPERATOR,
                named(runs, EnumSet.of(CleanupStatus.NEEDS_OPERATOR)),
                "It is neither cleaned up nor as it was. Look at it, then execute it again.");
        showBreach();
    }

    private static String named(Set<CleanupRun> runs, Set<CleanupStatus> statuses) {
        return runs.stream()
                .filter(run -> run.isOfRegisteredTasks() && statuses.contains(run.status()))
                .map(run -> "execution " + run.number() + (run.root() == null ? "" : " of '" + run.root() + "'") + ": "
                        + CleanupViews.failures(run))
                .collect(Collectors.joining("; "));
    }

    private void show(String condition, String named, String advice) {
        if (!named.isEmpty()) {
            raise(condition, named + ". " + advice);
        } else {
            clear(condition);
        }
    }

    private void clear(String condition) {
        if (accounts.conditions.remove(condition)) {
            seed.reports().tell(new ChannelReport.ConditionCleared(condition));
        }
    }

    private void raise(String condition, String message) {
        accounts.conditions.add(condition);
        seed.reports()
                .tell(new ChannelReport.ConditionRaised(
                        new Condition(condition, message, seed.clock().get().instant())));
    }

    /** The channel stays until somebody asks for its deletion again. */
    void notDeleted(String why) {
        accounts.incidents.notDeleted(seed.clock().get().instant().toString(), why);
        raise(
                NOT_DELETED,
                "the channel is not deleted, because its cleanup has failed: " + why
                        + ". Mend or remove the task, then delete the channel again.");
    }

    /** The channel is being deleted anew, or is gone. */
    void clearNotDeleted() {
        accounts.incidents.deletionGoesOn();
        clear(NOT_DELETED);
    }
}
