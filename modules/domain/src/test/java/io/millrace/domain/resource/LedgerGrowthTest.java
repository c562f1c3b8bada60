package io.millrace.domain.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Owner;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ReleaseReason;
import io.millrace.domain.Moment;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The short form of the soak, with the ledger alone; {@code scripts/soak} is the long one, with whole nodes. */
class LedgerGrowthTest {
    private static final ChannelName CHANNEL = new ChannelName("growth");
    private static final long GROWTH_BYTES_MAX = 1 << 20;

    private final ResourceLedger ledger = new ResourceLedger(ResourceAccount.limitsOf(ChannelSpec.DEFAULT));
    private long lastWish;

    @Test
    @Proves("R-44")
    void aMillionGrantsLeaveNothingBehind() {
        // given
        grantAndReturn(100_000);
        long before = liveHeapBytes();

        // when
        grantAndReturn(1_000_000);

        // then
        assertThat(liveHeapBytes() - before).isLessThan(GROWTH_BYTES_MAX);
        assertThat(ledger.isInUse()).isFalse();
    }

    private void grantAndReturn(int times) {
        for (int i = 0; i < times; i++) {
            long number = ++lastWish;
            String id = "r-" + number;
            var now = new Moment(number, number);
            var handle = new Handle(HandleType.RESOURCE, id, CHANNEL, 1, "node-1", "seal");
            var part = new ResourceWish.Part(handle, ResourceType.BUFFER, 1 + number % 100_000);
            ledger.wish(
                    new ResourceWish(number, Owner.named("owner-" + number), List.of(part), 1_000, 1_000_000, false),
                    now);
            ledger.taken(number, Set.of(), now);
            ledger.release(id, ReleaseReason.RELEASED, now);
            ledger.returned(List.of(id), now);
        }
    }

    private static long liveHeapBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
