package io.millrace.channel.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.Inspection;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.domain.Limits;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class NamedHoldersTest {
    private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

    @Test
    void everybodyIsNamedWithinTheLimit() {
        List<Inspection.ResourceView> items = Collections.nCopies(3, item(100));

        assertThat(NamedHolders.bounded(items)).isEqualTo(items);
    }

    @Test
    void beyondTheLimitHoldersAreOnlyCounted() {
        List<Inspection.ResourceView> items = Collections.nCopies(200, item(100));

        List<Inspection.ResourceView> bounded = NamedHolders.bounded(items);

        assertThat(bounded).hasSize(200).allMatch(item -> item.inUse() == 100);
        assertThat(bounded.getFirst()).isEqualTo(items.getFirst());
        assertThat(bounded.getLast().holders()).isEmpty();
        assertThat(bounded.stream()
                        .mapToInt(item -> item.holders().size() + item.waiting().size())
                        .sum())
                .isEqualTo(Limits.RESOURCE_HOLDERS_PER_NODE_MAX);
    }

    private static Inspection.ResourceView item(int holders) {
        var holder = new Inspection.ResourceHolder("r", "me", null, 1, ResourceState.GRANTED, NOON, null);
        var waiter = new Inspection.ResourceWaiter("w", "you", null, 1, NOON, "waits");
        return new Inspection.ResourceView(
                "node-1",
                new ChannelName("a"),
                ResourceType.FILES,
                holders,
                holders,
                holders,
                1,
                Collections.nCopies(holders, holder),
                List.of(waiter));
    }
}
