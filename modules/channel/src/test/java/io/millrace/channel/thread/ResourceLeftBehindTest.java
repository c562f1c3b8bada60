package io.millrace.channel.thread;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.ChannelReport;
import io.millrace.channel.fixture.ChannelManagers;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.channel.resource.buffer.PendingTransfer;
import io.millrace.contracts.Proves;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.AllocationRequest;
import io.millrace.contracts.resource.Buffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResourceLeftBehindTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @Test
    @Proves({"R-38", "C-47"})
    void aBufferThatCannotBeTakenBackIsTriedAgainThenReportedAndIsBackOnceItCan() throws Exception {
        // given a handler that returns while the system still writes into its buffer
        var transfer = new CompletableFuture<PendingTransfer>();
        try (var managers = ChannelManagers.with(KIT, directory.resolve("data"), TestHandler.named("hasty", context -> {
            Buffer buffer = context.resources()
                    .allocateBuffer(AllocationRequest.of(ResourceType.BUFFER, 100))
                    .toCompletableFuture()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            transfer.complete(PendingTransfer.into(buffer.memory()));
            return null;
        }))) {

            // when
            var attempt = managers.run(ChannelManagers.handler("hasty"));
            transfer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            long start = System.nanoTime();

            // then the cleanup tries again, gives up in time, says what is left, and the attempt ends all the same
            var incident = managers.report(ChannelReport.IncidentSeen.class).report();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
            assertThat(incident.kind()).isEqualTo(IncidentKind.CLEANUP_FAILED);
            assertThat(incident.subject()).isEqualTo("attempts: resources");
            assertThat(incident.detail()).contains(attempt.job().toString(), "a resource is still in use");
            var condition = managers.report(ChannelReport.ConditionRaised.class).condition();
            assertThat(condition.type()).isEqualTo("CleanupFailed");
            assertThat(condition.message())
                    .contains(attempt.job().toString())
                    .contains("a resource is still in use")
                    .contains("node-1");
            managers.outcome(attempt);
            assertThat(managers.resources()).anyMatch(type -> type.inUse() > 0);

            // and the buffer is back as soon as nobody writes into it
            transfer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).complete(new byte[] {1});
            managers.reports.awaitAssert(
                    PATIENCE, () -> assertThat(managers.resources()).allMatch(type -> type.inUse() == 0));
        }
    }
}
