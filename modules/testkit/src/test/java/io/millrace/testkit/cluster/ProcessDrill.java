package io.millrace.testkit.cluster;

import java.io.IOException;
import java.util.random.RandomGenerator;

/** Something that happens to a node or to its companion while commands run, and a look at what becomes of those. */
@FunctionalInterface
interface ProcessDrill {
    /**
     * Does it once.
     *
     * @param nodes without any so far
     * @param random chooses the moment and whatever else is left to chance
     * @return how well the promise was kept that can be measured
     * @throws AssertionError if another promise was broken
     */
    DrillResult run(Nodes nodes, RandomGenerator random) throws IOException;
}
