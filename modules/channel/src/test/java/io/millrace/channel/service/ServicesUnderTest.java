package io.millrace.channel.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.process.ProcessManager;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import io.millrace.domain.Limits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** The services of one channel, run for real on this machine. */
final class ServicesUnderTest implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    final ChannelManagers managers;
    private final ActorTestKit kit;

    ServicesUnderTest(ActorTestKit kit, Path data) {
        this.kit = kit;
        this.managers = ChannelManagers.with(kit, data);
    }

    // Specifications

    static ProcessSpec command(String name, String... command) {
        return new ProcessSpec(
                new ProcessName(name),
                List.of(command),
                null,
                null,
                Map.of(),
                RestartPolicy.NEVER,
                null,
                ProcessSpec.START_TIMEOUT_DEFAULT,
                StopPolicy.DEFAULT,
                List.of(),
                List.of(),
                false,
                false,
                Map.of());
    }

    static ProcessSpec shell(String name, String script) {
        return command(name, "/bin/sh", "-c", script);
    }

    static ProcessSpec with(RestartPolicy restart, ProcessSpec spec) {
        return copy(spec, restart, spec.ready(), spec.startTimeout(), spec.stop(), spec.dependsOn());
    }

    static ProcessSpec with(Readiness ready, ProcessSpec spec) {
        return copy(spec, spec.restart(), ready, spec.startTimeout(), spec.stop(), spec.dependsOn());
    }

    static ProcessSpec with(StopPolicy stop, ProcessSpec spec) {
        return copy(spec, spec.restart(), spec.ready(), spec.startTimeout(), stop, spec.dependsOn());
    }

    static ProcessSpec startingWithin(Duration timeout, ProcessSpec spec) {
        return copy(spec, spec.restart(), spec.ready(), timeout, spec.stop(), spec.dependsOn());
    }

    static ProcessSpec dependingOn(String name, ProcessDependency.Condition condition, ProcessSpec spec) {
        List<ProcessDependency> all = new ArrayList<>(spec.dependsOn());
        all.add(new ProcessDependency(new ProcessName(name), condition));
        return copy(spec, spec.restart(), spec.ready(), spec.startTimeout(), spec.stop(), all);
    }

    private static ProcessSpec copy(
            ProcessSpec spec,
            RestartPolicy restart,
            @Nullable Readiness ready,
            Duration startTimeout,
            StopPolicy stop,
            List<ProcessDependency> dependsOn) {
        return new ProcessSpec(
                spec.name(),
                spec.command(),
                spec.script(),
                spec.directory(),
                spec.env(),
                restart,
                ready,
                startTimeout,
                stop,
                spec.successExitCodes(),
                dependsOn,
                spec.terminal(),
                spec.stripsAnsi(),
                spec.labels());
    }

    /** Waits that are short enough for a test. */
    static RestartPolicy restarting(RestartPolicy.Mode mode, int max) {
        return new RestartPolicy(mode, Duration.ofMillis(20), 1, Duration.ofMillis(20), max, Duration.ofSeconds(10));
    }

    // Requests

    ProcessView start(ProcessSpec spec) {
        return this.<ServiceManager.Registered>ask(replyTo -> new ServiceManager.Start(spec, null, null, replyTo))
                .process();
    }

    ProcessView startUp(ProcessSpec spec) {
        return awaitUp(start(spec).id());
    }

    ProcessView awaitUp(JobId process) {
        return shown(replyTo -> new ServiceManager.AwaitUp(process, PATIENCE.toMillis(), replyTo));
    }

    ProcessView show(JobId process) {
        return shown(replyTo -> new ServiceManager.Show(process.toString(), replyTo));
    }

    ProcessView stop(JobId process) {
        return stop(process, PATIENCE);
    }

    ProcessView stop(JobId process, Duration wait) {
        return shown(replyTo -> new ServiceManager.Stop(process.toString(), wait.toMillis(), replyTo));
    }

    ProcessView restart(JobId process) {
        return shown(replyTo -> new ServiceManager.Restart(process.toString(), PATIENCE.toMillis(), replyTo));
    }

    ProcessView signal(JobId process, String signal) {
        return shown(replyTo -> new ServiceManager.Signal(process.toString(), signal, replyTo));
    }

    boolean remove(JobId process) {
        return this.<ServiceManager.Removed>ask(
                        replyTo -> new ServiceManager.Remove(process.toString(), PATIENCE.toMillis(), replyTo))
                .isGone();
    }

    List<ProcessView> list() {
        return this.<ServiceManager.Listed>ask(replyTo -> new ServiceManager.ListProcesses(0, replyTo))
                .processes();
    }

    Map<String, Double> totals() {
        return this.<ServiceManager.Totals>ask(ServiceManager.ShowTotals::new).values();
    }

    HandlerProcesses ofHandler() {
        return (HandlerProcesses)
                new ServicesOfAttempts(managers.serviceManager, kit.scheduler(), managers.services.blocking()).get();
    }

    private ProcessView shown(Function<ActorRef<ManagerReply>, ServiceManager.Command> request) {
        return this.<ServiceManager.Shown>ask(request).process();
    }

    @SuppressWarnings("unchecked") // each request has one kind of reply
    <R extends ManagerReply> R ask(Function<ActorRef<ManagerReply>, ServiceManager.Command> request) {
        ManagerReply reply = answer(request);
        assertThat(reply).isNotInstanceOf(ManagerReply.Refused.class);
        return (R) reply;
    }

    Problem refusal(Function<ActorRef<ManagerReply>, ServiceManager.Command> request) {
        ManagerReply reply = answer(request);
        assertThat(reply).isInstanceOf(ManagerReply.Refused.class);
        return ((ManagerReply.Refused) reply).problem();
    }

    private ManagerReply answer(Function<ActorRef<ManagerReply>, ServiceManager.Command> request) {
        TestProbe<ManagerReply> replies = kit.createTestProbe();
        managers.serviceManager.tell(request.apply(replies.ref()));
        return replies.receiveMessage(PATIENCE.plus(Limits.PROCESS_WAIT_MAX));
    }

    ProcessView await(JobId process, Predicate<ProcessView> condition) {
        return Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> show(process), condition);
    }

    // Output

    List<String> lines(JobId process) {
        return managers.text(AttemptId.ofThread(process));
    }

    void awaitLine(JobId process, String line) {
        Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> lines(process), lines -> lines.contains(line));
    }

    List<String> awaitLines(JobId process, int count) {
        return Awaitility.await()
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> lines(process), lines -> lines.size() >= count);
    }

    /** Ends what a test has left running. */
    @Override
    public void close() {
        kit.stop(managers.serviceManager, PATIENCE);
        TestProbe<ProcessManager.AllKilled> killed = kit.createTestProbe();
        managers.processes.tell(new ProcessManager.KillAll(Set.of(), killed.ref()));
        assertThat(killed.receiveMessage(PATIENCE).left()).isEmpty();
        managers.close();
    }
}
