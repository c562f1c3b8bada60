package io.millrace.host.supervise;

import io.millrace.host.limits.LimitEnforcement;
import io.millrace.host.tree.ProcessTree;
import java.util.concurrent.Executor;

/**
 * What runs need of their host.
 *
 * @param table is told of starts that failed and of ends
 * @param trees ends what is left of a tree
 * @param blocking its threads may block
 */
record RunServices(
        EventLoop loop,
        RunTable table,
        ProcessTree tree,
        TreeEnder trees,
        LimitEnforcement limits,
        KeptOutputs outputs,
        Executor blocking) {}
