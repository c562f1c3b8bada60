package io.millrace.host.client;

import io.millrace.contracts.Problem;
import io.millrace.host.ProcessHost;
import io.millrace.host.protocol.HostDirectory;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.slf4j.Logger;

/**
 * Where the companion finds its classes, and how it has them ready without loading and linking each.
 *
 * <p>A distribution has them in a file beside the host's own classes, recorded when it was built. Without that file each
 * companion can leave one behind for the next, so that only the first of a data directory starts slowly. A virtual machine
 * that cannot use such a file does without.
 */
final class CompanionClasses {
    /**
     * System property of a node. Its companion records the classes it uses and writes them, once it has ended, to the file
     * that the property names.
     */
    private static final String RECORDING = "millrace.host.recording";

    private static final String RECORDED = "host.aot";

    private CompanionClasses() {}

    /** What the companion needs of the node's own class path, and nothing else. */
    static String path() throws IOException {
        Set<String> places = new LinkedHashSet<>();
        for (var type : List.of(ProcessHost.class, Problem.class, Logger.class, NullMarked.class)) {
            places.add(place(type).toString());
        }
        return String.join(File.pathSeparator, places);
    }

    /**
     * Options of the virtual machine.
     *
     * @param leavesFile true to leave a file behind where there is none with the classes
     */
    static List<String> options(HostDirectory directory, boolean leavesFile) throws IOException {
        var recording = System.getProperty(RECORDING);
        if (recording != null) {
            return List.of("-XX:AOTCacheOutput=" + recording);
        }
        var recorded = place(ProcessHost.class).resolveSibling(RECORDED);
        if (Files.isReadable(recorded)) {
            return List.of("-XX:AOTCache=" + recorded);
        }
        return leavesFile
                ? List.of("-XX:+AutoCreateSharedArchive", "-XX:SharedArchiveFile=" + directory.sharedArchive())
                : List.of();
    }

    private static Path place(Class<?> type) throws IOException {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IOException("The classes of the process host cannot be found", e);
        }
    }
}
