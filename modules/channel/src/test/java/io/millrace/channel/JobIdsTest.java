package io.millrace.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.JobId;
import io.millrace.contracts.Proves;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JobIdsTest {
    private long nowMillis = 1_800_000_000_000L;
    private final JobIds ids = new JobIds(() -> Instant.ofEpochMilli(nowMillis), new Random(1));

    @Test
    void idsRiseWithinOneMillisecond() {
        List<JobId> given = IntStream.range(0, 1_000).mapToObj(_ -> ids.next()).toList();

        assertThat(given).isSorted().doesNotHaveDuplicates();
        assertThat(given).allSatisfy(id -> assertThat(id.createdAtMillis()).isEqualTo(nowMillis));
    }

    @Test
    void idsRiseAlsoWhenTheClockStepsBack() {
        List<JobId> given = new ArrayList<>();
        for (long step : new long[] {0, 5, -1_000, 3, -60_000, 120_000}) {
            nowMillis += step;
            given.add(ids.next());
        }

        assertThat(given).isSorted().doesNotHaveDuplicates();
        assertThat(given.getLast().createdAtMillis()).isEqualTo(nowMillis);
    }

    @Test
    void noTwoCallersGetTheSameId() {
        Set<JobId> given = ConcurrentHashMap.newKeySet();

        IntStream.range(0, 100_000).parallel().forEach(_ -> given.add(ids.next()));

        assertThat(given).hasSize(100_000);
    }

    @Test
    void twoNodesGetDifferentIdsInTheSameMillisecond() {
        JobIds other = new JobIds(() -> Instant.ofEpochMilli(nowMillis), new Random(2));

        assertThat(ids.next()).isNotEqualTo(other.next());
    }

    /** Jobs, threads and processes have their ids from here. */
    @Test
    @Proves("B-181")
    void noIdComesTwiceFromFourNodesThatRestartInOneMillisecond() {
        int nodes = 4;
        int lives = 50;
        int idsOfALife = 5_000;
        Set<JobId> given = HashSet.newHashSet(nodes * lives * idsOfALife);

        for (int life = 0; life < nodes * lives; life++) {
            JobIds ofLife = new JobIds(() -> Instant.ofEpochMilli(nowMillis), new SecureRandom());
            for (int n = 0; n < idsOfALife; n++) {
                given.add(ofLife.next());
            }
        }

        assertThat(given).hasSize(1_000_000);
    }
}
