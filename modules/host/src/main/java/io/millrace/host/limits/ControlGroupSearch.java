package io.millrace.host.limits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which controllers a node can use, and makes the group below which it does.
 *
 * <p>A control group has one owner: who made it, or whom that one handed it over to. The group a node finds itself in is
 * its own to divide only if nobody above is to be seen, or if its maker marked it as handed over ({@code Delegate=yes} of
 * a systemd unit sets the attribute {@code user.delegate}). In any other case an operator has to say so
 * ({@link ControlGroupUse#OWN}).
 *
 * <p>In version 2 a group whose children have controllers cannot have processes itself, that of a whole machine
 * excepted. All that is in it, the node among it, then moves into a group {@code node} below. A node that is started in
 * such a group divides the same one as the node that made it.
 */
public final class ControlGroupSearch {
    private static final Logger LOG = LoggerFactory.getLogger(ControlGroupSearch.class);
    private static final String CONTROLLERS = "cgroup.controllers";
    private static final String CHILDREN_CONTROLLERS = "cgroup.subtree_control";
    private static final String DELEGATE = "delegate";
    private static final String PREFIX = "millrace-";
    private static final String NODE = "node";
    private static final int MOVES_MAX = 3;

    private final Path proc;
    private final ControlGroupFiles files;
    private final String name;
    private final ControlGroupUse use;
    private final Map<ControlGroupController, ControlGroup.Place> homes = new EnumMap<>(ControlGroupController.class);
    private final Map<ControlGroupController, String> obstacles = new EnumMap<>(ControlGroupController.class);

    /** @param proc what the system says about this process */
    public ControlGroupSearch(Path proc, ControlGroupFiles files, Path dataDirectory, ControlGroupUse use) {
        this.proc = proc;
        this.files = files;
        this.name = PREFIX
                + UUID.nameUUIDFromBytes(
                        dataDirectory.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
        this.use = use;
    }

    public ControlGroups find() {
        OwnControlGroups own;
        try {
            own = OwnControlGroups.read(proc);
        } catch (IOException e) {
            return ControlGroups.none(
                    "the system does not tell which control groups the node is in: " + e.getMessage());
        }
        for (var controller : ControlGroupController.values()) {
            String obstacle = own.of(controller)
                    .map(group -> obstacle(controller, group))
                    .orElse("the system has no control groups with the controller " + controller.kernelName());
            if (!obstacle.isEmpty()) {
                obstacles.put(controller, obstacle);
            }
        }
        return new ControlGroups(files, homes, obstacles);
    }

    /** Prepares the use of a controller; says why that is not possible, or nothing if it is. */
    private String obstacle(ControlGroupController controller, OwnControlGroups.Group own) {
        if (use == ControlGroupUse.NONE) {
            return "millrace.processes.control-groups is none";
        }
        Path divided = dividedByNodes(own.directory());
        if (divided != null) {
            return obstacle(controller, new OwnControlGroups.Group(own.version(), divided, true));
        }
        if (use == ControlGroupUse.AUTO && !own.isTop() && !isHandedOver(own.directory())) {
            return "the control group " + own.directory()
                    + " the node runs in belongs to whoever made it. Run the node as a"
                    + " service with Delegate=yes, or set millrace.processes.control-groups to own";
        }
        var home = new ControlGroup.Place(own.version(), own.directory().resolve(name));
        try {
            prepare(controller, own, home);
            probe(controller, home);
            homes.put(controller, home);
            return "";
        } catch (IOException e) {
            LOG.debug("Controller {} cannot be used", controller, e);
            removeUnused(home);
            return "the node cannot make control groups below " + own.directory() + " ("
                    + (e instanceof AccessDeniedException ? "permission denied" : e.getMessage())
                    + "). Run the node as a service with Delegate=yes";
        }
    }

    /** The group that was divided for the group of nodes {@code millrace-…/node}; null for any other group. */
    private static @Nullable Path dividedByNodes(Path group) {
        Path home = group.getParent();
        return home != null
                        && group.endsWith(NODE)
                        && home.getFileName().toString().startsWith(PREFIX)
                ? home.getParent()
                : null;
    }

    private static boolean isHandedOver(Path group) {
        try {
            return "1".equals(delegateMark(group));
        } catch (IOException e) {
            LOG.debug("Whether control group {} was handed over cannot be seen", group, e);
            return false;
        }
    }

    private static @Nullable String delegateMark(Path group) throws IOException {
        var attributes = Files.getFileAttributeView(group, UserDefinedFileAttributeView.class);
        if (attributes == null || !attributes.list().contains(DELEGATE)) {
            return null;
        }
        var value = ByteBuffer.allocate(attributes.size(DELEGATE));
        attributes.read(DELEGATE, value);
        return StandardCharsets.US_ASCII.decode(value.flip()).toString();
    }

    private void prepare(ControlGroupController controller, OwnControlGroups.Group own, ControlGroup.Place home)
            throws IOException {
        if (own.version() == ControlGroupVersion.V1) {
            files.create(home.directory());
            return;
        }
        if (!words(own.directory().resolve(CONTROLLERS)).contains(controller.kernelName())) {
            throw new IOException("it has no controller " + controller.kernelName());
        }
        files.create(home.directory());
        enableBelowOwn(controller, own.directory(), home.directory().resolve(NODE));
        enable(controller, home.directory());
    }

    private void removeUnused(ControlGroup.Place home) {
        if (homes.containsValue(home) || !files.exists(home.directory())) {
            return;
        }
        try {
            files.remove(home.directory());
        } catch (IOException e) {
            LOG.debug("Control group {} stays", home.directory(), e);
        }
    }

    private void enableBelowOwn(ControlGroupController controller, Path own, Path nodeGroup) throws IOException {
        try {
            enable(controller, own);
        } catch (IOException e) {
            LOG.debug("Control group {} has processes, which leave it", own, e);
            files.create(nodeGroup);
            move(own, nodeGroup);
            try {
                enable(controller, own);
            } catch (IOException stillRefused) {
                move(nodeGroup, own);
                files.remove(nodeGroup);
                throw stillRefused;
            }
        }
    }

    private void enable(ControlGroupController controller, Path group) throws IOException {
        var file = group.resolve(CHILDREN_CONTROLLERS);
        if (!words(file).contains(controller.kernelName())) {
            files.write(file, "+" + controller.kernelName());
        }
    }

    /** Moves all processes, and those they started meanwhile. One that ends meanwhile needs no place. */
    private void move(Path from, Path to) throws IOException {
        var source = from.resolve(ControlGroupVersion.PROCESSES);
        var target = to.resolve(ControlGroupVersion.PROCESSES);
        for (int round = 0; round < MOVES_MAX; round++) {
            for (String pid : files.read(source).lines().toList()) {
                try {
                    files.write(target, pid);
                } catch (IOException e) {
                    LOG.debug("Process {} stays in its control group", pid, e);
                }
            }
        }
    }

    private void probe(ControlGroupController controller, ControlGroup.Place home) throws IOException {
        var place = new ControlGroup.Place(home.version(), home.directory().resolve("probe"));
        new ControlGroup(files, Map.of(controller, place)).probe();
    }

    private List<String> words(Path file) throws IOException {
        return List.of(files.read(file).strip().split("\\s+", -1));
    }
}
