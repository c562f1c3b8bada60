package io.millrace.host.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files a confined command sees: those of the machine, which it cannot change; its own directories, which it can; empty
 * places for temporary files; and nothing of the node's.
 */
final class FileView {
    private static final Logger LOG = LoggerFactory.getLogger(FileView.class);
    private static final Path ROOT = Path.of("/");
    private static final List<Path> TEMPORARY = List.of(Path.of("/tmp"), Path.of("/var/tmp"));

    /** A directory sorts before what is in it, so that what is put in a place is not covered by what comes later. */
    private final Map<Path, List<String>> places = new TreeMap<>();

    FileView() {
        places.put(ROOT, List.of("--ro-bind", "/", "/"));
        places.put(Path.of("/dev"), List.of("--dev", "/dev"));
        places.put(Path.of("/proc"), List.of("--proc", "/proc"));
        TEMPORARY.forEach(this::empty);
    }

    /** Puts an empty directory of the command's own in the place of one, an empty file in that of a file. */
    FileView empty(Path place) {
        try {
            var real = place.toRealPath();
            places.put(
                    real,
                    Files.isDirectory(real)
                            ? List.of("--tmpfs", real.toString())
                            : List.of("--ro-bind", "/dev/null", real.toString()));
        } catch (IOException e) {
            LOG.debug("{} is not there and needs no cover", place);
        }
        return this;
    }

    /** Lets the command change what is in a directory; the whole machine stays as it is. */
    FileView writable(Path directory) throws IOException {
        var real = directory.toRealPath();
        if (!real.equals(ROOT)) {
            places.put(real, List.of("--bind", real.toString(), real.toString()));
        }
        return this;
    }

    /** As arguments of {@code bwrap(1)}. */
    List<String> arguments() {
        return places.values().stream().flatMap(Collection::stream).toList();
    }

    /** True if a directory is one of these or in one. */
    static boolean isWithin(Path directory, Collection<Path> others) throws IOException {
        var real = directory.toRealPath();
        for (Path other : others) {
            if (Files.exists(other) && real.startsWith(other.toRealPath())) {
                return true;
            }
        }
        return false;
    }
}
