package io.millrace.domain.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class OrderedJobsTest {
    private static final int FEW_BLOCKS = 5 * OrderedJobs.BLOCK_JOBS_MAX;

    @Test
    void anEmptyOneHasNoFirstJobAndNothingToRemove() {
        OrderedJobs jobs = new OrderedJobs(JobOrder.BY_ACCEPTANCE);

        jobs.remove(job(1));

        assertThat(jobs.first()).isNull();
        assertThat(jobs.before(job(1))).isZero();
        assertThat(jobs.isEmpty()).isTrue();
    }

    @Test
    void whateverIsAddedAndRemovedItHoldsWhatATreeWould() {
        for (int seed = 1; seed <= 20; seed++) {
            Random random = new Random(seed);
            OrderedJobs jobs = new OrderedJobs(JobOrder.BY_ACCEPTANCE);
            TreeSet<LiveJob.Waiting> tree = new TreeSet<>(JobOrder.BY_ACCEPTANCE);

            for (int step = 0; step < 4 * FEW_BLOCKS; step++) {
                LiveJob.Waiting job = job(random.nextInt(2 * FEW_BLOCKS));
                boolean grows = random.nextInt(FEW_BLOCKS) >= tree.size();
                if (grows && tree.add(job)) {
                    jobs.add(job);
                } else if (!grows) {
                    LiveJob.Waiting gone = random.nextBoolean() ? tree.first() : job;
                    tree.remove(gone);
                    jobs.remove(gone);
                }
            }

            assertThat(jobs).as("seed %d", seed).containsExactlyElementsOf(tree);
            assertThat(jobs.size()).isEqualTo(tree.size());
            assertThat(jobs.first()).isEqualTo(tree.first());
            LiveJob.Waiting some = job(FEW_BLOCKS);
            assertThat(jobs.before(some)).isEqualTo(tree.headSet(some).size());
        }
    }

    @Test
    void jobsAddedInAnyOrderComeOutInOrder() {
        for (List<LiveJob.Waiting> arrival : List.of(ascending(), descending(), shuffled())) {
            OrderedJobs jobs = new OrderedJobs(JobOrder.BY_ACCEPTANCE);

            arrival.forEach(jobs::add);

            assertThat(jobs).containsExactlyElementsOf(ascending());
        }
    }

    @Test
    void aQueueThatFlowsKeepsItsOrder() {
        OrderedJobs jobs = new OrderedJobs(JobOrder.BY_ACCEPTANCE);
        List<Long> orders = new ArrayList<>();

        for (int i = 0; i < FEW_BLOCKS; i++) {
            jobs.add(job(i));
            if (i >= 700) {
                LiveJob.Waiting first = jobs.iterator().next();
                orders.add(first.order());
                jobs.remove(first);
            }
        }

        assertThat(orders).isSorted().hasSize(FEW_BLOCKS - 700);
        assertThat(jobs.size()).isEqualTo(700);
    }

    private static List<LiveJob.Waiting> ascending() {
        List<LiveJob.Waiting> jobs = new ArrayList<>();
        for (int i = 0; i < FEW_BLOCKS; i++) {
            jobs.add(job(i));
        }
        return jobs;
    }

    private static List<LiveJob.Waiting> descending() {
        return ascending().reversed();
    }

    private static List<LiveJob.Waiting> shuffled() {
        List<LiveJob.Waiting> jobs = ascending();
        Collections.shuffle(jobs, new Random(5));
        return jobs;
    }

    private static LiveJob.Waiting job(int order) {
        return new LiveJob.Waiting(TestJob.job(1).submitted(), 0, 0, 0, order, 0, 0);
    }
}
