package io.millrace.node;

import io.millrace.storage.database.DatabaseAddress;
import io.millrace.storage.embedded.PrivateDatabaseSupervisor;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The database a node works on: one of its own that it keeps running, or one that somebody else runs.
 *
 * @param address where it is
 * @param isEmbedded true if it is the node's own
 * @param trouble why it cannot be used, as far as that is known without asking it
 */
record NodeDatabase(DatabaseAddress address, boolean isEmbedded, Supplier<Optional<String>> trouble) {

    static NodeDatabase external(DatabaseAddress address) {
        return new NodeDatabase(address, false, Optional::empty);
    }

    static NodeDatabase embedded(DatabaseAddress address, PrivateDatabaseSupervisor supervisor) {
        return new NodeDatabase(address, true, supervisor::trouble);
    }
}
