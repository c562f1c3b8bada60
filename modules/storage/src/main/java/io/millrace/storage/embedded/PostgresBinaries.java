package io.millrace.storage.embedded;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Problem;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The programs of the private server, unpacked once per user from a jar on the class path. A directory appears under its
 * final name only when it is complete, so nodes that start together may unpack at the same time: the first one wins, and
 * the others use what it left.
 */
final class PostgresBinaries {
    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
    private static final String UNFINISHED_PREFIX = ".unpacking-";

    private final Path home;

    private PostgresBinaries(Path home) {
        this.home = home;
    }

    /** The directory programs are kept in between starts, shared by all nodes of a user who has a place for it. */
    static Path userCache(Path otherwise) {
        return userCache(System.getenv("XDG_CACHE_HOME"), Path.of(System.getProperty("user.home")), otherwise);
    }

    /** Accounts that services run under often have a home directory that does not exist or is not theirs. */
    static Path userCache(@Nullable String chosen, Path userHome, Path otherwise) {
        if (chosen != null && !chosen.isBlank()) {
            return Path.of(chosen, "millrace");
        }
        Path caches = userHome.resolve(".cache");
        return Files.isWritable(Files.exists(caches) ? caches : userHome) ? caches.resolve("millrace") : otherwise;
    }

    /**
     * The programs below a directory, unpacked if they are not there yet.
     *
     * @throws MillraceException INVALID_ARGUMENT on a platform there are no programs for
     */
    static PostgresBinaries below(Path directory) throws IOException {
        URL archive = archive();
        Path home = directory.resolve("postgresql-" + identity(archive));
        if (!Files.isDirectory(home)) {
            OwnerOnly.directory(directory);
            removeAbandoned(directory);
            unpackInto(home, archive);
        }
        return new PostgresBinaries(home);
    }

    Path program(String name) {
        return home.resolve("bin").resolve(name);
    }

    private static URL archive() {
        String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        URL archive = PostgresBinaries.class.getResource(ARCHIVE);
        boolean isSupported = system.toLowerCase(Locale.ROOT).matches("linux (amd64|x86_64)");
        if (!isSupported || archive == null) {
            throw Problem.of(
                            ErrorCode.INVALID_ARGUMENT,
                            "Storage",
                            "There is no embedded PostgreSQL for this platform (" + system + "), only for Linux on "
                                    + "x86-64. Start a PostgreSQL of your own and name it with MILLRACE_DATABASE_URL, "
                                    + "for example postgresql://user:password@localhost:5432/millrace.")
                    .asException();
        }
        return archive;
    }

    /** Names the content, so that an upgrade never meets the programs of another version. */
    private static String identity(URL archive) throws IOException {
        URLConnection connection = archive.openConnection();
        return connection instanceof JarURLConnection jar
                ? Long.toHexString(jar.getJarEntry().getCrc())
                : Long.toHexString(connection.getContentLengthLong());
    }

    private static void unpackInto(Path home, URL archive) throws IOException {
        Path unfinished = Files.createTempDirectory(
                home.getParent(), UNFINISHED_PREFIX + ProcessHandle.current().pid() + "-");
        // Readable for everybody: the server may run as another user than the node.
        Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (InputStream packed = new BufferedInputStream(archive.openStream());
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZCompressorInputStream(packed))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                unpack(tar, entry, unfinished);
            }
        }
        try {
            Files.move(unfinished, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            Directories.delete(unfinished);
            if (!Files.isDirectory(home)) {
                throw e;
            }
        }
    }

    private static void unpack(InputStream tar, TarArchiveEntry entry, Path directory) throws IOException {
        Path target = directory.resolve(entry.getName()).normalize();
        if (!target.startsWith(directory)) {
            throw new IOException("the archive holds a path that leads out of it: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(target);
        } else if (!entry.getName().endsWith(".a")) {
            Files.createDirectories(target.getParent());
            if (entry.isSymbolicLink()) {
                Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
            } else {
                Files.copy(tar, target);
                boolean isProgram = (entry.getMode() & 0b001_000_000) != 0;
                Files.setPosixFilePermissions(
                        target, PosixFilePermissions.fromString(isProgram ? "rwxr-xr-x" : "rw-r--r--"));
            }
        }
    }

    /** Removes what processes left that died while they unpacked. */
    private static void removeAbandoned(Path directory) throws IOException {
        try (var entries = Files.newDirectoryStream(directory, UNFINISHED_PREFIX + "*")) {
            for (Path entry : entries) {
                if (!isAlive(entry.getFileName().toString())) {
                    Directories.delete(entry);
                }
            }
        }
    }

    private static boolean isAlive(@Nullable String name) {
        String[] parts = name == null
                ? new String[0]
                : name.substring(UNFINISHED_PREFIX.length()).split("-", 2);
        return parts.length == 2
                && parts[0].matches("\\d{1,18}")
                && ProcessHandle.of(Long.parseLong(parts[0])).isPresent();
    }
}
