package io.millrace.channel.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.work.Work;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.ProcessLimits;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessRequestTest {
    private static final AttemptId ATTEMPT = new AttemptId(TestJobs.id(1), 2, 7);

    @Test
    void theJobOverridesTheChannelWhichOverridesTheNode() {
        var inherited = Map.of("NODE", "node", "CHANNEL", "node", "JOB", "node", "MILLRACE_ATTEMPT", "node");
        var ofChannel = Map.of("CHANNEL", "channel", "JOB", "channel");
        var ofJob = Map.of("JOB", "job");

        StartOrder order = request(ofChannel, ofJob).order(Path.of("/home"), inherited);

        assertThat(order.env())
                .containsOnly(
                        Map.entry("NODE", "node"),
                        Map.entry("CHANNEL", "channel"),
                        Map.entry("JOB", "job"),
                        Map.entry("MILLRACE_CHANNEL", "default"),
                        Map.entry("MILLRACE_JOB_ID", TestJobs.id(1).toString()),
                        Map.entry("MILLRACE_ATTEMPT", "2"),
                        Map.entry("MILLRACE_FENCING_TOKEN", "7"));
    }

    @Test
    void aPathOfTheNodeIsNotNamedInMessagesAsTheUsersOwn() {
        var path = Map.of("PATH", "/opt/bin");

        assertThat(request(Map.of(), Map.of()).order(Path.of("/home"), path).namesOwnPath())
                .isFalse();
        assertThat(request(path, Map.of()).order(Path.of("/home"), Map.of()).namesOwnPath())
                .isTrue();
        assertThat(request(Map.of(), path).order(Path.of("/home"), Map.of()).namesOwnPath())
                .isTrue();
    }

    private static ProcessRequest request(Map<String, String> ofChannel, Map<String, String> ofJob) {
        return new ProcessRequest(
                ChannelName.DEFAULT,
                ATTEMPT,
                ATTEMPT,
                new Work.Process(List.of("true"), ofJob, "", null),
                ofChannel,
                List.of(),
                ProcessLimits.NONE,
                false,
                false,
                0);
    }
}
