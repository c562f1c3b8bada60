package io.millrace.channel;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.cluster.NodeInspector;
import io.millrace.channel.fixture.AuditedNode;
import io.millrace.channel.fixture.PersistedJournal;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.incident.IncidentReporter;
import io.millrace.channel.lock.LockManager;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.log.LogWriter;
import io.millrace.channel.process.ProcessLease;
import io.millrace.channel.process.ProcessManager;
import io.millrace.channel.process.ProcessRunner;
import io.millrace.channel.projection.ReadModelWriter;
import io.millrace.channel.resource.NodeResources;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.thread.Attempt;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.handler.JobHandler;
import io.millrace.contracts.job.JobView;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.Refusals;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.cleanup.RemoteTask;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.jspecify.annotations.Nullable;

/**
 * One channel over a journal in memory. Its managers are probes: a test plays their part and decides how attempts end.
 */
final class ChannelFixture implements AutoCloseable {
    static final ChannelName NAME = new ChannelName("build");
    static final String PERSISTENCE_ID = "Channel|build";
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ActorTestKit testKit;
    private final PersistenceTestKit persistence;
    final JournalGate gate = new JournalGate();
    final AuditedNode node = new AuditedNode();
    final TestServices services = new TestServices();
    final PersistedJournal journal;
    final TestProbe<ThreadManager.Command> threads;
    final TestProbe<ResourceManager.Command> resources;
    final TestProbe<ProcessManager.Command> processes;
    final TestProbe<CleanupManager.Command> cleanups;
    final TestProbe<LogStore.Command> logs;
    final TestProbe<LockManager.Command> locks;
    final TestProbe<ServiceManager.Command> serviceManager;
    final TestProbe<NodeInspector.Command> inspector;
    final TestProbe<IncidentReporter.Command> incidents;
    final AtomicBoolean isOnlyNode = new AtomicBoolean();
    final AtomicInteger askedToLeave = new AtomicInteger();
    final AtomicInteger askedToWakeAgain = new AtomicInteger();
    private final AtomicReference<@Nullable ActorRef<ChannelReport>> reports = new AtomicReference<>();
    private final AtomicReference<ManagerStarter.@Nullable Managers> managers = new AtomicReference<>();
    private final AtomicLong nowMillis =
            new AtomicLong(Instant.parse("2026-11-01T12:00:00Z").toEpochMilli());
    private final Map<ChannelName, ActorRef<Channel.Command>> channels = new ConcurrentHashMap<>();
    private final BiFunction<TestServices, String, ChannelServices> ofNode;
    private final ChannelHost host;
    private ActorRef<Channel.Command> channel;

    private ChannelFixture(Config config, boolean hasRealManagers) {
        this(config, hasRealManagers, TestServices::services);
    }

    private ChannelFixture(
            Config config, boolean hasRealManagers, BiFunction<TestServices, String, ChannelServices> ofNode) {
        this.ofNode = ofNode;
        testKit = ActorTestKit.create("channel-test", config);
        persistence = PersistenceTestKit.create(testKit.system()).withPolicy(gate);
        journal = new PersistedJournal(persistence);
        threads = testKit.createTestProbe("threads", ThreadManager.Command.class);
        resources = testKit.createTestProbe("resources", ResourceManager.Command.class);
        processes = testKit.createTestProbe("processes", ProcessManager.Command.class);
        cleanups = testKit.createTestProbe("cleanups", CleanupManager.Command.class);
        logs = testKit.createTestProbe("logs", LogStore.Command.class);
        locks = testKit.createTestProbe("locks", LockManager.Command.class);
        serviceManager = testKit.createTestProbe("services", ServiceManager.Command.class);
        inspector = testKit.createTestProbe("inspector", NodeInspector.Command.class);
        incidents = testKit.createTestProbe("incidents", IncidentReporter.Command.class);
        InstantSource clock = () -> Instant.ofEpochMilli(nowMillis.get());
        ChannelServices ownServices = ofNode.apply(services, "node-1");
        host = new ChannelHost(
                ownServices,
                journal,
                hasRealManagers ? this::real : this::probes,
                clock,
                testKit.spawn(ReadModelWriter.create(ownServices)),
                testKit.createTestProbe(LogWriter.Command.class).ref(),
                node.before(
                        testKit, testKit.spawn(NodeResources.create(TestServices.NODE_LIMITS, services.instruments))),
                JobIds.system(),
                new CleanupCoordinator(this::describeCleanups),
                inspector.ref(),
                incidents.ref());
        channel = testKit.system().ignoreRef();
    }

    static ChannelFixture withRealTime() {
        return new ChannelFixture(config(), false);
    }

    /** Timers fire only when the test advances {@link ManualTime}. */
    static ChannelFixture withManualTime() {
        return new ChannelFixture(ManualTime.config().withFallback(config()), false);
    }

    /** As {@link #withManualTime()}, with processes under another lease. */
    static ChannelFixture withManualTime(ProcessLease lease) {
        return new ChannelFixture(
                ManualTime.config().withFallback(config()), false, (services, node) -> services.services(node, lease));
    }

    /** With real managers and these handlers, and processes by node. */
    static ChannelFixture withRealManagers(
            Function<String, ProcessRunner> processes, ProcessLease lease, List<JobHandler> handlers) {
        return new ChannelFixture(
                config(), true, (services, node) -> services.services(node, processes.apply(node), lease, handlers));
    }

    static ChannelFixture withRealManagers() {
        return new ChannelFixture(config(), true);
    }

    static Config config() {
        return ConfigFactory.parseString("pekko.actor.provider = local")
                .withFallback(PersistenceTestKitPlugin.getInstance().config())
                .withFallback(PersistenceTestKitSnapshotPlugin.config())
                .withFallback(ConfigFactory.parseResources("millrace-pekko.conf"))
                .withFallback(ConfigFactory.load())
                .resolve();
    }

    private ManagerStarter.Managers probes(
            ActorContext<?> context,
            ChannelName name,
            LiveChannel live,
            ChannelHost ofChannel,
            ActorRef<ChannelReport> to) {
        reports.set(to);
        return new ManagerStarter.Managers(
                threads.ref(),
                resources.ref(),
                processes.ref(),
                cleanups.ref(),
                logs.ref(),
                locks.ref(),
                serviceManager.ref());
    }

    private ManagerStarter.Managers real(
            ActorContext<?> context,
            ChannelName name,
            LiveChannel live,
            ChannelHost ofChannel,
            ActorRef<ChannelReport> to) {
        ManagerStarter.Managers started = ManagerStarter.startAll(context, name, live, ofChannel, to);
        managers.set(started);
        return started;
    }

    private CompletionStage<Map<CleanupName, RemoteTask>> describeCleanups(
            ChannelName channel, Set<CleanupName> tasks) {
        ActorRef<Channel.Command> other = channels.get(channel);
        if (other == null) {
            return CompletableFuture.failedStage(
                    Refusals.unknownChannel(channel).asException());
        }
        return AskPattern.<Channel.Command, ManagerReply>ask(
                        other,
                        replyTo -> new ChannelRequest.AskCleanups(
                                new CleanupManager.Describe(List.copyOf(tasks), replyTo)),
                        PATIENCE,
                        testKit.scheduler())
                .thenApply(reply -> ((CleanupManager.Described) reply)
                        .tasks().stream()
                                .collect(Collectors.toMap(
                                        CleanupManager.Description::name, CleanupManager.Description::asRemote)));
    }

    // The channel

    ChannelFixture start() {
        channel = start(NAME);
        return this;
    }

    ActorRef<Channel.Command> start(ChannelName name) {
        return start(name, host);
    }

    /** Starts the same channel on another node, as sharding does once it believes that this one is gone. */
    void startOnAnotherNode() {
        startOn("node-2");
    }

    /** Starts the same channel on a node that was just started. */
    void startOn(String node) {
        ChannelHost other = new ChannelHost(
                ofNode.apply(services, node),
                journal,
                host.managers(),
                host.clock(),
                host.readModelWriter(),
                host.logWriter(),
                host.nodeResources(),
                host.resourceIds(),
                host.cleanupCoordinator(),
                host.inspector(),
                host.incidents());
        channel = start(NAME, other);
    }

    private ActorRef<Channel.Command> start(ChannelName name, ChannelHost on) {
        ActorRef<Channel.Command> started = testKit.spawn(Channel.create(name, on, new ChannelHome() {
            @Override
            public void leave(ActorRef<Channel.Command> leaving) {
                askedToLeave.incrementAndGet();
            }

            @Override
            public boolean isOnlyNode() {
                return isOnlyNode.get();
            }

            @Override
            public void wakeAgain() {
                askedToWakeAgain.incrementAndGet();
            }
        }));
        channels.put(name, started);
        return started;
    }

    /** Stops the channel as a crash of its node would: without a word. */
    void crash() {
        testKit.stop(channel);
    }

    ActorRef<Channel.Command> channel() {
        return channel;
    }

    ManualTime time() {
        return ManualTime.get(testKit.system());
    }

    ActorTestKit testKit() {
        return testKit;
    }

    /** The real managers of the channel's present life. */
    ManagerStarter.Managers managers() {
        return Optional.ofNullable(managers.get()).orElseThrow();
    }

    PersistenceTestKit persistence() {
        return persistence;
    }

    void advanceClock(Duration duration) {
        nowMillis.addAndGet(duration.toMillis());
    }

    long now() {
        return nowMillis.get();
    }

    List<ChannelEvent> storedEvents() {
        return journal.entries(NAME).stream()
                .map(JournalEntry::events)
                .flatMap(List::stream)
                .toList();
    }

    <T extends ChannelEvent> List<T> storedEvents(Class<T> type) {
        return storedEvents().stream().filter(type::isInstance).map(type::cast).toList();
    }

    // What callers do

    TestProbe<ChannelReply> caller() {
        return testKit.createTestProbe(ChannelReply.class);
    }

    <R extends ChannelReply> R ask(Class<R> replyType, Function<ActorRef<ChannelReply>, Channel.Command> command) {
        TestProbe<ChannelReply> caller = caller();
        channel.tell(command.apply(caller.ref()));
        return caller.expectMessageClass(replyType, PATIENCE);
    }

    ChannelFixture created() {
        return created(ChannelSpec.DEFAULT);
    }

    ChannelFixture created(ChannelSpec spec) {
        ask(ChannelReply.ChannelShown.class, replyTo -> new ChannelRequest.Put(spec, replyTo));
        return this;
    }

    /** The default specification with so many slots. */
    static ChannelSpec slots(int max) {
        ChannelSpec all = ChannelSpec.DEFAULT;
        return new ChannelSpec(
                new ChannelSpec.Threads(max, List.of()),
                all.resources(),
                all.queuedJobsMax(),
                all.jobKinds(),
                all.jobTimeout(),
                all.retention(),
                all.env(),
                all.labels());
    }

    /** Deletes the channel and awaits that it is gone. The cleanup that a probe stands for succeeds. */
    void deleted() {
        long incarnation = ask(ChannelReply.ChannelShown.class, ChannelRequest.Show::new)
                .channel()
                .incarnation();
        ask(ChannelReply.Deleting.class, ChannelRequest.Delete::new);
        if (managers.get() == null) {
            cleanups.fishForMessage(
                    PATIENCE,
                    message -> message == CleanupManager.CleanUpForDeletion.INSTANCE
                            ? FishingOutcomes.complete()
                            : FishingOutcomes.continueAndIgnore());
            report(new ChannelReport.CleanedForDeletion(incarnation));
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (ask(ChannelReply.class, ChannelRequest.Show::new) instanceof ChannelReply.ChannelShown shown) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("the channel is still there: " + shown);
            }
        }
    }

    static ChannelRequest.Submit submit(ActorRef<ChannelReply> replyTo, SubmittedJob... jobs) {
        return new ChannelRequest.Submit(null, 0, List.of(jobs), null, null, replyTo);
    }

    static ChannelRequest.Submit submit(
            ActorRef<ChannelReply> replyTo, String key, String bodyHash, SubmittedJob... jobs) {
        return new ChannelRequest.Submit(null, 0, List.of(jobs), key, bodyHash, replyTo);
    }

    void submitted(SubmittedJob... jobs) {
        ask(ChannelReply.Accepted.class, replyTo -> submit(replyTo, jobs));
    }

    // What managers do

    /** The next attempt the thread manager is told to run. */
    AttemptId started() {
        return startedAttempt().id();
    }

    Attempt startedAttempt() {
        return threads
                .fishForMessage(
                        PATIENCE,
                        message -> message instanceof ThreadManager.Run
                                ? FishingOutcomes.complete()
                                : FishingOutcomes.continueAndIgnore())
                .stream()
                .map(message -> ((ThreadManager.Run) message).attempt())
                .findFirst()
                .orElseThrow();
    }

    void report(ChannelReport report) {
        reports().tell(report);
    }

    /** Where managers report to the channel that was started last. */
    ActorRef<ChannelReport> reports() {
        ActorRef<ChannelReport> to = reports.get();
        if (to == null) {
            throw new IllegalStateException("the channel has no managers yet");
        }
        return to;
    }

    void finish(AttemptId attempt, AttemptOutcome outcome) {
        report(new ChannelReport.AttemptFinished(attempt, outcome));
    }

    void succeed(AttemptId attempt) {
        finish(attempt, AttemptOutcome.succeeded(null, null));
    }

    Submissions submissions() {
        return new Submissions(services.services().codec(), JobIds.system());
    }

    /** A job with a specification that can be read back. */
    SubmittedJob accepted() {
        return submissions().accept(List.of(TestJobs.handlerSpec("noop")), null).getFirst();
    }

    /** The job once it has ended, from the channel or, if that has forgotten it by then, from the read model. */
    JobView awaitEnd(JobId job) {
        return switch (ask(ChannelReply.class, replyTo -> new ChannelRequest.AwaitEnd(job, 10_000, replyTo))) {
            case ChannelReply.JobShown(var view) -> view;
            case ChannelReply.JobNotHeld _ -> services.readModel.job(NAME, job).orElseThrow();
            case ChannelReply other -> throw new AssertionError("not an answer: " + other);
        };
    }

    @Override
    public void close() {
        gate.open();
        testKit.shutdownTestKit();
    }
}
