package io.millrace.testkit.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import io.millrace.contracts.Proves;
import io.millrace.testkit.project.ProjectTree;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Threads come from few named places that bound them, and nobody waits for ever. */
class BoundedConcurrencyTest {
    private static final List<Exemption> THREAD_SOURCES = List.of(
            new Exemption(
                    "io.millrace.channel.thread.HandlerThreads",
                    "new ThreadPoolExecutor",
                    "one thread per slot and stack size, and slots are counted by the thread manager"),
            new Exemption(
                    "io.millrace.channel.thread.HandlerThreads",
                    "new HandlerThreads.WorkerThread",
                    "the thread of a slot, made for the pool above"),
            new Exemption("io.millrace.channel.thread.HandlerThreads", "new Thread", "the thread of a slot itself"),
            new Exemption(
                    "io.millrace.channel.thread.CleanupThreads",
                    "new ThreadPoolExecutor",
                    "handlers of cleanup steps: a channel has a most of steps that act, and each handler needs one of the"
                            + " node's permits"),
            new Exemption("io.millrace.channel.thread.CleanupThreads", "Thread.ofPlatform", "the threads above"),
            new Exemption(
                    "io.millrace.storage.embedded.PrivateDatabaseSupervisor",
                    "Thread.ofPlatform",
                    "one thread per node watches its database"),
            new Exemption(
                    "io.millrace.node.Node",
                    "Executors.newThreadPerTaskExecutor",
                    "virtual threads for work on the database and files: its callers are bounded (requests, one write per"
                            + " channel), and of those at work each holds one of the pooled connections"),
            new Exemption("io.millrace.node.Node", "Thread.ofVirtual", "names the virtual threads above"),
            new Exemption("io.millrace.node.Node", "Thread.ofPlatform", "one thread closes the node, once"),
            new Exemption("io.millrace.host.client.CompanionSupervisor", "Thread.ofPlatform", "one for a node"),
            new Exemption(
                    "io.millrace.host.supervise.EventLoop", "Thread.ofPlatform", "one for all commands of a host"),
            new Exemption("io.millrace.host.supervise.Launcher", "Thread.ofPlatform", "names the threads below"),
            new Exemption(
                    "io.millrace.host.supervise.Launcher",
                    "Executors.newFixedThreadPool",
                    "as many commands start at a time as there are processors"),
            new Exemption(
                    "io.millrace.host.supervise.LocalProcessHost",
                    "Executors.newVirtualThreadPerTaskExecutor",
                    "files of control groups, for as many runs as HostLimits.COMMANDS_MAX allows"),
            new Exemption(
                    "io.millrace.host.supervise.LocalProcessHost",
                    "Executors.newSingleThreadExecutor",
                    "one for files"),
            new Exemption(
                    "io.millrace.host.supervise.LocalProcessHost",
                    "Executors.newSingleThreadScheduledExecutor",
                    "one that looks after control groups"),
            new Exemption("io.millrace.host.supervise.Threads", "Thread.ofPlatform", "names the threads of the others"),
            new Exemption(
                    "io.millrace.host.supervise.TreeEnder",
                    "Executors.newSingleThreadExecutor",
                    "one for all trees that are being ended"),
            new Exemption(
                    "io.millrace.node.Main", "Thread.ofPlatform", "a signal stops the process, and limits the stop"),
            new Exemption(
                    "io.millrace.node.quickstart.TrainingRun",
                    "Executors.newVirtualThreadPerTaskExecutor",
                    "a tool of the build that is no part of a node: eight callers"));

    private static final List<Exemption> WAITS = List.of(
            new Exemption(
                    "io.millrace.channel.handler.context.HandlerLocks",
                    "CompletableFuture.get",
                    "the question whose answer is waited for has the longest wait for a lock as its time"),
            new Exemption(
                    "io.millrace.channel.handler.context.HandlerResources",
                    "CompletableFuture.get",
                    "the question whose answer is waited for has the longest wait for a resource as its time"),
            new Exemption(
                    "io.millrace.channel.handler.context.HandlerOutput",
                    "Semaphore.acquire",
                    "back-pressure on a handler's own thread; the end of its attempt, by timeout or cancel, interrupts it"),
            new Exemption(
                    "io.millrace.host.client.CompanionSupervisor",
                    "CompletableFuture.get",
                    "a companion that does not answer in time is replaced, and after a few of them it has failed"),
            new Exemption(
                    "io.millrace.host.tree.Children",
                    "new ReentrantLock",
                    "in the companion, whose threads may wait: between collecting a child and signalling it by number"),
            new Exemption(
                    "io.millrace.host.tree.Children", "ReentrantLock.lock", "held for single calls of the system"),
            new Exemption("io.millrace.host.tree.Children", "ReentrantLock.unlock", "the same lock"),
            new Exemption(
                    "io.millrace.storage.embedded.PrivateDatabaseSupervisor",
                    "Thread.join",
                    "for a start of the database that is under way, which has a limit of its own"),
            new Exemption(
                    "io.millrace.node.Node",
                    "CompletableFuture.join",
                    "a start that failed is undone by the coordinated shutdown, each phase of which has a limit"),
            new Exemption(
                    "io.millrace.node.Main",
                    "CompletableFuture.join",
                    "the main thread waits for the end of the process, as long as that lives"),
            new Exemption(
                    "io.millrace.node.quickstart.CleanupDemo",
                    "Process.waitFor",
                    "a demonstration that is no part of a node: waits for a script that sends one signal"),
            new Exemption(
                    "io.millrace.node.quickstart.TrainingRun",
                    "Future.get",
                    "a tool of the build whose callers end after six seconds"),
            new Exemption(
                    "io.millrace.node.quickstart.TrainingRun", "ExecutorService.close", "the same callers have ended"));

    /** More threads than this for one purpose would only hand work to each other. */
    private static final int DISPATCHER_THREADS_MAX = 64;

    private final Config settings = ConfigFactory.load(
            ConfigFactory.parseFile(ProjectTree.path("cluster-config/base.conf").toFile()));

    @Test
    @Proves("G-83")
    void threadsAreMadeInFewPlacesThatBoundThem() {
        var findings = CompiledClasses.of(ProductClasses.MODULES)
                .flatMap(model -> ThreadScan.scan(model).stream())
                .toList();

        Exemption.assertNothingElse(findings, THREAD_SOURCES);
    }

    /** A pinned one gives a thread to each actor that asks for it by name, which no actor of ours does. */
    @Test
    @Proves("G-83")
    void everyDispatcherHasAMostOfThreads() {
        var dispatchers = dispatchers(settings.root(), "");

        assertThat(dispatchers).containsKeys("pekko.actor.default-dispatcher", "pekko.actor.internal-dispatcher");
        dispatchers.values().removeIf(dispatcher -> dispatcher.getString("type").equals("PinnedDispatcher"));
        assertThat(dispatchers)
                .allSatisfy((name, dispatcher) ->
                        assertThat(threadsMax(dispatcher)).as(name).isBetween(1, DISPATCHER_THREADS_MAX));
    }

    @Test
    @Proves("G-83")
    void theJournalHasAThreadForEachConnectionAndNoMore() {
        var pool = settings.getConfig("pekko-persistence-jdbc.shared-databases.slick.db");

        assertThat(pool.getInt("numThreads"))
                .isEqualTo(pool.getInt("maxConnections"))
                .isEqualTo(settings.getInt("millrace.journal.pool-size"));
    }

    @Test
    @Proves("G-84")
    void whatWaitsHasALimit() {
        var findings = CompiledClasses.of(ProductClasses.MODULES)
                .flatMap(model -> WaitLimitScan.waits(model).stream())
                .toList();

        Exemption.assertNothingElse(findings, WAITS);
    }

    @Test
    @Proves("G-84")
    void whoAsksAnActorNamesTheTimeItHas() {
        var asks = CompiledClasses.of(ProductClasses.MODULES)
                .flatMap(model -> WaitLimitScan.asks(model).stream())
                .toList();
        var withoutLimit = CompiledClasses.of(ProductClasses.MODULES)
                .flatMap(model -> WaitLimitScan.asksWithoutNamedLimit(model).stream())
                .toList();

        assertThat(asks).extracting(Finding::className).contains("io.millrace.channel.ChannelCalls");
        assertThat(withoutLimit).isEmpty();
    }

    @Test
    void theScansFindWhatTheyLookFor() {
        var samples = CompiledClasses.of(ForbiddenSamples.class);

        assertThat(ThreadScan.scan(samples))
                .extracting(Finding::member)
                .containsExactlyInAnyOrder(
                        "thread",
                        "virtualThread",
                        "pool",
                        "poolByConstructor",
                        "timer",
                        "commonPool",
                        "parallelStream");
        assertThat(WaitLimitScan.waits(samples))
                .extracting(Finding::member)
                .contains("waitForNotify", "latch", "semaphore", "take", "get", "join", "waitForProcess", "lock")
                .doesNotContain("sleep", "pollWithTimeout", "allowedWait");
        assertThat(WaitLimitScan.asks(samples))
                .extracting(Finding::member)
                .containsExactlyInAnyOrder("askForATimeMadeUp", "allowedAsk");
        assertThat(WaitLimitScan.asksWithoutNamedLimit(samples))
                .extracting(Finding::member)
                .containsExactly("askForATimeMadeUp");
        assertThat(threadsMax(ConfigFactory.parseString("executor = virtual-thread-executor")))
                .isGreaterThan(DISPATCHER_THREADS_MAX);
    }

    /** Every section of the settings that names an executor, by its path. */
    private static Map<String, Config> dispatchers(ConfigObject section, String path) {
        Map<String, Config> dispatchers = new TreeMap<>();
        if (section.containsKey("executor")) {
            dispatchers.put(path, section.toConfig());
        }
        section.forEach((key, value) -> {
            if (value instanceof ConfigObject inner) {
                dispatchers.putAll(dispatchers(inner, path.isEmpty() ? key : path + "." + key));
            }
        });
        return dispatchers;
    }

    private static int threadsMax(Config dispatcher) {
        return switch (dispatcher.getString("executor")) {
            case "fork-join-executor", "default-executor" -> dispatcher.getInt("fork-join-executor.parallelism-max");
            case "thread-pool-executor" -> dispatcher.getInt("thread-pool-executor.fixed-pool-size");
            default -> Integer.MAX_VALUE;
        };
    }
}
