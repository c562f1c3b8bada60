package io.millrace.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.fixture.JacksonValueCodec;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.channel.process.ProcessManager;
import io.millrace.contracts.JobId;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.work.Work;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.SubmittedJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A command whose channel ends without a word and begins another life on the same node. */
class AdoptedAttemptTest {
    private static final Duration PATIENCE = ChannelFixture.PATIENCE;

    @TempDir
    Path data;

    private CleanupUnderTest channel;

    @BeforeEach
    void startChannel() {
        channel = new CleanupUnderTest(data);
        channel.fixture.advanceClock(Duration.ofMillis(System.currentTimeMillis() - channel.fixture.now()));
        channel.started();
    }

    @AfterEach
    void stopChannel() {
        channel.close();
    }

    @Test
    void aCommandOutlivesItsChannelsLifeAsTheSameAttempt() throws IOException {
        // given
        submit("echo $$ >> witness; while [ ! -e go ]; do sleep 0.02; done; exit 3");
        awaitStarted();

        // when
        channel.fixture.crash();
        channel.fixture.start();
        awaitStored(ChannelEvent.AttemptAdopted.class);
        Files.createFile(data.resolve("go"));

        // then
        ChannelEvent.AttemptEnded ended = awaitStored(ChannelEvent.AttemptEnded.class);
        assertThat(ended.next()).isEqualTo(JobState.FAILED);
        assertThat(ended.outcome().exitCode()).isEqualTo(3);
        assertThat(ended.number()).isEqualTo(1);
        assertThat(Files.readAllLines(data.resolve("witness"))).hasSize(1);
    }

    @Test
    void howACommandEndedWhileItsChannelWasAwayIsHeardByTheNextLife() throws IOException {
        // given
        submit("echo $$ >> witness; while [ ! -e go ]; do sleep 0.02; done; echo done > end");
        awaitStarted();

        // when
        channel.fixture.crash();
        Files.createFile(data.resolve("go"));
        awaitFile("end");
        channel.fixture.start();

        // then
        ChannelEvent.AttemptEnded ended = awaitStored(ChannelEvent.AttemptEnded.class);
        assertThat(ended.next()).isEqualTo(JobState.SUCCEEDED);
        assertThat(ended.number()).isEqualTo(1);
        assertThat(Files.readAllLines(data.resolve("witness"))).hasSize(1);
    }

    @Test
    void aCommandThatWasTakenOverCanBeCancelled() throws IOException {
        // given
        JobId job = submit("echo $$ >> witness; exec sleep 300");
        awaitStarted();
        long pid = Long.parseLong(Files.readString(data.resolve("witness")).strip());
        channel.fixture.crash();
        channel.fixture.start();

        // when
        awaitStored(ChannelEvent.AttemptAdopted.class);
        channel.fixture.ask(ChannelReply.JobShown.class, replyTo -> new ChannelRequest.Cancel(job, replyTo));

        // then
        assertThat(awaitStored(ChannelEvent.AttemptEnded.class).next()).isEqualTo(JobState.CANCELLED);
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }

    /** A shell command in the directory of the test. */
    private JobId submit(String script) {
        JobSpec spec = JobSpec.of(new Work.Process(List.of("/bin/sh", "-c", script), Map.of(), "", data.toString()));
        SubmittedJob job = TestJobs.submitted(1, spec, new JacksonValueCodec().encodeJobSpec(spec));
        channel.fixture.submitted(job);
        return job.id();
    }

    private <T extends ChannelEvent> T awaitStored(Class<T> type) {
        return Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> channel.fixture.storedEvents(type), stored -> !stored.isEmpty())
                .getFirst();
    }

    /** Until its process is known to run, and has said so itself. */
    private void awaitStarted() {
        awaitFile("witness");
        Awaitility.await().atMost(PATIENCE).until(() -> {
            TestProbe<ProcessManager.Processes> asked =
                    channel.fixture.testKit().createTestProbe();
            channel.fixture.managers().processes().tell(new ProcessManager.Snapshot(asked.ref()));
            return asked.receiveMessage(PATIENCE).processes().size() == 1;
        });
    }

    private void awaitFile(String name) {
        Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> Files.size(data.resolve(name)) > 0);
    }
}
