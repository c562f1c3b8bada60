package io.millrace.channel;

import static io.millrace.channel.fixture.Callers.await;

import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.process.ProcessRunner;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.supervise.LocalProcessHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A node that really runs services, asked through the facade. */
final class RunningProcesses implements AutoCloseable {
    private static final StopPolicy AT_ONCE = new StopPolicy("TERM", Duration.ofMillis(200));

    final OneNode node = new OneNode();
    final Channels channels;
    private final ProcessRunner runner;

    RunningProcesses(Path data) {
        runner = start(data, node.services);
        channels = ChannelSystem.start(
                        node.kit.system(), node.services.services("node-1", runner, List.of()), node.journal)
                .channels();
        node.join();
    }

    ChannelProcesses processes() {
        return channels.processes();
    }

    private static ProcessRunner start(Path data, TestServices services) {
        try {
            return ProcessRunner.start(
                    LocalProcessHost.start(data.resolve("host"), ControlGroups.none("this test has none")),
                    data,
                    Map.of(),
                    Executors.newVirtualThreadPerTaskExecutor(),
                    services.instruments);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A command that does not end by itself. */
    static ProcessSpec sleeping(String name) {
        return spec(name, List.of("sleep", "60"), null, null, List.of());
    }

    static ProcessSpec shell(String name, String script) {
        return spec(name, List.of("/bin/sh", "-c", script), null, null, List.of());
    }

    static ProcessSpec script(String name, Path directory) {
        return spec(name, List.of(), name, directory.toString(), List.of());
    }

    /** It waits for another that nobody registers. */
    static ProcessSpec waiting(String name) {
        return spec(
                name,
                List.of("true"),
                null,
                null,
                List.of(new ProcessDependency(new ProcessName("nobody"), ProcessDependency.Condition.READY)));
    }

    private static ProcessSpec spec(
            String name,
            List<String> command,
            @Nullable String script,
            @Nullable String directory,
            List<ProcessDependency> dependsOn) {
        return new ProcessSpec(
                new ProcessName(name),
                command,
                script,
                directory,
                Map.of(),
                RestartPolicy.NEVER,
                null,
                ProcessSpec.START_TIMEOUT_DEFAULT,
                AT_ONCE,
                List.of(),
                dependsOn,
                false,
                false,
                Map.of());
    }

    /** Ends what a test has left running. */
    void removeAll(ChannelName channel) throws Exception {
        for (var process : await(processes().list(channel))) {
            await(processes().remove(channel, process.id().toString(), Duration.ofSeconds(20)));
        }
    }

    @Override
    public void close() {
        node.close();
        runner.close();
    }
}
