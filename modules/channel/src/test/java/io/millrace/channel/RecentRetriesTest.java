package io.millrace.channel;

import static io.millrace.channel.fixture.TestJobs.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.domain.Limits;
import org.junit.jupiter.api.Test;

class RecentRetriesTest {
    private final RecentRetries retries = new RecentRetries();

    @Test
    void onlyTheRetriedJobIsTouched() {
        RecentRetries.Mark before = retries.mark(1);
        retries.add(id(1));

        assertThat(retries.isUntouchedSince(before, id(1), 1)).isFalse();
        assertThat(retries.isUntouchedSince(before, id(2), 1)).isTrue();
        assertThat(retries.isUntouchedSince(retries.mark(1), id(1), 1)).isTrue();
    }

    @Test
    void aMarkOfAnEarlierIncarnationIsNeverCurrent() {
        RecentRetries.Mark before = retries.mark(1);

        assertThat(retries.isUntouchedSince(before, id(1), 2)).isFalse();
    }

    @Test
    void beyondTheLimitALookUpOlderThanWhatWasForgottenIsNotCurrent() {
        RecentRetries.Mark before = retries.mark(1);
        retries.add(id(1));
        RecentRetries.Mark between = retries.mark(1);
        for (int n = 2; n <= Limits.RETRIES_HELD_MAX + 1; n++) {
            retries.add(id(n));
        }

        assertThat(retries.isUntouchedSince(before, id(0), 1)).isFalse();
        assertThat(retries.isUntouchedSince(between, id(1), 1)).isTrue();
    }
}
