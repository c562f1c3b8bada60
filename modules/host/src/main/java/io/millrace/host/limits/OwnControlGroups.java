package io.millrace.host.limits;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The control groups this process is in, as {@code /proc/self/cgroup} and {@code /proc/self/mountinfo} tell. */
public final class OwnControlGroups {
    private static final String SEPARATOR = " - ";

    private final List<String> memberships;
    private final List<String> mounts;

    /**
     * @param memberships lines {@code number:controllers:path}; version 2 has no controllers
     * @param mounts lines of the mount table
     */
    public OwnControlGroups(List<String> memberships, List<String> mounts) {
        this.memberships = List.copyOf(memberships);
        this.mounts = List.copyOf(mounts);
    }

    public static OwnControlGroups read(Path proc) throws IOException {
        return new OwnControlGroups(
                Files.readAllLines(proc.resolve("cgroup")), Files.readAllLines(proc.resolve("mountinfo")));
    }

    /**
     * A group that limits this process.
     *
     * @param isTop true if it is the topmost group to be seen from here: that of the machine, or of a container
     */
    public record Group(ControlGroupVersion version, Path directory, boolean isTop) {}

    /** The group of a controller. Version 1 goes first: a controller that it has is not in version 2. */
    public Optional<Group> of(ControlGroupController controller) {
        return path(controller.kernelName())
                .flatMap(path -> group(ControlGroupVersion.V1, path, controller.kernelName()))
                .or(() -> path("").flatMap(path -> group(ControlGroupVersion.V2, path, "")));
    }

    private Optional<String> path(String controller) {
        return memberships.stream()
                .map(line -> line.split(":", 3))
                .filter(fields -> fields.length == 3 && hasOption(fields[1], controller))
                .map(fields -> fields[2])
                .findFirst();
    }

    private Optional<Group> group(ControlGroupVersion version, String path, String controller) {
        String type = version == ControlGroupVersion.V1 ? "cgroup" : "cgroup2";
        for (String line : mounts) {
            int separator = line.indexOf(SEPARATOR);
            if (separator < 0) {
                continue;
            }
            String[] filesystem = line.substring(separator + SEPARATOR.length()).split(" ", -1);
            boolean isRight = filesystem[0].equals(type)
                    && (controller.isEmpty() || hasOption(filesystem[filesystem.length - 1], controller));
            if (isRight) {
                String[] fields = line.substring(0, separator).split(" ", -1);
                return below(version, Path.of(fields[4]), Path.of(fields[3]), Path.of(path));
            }
        }
        return Optional.empty();
    }

    /** A mount may show a part of the hierarchy only, as in a container; what lies outside cannot be reached. */
    private static Optional<Group> below(ControlGroupVersion version, Path mount, Path shown, Path path) {
        if (!path.startsWith(shown)) {
            return Optional.empty();
        }
        var directory = mount.resolve(shown.relativize(path).toString()).normalize();
        return Optional.of(new Group(version, directory, directory.equals(mount)));
    }

    private static boolean hasOption(String commaSeparated, String option) {
        return Arrays.asList(commaSeparated.split(",", -1)).contains(option);
    }
}
