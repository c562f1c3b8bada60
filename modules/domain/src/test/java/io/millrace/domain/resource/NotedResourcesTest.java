package io.millrace.domain.resource;

import static io.millrace.domain.resource.LedgerUnderTest.ANN;
import static io.millrace.domain.resource.LedgerUnderTest.ATTEMPT;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.domain.Limits;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is noted of what attempts hold. */
class NotedResourcesTest {
    private static final long SECOND_NANOS = 1_000_000_000;

    private final LedgerUnderTest ledger = LedgerUnderTest.ofHundreds();

    @Test
    void whatAnAttemptHasHeldForSomeTimeIsAddedUpByTypeAndTier() {
        // given
        String first = ledger.grant(ATTEMPT, ResourceType.BUFFER, 1);
        String second = ledger.grant(ATTEMPT, ResourceType.BUFFER, 4_096);
        String large = ledger.grant(ATTEMPT, ResourceType.BUFFER, 1 << 20);
        String files = ledger.grant(ATTEMPT, ResourceType.FILES, 10);
        ledger.pass(1_000);

        // when
        ledger.grant(ATTEMPT, ResourceType.FILES, 5);

        // then
        assertThat(ledger.ledger.held(ATTEMPT, SECOND_NANOS, ledger.now()))
                .containsExactly(
                        new NotedResource(ResourceType.BUFFER, BufferTier.SMALL, 2, 8_192, List.of(first, second)),
                        new NotedResource(ResourceType.BUFFER, BufferTier.LARGE, 1, 1 << 20, List.of(large)),
                        new NotedResource(ResourceType.FILES, null, 1, 10, List.of(files)));
    }

    @Test
    void noMoreAreNamedThanTheLimit() {
        for (int n = 0; n <= Limits.RESOURCES_NOTED_IDS_MAX; n++) {
            ledger.grant(ATTEMPT, ResourceType.FILES, 1);
        }

        NotedResource files = ledger.ledger.held(ATTEMPT, 0, ledger.now()).getFirst();

        assertThat(files.count()).isEqualTo(Limits.RESOURCES_NOTED_IDS_MAX + 1);
        assertThat(files.ids()).hasSize(Limits.RESOURCES_NOTED_IDS_MAX);
    }

    @Test
    void attemptsAreKnownWhileTheyHoldSomethingAndOthersAreNot() {
        // given
        ledger.grant(ANN, ResourceType.FILES, 1);
        String held = ledger.grant(ATTEMPT, ResourceType.FILES, 1);

        // when, then
        assertThat(ledger.ledger.attempts()).containsExactly(ATTEMPT);
        ledger.release(held);
        assertThat(ledger.ledger.held(ATTEMPT, 0, ledger.now())).isEmpty();
        ledger.back(held);
        assertThat(ledger.ledger.attempts()).isEmpty();
    }
}
