package io.millrace.channel;

import static io.millrace.channel.fixture.TestJobs.handlerSpec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.channel.Channels.BatchSubmission;
import io.millrace.channel.Channels.IdempotencyKey;
import io.millrace.channel.Channels.Submission;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelDeletion;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.event.ChannelEventView;
import io.millrace.contracts.event.EventCursor;
import io.millrace.contracts.event.EventPage;
import io.millrace.contracts.job.JobQuery;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.log.LogQuery;
import io.millrace.contracts.work.Work;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A whole node from the facade down to the journal, without anything that really runs. */
class ShardedChannelsTest {
    private static final OneNode NODE = new OneNode();
    private static final ChannelSystem SYSTEM =
            ChannelSystem.start(NODE.kit.system(), NODE.services.services(), NODE.journal, SucceedingThreads::start);

    private static int channelsUsed;

    private final Channels channels = SYSTEM.channels();
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
    void createChannel() {
        channel = new ChannelName("channel-" + ++channelsUsed);
        assertThat(await(channels.put(channel, ChannelSpec.DEFAULT)).created()).isTrue();
    }

    @Test
    void aJobIsAcceptedRunsAndIsShownByTheChannelAndByTheReadModel() {
        Submission submission = await(channels.submit(channel, handlerSpec("noop"), null));

        JobId id = submission.job().id();
        assertThat(submission.replayed()).isFalse();
        assertThat(submission.job().state()).isEqualTo(JobState.QUEUED);
        JobView ended = await(channels.awaitEnd(channel, id, Duration.ofSeconds(10)));
        assertThat(ended.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(ended.resultJson()).isEqualTo("\"done\"");
        assertThat(await(channels.attempts(channel, id))).hasSize(1);
        assertThat(await(channels.jobs(of(channel))).items())
                .singleElement()
                .satisfies(job -> assertThat(job.state()).isEqualTo(JobState.SUCCEEDED));
        assertThat(await(channels.job(channel, id)).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void aListShowsWhatWasAcceptedBeforeItWasAskedFor() {
        for (int i = 1; i <= 20; i++) {
            await(channels.submit(channel, handlerSpec("noop"), null));

            assertThat(await(channels.jobs(of(channel))).items()).hasSize(i);
        }
    }

    @Test
    void aLargeBatchIsAcceptedWholeAndInOrder() {
        // given more than fits one message between nodes
        List<JobSpec> specs = Collections.nCopies(3_000, processSpec("x".repeat(500)));

        BatchSubmission submission = await(channels.submitAll(channel, specs, null));

        assertThat(submission.jobs()).hasSize(3_000);
        assertThat(submission.jobs())
                .extracting(Channels.AcceptedJob::id)
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(await(channels.channel(channel)).jobs().live()).isEqualTo(3_000);
    }

    @Test
    void theSameKeyGivesTheSameAnswer() {
        IdempotencyKey key = new IdempotencyKey("key", "hash");
        Submission first = await(channels.submit(channel, handlerSpec("noop"), key));

        Submission again = await(channels.submit(channel, handlerSpec("noop"), key));

        assertThat(again.replayed()).isTrue();
        assertThat(again.job().id()).isEqualTo(first.job().id());
        assertProblem(
                () -> await(channels.submit(channel, handlerSpec("noop"), new IdempotencyKey("key", "other"))),
                ErrorCode.INVALID_ARGUMENT);
    }

    @Test
    void aBatchUnderAKnownKeyShowsItsJobsAsTheyAre() {
        IdempotencyKey key = new IdempotencyKey("key", "hash");
        List<JobSpec> specs = List.of(handlerSpec("noop"), processSpec("x"));
        BatchSubmission first = await(channels.submitAll(channel, specs, key));
        await(channels.awaitEnd(channel, first.jobs().getFirst().id(), Duration.ofSeconds(10)));

        BatchSubmission again = await(channels.submitAll(channel, specs, key));

        assertThat(again.replayed()).isTrue();
        assertThat(again.jobs())
                .extracting(Channels.AcceptedJob::state)
                .containsExactly(JobState.SUCCEEDED, JobState.RUNNING);
    }

    @Test
    void aCancelledJobEndsAndCanBeRetried() {
        JobId id = await(channels.submit(channel, processSpec("x"), null)).job().id();
        assertThat(await(channels.cancel(channel, id)).state()).isEqualTo(JobState.RUNNING);
        assertThat(await(channels.awaitEnd(channel, id, Duration.ofSeconds(10))).state())
                .isEqualTo(JobState.CANCELLED);
        await(channels.jobs(of(channel)));
        assertProblem(() -> await(channels.cancel(channel, id)), ErrorCode.INVALID_STATE);

        // the channel has forgotten it by now, so it comes back from the read model
        JobView retried = await(channels.retry(channel, id));

        assertThat(retried.state()).isEqualTo(JobState.RUNNING);
        assertThat(retried.attempt()).isEqualTo(2);
        assertProblem(() -> await(channels.retry(channel, id)), ErrorCode.INVALID_STATE);
    }

    @Test
    void eventsAreReadInOrderWithoutGapOrRepeat() {
        JobId id =
                await(channels.submit(channel, handlerSpec("noop"), null)).job().id();
        await(channels.awaitEnd(channel, id, Duration.ofSeconds(10)));

        List<ChannelEventView> events = new ArrayList<>();
        EventCursor after = EventCursor.START;
        EventPage page;
        do {
            page = await(channels.events(channel, null, Set.of(), after, 2, Duration.ZERO));
            events.addAll(page.events());
            after = page.nextAfter();
        } while (!page.events().isEmpty());

        assertThat(events)
                .extracting(ChannelEventView::type)
                .containsExactly("channel.moved", "channel.created", "job.submitted", "job.started", "job.succeeded");
        assertThat(await(channels.events(channel, id, Set.of("job.started"), EventCursor.START, 10, Duration.ZERO))
                        .events())
                .singleElement()
                .satisfies(event -> assertThat(event.data()).containsEntry("attempt", 1));
    }

    @Test
    void aReaderOfEventsIsAnsweredWhenSomethingHappens() {
        EventCursor end = await(channels.events(channel, null, Set.of(), EventCursor.START, 100, Duration.ZERO))
                .nextAfter();
        CompletionStage<EventPage> waiting =
                channels.events(channel, null, Set.of("channel.paused"), end, 100, Duration.ofSeconds(10));

        await(channels.pause(channel));

        assertThat(await(waiting).events()).extracting(ChannelEventView::type).containsExactly("channel.paused");
    }

    @Test
    void logsOfAnEndedJobAreCompleteAndThoseOfAnUnknownOneAreRefused() {
        JobId id =
                await(channels.submit(channel, handlerSpec("noop"), null)).job().id();
        await(channels.awaitEnd(channel, id, Duration.ofSeconds(10)));
        await(channels.jobs(of(channel)));

        assertThat(await(channels.logs(logsOf(id), Duration.ZERO)).isComplete()).isTrue();
        assertProblem(() -> await(channels.logs(logsOf(new JobId(1, 1)), Duration.ZERO)), ErrorCode.NOT_FOUND);
    }

    @Test
    void whatDoesNotExistIsRefusedWithoutWakingAnything() {
        ChannelName unknown = new ChannelName("never-created-" + channelsUsed);

        assertProblem(() -> await(channels.channel(unknown)), ErrorCode.NOT_FOUND);
        assertProblem(() -> await(channels.submit(unknown, handlerSpec("noop"), null)), ErrorCode.NOT_FOUND);
        assertProblem(() -> await(channels.jobs(of(unknown))), ErrorCode.NOT_FOUND);
        assertProblem(() -> await(channels.job(channel, new JobId(1, 1))), ErrorCode.NOT_FOUND);
        assertProblem(() -> await(channels.cancel(channel, new JobId(1, 1))), ErrorCode.NOT_FOUND);
        assertThat(NODE.journal.entries(unknown)).isEmpty();
    }

    @Test
    void aDeletedChannelIsGone() {
        ChannelDeletion deletion = await(channels.delete(channel));

        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertProblem(() -> await(channels.channel(channel)), ErrorCode.NOT_FOUND));
        ChannelDeletion ended = await(channels.deletion(deletion.reference()));
        assertThat(deletion.endedAt()).isNull();
        assertThat(ended.reference()).isEqualTo(deletion.reference());
        assertThat(ended.endedAt()).isNotNull();
    }

    @Test
    void aDeletionThatNeverWasIsNotFound() {
        var never = new ChannelDeletion.Reference(channel, Instant.ofEpochMilli(1));

        assertProblem(() -> await(channels.deletion(never)), ErrorCode.NOT_FOUND);
        await(channels.delete(channel));
        assertProblem(() -> await(channels.deletion(never)), ErrorCode.NOT_FOUND);
    }

    @Test
    void theDefaultChannelExistsFromTheBeginning() {
        assertThat(await(channels.channel(ChannelName.DEFAULT)).state()).isEqualTo(ChannelState.ACTIVE);
        Submission submission = await(channels.submit(ChannelName.DEFAULT, handlerSpec("noop"), null));
        assertThat(await(channels.awaitEnd(ChannelName.DEFAULT, submission.job().id(), Duration.ofSeconds(10)))
                        .state())
                .isEqualTo(JobState.SUCCEEDED);
        assertThat(await(channels.channels(100, null)).items())
                .extracting(io.millrace.contracts.channel.ChannelView::name)
                .contains(ChannelName.DEFAULT, channel);
    }

    @Test
    void aDatabaseThatIsAwayIsReportedAndNothingIsHalfAccepted() {
        PersistenceTestKit.create(NODE.kit.system()).failNextPersisted("Channel|" + channel);

        assertProblem(() -> await(channels.submit(channel, handlerSpec("noop"), null)), ErrorCode.UNAVAILABLE);

        await(channels.submit(channel, handlerSpec("noop"), null));
        assertThat(await(channels.jobs(of(channel))).items()).hasSize(1);
    }

    @Test
    void aSpecificationThatIsTooLargeIsRefusedByItsPlaceInTheBatch() {
        List<JobSpec> specs = List.of(processSpec("x"), processSpec("x".repeat(300_000)));

        assertThatThrownBy(() -> await(channels.submitAll(channel, specs, null)))
                .isInstanceOfSatisfying(
                        MillraceException.class,
                        refused -> assertThat(refused.problem().violations())
                                .singleElement()
                                .satisfies(violation ->
                                        assertThat(violation.field()).isEqualTo("jobs[1]")));
        assertThat(await(channels.jobs(of(channel))).items()).isEmpty();
    }

    @Test
    void inspectionShowsWhatRunsOnEveryNode() {
        JobId id = await(channels.submit(channel, processSpec("x"), null)).job().id();
        await(channels.job(channel, id));

        Inspection.ClusterList<Inspection.ThreadView> threads =
                await(SYSTEM.inspection().threads());

        assertThat(threads.silentNodes()).isEmpty();
        assertThat(threads.items()).anySatisfy(thread -> {
            assertThat(thread.job()).isEqualTo(id);
            assertThat(thread.channel()).isEqualTo(channel);
        });
        assertThat(await(SYSTEM.inspection().resources()).silentNodes()).isEmpty();
        assertThat(await(SYSTEM.inspection().processes()).silentNodes()).isEmpty();
        assertThat(await(SYSTEM.inspection().cleanups()).silentNodes()).isEmpty();
    }

    private static JobQuery of(ChannelName channel) {
        return new JobQuery(channel, List.of(), null, Map.of(), null, null, 1_000, null);
    }

    private LogQuery logsOf(JobId job) {
        return new LogQuery(channel, job, null, 0, null, null, null, null, null, 100);
    }

    private static JobSpec processSpec(String argument) {
        return JobSpec.of(new Work.Process(List.of("echo", argument), Map.of(), "", null));
    }

    private static void assertProblem(ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(MillraceException.class, refused -> {
            Problem problem = refused.problem();
            assertThat(problem.code()).isEqualTo(code);
            assertThat(problem.detail()).isNotBlank();
        });
    }

    private static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException expected) {
                throw expected;
            }
            throw new AssertionError(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }
}
