package io.millrace.channel;

import static io.millrace.channel.fixture.Callers.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.channel.Channels.AcceptedJob;
import io.millrace.channel.Channels.BatchSubmission;
import io.millrace.channel.cluster.NodeInspector;
import io.millrace.channel.fixture.Callers;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.work.Work;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.channel.JournalEntry;
import io.millrace.domain.channel.SubmittedJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.FishingOutcomes;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many callers of one channel at the same time. */
class ConcurrentChannelsTest {
    private static final int SENDERS = 20;
    private static final int BATCH_JOBS = 40;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final OneNode NODE = new OneNode();
    private static final ChannelSystem SYSTEM =
            ChannelSystem.start(NODE.kit.system(), NODE.services.services(), NODE.journal, SucceedingThreads::start);
    private static final Channels CHANNELS = SYSTEM.channels();

    private static int channelsUsed;

    private ChannelName channel = ChannelName.DEFAULT;

    @BeforeAll
    static void join() {
        NODE.join();
    }

    @AfterAll
    static void stop() {
        NODE.close();
    }

    @BeforeEach
    void createChannel() throws Exception {
        channel = new ChannelName("channel-" + ++channelsUsed);
        await(CHANNELS.put(channel, ChannelFixture.slots(1)));
    }

    /** Each batch is larger than a message may be, so it takes several, which cross those of the others. */
    @Test
    @Proves({"G-28", "G-66", "G-90"})
    void batchesOfManySendersAreNeverInterleaved() throws Exception {
        // given
        List<JobSpec> batch = Collections.nCopies(BATCH_JOBS, job("x".repeat(Limits.MESSAGE_BYTES_MAX / BATCH_JOBS)));

        // when
        List<BatchSubmission> batches = Callers.values(
                SENDERS, BatchSubmission.class, _ -> () -> await(CHANNELS.submitAll(channel, batch, null)));

        // then each is stored whole and in its order
        List<List<JobId>> sent =
                batches.stream().map(ConcurrentChannelsTest::ids).toList();
        assertThat(events(ChannelEvent.JobsSubmitted.class).map(ConcurrentChannelsTest::ids))
                .containsExactlyInAnyOrderElementsOf(sent);

        // and its jobs start one after the other, with none of another batch between them
        for (List<JobId> ids : sent) {
            await(CHANNELS.awaitEnd(channel, ids.getLast(), PATIENCE));
        }
        List<JobId> started = events(ChannelEvent.AttemptStarted.class)
                .map(ChannelEvent.AttemptStarted::job)
                .toList();
        assertThat(inGroupsOf(BATCH_JOBS, started)).containsExactlyInAnyOrderElementsOf(sent);
    }

    @Test
    @Proves({"G-18", "G-66"})
    void whatManyCallersCountIsReadFromTheOneInstanceOfTheNode() throws Exception {
        // given
        long before = submittedJobs();

        // when
        Callers.outcomes(SENDERS, _ -> () -> await(CHANNELS.submit(channel, job("x"), null)));

        // then
        assertThat(submittedJobs()).isEqualTo(before + SENDERS);
    }

    @Test
    @Proves({"G-36", "G-66"})
    void namesOfChannelsThatWereReadStayAsTheyWereWhileChannelsAreAdded() throws Exception {
        // given
        List<ChannelView> first = await(CHANNELS.channels(100, null)).items();
        List<ChannelView> copy = new ArrayList<>(first);

        // when half of the callers add channels and half go through the list again and again
        List<Object> outcomes = Callers.outcomes(SENDERS, number -> number % 2 == 0 ? add(number) : this::readAll);

        // then
        assertThat(outcomes).noneMatch(Exception.class::isInstance);
        assertThat(first).isEqualTo(copy);
        assertThatThrownBy(first::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThat(await(CHANNELS.channels(100, null)).items())
                .extracting(ChannelView::name)
                .filteredOn(name -> name.value().startsWith("added-"))
                .hasSize(SENDERS / 2);
    }

    @Test
    @Proves("G-66")
    void whoeverInspectsTheClusterWhileOthersSubmitSeesEveryThreadOnce() throws Exception {
        // given
        JobSpec process = JobSpec.of(new Work.Process(List.of("sleep", "60"), Map.of(), "", null));
        JobId running = await(CHANNELS.submit(channel, process, null)).job().id();
        await(CHANNELS.job(channel, running));

        awaitInspector();

        // when
        List<Object> outcomes = Callers.outcomes(
                SENDERS,
                number -> number % 2 == 0 ? () -> await(CHANNELS.submit(channel, job("x"), null)) : this::runningJobs);

        // then none that was seen is another one, and whoever asks when it is quiet again sees it
        assertThat(outcomes).noneMatch(Exception.class::isInstance);
        assertThat(outcomes)
                .filteredOn(List.class::isInstance)
                .hasSize(SENDERS / 2)
                .allSatisfy(jobs -> assertThat(jobs).isIn(List.of(), List.of(running)));
        assertThat(runningJobs()).containsExactly(running);
    }

    /** A node that is new is named as silent until all have heard of it. */
    private static void awaitInspector() {
        var key = ServiceKey.create(NodeInspector.Command.class, "millrace-node-inspector");
        TestProbe<Receptionist.Listing> listings = NODE.kit.createTestProbe();
        NODE.kit.system().receptionist().tell(Receptionist.subscribe(key, listings.ref()));
        listings.fishForMessage(
                PATIENCE,
                listing -> listing.getServiceInstances(key).isEmpty()
                        ? FishingOutcomes.continueAndIgnore()
                        : FishingOutcomes.complete());
    }

    private List<JobId> runningJobs() throws Exception {
        return await(SYSTEM.inspection().threads()).items().stream()
                .filter(thread -> thread.channel().equals(channel))
                .map(Inspection.ThreadView::job)
                .toList();
    }

    private Callable<Object> add(int number) {
        return () -> await(CHANNELS.put(new ChannelName("added-" + number), ChannelSpec.DEFAULT));
    }

    private Object readAll() throws Exception {
        int names = 0;
        for (int i = 0; i < 20; i++) {
            for (ChannelView view : await(CHANNELS.channels(100, null)).items()) {
                names += view.name().value().length();
            }
        }
        return names;
    }

    private static JobSpec job(String input) {
        return JobSpec.of(new Work.Handler("noop", input));
    }

    private static List<JobId> ids(BatchSubmission batch) {
        return batch.jobs().stream().map(AcceptedJob::id).toList();
    }

    private static List<JobId> ids(ChannelEvent.JobsSubmitted submitted) {
        return submitted.jobs().stream().map(SubmittedJob::id).toList();
    }

    private static List<List<JobId>> inGroupsOf(int size, List<JobId> jobs) {
        List<List<JobId>> groups = new ArrayList<>();
        for (int from = 0; from < jobs.size(); from += size) {
            groups.add(jobs.subList(from, Math.min(jobs.size(), from + size)));
        }
        return groups;
    }

    private <T extends ChannelEvent> Stream<T> events(Class<T> type) {
        return NODE.journal.entries(channel).stream()
                .map(JournalEntry::events)
                .flatMap(List::stream)
                .filter(type::isInstance)
                .map(type::cast);
    }

    private static long submittedJobs() {
        return NODE.services.instruments.all().stream()
                .filter(instrument -> instrument.name().equals("millrace_jobs_submitted_total"))
                .mapToLong(instrument -> ((Instruments.Counter) instrument).value())
                .sum();
    }
}
