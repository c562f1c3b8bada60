package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.testkit.cluster.LostCompanionDrill.Loss;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The short form of two of the {@link ProcessDrills}: one round each. */
class ProcessDrillIT {
    @RegisterExtension
    private final Nodes nodes = new Nodes();

    @Test
    void whatRanUnderAKilledCompanionIsGoneAndGoesOnAsItsPolicySays() throws IOException {
        assertMet(new LostCompanionDrill(Loss.KILLED, 4, 0));
    }

    @Test
    void fiftyTreesOfAKilledNodeAreGoneWithinTheirLeaseAndNobodyElseIs() throws IOException {
        assertMet(new KilledNodeDrill(50, 0));
    }

    private void assertMet(ProcessDrill drill) throws IOException {
        DrillResult result = drill.run(nodes, new SplittableRandom());

        assertThat(result.measured()).as(result.what()).isLessThanOrEqualTo(result.bound());
    }
}
