package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.host.system.ProcessTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A service whose node is started again: killed at first, and then stopped in an orderly way. */
class ServiceRestartIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** Numbers its lines, so that one that was lost or told twice, or another process, would show. */
    private static final String COUNTER = """
        number=0
        while :; do
            number=$((number + 1))
            echo $number
            sleep 0.05
        done
        """;

    @RegisterExtension
    private final Nodes nodes = new Nodes();

    @Test
    void aRestartOfTheNodeDoesNotRestartItsService() throws IOException {
        // given
        Path script = Files.writeString(nodes.path("counter.sh"), COUNTER);
        nodes.with("MILLRACE_PROCESSES_LEASE", "1m");
        ForkedNode first = nodes.start("node");
        first.api().put("/v1/channels/dev", "{\"spec\":{}}").expectSuccess();
        ChannelProcess service = ChannelProcess.startService(first.api(), "dev", "web", script);
        JsonNode before = service.awaitRun(1);
        ProcessTable.Entry process =
                ProcessTable.find(before.path("pid").asInt()).orElseThrow();
        int told = awaitMoreThan(service, 10);

        // when
        first.kill();
        ForkedNode second = nodes.start("node");

        // then it is the same process, and what it writes is heard again
        assertSameRun(service.at(second), before, process);
        int toldAfterKill = awaitMoreThan(service.at(second), told + 10);
        assertThat(numbers(service.at(second))).isSorted().doesNotHaveDuplicates();

        // when
        assertThat(second.stop()).isZero();
        assertThat(NodeProcesses.isAlive(process.pid())).isTrue();
        ForkedNode third = nodes.start("node");

        // then nothing was lost either, not even of what it wrote in between
        assertSameRun(service.at(third), before, process);
        int last = awaitMoreThan(service.at(third), toldAfterKill + 10);
        List<Integer> all = numbers(service.at(third));
        assertThat(all.subList(all.indexOf(toldAfterKill), all.indexOf(last) + 1))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(toldAfterKill, last).boxed().toList());

        // and it can be stopped as if nothing had been
        service.at(third).stop();
        assertThat(service.at(third).show().path("state").asText()).isEqualTo("STOPPED");
        assertThat(NodeProcesses.isAlive(process.pid())).isFalse();
        assertThat(third.stop()).isZero();
        await().atMost(SOON).until(() -> nodes.processesOf("node").companion().isEmpty());
    }

    private static void assertSameRun(ChannelProcess service, JsonNode before, ProcessTable.Entry process) {
        JsonNode shown = service.await(now -> now.path("running").asBoolean());
        for (String field : List.of("id", "run", "restarts", "pid", "startedAt", "node")) {
            assertThat(shown.path(field)).as(field).isEqualTo(before.path(field));
        }
        assertThat(ProcessTable.find(process.pid()))
                .map(ProcessTable.Entry::startTicks)
                .contains(process.startTicks());
    }

    /** Waits until it has told a number beyond this one, and gives the highest. */
    private static int awaitMoreThan(ChannelProcess service, int number) {
        return await().atMost(SOON)
                .ignoreExceptions()
                .until(() -> numbers(service).getLast(), highest -> highest > number);
    }

    private static List<Integer> numbers(ChannelProcess service) {
        return service.lines().stream().map(Integer::valueOf).toList();
    }
}
