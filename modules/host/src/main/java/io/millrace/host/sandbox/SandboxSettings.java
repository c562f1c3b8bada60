package io.millrace.host.sandbox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How commands are kept apart from the node and from each other.
 *
 * @param user whom they run as
 * @param confinement whether they are locked up
 * @param network what they reach
 * @param hidden directories and files they see empty if they are locked up
 */
public record SandboxSettings(ProcessUser user, ConfinementUse confinement, NetworkAccess network, List<Path> hidden) {
    public SandboxSettings {
        hidden = List.copyOf(hidden);
    }

    /** Nothing but another user, where that is set. */
    public SandboxSettings(ProcessUser user) {
        this(user, ConfinementUse.NONE, NetworkAccess.NODE, List.of());
    }

    /** The same with one more that commands do not see. */
    public SandboxSettings hiding(Path place) {
        var more = new ArrayList<>(hidden);
        more.add(place);
        return new SandboxSettings(user, confinement, network, more);
    }
}
