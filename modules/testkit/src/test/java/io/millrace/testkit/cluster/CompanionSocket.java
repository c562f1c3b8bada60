package io.millrace.testkit.cluster;

import io.millrace.host.protocol.HostDirectory;
import io.millrace.host.system.LibC;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The connection between a companion and its node, cut from outside: its end is borrowed from the companion and shut down, so
 * that both see it closed and neither has done anything.
 */
final class CompanionSocket {
    private static final long SYS_PIDFD_GETFD = 438;
    private static final int SHUT_RDWR = 2;
    private static final Path UNIX_SOCKETS = Path.of("/proc/net/unix");

    /** Place of a column in {@link #UNIX_SOCKETS}, counted from 0. */
    private static final int STATE_COLUMN = 5;

    private static final int INODE_COLUMN = 6;
    private static final int PATH_COLUMN = 7;
    private static final String CONNECTED = "03";

    private CompanionSocket() {}

    /**
     * Cuts every connection that a companion has accepted.
     *
     * @throws IOException if the system does not let this process
     */
    static void cut(int companion) throws IOException {
        Set<String> accepted = accepted();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + companion + "/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                if (accepted.contains(target(descriptor))) {
                    shutDown(
                            companion, Integer.parseInt(descriptor.getFileName().toString()));
                }
            }
        }
    }

    /** Sockets of all companions of this machine that are connected, as descriptors show them. */
    private static Set<String> accepted() throws IOException {
        try (Stream<String> lines = Files.lines(UNIX_SOCKETS)) {
            return lines.map(line -> line.strip().split(" +"))
                    .filter(columns -> columns.length > PATH_COLUMN
                            && columns[STATE_COLUMN].equals(CONNECTED)
                            && columns[PATH_COLUMN].equals(
                                    HostDirectory.socketName().toString()))
                    .map(columns -> "socket:[" + columns[INODE_COLUMN] + "]")
                    .collect(Collectors.toSet());
        }
    }

    /** Empty for a descriptor that was closed meanwhile. */
    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "";
        }
    }

    private static void shutDown(int owner, int descriptor) throws IOException {
        int process = LibC.processDescriptor(owner);
        try {
            int borrowed = Math.toIntExact(LibC.systemCall(SYS_PIDFD_GETFD, process, descriptor, 0));
            if (borrowed < 0) {
                throw new IOException("pidfd_getfd: " + LibC.message(-borrowed));
            }
            try (Arena memory = Arena.ofConfined()) {
                MemorySegment shutdown =
                        Linker.nativeLinker().defaultLookup().find("shutdown").orElseThrow();
                LibC.call(shutdown, LibC.state(memory), borrowed, SHUT_RDWR);
            } finally {
                LibC.close(borrowed);
            }
        } finally {
            LibC.close(process);
        }
    }
}
