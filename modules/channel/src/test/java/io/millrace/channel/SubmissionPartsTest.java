package io.millrace.channel;

import static io.millrace.channel.fixture.TestJobs.submitted;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.domain.Limits;
import io.millrace.domain.channel.SubmittedJob;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SubmissionPartsTest {
    private final SubmissionParts parts = new SubmissionParts();

    @Test
    void partsOfSeveralSubmissionsAreKeptApart() {
        parts.add("a", List.of(submitted(1)), 0);
        parts.add("b", List.of(submitted(2)), 0);
        parts.add("a", List.of(submitted(3)), 0);

        assertThat(parts.take("a", 2)).extracting(SubmittedJob::name).containsExactly("job 1", "job 3");
        assertThat(parts.take("a", 2)).isNull();
        assertThat(parts.take("b", 2)).isNull();
    }

    @Test
    void aSubmissionThatTakesTooLongIsDropped() {
        parts.add("a", List.of(submitted(1)), 0);
        parts.add("b", List.of(submitted(2)), Limits.ASK_TIMEOUT.toMillis() + 1);

        assertThat(parts.take("a", 1)).isNull();
        assertThat(parts.take("b", 1)).hasSize(1);
    }

    @Test
    void beyondTheLimitTheOldestIsDropped() {
        for (int i = 0; i <= SubmissionParts.SUBMISSIONS_MAX; i++) {
            parts.add("s" + i, List.of(submitted(i)), 0);
        }

        assertThat(parts.take("s0", 1)).isNull();
        assertThat(parts.take("s1", 1)).hasSize(1);
    }

    @Test
    void aBatchIsCutSoThatEachPartFitsOneMessage() {
        List<SubmittedJob> jobs =
                IntStream.range(0, 5_000).mapToObj(n -> submitted(n, 200)).toList();

        List<List<SubmittedJob>> cut = ShardedChannels.inParts(jobs);

        assertThat(cut).hasSizeGreaterThan(3);
        assertThat(cut)
                .allSatisfy(part -> assertThat(
                                part.stream().mapToLong(StoredSize::of).sum())
                        .isLessThanOrEqualTo(Limits.MESSAGE_BYTES_MAX));
        assertThat(cut.stream().flatMap(List::stream)).containsExactlyElementsOf(jobs);
    }
}
