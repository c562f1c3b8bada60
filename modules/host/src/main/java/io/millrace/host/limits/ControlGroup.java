package io.millrace.host.limits;

import io.millrace.host.system.LibC;
import io.millrace.host.system.Signals;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control group of one attempt: one directory in version 2, one per controller in version 1. Every process that
 * descends from one that joined is in it, whichever session or process group it belongs to. Every call touches files.
 */
public final class ControlGroup {
    private static final Logger LOG = LoggerFactory.getLogger(ControlGroup.class);
    private static final String KILL = "cgroup.kill";

    private final ControlGroupFiles files;
    private final Map<ControlGroupController, Place> places;
    private final Set<Path> directories = new LinkedHashSet<>();

    /** Where a controller's part of the group is. */
    public record Place(ControlGroupVersion version, Path directory) {}

    public ControlGroup(ControlGroupFiles files, Map<ControlGroupController, Place> places) {
        this.files = files;
        this.places = Map.copyOf(places);
        places.values().forEach(place -> directories.add(place.directory));
    }

    public boolean limits(ControlGroupController controller) {
        return places.containsKey(controller);
    }

    /** Makes the group with its limits; what was made of it is removed again if that fails. */
    public void create(ProcessLimits limits) throws IOException {
        try {
            for (Path directory : directories) {
                files.create(directory);
            }
            var memory = places.get(ControlGroupController.MEMORY);
            if (memory != null) {
                for (var setting : memory.version.memorySettings(limits.memoryBytes())) {
                    set(memory, setting);
                }
            }
            var pids = places.get(ControlGroupController.PIDS);
            if (pids != null) {
                files.write(pids.directory.resolve(ControlGroupVersion.PIDS_MAX), Long.toString(limits.processes()));
            }
        } catch (IOException e) {
            remove();
            throw e;
        }
    }

    /** Makes the group without limits, to see whether it could have some. */
    public void probe() throws IOException {
        try {
            for (Path directory : directories) {
                files.create(directory);
            }
            for (var place : places.entrySet()) {
                set(place.getValue(), place.getValue().version.neutral(place.getKey()));
            }
        } finally {
            remove();
        }
    }

    private void set(Place place, ControlGroupVersion.Setting setting) throws IOException {
        var file = place.directory.resolve(setting.file());
        if (!setting.isOptional() || files.exists(file)) {
            files.write(file, setting.value());
        }
    }

    /** Files into which a process writes its own id to join. */
    public List<Path> processFiles() {
        return directories.stream()
                .map(directory -> directory.resolve(ControlGroupVersion.PROCESSES))
                .toList();
    }

    /** True if the kernel ended a process because the group had reached its own limit of memory. */
    public boolean hasExceededMemory() {
        var place = places.get(ControlGroupController.MEMORY);
        return place != null
                && count(place.directory.resolve(place.version.memoryEvents()), "oom_kill") > 0
                && hasReachedMemoryLimit(place);
    }

    /**
     * The count of killed processes also has those the kernel ended because the whole machine was short of memory. Version
     * 1 asks for memory with swap first, so that with equal limits this is the one that is met.
     */
    private boolean hasReachedMemoryLimit(Place memory) {
        return switch (memory.version) {
            case V1 ->
                isPositive(memory.directory.resolve("memory.memsw.failcnt"))
                        || isPositive(memory.directory.resolve("memory.failcnt"));
            case V2 -> count(memory.directory.resolve(memory.version.memoryEvents()), "oom") > 0;
        };
    }

    /** How often the kernel refused the group another process. */
    public long refusedProcesses() {
        var place = places.get(ControlGroupController.PIDS);
        return place == null ? 0 : count(place.directory.resolve(ControlGroupVersion.PIDS_EVENTS), "max");
    }

    private long count(Path file, String name) {
        for (String line : text(file).split("\n", -1)) {
            if (line.startsWith(name + " ")) {
                return Long.parseLong(line.substring(name.length() + 1).strip());
            }
        }
        return 0;
    }

    private boolean isPositive(Path file) {
        String number = text(file).strip();
        return !number.isEmpty() && !number.equals("0");
    }

    private String text(Path file) {
        try {
            return files.read(file);
        } catch (IOException e) {
            LOG.debug("A control group does not tell what happened in it", e);
            return "";
        }
    }

    /** Processes in the group now. */
    public Set<Integer> processes() {
        return processFiles().stream()
                .flatMap(file -> text(file).lines())
                .map(Integer::valueOf)
                .filter(pid -> pid > 0)
                .collect(Collectors.toSet());
    }

    /** Kills every process in the group, also one that left its process group. */
    public void kill() {
        for (Path directory : directories) {
            try {
                kill(directory);
            } catch (IOException e) {
                LOG.debug("The processes in control group {} cannot be killed", directory, e);
            }
        }
    }

    private void kill(Path directory) throws IOException {
        var killAll = directory.resolve(KILL);
        if (files.exists(killAll)) {
            files.write(killAll, "1");
            return;
        }
        files.read(directory.resolve(ControlGroupVersion.PROCESSES))
                .lines()
                .mapToInt(Integer::parseInt)
                .filter(pid -> pid > 0)
                .forEach(pid -> LibC.kill(pid, Signals.KILL));
    }

    /** Removes the group; false while a process that was killed has not ended yet. */
    public boolean remove() {
        boolean isGone = true;
        for (Path directory : directories) {
            try {
                files.remove(directory);
            } catch (IOException e) {
                LOG.debug("Control group {} is not empty yet", directory, e);
                isGone = false;
            }
        }
        return isGone;
    }

    @Override
    public String toString() {
        return directories.toString();
    }
}
