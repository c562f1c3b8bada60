package io.millrace.channel;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.incident.IncidentReporter;
import io.millrace.channel.process.ProcessLease;
import io.millrace.channel.process.ProcessRunner;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Problem;
import io.millrace.contracts.cleanup.CleanupAction;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.cleanup.CleanupResult;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.cleanup.RollbackResult;
import io.millrace.contracts.cleanup.StepStatus;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handler.JobHandler;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.work.Work;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.supervise.LocalProcessHost;
import io.millrace.host.tree.OtherChildren;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** A channel with real managers and cleanup tasks whose course a test directs. */
final class CleanupUnderTest implements AutoCloseable {
    static final Duration PATIENCE = ChannelFixture.PATIENCE;

    final ChannelFixture fixture;
    /** Names of the steps that acted, in the order in which they did; those that were undone behind a minus. */
    final List<String> acted = new CopyOnWriteArrayList<>();

    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, ProcessRunner> processes = new ConcurrentHashMap<>();

    CleanupUnderTest(Path data, JobHandler... handlers) {
        this(data, TestServices.LEASE, handlers);
    }

    /** With processes under another lease. */
    CleanupUnderTest(Path data, ProcessLease lease, JobHandler... handlers) {
        JobHandler ok = TestHandler.named("ok", context -> {
            acted.add(String.valueOf(context.input()));
            return null;
        });
        JobHandler fail = TestHandler.named("fail", context -> {
            acted.add(String.valueOf(context.input()));
            throw new IllegalStateException("it is stuck");
        });
        JobHandler no = TestHandler.named("no", _ -> false);
        List<JobHandler> all =
                Stream.concat(Stream.of(ok, fail, no), Stream.of(handlers)).toList();
        fixture = ChannelFixture.withRealManagers(
                node -> processes.computeIfAbsent(node, name -> processes(data.resolve(name))), lease, all);
    }

    private ProcessRunner processes(Path data) {
        try {
            ControlGroups none = ControlGroups.none("this test has none");
            return ProcessRunner.start(
                    LocalProcessHost.start(data.resolve("host"), none, OtherChildren.POSSIBLE),
                    data,
                    Map.of(),
                    blocking,
                    new Instruments());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CleanupUnderTest started() {
        fixture.start().created();
        return this;
    }

    /** Ends the processes of a node, and the host that could tell of them; its directory stays. */
    void loseProcessesOf(String node) {
        ProcessRunner lost = processes.remove(node);
        if (lost != null) {
            lost.close();
        }
    }

    // Tasks

    /** A task that succeeds and can be taken back. */
    static CleanupTask task(String name, String... dependsOn) {
        return task(name, run("ok", name), null, run("ok", "-" + name), dependsOn);
    }

    static CleanupTask task(
            String name,
            CleanupAction action,
            @Nullable CleanupAction check,
            @Nullable CleanupAction undo,
            String... dependsOn) {
        return new CleanupTask(
                new CleanupName(name),
                Stream.of(dependsOn).map(CleanupReference::parse).toList(),
                Duration.ofSeconds(20),
                action,
                check,
                undo,
                true,
                List.of());
    }

    static CleanupTask once(CleanupTask task) {
        return new CleanupTask(
                task.name(),
                task.dependsOn(),
                task.timeout(),
                task.action(),
                task.check(),
                task.undo(),
                false,
                task.dependents());
    }

    static CleanupTask within(Duration timeout, CleanupTask task) {
        return new CleanupTask(
                task.name(),
                task.dependsOn(),
                timeout,
                task.action(),
                task.check(),
                task.undo(),
                task.isRepeatable(),
                task.dependents());
    }

    static CleanupAction run(String handler, String input) {
        return new CleanupAction.Run(new Work.Handler(handler, input));
    }

    static CleanupAction shell(String script) {
        return new CleanupAction.Run(new Work.Process(List.of("sh", "-c", script), Map.of(), "", null));
    }

    static CleanupAction release(ReleaseScope scope) {
        return new CleanupAction.Release(scope);
    }

    // What callers do

    <R extends ManagerReply> R ask(
            Class<R> replyType, Function<ActorRef<ManagerReply>, CleanupManager.Request> request) {
        return ask(fixture.channel(), replyType, request);
    }

    <R extends ManagerReply> R ask(
            ActorRef<Channel.Command> channel,
            Class<R> replyType,
            Function<ActorRef<ManagerReply>, CleanupManager.Request> request) {
        TestProbe<ManagerReply> caller = caller();
        channel.tell(new ChannelRequest.AskCleanups(request.apply(caller.ref())));
        return caller.expectMessageClass(replyType, PATIENCE);
    }

    TestProbe<ManagerReply> caller() {
        return fixture.testKit().createTestProbe(ManagerReply.class);
    }

    CleanupView register(CleanupTask task) {
        return ask(CleanupManager.Registered.class, replyTo -> new CleanupManager.Register(task, null, null, replyTo))
                .task();
    }

    CleanupUnderTest registered(CleanupTask... tasks) {
        Stream.of(tasks).forEach(this::register);
        return this;
    }

    Problem refused(Function<ActorRef<ManagerReply>, CleanupManager.Request> request) {
        return ask(ManagerReply.Refused.class, request).problem();
    }

    TestProbe<ManagerReply> executing(String task) {
        TestProbe<ManagerReply> caller = caller();
        fixture.channel()
                .tell(new ChannelRequest.AskCleanups(
                        new CleanupManager.Execute(Reference.byId(task), PATIENCE.toMillis(), caller.ref())));
        return caller;
    }

    CleanupResult execute(String task) {
        return result(executing(task));
    }

    CleanupResult executeAll() {
        return ask(
                        CleanupManager.Executed.class,
                        replyTo -> new CleanupManager.ExecuteAll(PATIENCE.toMillis(), replyTo))
                .result();
    }

    static CleanupResult result(TestProbe<ManagerReply> caller) {
        return caller.expectMessageClass(CleanupManager.Executed.class, PATIENCE)
                .result();
    }

    RollbackResult rollback(String task) {
        return ask(
                        CleanupManager.RolledBack.class,
                        replyTo -> new CleanupManager.Rollback(Reference.byId(task), replyTo))
                .result();
    }

    CleanupView show(String task) {
        return ask(CleanupManager.Shown.class, replyTo -> new CleanupManager.Show(Reference.byId(task), replyTo))
                .task();
    }

    CleanupStatus status(String task) {
        return show(task).status();
    }

    static StepStatus step(CleanupResult result, String name) {
        return result.steps().stream()
                .filter(step -> step.name().value().equals(name))
                .findFirst()
                .orElseThrow()
                .status();
    }

    static String error(CleanupResult result, String name) {
        Problem error = result.steps().stream()
                .filter(step -> step.name().value().equals(name))
                .findFirst()
                .orElseThrow()
                .error();
        return error == null ? "" : error.detail();
    }

    List<String> conditions() {
        return fixture.ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new).channel().conditions().stream()
                .map(Condition::type)
                .toList();
    }

    /** Asks for the channel until it has a condition. */
    void awaitCondition(String type) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!conditions().contains(type)) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("the channel has no condition " + type + " but " + conditions());
            }
        }
    }

    /** The next thing of this kind, about this subject, that a person was told of. */
    IncidentReport incident(IncidentKind kind, String subject) {
        return ((IncidentReporter.Report) told(item -> item instanceof IncidentReporter.Report(var report)
                        && report.kind() == kind
                        && report.subject().equals(subject)))
                .report();
    }

    /** The same, of which a person was told that it is over. */
    IncidentReporter.Subsided subsided(IncidentKind kind, String subject) {
        return (IncidentReporter.Subsided) told(item -> item instanceof IncidentReporter.Subsided subsided
                && subsided.kind() == kind
                && subsided.subject().equals(subject));
    }

    private IncidentReporter.Command told(Predicate<IncidentReporter.Command> wanted) {
        return fixture.incidents
                .fishForMessage(
                        PATIENCE,
                        item -> wanted.test(item) ? FishingOutcomes.complete() : FishingOutcomes.continueAndIgnore())
                .getFirst();
    }

    // What is stored

    List<CleanupChange> stored() {
        return fixture.storedEvents(ChannelEvent.CleanupChanged.class).stream()
                .map(ChannelEvent.CleanupChanged::change)
                .toList();
    }

    <T extends CleanupChange> List<T> stored(Class<T> kind) {
        List<T> found = new ArrayList<>();
        stored().stream().filter(kind::isInstance).map(kind::cast).forEach(found::add);
        return found;
    }

    static ChannelName channel() {
        return ChannelFixture.NAME;
    }

    @Override
    public void close() {
        fixture.close();
        processes.values().forEach(ProcessRunner::close);
        blocking.shutdown();
    }
}
