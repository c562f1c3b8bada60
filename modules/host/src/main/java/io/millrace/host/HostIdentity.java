package io.millrace.host;

import io.millrace.host.system.ProcessTable;
import java.io.IOException;

/**
 * Tells process hosts apart. The id of a data directory alone would not do: the directory may be moved to another machine
 * while the first one, cut off, still runs what was started there.
 */
public final class HostIdentity {
    private HostIdentity() {}

    /**
     * @param directoryId id of the host's directory
     * @throws IOException if the system does not tell which start of the machine this is
     */
    public static String onThisMachine(String directoryId) throws IOException {
        return directoryId + "@" + ProcessTable.bootId();
    }
}
