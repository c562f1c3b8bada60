package io.millrace.node.config;

import io.millrace.channel.process.ProcessLease;
import io.millrace.host.limits.CommonLimits;
import io.millrace.host.limits.ControlGroupUse;
import io.millrace.host.sandbox.SandboxSettings;
import java.util.List;

/**
 * How a node runs processes.
 *
 * @param host who starts them
 * @param lease how long they run on after the node was last certain to own their channel
 * @param controlGroups whether they are limited by control groups
 * @param sandbox how they are kept apart
 * @param limits of every one of them
 * @param environment names of the node's own variables that they are given
 */
public record ProcessSettings(
        Host host,
        ProcessLease lease,
        ControlGroupUse controlGroups,
        SandboxSettings sandbox,
        CommonLimits limits,
        List<String> environment) {
    public ProcessSettings {
        environment = List.copyOf(environment);
    }

    /** Who starts the processes of a node. */
    public enum Host {
        /** A process of its own beside the node, which outlives it. */
        COMPANION,
        /** The node itself. */
        NONE
    }
}
