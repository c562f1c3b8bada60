package io.millrace.channel;

import static io.millrace.channel.fixture.TestJobs.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.domain.Limits;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.junit.jupiter.api.Test;

class JobWaitersTest {
    private final JobWaiters waiters = new JobWaiters();
    private final TestInbox<ChannelReply> caller = TestInbox.create();

    @Test
    void everybodyWhoWaitsForAJobIsTakenOut() {
        waiters.add(id(1), 100, caller.getRef());
        waiters.add(id(1), 100, caller.getRef());
        waiters.add(id(2), 50, caller.getRef());

        assertThat(waiters.takeFor(id(1))).hasSize(2);

        assertThat(waiters.takeFor(id(1))).isEmpty();
        assertThat(waiters.nextDeadlineMillis()).isEqualTo(50);
        assertThat(waiters.takeExpired(1_000))
                .extracting(JobWaiters.Waiter::job)
                .containsExactly(id(2));
        assertThat(waiters.isEmpty()).isTrue();
    }

    @Test
    void onlyThoseWhoseTimeIsUpExpire() {
        waiters.add(id(1), 100, caller.getRef());
        waiters.add(id(2), 101, caller.getRef());

        assertThat(waiters.takeExpired(100)).extracting(JobWaiters.Waiter::job).containsExactly(id(1));

        assertThat(waiters.takeFor(id(1))).isEmpty();
        assertThat(waiters.takeFor(id(2))).hasSize(1);
        assertThat(waiters.nextDeadlineMillis()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void oneMoreThanTheLimitIsNotTaken() {
        for (int i = 0; i < Limits.JOB_WAITERS_MAX; i++) {
            assertThat(waiters.add(id(i), 100, caller.getRef())).isTrue();
        }

        assertThat(waiters.add(id(1), 100, caller.getRef())).isFalse();
    }
}
