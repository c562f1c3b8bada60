package io.millrace.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobIdTest {
    private static final long MILLIS = 1_800_000_000_000L;

    @Test
    void theTextFormGivesTheSameIdBack() {
        Random random = new Random(1);

        for (int i = 0; i < 10_000; i++) {
            JobId id = new JobId(random.nextLong(), random.nextLong());
            assertThat(JobId.parse(id.toString())).isEqualTo(id);
        }
    }

    @Test
    void theSmallestAndTheLargestIdHaveATextForm() {
        assertThat(new JobId(0, 0)).hasToString("0".repeat(26));
        assertThat(new JobId(-1, -1)).hasToString("7" + "Z".repeat(25));
        assertThat(JobId.parse("7" + "Z".repeat(25))).isEqualTo(new JobId(-1, -1));
    }

    @Test
    void theTextFormMayBeInEitherCase() {
        JobId id = new JobId(MILLIS << 16, 0xFEDCBA98L);

        assertThat(JobId.parse(id.toString().toLowerCase(Locale.ROOT))).isEqualTo(id);
    }

    @Test
    void theCreationTimeIsInTheId() {
        assertThat(new JobId((MILLIS << 16) | 0xFFFF, -1).createdAtMillis()).isEqualTo(MILLIS);
    }

    @Test
    void idsSortByCreationTime() {
        JobId earlier = new JobId(MILLIS << 16, -1);
        JobId later = new JobId((MILLIS + 1) << 16, 0);

        assertThat(earlier).isLessThan(later);
    }

    @Test
    void idsAndTheirTextsSortAlike() {
        Random random = new Random(2);
        List<JobId> ids = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            ids.add(new JobId(random.nextLong(), random.nextLong()));
        }

        List<String> texts = ids.stream().sorted().map(JobId::toString).toList();

        assertThat(texts).isSorted();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "0000000000000000000000000",
                "000000000000000000000000000",
                "80000000000000000000000000",
                "0000000000000000000000000U",
                "0000000000000000000000000I",
                "0000000000000000000000000-",
                "0000000000000000000000000é",
                "0000000000000000000000000日"
            })
    void anythingElseIsTheIdOfNoJob(String text) {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> JobId.parse(text))
                .satisfies(e -> {
                    assertThat(e.problem().code()).isEqualTo(ErrorCode.NOT_FOUND);
                    assertThat(e.problem().detail()).contains("'" + text + "'", "26 characters");
                });
    }

    @Test
    void aLongTextIsNotRepeatedWhole() {
        assertThatExceptionOfType(MillraceException.class)
                .isThrownBy(() -> JobId.parse("x".repeat(10_000)))
                .satisfies(e -> assertThat(e.problem().detail()).hasSizeLessThan(200));
    }
}
