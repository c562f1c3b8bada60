package io.millrace.testkit.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.Proves;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What travels between actors, or is given to one as it is made, can be changed by neither side. */
class MessagesTest {

    @Test
    @Proves("G-03")
    void collectionsThatActorsShareAreCopies() {
        var scan = new MessageScan(CompiledClasses.of(ProductClasses.MODULES));

        assertThat(scan.carried())
                .contains(
                        "io/millrace/channel/ChannelRequest$Submit",
                        "io/millrace/channel/ChannelReply$Replayed",
                        "io/millrace/channel/ChannelReport$LocksChanged",
                        "io/millrace/channel/lock/LockManager$Seed",
                        "io/millrace/contracts/thread/ThreadSpec",
                        "io/millrace/domain/channel/SubmittedJob");
        assertThat(scan.uncopied()).isEmpty();
    }

    @Test
    void theScanFindsACollectionThatIsShared() {
        Stream<Class<?>> samples = Stream.of(MessageSamples.class.getDeclaredClasses());

        var scan = new MessageScan(samples.map(CompiledClasses::of));

        assertThat(scan.uncopied())
                .extracting(finding -> finding.className().replaceAll(".*\\$", "") + "." + finding.member())
                .containsExactlyInAnyOrder(
                        "Shared.names",
                        "SharedBehindALong.counts",
                        "Carried.names",
                        "OnlyWrapped.counts",
                        "CopiedTooLate.names",
                        "Maker.create");
    }
}
