package io.millrace.host.limits;

import io.millrace.contracts.ThreadSafety;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control groups a node can make for its attempts, as {@link ControlGroupSearch} found them once at its start: below
 * one group per node, named after its data directory, so that a later life of the node finds what an earlier one left.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class ControlGroups {
    private static final Logger LOG = LoggerFactory.getLogger(ControlGroups.class);

    /** Begins the name of an attempt's group. Whatever is called differently is not removed. */
    private static final String PREFIX = "attempt-";

    private final ControlGroupFiles files;
    private final Map<ControlGroupController, ControlGroup.Place> homes;
    private final Map<ControlGroupController, String> obstacles;

    /**
     * @param homes by controller, the group below which groups of attempts are made
     * @param obstacles why there is no such group, for every other controller
     */
    public ControlGroups(
            ControlGroupFiles files,
            Map<ControlGroupController, ControlGroup.Place> homes,
            Map<ControlGroupController, String> obstacles) {
        this.files = files;
        this.homes = Map.copyOf(homes);
        this.obstacles = Map.copyOf(obstacles);
    }

    /**
     * Finds out what this machine can do for this node. Makes the node's group, and in version 2 moves what is in the
     * node's own group further down if it has to.
     *
     * @param dataDirectory of the node
     */
    public static ControlGroups find(Path dataDirectory, ControlGroupUse use) {
        return new ControlGroupSearch(Path.of("/proc/self"), new ControlGroupFiles(), dataDirectory, use).find();
    }

    /**
     * No control groups.
     *
     * @param reason for a person, as the end of a sentence
     */
    public static ControlGroups none(String reason) {
        var obstacles = new EnumMap<ControlGroupController, String>(ControlGroupController.class);
        for (var controller : ControlGroupController.values()) {
            obstacles.put(controller, reason);
        }
        return new ControlGroups(new ControlGroupFiles(), Map.of(), obstacles);
    }

    /** Why this node cannot use a controller, as the end of a sentence; absent if it can. */
    public Optional<String> obstacle(ControlGroupController controller) {
        return Optional.ofNullable(obstacles.get(controller));
    }

    /** How a controller is used, for a person; absent if it is not. */
    public Optional<String> use(ControlGroupController controller) {
        return Optional.ofNullable(homes.get(controller))
                .map(home -> "control group " + home.version() + " below " + home.directory());
    }

    /** Makes a group for those limits of an attempt that this node can set, none if there are none. */
    public Optional<ControlGroup> create(String attempt, ProcessLimits limits) throws IOException {
        String name = PREFIX + attempt;
        var places = new EnumMap<ControlGroupController, ControlGroup.Place>(ControlGroupController.class);
        homes.forEach((controller, home) -> {
            if (isDeclared(controller, limits)) {
                places.put(
                        controller,
                        new ControlGroup.Place(home.version(), home.directory().resolve(name)));
            }
        });
        if (places.isEmpty()) {
            return Optional.empty();
        }
        var group = new ControlGroup(files, places);
        group.create(limits);
        return Optional.of(group);
    }

    private static boolean isDeclared(ControlGroupController controller, ProcessLimits limits) {
        return switch (controller) {
            case MEMORY -> limits.memoryBytes() > 0;
            case PIDS -> limits.processes() > 0;
        };
    }

    /** Groups of attempts that are there now. At the start of a node these are what an earlier life of it left behind. */
    public List<ControlGroup> existing() {
        var groups = new ArrayList<ControlGroup>();
        homes.forEach((controller, home) -> {
            try {
                for (Path child : files.children(home.directory())) {
                    if (child.getFileName().toString().startsWith(PREFIX)) {
                        var place = new ControlGroup.Place(home.version(), child);
                        groups.add(new ControlGroup(files, Map.of(controller, place)));
                    }
                }
            } catch (IOException e) {
                LOG.warn("Control groups of an earlier life of this node cannot be looked for", e);
            }
        });
        return groups;
    }

    /** Removes the node's group if nothing is left in it. */
    public void close() {
        for (var home : homes.values()) {
            try {
                files.remove(home.directory());
            } catch (IOException e) {
                LOG.debug("Control group {} stays until the node starts again", home.directory(), e);
            }
        }
    }
}
