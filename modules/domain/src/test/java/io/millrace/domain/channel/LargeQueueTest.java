package io.millrace.domain.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.job.Priority;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.Limits;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A channel at its limit of queued jobs. */
class LargeQueueTest {
    private static final int JOBS = (int) Limits.QUEUED_JOBS_MAX;
    private static final long HEAP_BYTES_PER_JOB_MAX = 400;
    private static final String SPEC =
            "{\"kind\":\"process\",\"process\":{\"command\":[\"make\",\"-C\",\"/srv/build/main\",\"tests\"]}}";

    private static long bytesPerJob;
    private static ChannelSnapshot full = LiveChannel.empty().snapshot();

    @BeforeAll
    static void fillTheQueue() {
        long before = usedHeapBytes();
        ChannelUnderTest channel = filled();
        bytesPerJob = (usedHeapBytes() - before) / JOBS;
        full = channel.live.snapshot();
    }

    @AfterAll
    static void letGo() {
        full = LiveChannel.empty().snapshot();
    }

    @Test
    void aQueuedJobCostsAtMost400BytesOfHeapItsSpecificationOf80BytesIncluded() {
        System.out.println("heap per queued job: " + bytesPerJob + " bytes");

        assertThat(full.waiting()).hasSize(JOBS);
        assertThat(SPEC.getBytes(StandardCharsets.UTF_8)).hasSize(80);
        assertThat(bytesPerJob).isBetween(100L, HEAP_BYTES_PER_JOB_MAX);
    }

    @Test
    void purgingEndsThemInEventsOfBoundedSize() {
        ChannelUnderTest channel = ChannelUnderTest.of(full);

        List<ChannelEvent> events = channel.events(new ChannelCommand.Purge());

        assertThat(events)
                .hasSize(JOBS / Limits.JOBS_PER_EVENT_MAX)
                .allMatch(event -> ((ChannelEvent.JobsEnded) event).jobs().size() <= Limits.JOBS_PER_EVENT_MAX);
        assertThat(channel.live.waiting()).isZero();
        assertThat(channel.live.counts().cancelled()).isEqualTo(JOBS);
    }

    @Test
    void deletingEndsThemInEventsOfBoundedSize() {
        ChannelUnderTest channel = ChannelUnderTest.of(full);

        List<ChannelEvent> events = channel.events(new ChannelCommand.Delete());

        assertThat(events).hasSize(JOBS / Limits.JOBS_PER_EVENT_MAX + 1);
        assertThat(channel.live.waiting()).isZero();
    }

    /** Looking at every job would take thousands of times as long as the commands do. */
    @Test
    void commandsDoNotLookAtEveryJob() {
        ChannelUnderTest channel = ChannelUnderTest.of(full);
        int rounds = 2_000;
        long started = System.nanoTime();

        for (int i = 1; i <= rounds; i++) {
            int job = channel.start(1).getFirst();
            channel.end(job, ChannelUnderTest.success());
            channel.cancel(JOBS - 7 * i);
            channel.live.conditionsOf(channel.waiting(JOBS / 2), channel.now());
            channel.events(new ChannelCommand.Elapse());
            channel.live.sealed(i);
            channel.live.projected(i, channel.now());
        }

        Duration perRound = Duration.ofNanos((System.nanoTime() - started) / rounds);
        System.out.println(
                "start, end, cancel, explain and elapse among " + JOBS + " jobs: " + perRound.toNanos() + " ns");
        assertThat(perRound).isLessThan(Duration.ofMillis(2));
    }

    private static ChannelUnderTest filled() {
        ChannelUnderTest channel = ChannelUnderTest.withSlots(20);
        for (int from = 1; from <= JOBS; from += Limits.BATCH_JOBS_MAX) {
            channel.submit(IntStream.range(from, from + Limits.BATCH_JOBS_MAX)
                    .mapToObj(LargeQueueTest::typicalJob)
                    .toList());
        }
        return channel;
    }

    /** Nothing in it is shared that separate requests would not share. */
    private static SubmittedJob typicalJob(int number) {
        return new SubmittedJob(
                TestJob.id(number),
                JobKind.PROCESS,
                "",
                Priority.values()[number % 3],
                0,
                new JobPolicy(0, 0, 1, 1_000, 2.0, 60_000, 0.1, List.of(), JobPolicy.DEFAULT.delivery(), false),
                Map.of(),
                SPEC.getBytes(StandardCharsets.UTF_8));
    }

    private static long usedHeapBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
