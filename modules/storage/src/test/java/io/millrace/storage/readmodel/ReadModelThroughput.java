package io.millrace.storage.readmodel;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.job.JobQuery;
import io.millrace.contracts.job.JobState;
import io.millrace.contracts.work.JobKind;
import io.millrace.domain.channel.SubmittedJob;
import io.millrace.domain.port.ChannelHistory;
import io.millrace.domain.port.ReadModel;
import io.millrace.storage.Storage;
import io.millrace.storage.StorageSettings;
import io.millrace.storage.TestCodec;
import io.millrace.storage.TestDatabases;
import io.millrace.storage.database.DatabaseAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Measures how fast the read model takes jobs in and changes them, and how long lists take on what it holds then. A main
 * program: run it by hand on a quiet machine.
 */
final class ReadModelThroughput {
    private static final int JOBS_PER_BATCH = 10_000;
    private static final int JOBS_PER_ENTRY = 100;
    private static final int CHANNELS = 8;
    private static final int BATCHES = 60;
    private static final int WARM_UP_BATCHES = 10;

    private final DatabaseAddress address = TestDatabases.fresh();
    private final Storage storage = Storage.open(address, StorageSettings.DEFAULT, new TestCodec());
    private final ReadModel readModel = storage.readModel();
    private final List<Journal> journals = new ArrayList<>();

    private ReadModelThroughput() {}

    /** What a batch does to its jobs. */
    private interface Step {
        void accept(Journal journal, List<JobId> jobs);
    }

    public static void main(String[] arguments) {
        ReadModelThroughput throughput = new ReadModelThroughput();
        throughput.run();
        throughput.storage.close();
        System.exit(0);
    }

    private void run() {
        for (int i = 0; i < CHANNELS; i++) {
            journals.add(new Journal("channel-" + i).created().entry());
        }
        List<List<JobId>> batches = measure("insert", null, (journal, jobs) -> submit(journal, jobs));
        measure(
                "update: started and ended",
                batches,
                (journal, jobs) -> jobs.forEach(job -> journal.started(job, 1).succeeded(job, 1)));
        batches = measure("insert", null, (journal, jobs) -> submit(journal, jobs));
        measure("update: started", batches, (journal, jobs) -> jobs.forEach(job -> journal.started(job, 1)));
        measure("update: ended", batches, (journal, jobs) -> jobs.forEach(job -> journal.succeeded(job, 1)));
        measure("whole life in one batch", null, (journal, jobs) -> {
            submit(journal, jobs);
            jobs.forEach(job -> journal.started(job, 1).succeeded(job, 1));
        });
        measure(
                "insert with keys, one job each",
                null,
                (journal, jobs) -> jobs.forEach(job -> journal.submitted(List.of(spec(journal, job)), job.toString())));
        lists();
    }

    private static void submit(Journal journal, List<JobId> jobs) {
        for (int from = 0; from < jobs.size(); from += JOBS_PER_ENTRY) {
            List<SubmittedJob> entry = new ArrayList<>();
            jobs.subList(from, Math.min(jobs.size(), from + JOBS_PER_ENTRY))
                    .forEach(job -> entry.add(spec(journal, job)));
            journal.submitted(entry, null).entry();
        }
    }

    private static SubmittedJob spec(Journal journal, JobId job) {
        return journal.job(job, JobKind.PROCESS, "a job of a name of some length, with a command", 0, Map.of());
    }

    private List<List<JobId>> measure(String what, @Nullable List<List<JobId>> existing, Step step) {
        List<List<JobId>> batches = new ArrayList<>();
        long nanos = 0;
        for (int batch = 0; batch < BATCHES; batch++) {
            Journal journal = journals.get(batch % CHANNELS);
            List<JobId> jobs = existing == null ? newJobs(journal) : existing.get(batch);
            step.accept(journal, jobs);
            ChannelHistory history = journal.next();
            long start = System.nanoTime();
            readModel.apply(List.of(history));
            nanos += batch < WARM_UP_BATCHES ? 0 : System.nanoTime() - start;
            batches.add(jobs);
        }
        double seconds = nanos / 1e9;
        System.out.printf("%-32s %,d jobs/s%n", what, (long) ((BATCHES - WARM_UP_BATCHES) * JOBS_PER_BATCH / seconds));
        return batches;
    }

    private static List<JobId> newJobs(Journal journal) {
        List<JobId> jobs = new ArrayList<>();
        for (int i = 0; i < JOBS_PER_BATCH; i++) {
            jobs.add(journal.at(journal.now() + (i % 20 == 0 ? 1 : 0)).nextId());
        }
        return jobs;
    }

    private void lists() {
        Journal idle = new Journal("idle").at(Journal.T0 - 1_000_000).created();
        List<JobId> old = newJobs(idle);
        old.addAll(newJobs(idle));
        submit(idle, old);
        old.subList(0, 19_000).forEach(job -> idle.started(job, 1).succeeded(job, 1));
        old.subList(19_000, 19_020).forEach(job -> idle.started(job, 1).failed(job, 1));
        idle.applyTo(readModel);
        TestDatabases.execute(address, "ANALYZE");
        System.out.printf("rows: %,d%n", TestDatabases.number(address, "SELECT count(*) FROM jobs"));
        System.out.printf("bytes: %,d%n", TestDatabases.number(address, "SELECT pg_total_relation_size('jobs')"));
        System.out.printf(
                "updated in place: %d %%%n",
                TestDatabases.number(
                        address,
                        "SELECT 100 * n_tup_hot_upd / greatest(1, n_tup_upd) FROM pg_stat_user_tables WHERE relname = 'jobs'"));
        list("all, newest", null, List.of());
        list("busy channel, newest", "channel-0", List.of());
        list("idle channel with the oldest", "idle", List.of());
        list("idle channel, failed", "idle", List.of(JobState.FAILED));
        list("idle channel, queued", "idle", List.of(JobState.QUEUED));
        list("all, failed or running", null, List.of(JobState.FAILED, JobState.RUNNING));
        list("busy channel, lost", "channel-0", List.of(JobState.LOST));
        list("busy channel, succeeded", "channel-0", List.of(JobState.SUCCEEDED));
        long start = System.nanoTime();
        readModel.channelsWithWork(null, 1_000);
        print("channels with work", start);
        start = System.nanoTime();
        int removed = readModel.removeExpired(10_000);
        print("remove expired (" + removed + " rows)", start);
    }

    private void list(String what, @Nullable String channel, List<JobState> states) {
        ChannelName name = channel == null ? null : new ChannelName(channel);
        String token = null;
        for (int page = 1; page <= 3; page++) {
            long start = System.nanoTime();
            token = readModel
                    .jobs(new JobQuery(name, states, null, Map.of(), null, null, 100, token))
                    .nextPageToken();
            print(what + ", page " + page, start);
            if (token == null) {
                break;
            }
        }
    }

    private static void print(String what, long start) {
        System.out.printf("%-44s %.1f ms%n", what, (System.nanoTime() - start) / 1e6);
    }
}
