package io.millrace.storage.readmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Page;
import io.millrace.contracts.Problem;
import io.millrace.contracts.channel.ChannelDeletion;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.contracts.channel.ChannelView;
import io.millrace.contracts.channel.JobCounts;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.Released;
import io.millrace.contracts.job.AttemptState;
import io.millrace.contracts.job.AttemptView;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.Limits;
import io.millrace.domain.channel.AttemptOutcome;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.RunCause;
import io.millrace.domain.port.ChannelHistory;
import io.millrace.domain.port.ReadModel;
import io.millrace.storage.StorageSettings;
import io.millrace.storage.TestCodec;
import io.millrace.storage.TestDatabases;
import io.millrace.storage.database.Database;
import io.millrace.storage.database.DatabaseAddress;
import io.millrace.storage.schema.Migrations;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SqlReadModelTest {
    private final DatabaseAddress address = TestDatabases.fresh();
    private final Database database = open(address);
    private final SettableClock clock = new SettableClock();
    private final ReadModel readModel = new SqlReadModel(database, new TestCodec(), clock);

    private static Database open(DatabaseAddress address) {
        Migrations.run(address);
        return Database.open(address, StorageSettings.DEFAULT);
    }

    @AfterAll
    void close() {
        database.close();
    }

    @BeforeEach
    void empty() {
        clock.set(Instant.ofEpochMilli(Journal.T0));
        TestDatabases.execute(
                address,
                "TRUNCATE channels, jobs, attempts, idempotency, deleted_channels, deletions, event_journal,"
                        + " log_blocks, log_totals CASCADE");
    }

    private JobView view(Journal journal, JobId job) {
        return readModel.job(journal.channel(), job).orElseThrow();
    }

    private JobCounts counts(Journal journal) {
        return readModel.channel(journal.channel()).orElseThrow().jobs();
    }

    // Replay

    @Test
    void applyingTwiceIsApplyingOnce() {
        // given
        Journal journal = new Journal("orders").created().entry();
        JobId job = journal.submitted();
        journal.entry().started(job, 1).entry().succeeded(job, 1);
        ChannelHistory history = journal.next();

        // when
        readModel.apply(List.of(history));
        JobView once = view(journal, job);
        readModel.apply(List.of(history));
        readModel.apply(List.of(history, journal.from(2)));

        // then
        assertThat(view(journal, job)).isEqualTo(once);
        assertThat(counts(journal)).isEqualTo(new JobCounts(0, 0, 0, 0, 1, 0, 0, 0));
        assertThat(readModel.position(journal.channel())).isEqualTo(4);
    }

    @Test
    void anOverlapAppliesOnlyWhatIsNew() {
        // given
        Journal journal = new Journal("orders").created().entry();
        JobId first = journal.submitted();
        journal.applyTo(readModel);
        JobId second = journal.submitted();

        // when
        readModel.apply(List.of(journal.from(1)));

        // then
        assertThat(counts(journal).queued()).isEqualTo(2);
        assertThat(readModel.job(first)).isPresent();
        assertThat(readModel.job(second)).isPresent();
    }

    @Test
    void aGapIsRefusedAndChangesNothing() {
        // given
        Journal journal = new Journal("orders").created().entry();
        journal.applyTo(readModel);
        journal.submitted();
        journal.entry().submitted();

        // when, then
        assertThatThrownBy(() -> readModel.apply(List.of(journal.from(3))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("up to entry 1")
                .hasMessageContaining("given entry 3");
        assertThat(readModel.position(journal.channel())).isEqualTo(1);
    }

    @Test
    void runsOfOneChannelMayComeInAnyOrder() {
        // given
        Journal journal = new Journal("orders").created();
        ChannelHistory first = journal.next();
        journal.submitted();
        ChannelHistory second = journal.next();

        // when
        readModel.apply(List.of(second, first));

        // then
        assertThat(readModel.position(journal.channel())).isEqualTo(2);
    }

    @Test
    void writersThatApplyTheSameEntriesAtTheSameTimeDoNotInterleave() throws Exception {
        // given
        List<Journal> journals = List.of(new Journal("a"), new Journal("b"), new Journal("c"));
        for (Journal journal : journals) {
            journal.created().entry();
            for (int i = 0; i < 20; i++) {
                JobId job = journal.submitted();
                journal.started(job, 1).entry().succeeded(job, 1).entry();
            }
        }
        List<ChannelHistory> histories = journals.stream().map(Journal::next).toList();
        List<Callable<Void>> writers = IntStream.range(0, 6)
                .<Callable<Void>>mapToObj(writer -> () -> {
                    readModel.apply(writer % 2 == 0 ? histories : histories.reversed());
                    return null;
                })
                .toList();

        // when
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var done : executor.invokeAll(writers)) {
                done.get();
            }
        }

        // then
        for (Journal journal : journals) {
            assertThat(counts(journal)).isEqualTo(new JobCounts(0, 0, 0, 0, 20, 0, 0, 0));
        }
        assertThat(TestDatabases.number(address, "SELECT count(*) FROM jobs WHERE state = 5"))
                .isEqualTo(60);
    }

    @Test
    void positionsOfUnknownChannelsAreAbsent() {
        // given
        Journal journal = new Journal("orders").created();
        journal.applyTo(readModel);
        ChannelName unknown = new ChannelName("unknown");

        // then
        assertThat(readModel.positions(List.of(unknown, journal.channel()))).isEqualTo(Map.of(journal.channel(), 1L));
        assertThat(readModel.position(unknown)).isZero();
    }

    // Jobs. Each rule holds whether the events come in one batch or one by one.

    private void apply(Journal journal, boolean isOneBatch) {
        ChannelHistory history = journal.next();
        if (isOneBatch) {
            readModel.apply(List.of(history));
            return;
        }
        for (int i = 0; i < history.entries().size(); i++) {
            readModel.apply(List.of(new ChannelHistory(
                    journal.channel(),
                    history.firstSequence() + i,
                    List.of(history.entries().get(i)))));
        }
    }

    @Test
    void aSubmittedJobIsShownAsItWasAccepted() {
        // given
        Journal journal = new Journal("orders").created();
        JobId id = journal.nextId();
        long at = journal.now();
        journal.submitted(List.of(journal.job(id, JobKind.HANDLER, "report", 0, Map.of("team", "red"))), null);

        // when
        journal.applyTo(readModel);

        // then
        JobView job = view(journal, id);
        assertThat(job.name()).isEqualTo("report");
        assertThat(job.kind()).isEqualTo(JobKind.HANDLER);
        assertThat(job.state()).isEqualTo(JobState.QUEUED);
        assertThat(job.specJson()).isEqualTo("{\"name\":\"report\"}");
        assertThat(job.createdAt()).isEqualTo(Instant.ofEpochMilli(at));
        assertThat(job.labels()).isEqualTo(Map.of("team", "red"));
        assertThat(job.attempt()).isZero();
        assertThat(job.epoch()).isZero();
        assertThat(job.startedAt()).isNull();
        assertThat(readModel.job(id)).contains(job);
        assertThat(readModel.job(new ChannelName("other"), id)).isEmpty();
        assertThat(readModel.attempts(journal.channel(), id)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aJobThatSucceedsShowsItsAttemptAndResult(boolean isOneBatch) {
        // given
        Journal journal = new Journal("orders").created().entry();
        JobId id = journal.submitted();
        long startedAt = journal.entry().now();
        journal.started(id, 1);
        long endedAt = journal.entry().now();
        journal.succeeded(id, 1);

        // when
        apply(journal, isOneBatch);

        // then
        JobView job = view(journal, id);
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(job.startedAt()).isEqualTo(Instant.ofEpochMilli(startedAt));
        assertThat(job.endedAt()).isEqualTo(Instant.ofEpochMilli(endedAt));
        assertThat(job.exitCode()).isZero();
        assertThat(job.resultJson()).isEqualTo("\"done\"");
        assertThat(job.node()).isEqualTo(Journal.NODE);
        assertThat(job.epoch()).isEqualTo(1);
        assertThat(job.error()).isNull();
        assertThat(readModel.attempts(journal.channel(), id))
                .containsExactly(new AttemptView(
                        1,
                        1,
                        AttemptState.SUCCEEDED,
                        Instant.ofEpochMilli(startedAt),
                        Instant.ofEpochMilli(endedAt),
                        Journal.NODE,
                        0,
                        null,
                        null));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void earlierAttemptsAreKeptWhenAJobIsTriedAgain(boolean isOneBatch) {
        // given
        Journal journal = new Journal("orders").created().entry();
        JobId id = journal.submitted();
        journal.entry().started(id, 1).entry().failedAndTriedAgain(id, 1).entry();
        journal.due(id)
                .entry()
                .started(id, 2)
                .entry()
                .failedAndTriedAgain(id, 2)
                .entry();
        journal.due(id).entry().started(id, 3);

        // when
        apply(journal, isOneBatch);

        // then
        List<AttemptView> attempts = readModel.attempts(journal.channel(), id);
        assertThat(attempts).extracting(AttemptView::number).containsExactly(1, 2, 3);
        assertThat(attempts).extracting(AttemptView::epoch).containsExactly(1L, 2L, 3L);
        assertThat(attempts)
                .extracting(AttemptView::state)
                .containsExactly(AttemptState.FAILED, AttemptState.FAILED, AttemptState.RUNNING);
        assertThat(attempts).extracting(AttemptView::exitCode).containsExactly(3, 3, null);
        assertThat(attempts.getFirst().error()).isNotNull();
        assertThat(attempts.getFirst().endedAt()).isNotNull();
        assertThat(view(journal, id).state()).isEqualTo(JobState.RUNNING);
        assertThat(view(journal, id).exitCode()).isNull();
        assertThat(view(journal, id).error()).isNull();
        assertThat(counts(journal)).isEqualTo(new JobCounts(0, 1, 0, 0, 0, 0, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aJobThatWaitsForItsNextAttemptShowsWhyTheLastOneFailed(boolean isOneBatch) {
        // given
        Journal journal = new Journal("orders").created().entry();
        JobId id = journal.submitted();
        journal.entry().started(id, 1).entry().failedAndTriedAgain(id, 1);

        // when
        apply(journal, isOneBatch);

        // then
        JobView job = view(journal, id);
        assertThat(job.state()).isEqualTo(JobState.SCHEDULED);
        assertThat(job.endedAt()).isNull();
        assertThat(job.exitCode()).isEqualTo(3);
        assertThat(job.error()).isNotNull();
        assertThat(counts(journal)).isEqualTo(new JobCounts(0, 0, 1, 0, 0, 0, 0, 0));
    }

    @Test
    void anInterruptedAttemptThatRunsAgainAtOnceIsQueued() {
        // given
        Journal journal = new Journal("orders").created().entry();
        JobId id = journal.submitted();
        journal.entry().started(id, 1).entry();
        AttemptOutcome interrupted = new AttemptOutcome(AttemptOutcome.Kind.INTERRUPTED, null, null, null, null);
        journal.event(new ChannelEvent.AttemptEnded(journal.now(), id, 1, 1, interrupted, JobState.SCHEDULED, 0));

        // when
        journal.applyTo(readModel);

        // then
        assertThat(view(journal, id).state()).isEqualTo(JobState.QUEUED);
        assertThat(readModel.attempts(journal.channel(), id))
                .extracting(AttemptView::state)
                .containsExactly(AttemptState.LOST);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aScheduledJobBecomesDue(boolean isOneBatch) {
        // given
        Journal journal = new Journal("orders").created().entry();
        JobId id = journal.nextId();
        journal.submitted(List.of(journal.job(id, JobKind.PROCESS, "", journal.now() + 1_000, Map.of())), null);
        apply(journal, isOneBatch);
        assertThat(view(journal, id).state()).isEqualTo(JobState.SCHEDULED);

        // when
        journal.due(id);
        apply(journal, isOneBatch);

        // then
        assertThat(view(journal, id).state()).isEqualTo(JobState.QUEUED);
        assertThat(counts(journal)).isEqualTo(new JobCounts(1, 0, 0, 0, 0, 0, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void jobsThatEndWhileTheyWaitLeaveTheStateTheyWereIn(boolean isOneBatch) {
        // given
        Journal journal = new Journal("orders").created().entry();
        JobId queued = journal.submitted();
        JobId running = journal.submitted();
        JobId late = journal.submitted();
        JobId scheduled = journal.nextId();
        journal.submitted(List.of(journal.job(scheduled, JobKind.PROCESS, "", journal.now() + 1_000, Map.of())), null);
        journal.started(running, 1).entry();
        journal.event(new ChannelEvent.JobsEnded(
                        journal.now(), List.of(queued, scheduled, running), JobState.CANCELLED, "purged"))
                .entry();
        journal.event(new ChannelEvent.JobsEnded(journal.now(), List.of(late), JobState.FAILED, "waited too long"));

        // when
        apply(journal, isOneBatch);

        // then
        assertThat(view(journal, queued).state()).isEqualTo(JobState.CANCELLED);
        assertThat(view(journal, queued).endedAt()).isNotNull();
        assertThat(view(journal, queued).error()).isNull();
        assertThat(view(journal, scheduled).state()).isEqualTo(JobState.CANCELLED);
        assertThat(view(journal, running).state()).isEqualTo(JobState.RUNNING);
        assertThat(view(journal, late).error()).extracting(Problem::code).isEqualTo(ErrorCode.TIMEOUT);
        assertThat(counts(journal)).isEqualTo(new JobCounts(0, 1, 0, 0, 0, 1, 2, 0));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRetriedJobRunsAgainAsTheSameJob(boolean isOneBatch) {
        // given
        Journal journal = new Journal("orders").created().entry();
        JobId id = journal.submitted();
        long createdAt = journal.now() - 1;
        journal.entry().started(id, 1).entry().failed(id, 1).entry();
        journal.event(new ChannelEvent.JobRetried(journal.now(), journal.job(id), 1, 1, createdAt))
                .entry();
        journal.started(id, 2).entry().succeeded(id, 2);

        // when
        apply(journal, isOneBatch);

        // then
        JobView job = view(journal, id);
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(job.createdAt()).isEqualTo(Instant.ofEpochMilli(createdAt));
        assertThat(job.attempt()).isEqualTo(2);
        assertThat(readModel.attempts(journal.channel(), id))
                .extracting(AttemptView::state)
                .containsExactly(AttemptState.FAILED, AttemptState.SUCCEEDED);
        assertThat(counts(journal)).isEqualTo(new JobCounts(0, 0, 0, 0, 1, 1, 0, 0));
    }

    @Test
    void aRetriedJobThatRetentionRemovedComesBack() {
        // given
        Journal journal = new Journal("orders").created().entry();
        JobId id = journal.submitted();
        journal.started(id, 1).failed(id, 1).applyTo(readModel);
        TestDatabases.execute(address, "DELETE FROM jobs");

        // when
        journal.event(new ChannelEvent.JobRetried(journal.now(), journal.job(id), 1, 1, Journal.T0 + 1));
        journal.applyTo(readModel);

        // then
        JobView job = view(journal, id);
        assertThat(job.state()).isEqualTo(JobState.QUEUED);
        assertThat(job.attempt()).isEqualTo(1);
        assertThat(job.epoch()).isEqualTo(1);

        // when
        journal.started(id, 2).applyTo(readModel);

        // then
        assertThat(readModel.attempts(journal.channel(), id))
                .extracting(AttemptView::number)
                .containsExactly(2);
    }

    @Test
    void eventsThatNoListShowsOnlyMoveThePosition() {
        // given
        Journal journal = new Journal("orders").created().entry();
        JobId id = journal.submitted();
        journal.started(id, 1).applyTo(readModel);
        JobView before = view(journal, id);

        // when
        journal.event(new ChannelEvent.CancelRequested(journal.now(), id));
        journal.event(new ChannelEvent.LateResultRecorded(journal.now(), id, 7));
        journal.event(new ChannelEvent.EventPublished(journal.now(), id, "progress", "{}"));
        journal.applyTo(readModel);

        // then
        assertThat(view(journal, id)).isEqualTo(before);
        assertThat(readModel.position(journal.channel())).isEqualTo(3);
    }

    // Channels

    @Test
    void aChannelShowsItsStateOwnerAndSpecification() {
        // given
        Journal journal = new Journal("orders");
        journal.event(new ChannelEvent.OwnershipTaken(journal.now(), "node-7", 3, "host-7"))
                .created()
                .applyTo(readModel);
        ChannelSpec changed = new ChannelSpec(
                ChannelSpec.DEFAULT.threads(),
                ChannelSpec.DEFAULT.resources(),
                7,
                ChannelSpec.DEFAULT.jobKinds(),
                Duration.ofMinutes(1),
                ChannelSpec.DEFAULT.retention(),
                Map.of("A", "1"),
                Map.of("team", "red"));
        assertThat(state(journal)).isEqualTo(ChannelState.ACTIVE);

        // when, then
        journal.event(new ChannelEvent.ChannelPaused(journal.now())).applyTo(readModel);
        assertThat(state(journal)).isEqualTo(ChannelState.PAUSED);
        journal.event(new ChannelEvent.ChannelDraining(journal.now())).applyTo(readModel);
        assertThat(state(journal)).isEqualTo(ChannelState.DRAINING);
        journal.event(new ChannelEvent.ChannelResumed(journal.now()))
                .event(new ChannelEvent.ChannelChanged(journal.now(), changed))
                .applyTo(readModel);
        ChannelView channel = readModel.channel(journal.channel()).orElseThrow();
        assertThat(channel.state()).isEqualTo(ChannelState.ACTIVE);
        assertThat(channel.spec()).isEqualTo(changed);
        assertThat(channel.node()).isEqualTo("node-7");
        assertThat(channel.incarnation()).isEqualTo(3);
        journal.event(new ChannelEvent.ChannelDeleting(journal.now())).applyTo(readModel);
        assertThat(state(journal)).isEqualTo(ChannelState.DELETING);
    }

    private ChannelState state(Journal journal) {
        return readModel.channel(journal.channel()).orElseThrow().state();
    }

    @Test
    void aDeletedChannelIsGoneAtOnceAndItsRowsLittleByLittle() {
        // given
        Journal journal = new Journal("orders").created().entry();
        JobId old = journal.submitted();
        for (int i = 0; i < 9; i++) {
            JobId id = journal.nextId();
            journal.submitted(List.of(journal.job(id)), "key-" + i);
        }
        journal.started(old, 1)
                .failedAndTriedAgain(old, 1)
                .due(old)
                .started(old, 2)
                .applyTo(readModel);
        TestDatabases.execute(
                address,
                "INSERT INTO log_blocks SELECT 'orders', n, n, '" + JobIds.toUuid(old) + "', 1, 0, 0, 'x' "
                        + "FROM generate_series(1, 5) n");

        // when
        journal.event(journal.deleted()).applyTo(readModel);

        // then
        assertThat(readModel.channelExists(journal.channel())).isFalse();
        assertThat(readModel.channel(journal.channel())).isEmpty();
        assertThat(readModel.job(old)).isEmpty();
        assertThat(readModel.idempotent(journal.channel(), "key-1")).isEmpty();
        assertThat(readModel.position(journal.channel())).isEqualTo(3);

        // when it is created again
        JobId fresh = journal.created().submitted();
        journal.applyTo(readModel);
        TestDatabases.execute(
                address,
                "INSERT INTO log_blocks VALUES ('orders', 6, 6, '" + JobIds.toUuid(fresh) + "', 1, 0, 0, 'x')");
        assertThat(readModel.removeExpired(4)).isEqualTo(4);
        int removed = 4;
        for (int step = readModel.removeExpired(4); step > 0; step = readModel.removeExpired(4)) {
            assertThat(step).isLessThanOrEqualTo(4);
            removed += step;
        }

        // then
        assertThat(removed).isEqualTo(10 + 9 + 5);
        assertThat(counts(journal)).isEqualTo(new JobCounts(1, 0, 0, 0, 0, 0, 0, 0));
        assertThat(readModel.job(fresh)).isPresent();
        assertThat(TestDatabases.number(address, "SELECT count(*) FROM jobs")).isEqualTo(1);
        assertThat(TestDatabases.number(address, "SELECT count(*) FROM attempts"))
                .isZero();
        assertThat(TestDatabases.number(address, "SELECT count(*) FROM idempotency"))
                .isZero();
        assertThat(TestDatabases.number(address, "SELECT min(first_cursor) FROM log_blocks"))
                .isEqualTo(6);
        assertThat(TestDatabases.number(address, "SELECT count(*) FROM deleted_channels"))
                .isZero();
    }

    @Test
    void whatADeletionGaveBackIsKeptForAWeekWhateverBecomesOfTheName() {
        // given a channel that was deleted and created again
        Journal journal = new Journal("orders").created();
        long endedAt = journal.now();
        journal.event(journal.deleted()).created();
        journal.submitted();
        journal.applyTo(readModel);
        var reference = new ChannelDeletion.Reference(journal.channel(), Instant.ofEpochMilli(endedAt - 5));
        var other = new ChannelDeletion.Reference(journal.channel(), Instant.ofEpochMilli(endedAt - 4));

        // when
        Optional<ChannelDeletion> found = readModel.deletion(reference);
        long week = Limits.DELETIONS_KEPT.toMillis();
        clock.set(Instant.ofEpochMilli(endedAt + week - 1));
        readModel.removeExpired(100);
        boolean isKept = readModel.deletion(reference).isPresent();
        clock.set(Instant.ofEpochMilli(endedAt + week));
        readModel.removeExpired(100);

        // then
        assertThat(found)
                .contains(new ChannelDeletion(reference, Instant.ofEpochMilli(endedAt), "{\"run\":3}", List.of()));
        assertThat(readModel.deletion(other)).isEmpty();
        assertThat(isKept).isTrue();
        assertThat(readModel.deletion(reference)).isEmpty();
    }

    @Test
    void aChannelThatIsDeletedAndCreatedInOneBatchHasOnlyItsNewJobs() {
        // given
        Journal journal = new Journal("orders").created();
        JobId old = journal.submitted();
        journal.started(old, 1).failedAndTriedAgain(old, 1).due(old).started(old, 2);
        journal.event(journal.deleted()).created();
        JobId fresh = journal.submitted();

        // when
        journal.applyTo(readModel);

        // then
        assertThat(readModel.job(old)).isEmpty();
        assertThat(readModel.job(fresh)).isPresent();
        assertThat(counts(journal).queued()).isEqualTo(1);
        assertThat(TestDatabases.number(address, "SELECT count(*) FROM attempts"))
                .isZero();
    }

    @Test
    void channelsAreListedByNamePageByPage() {
        // given
        for (String name : List.of("b", "a-1", "c", "a", "gone")) {
            new Journal(name).created().applyTo(readModel);
        }
        Journal gone = new Journal("gone").created().entry();
        gone.next();
        gone.event(gone.deleted()).applyTo(readModel);

        // when
        Page<ChannelView> first = readModel.channels(2, null);
        Page<ChannelView> second = readModel.channels(2, first.nextPageToken());

        // then
        assertThat(first.items()).extracting(channel -> channel.name().value()).containsExactly("a", "a-1");
        assertThat(second.items()).extracting(channel -> channel.name().value()).containsExactly("b", "c");
        assertThat(second.nextPageToken()).isNull();
        assertThatThrownBy(() -> readModel.channels(2, "bm9uc2Vuc2U"))
                .isInstanceOfSatisfying(
                        MillraceException.class,
                        e -> assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
    }

    // Idempotency

    @Test
    void aKeyLeadsToItsJobsForADay() {
        // given
        Journal journal = new Journal("orders").created();
        List<JobId> ids = List.of(journal.nextId(), journal.nextId(), journal.nextId());
        long at = journal.now();
        journal.submitted(ids.stream().map(journal::job).toList(), "key").applyTo(readModel);

        // then
        assertThat(readModel.idempotent(journal.channel(), "key"))
                .contains(new ReadModel.IdempotentSubmission("hash of key", ids));
        assertThat(readModel.idempotent(journal.channel(), "other")).isEmpty();
        assertThat(readModel.idempotent(new ChannelName("other"), "key")).isEmpty();

        // when a day is over
        clock.set(Instant.ofEpochMilli(at).plus(Duration.ofDays(1)));

        // then
        assertThat(readModel.idempotent(journal.channel(), "key")).isEmpty();
        JobId again = journal.at(clock.millis()).nextId();
        journal.submitted(List.of(journal.job(again)), "key").applyTo(readModel);
        assertThat(readModel.idempotent(journal.channel(), "key").orElseThrow().jobs())
                .containsExactly(again);
    }

    @Test
    void aReplayMayMeetAKeyAgainThatHadExpired() {
        // given
        Journal journal = new Journal("orders").created();
        journal.submitted(List.of(journal.job(journal.nextId())), "key").entry();
        JobId later = journal.at(Journal.T0 + Duration.ofDays(2).toMillis()).nextId();
        journal.submitted(List.of(journal.job(later)), "key");

        // when
        journal.applyTo(readModel);

        // then
        assertThat(readModel.idempotent(journal.channel(), "key").orElseThrow().jobs())
                .containsExactly(later);
    }

    @Test
    void textTheDatabaseCannotHoldKeepsNoBatchOut() {
        // given
        Journal journal = new Journal("orders").created();
        JobId id = journal.nextId();
        journal.submitted(List.of(journal.job(id, JobKind.PROCESS, "a\0b", 0, Map.of("k\0", "v\0"))), "key\0");

        // when
        journal.applyTo(readModel);

        // then
        assertThat(view(journal, id).name()).isEqualTo("a\uFFFDb");
        assertThat(view(journal, id).labels()).isEqualTo(Map.of("k\uFFFD", "v\uFFFD"));
        assertThat(readModel.idempotent(journal.channel(), "key\0")).isPresent();
    }

    // Retention

    @Test
    void endedJobsAndKeysGoWhenTheirTimeIsOver() {
        // given
        Journal journal = new Journal("orders").created();
        JobId waiting = journal.submitted();
        JobId early = journal.nextId();
        journal.submitted(List.of(journal.job(early)), "key");
        journal.started(early, 1)
                .failedAndTriedAgain(early, 1)
                .due(early)
                .started(early, 2)
                .succeeded(early, 2);
        journal.at(Journal.T0 + Duration.ofDays(3).toMillis());
        JobId late = journal.submitted();
        journal.started(late, 1).succeeded(late, 1).applyTo(readModel);

        // when
        clock.set(Instant.ofEpochMilli(Journal.T0).plus(Duration.ofDays(8)));
        int removed = readModel.removeExpired(100);

        // then
        assertThat(removed).isEqualTo(2);
        assertThat(readModel.job(early)).isEmpty();
        assertThat(readModel.job(late)).isPresent();
        assertThat(readModel.job(waiting)).isPresent();
        assertThat(TestDatabases.number(address, "SELECT count(*) FROM attempts"))
                .isZero();
        assertThat(readModel.removeExpired(100)).isZero();
    }

    // Waking

    private void journalHas(String channel, long lastSequence) {
        TestDatabases.execute(
                address,
                "INSERT INTO event_journal (persistence_id, sequence_number, writer, event_ser_id, event_ser_manifest, "
                        + "event_payload) SELECT 'Channel|" + channel + "', n, '', 0, '', '' FROM generate_series(1, "
                        + lastSequence + ") n");
    }

    private List<String> withWork(String after, int limit) {
        ChannelName name = after.isEmpty() ? null : new ChannelName(after);
        return readModel.channelsWithWork(name, limit).stream()
                .map(ChannelName::value)
                .toList();
    }

    @Test
    void channelsHaveWorkIfJobsAreLiveOrTheyAreDeletedOrTheirJournalIsAhead() {
        // given
        Journal idle = new Journal("idle").created();
        JobId done = idle.submitted();
        idle.started(done, 1).succeeded(done, 1).applyTo(readModel);
        journalHas("idle", 1);
        Journal busy = new Journal("busy").created();
        busy.submitted();
        busy.applyTo(readModel);
        journalHas("busy", 1);
        Journal deleting = new Journal("deleting").created();
        deleting.event(new ChannelEvent.ChannelDeleting(deleting.now())).applyTo(readModel);
        Journal deleted = new Journal("deleted").created();
        deleted.submitted();
        deleted.event(deleted.deleted()).applyTo(readModel);
        journalHas("deleted", 1);
        new Journal("ahead").created().applyTo(readModel);
        journalHas("ahead", 3);
        journalHas("unheard-of", 2);
        TestDatabases.execute(
                address,
                "INSERT INTO event_journal (persistence_id, sequence_number, writer, event_ser_id, event_ser_manifest, "
                        + "event_payload) VALUES ('Other|x', 1, '', 0, '', '')");

        // then
        assertThat(withWork("", 10)).containsExactly("ahead", "busy", "deleting", "unheard-of");
        assertThat(withWork("", 2)).containsExactly("ahead", "busy");
        assertThat(withWork("busy", 10)).containsExactly("deleting", "unheard-of");
        assertThat(withWork("zzz", 10)).isEmpty();
    }

    @Test
    void aChannelHasWorkWhileACleanupOrItsRollbackIsUnderWay() {
        Journal channel = new Journal("cleaned").created();
        channel.event(new ChannelEvent.CleanupChanged(channel.now(), cleanupStarted()))
                .applyTo(readModel);
        assertThat(withWork("", 10)).containsExactly("cleaned");

        channel.event(new ChannelEvent.CleanupChanged(channel.now(), cleanupEnded(CleanupStatus.COMPLETE)))
                .applyTo(readModel);
        assertThat(withWork("", 10)).isEmpty();

        channel.event(new ChannelEvent.CleanupChanged(channel.now(), new CleanupChange.RollbackStarted(1, true)))
                .applyTo(readModel);
        assertThat(withWork("", 10)).containsExactly("cleaned");

        channel.event(new ChannelEvent.CleanupChanged(channel.now(), cleanupEnded(CleanupStatus.ROLLED_BACK)))
                .applyTo(readModel);
        assertThat(withWork("", 10)).isEmpty();
    }

    private static CleanupChange cleanupStarted() {
        return new CleanupChange.RunStarted(1, RunCause.CHANNEL, null, null, null, null, List.of());
    }

    private static CleanupChange cleanupEnded(CleanupStatus status) {
        return new CleanupChange.RunEnded(1, status, Released.NOTHING, null, List.of(), List.of(), false);
    }
}
