package io.millrace.host.client;

import io.millrace.host.limits.CommonLimits;
import io.millrace.host.limits.ControlGroupUse;
import io.millrace.host.sandbox.SandboxSettings;
import java.nio.file.Path;

/**
 * How a node runs its companion.
 *
 * @param dataDirectory of the node; the companion's own lies below it
 * @param controlGroups how it may use them
 * @param sandbox how commands are kept apart
 * @param limits of every command
 * @param keepsClassesReady true to have a companion that ends leave a file behind with which the next one starts sooner;
 *     needs about 10 MB of disk and a second of a processor once
 */
public record CompanionSettings(
        Path dataDirectory,
        ControlGroupUse controlGroups,
        SandboxSettings sandbox,
        CommonLimits limits,
        boolean keepsClassesReady) {}
