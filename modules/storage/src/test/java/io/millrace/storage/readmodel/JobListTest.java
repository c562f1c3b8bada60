package io.millrace.storage.readmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Page;
import io.millrace.contracts.job.JobQuery;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.job.JobView;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.channel.ChannelEvent;
import io.millrace.domain.port.ReadModel;
import io.millrace.storage.Storage;
import io.millrace.storage.StorageSettings;
import io.millrace.storage.TestCodec;
import io.millrace.storage.TestDatabases;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists over two channels of 30 jobs each, in every state a job can be in, and a deleted one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JobListTest {
    private static final ChannelName ORDERS = new ChannelName("orders");
    private static final List<JobState> STATES = List.of(
            JobState.SCHEDULED,
            JobState.QUEUED,
            JobState.RUNNING,
            JobState.SUCCEEDED,
            JobState.FAILED,
            JobState.CANCELLED);

    private final Storage storage = Storage.open(TestDatabases.fresh(), StorageSettings.DEFAULT, new TestCodec());
    private final ReadModel readModel = storage.readModel();
    private List<JobView> all = List.of();

    @BeforeAll
    void fill() {
        List<JobView> jobs = new ArrayList<>();
        for (String name : List.of("orders", "mail", "gone")) {
            Journal journal = new Journal(name).created();
            List<JobId> ids = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                ids.add(submit(journal, STATES.get(i % STATES.size()), i));
            }
            journal.applyTo(readModel);
            if (name.equals("gone")) {
                journal.event(journal.deleted()).applyTo(readModel);
            } else {
                ids.forEach(id -> jobs.add(readModel.job(id).orElseThrow()));
            }
        }
        all = jobs.stream().sorted(Comparator.comparing(JobView::id).reversed()).toList();
    }

    private static JobId submit(Journal journal, JobState state, int number) {
        JobId id = journal.at(Journal.T0 + number * 60_000L).nextId();
        JobKind kind = number % 2 == 0 ? JobKind.PROCESS : JobKind.HANDLER;
        Map<String, String> labels = number % 3 == 0 ? Map.of("team", "red", "number", "n" + number) : Map.of();
        long notBefore = state == JobState.SCHEDULED ? journal.now() + 1_000_000_000 : 0;
        journal.submitted(List.of(journal.job(id, kind, "job " + number, notBefore, labels)), null);
        switch (state) {
            case RUNNING -> journal.started(id, 1);
            case SUCCEEDED -> journal.started(id, 1).succeeded(id, 1);
            case FAILED -> journal.started(id, 1).failed(id, 1);
            case CANCELLED ->
                journal.event(new ChannelEvent.JobsEnded(journal.now(), List.of(id), JobState.CANCELLED, "cancelled"));
            case SCHEDULED, QUEUED, BLOCKED, LOST -> {
                // Nothing more happens to it.
            }
        }
        return id;
    }

    @AfterAll
    void close() {
        storage.close();
    }

    private static JobQuery query(
            @Nullable ChannelName channel, List<JobState> states, int pageSize, @Nullable String token) {
        return new JobQuery(channel, states, null, Map.of(), null, null, pageSize, token);
    }

    private List<JobView> list(JobQuery query) {
        List<JobView> jobs = new ArrayList<>();
        String token = null;
        do {
            Page<JobView> page = readModel.jobs(new JobQuery(
                    query.channel(),
                    query.states(),
                    query.kind(),
                    query.labels(),
                    query.since(),
                    query.until(),
                    query.pageSize(),
                    token));
            assertThat(page.items()).hasSizeLessThanOrEqualTo(query.pageSize());
            jobs.addAll(page.items());
            token = page.nextPageToken();
            assertThat(token == null || page.items().size() == query.pageSize()).isTrue();
        } while (token != null);
        return jobs;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 10, 30, 60, 1000})
    void pagesOfAnySizeShowEveryJobOnceNewestFirst(int pageSize) {
        assertThat(list(query(null, List.of(), pageSize, null))).isEqualTo(all);
        assertThat(list(query(ORDERS, List.of(), pageSize, null)))
                .isEqualTo(
                        all.stream().filter(job -> job.channel().equals(ORDERS)).toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "QUEUED",
                "RUNNING",
                "SCHEDULED",
                "FAILED,CANCELLED",
                "RUNNING,SCHEDULED,LOST",
                "SUCCEEDED,FAILED",
                "BLOCKED",
                "LOST",
                "QUEUED,SUCCEEDED"
            })
    void statesFilterWithinAndAcrossChannels(String names) {
        // given
        List<JobState> states =
                List.of(names.split(",")).stream().map(JobState::valueOf).toList();
        List<JobView> expected =
                all.stream().filter(job -> states.contains(job.state())).toList();

        // then
        assertThat(list(query(null, states, 4, null))).isEqualTo(expected);
        assertThat(list(query(ORDERS, states, 2, null)))
                .isEqualTo(expected.stream()
                        .filter(job -> job.channel().equals(ORDERS))
                        .toList());
    }

    @Test
    void kindLabelsAndTimeFilterTogetherWithStates() {
        // given
        Instant since = Instant.ofEpochMilli(Journal.T0 + 3 * 60_000);
        Instant until = Instant.ofEpochMilli(Journal.T0 + 25 * 60_000);
        for (List<JobState> states : List.of(List.<JobState>of(), List.of(JobState.SCHEDULED, JobState.FAILED))) {

            // when
            List<JobView> jobs =
                    list(new JobQuery(null, states, JobKind.PROCESS, Map.of("team", "red"), since, until, 3, null));

            // then
            assertThat(jobs)
                    .isNotEmpty()
                    .isEqualTo(all.stream()
                            .filter(job -> states.isEmpty() || states.contains(job.state()))
                            .filter(job -> job.kind() == JobKind.PROCESS
                                    && "red".equals(job.labels().get("team")))
                            .filter(job -> !job.createdAt().isBefore(since)
                                    && job.createdAt().isBefore(until))
                            .toList());
        }
    }

    @Test
    void everyLabelHasToMatch() {
        assertThat(list(new JobQuery(
                        ORDERS, List.of(), null, Map.of("team", "red", "number", "n6"), null, null, 5, null)))
                .singleElement()
                .satisfies(job -> assertThat(job.name()).isEqualTo("job 6"));
        assertThat(list(new JobQuery(ORDERS, List.of(), null, Map.of("team", "blue"), null, null, 5, null)))
                .isEmpty();
    }

    @Test
    void anUnknownChannelHasNoJobs() {
        assertThat(list(query(new ChannelName("unknown"), List.of(), 5, null))).isEmpty();
        assertThat(list(query(new ChannelName("gone"), List.of(), 5, null))).isEmpty();
    }

    @Test
    void aTokenOfAnotherListIsRefused() {
        // given
        String token = readModel.jobs(query(ORDERS, List.of(), 5, null)).nextPageToken();

        // then
        assertThat(token).isNotNull();
        assertThat(readModel.jobs(query(ORDERS, List.of(), 3, token)).items()).hasSize(3);
        for (JobQuery other : List.of(
                query(null, List.of(), 5, token),
                query(ORDERS, List.of(JobState.QUEUED), 5, token),
                query(ORDERS, List.of(), 5, token + "A"),
                query(ORDERS, List.of(), 5, "no token!"),
                query(ORDERS, List.of(), 5, ""))) {
            assertThatThrownBy(() -> readModel.jobs(other))
                    .isInstanceOfSatisfying(
                            MillraceException.class,
                            e -> assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
        }
    }
}
