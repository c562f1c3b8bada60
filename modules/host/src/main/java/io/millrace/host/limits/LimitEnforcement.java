package io.millrace.host.limits;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.job.Condition;
import io.millrace.host.HostLimits;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the processes of attempts to what their jobs declare, with the means of the machine: a control group for the
 * memory and the number of all processes of an attempt together, and limits per process for open files. Where there is
 * no control group, memory is limited per process, as address space, and the number of processes is not.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class LimitEnforcement {
    private static final Logger LOG = LoggerFactory.getLogger(LimitEnforcement.class);
    /** What an operator reads there is about the machine, which is not the user's. */
    private static final String WHY =
            "GET /management/node of its node says why under enforcement, and what an operator can do.";

    private static final int REMOVAL_RETRY_MILLIS = 5;

    private final ControlGroups groups;
    private final SystemLimits system;
    private final CommonLimits common;
    private final EnforcedLimits undeclared;
    private final Executor blocking;
    private final ScheduledExecutorService timer;

    /**
     * Removes groups of an earlier life of this node, with what still runs in them.
     *
     * @param system what this process has itself and so whatever it starts
     * @param common of every command, whatever its job declares
     * @param blocking runs what touches files
     * @param timer runs what must not block
     */
    public LimitEnforcement(
            ControlGroups groups,
            SystemLimits system,
            CommonLimits common,
            Executor blocking,
            ScheduledExecutorService timer) {
        this.groups = groups;
        this.system = system;
        this.common = common.notIn(system);
        this.undeclared = EnforcedLimits.of(this.common);
        this.blocking = blocking;
        this.timer = timer;
        LOG.info("Limits of processes are enforced as follows: {}", description());
        for (var leftover : groups.existing()) {
            LOG.warn("Control group {} of an earlier life of this node is removed", leftover);
            remove(leftover, () -> {});
        }
    }

    /** How each declared resource is enforced on this machine, for a person. */
    public Map<String, String> description() {
        var description = new LinkedHashMap<String, String>();
        description.put(
                "memory",
                groups.use(ControlGroupController.MEMORY)
                        .orElseGet(() -> "address space of each process (ulimit -v), because "
                                + obstacle(ControlGroupController.MEMORY)));
        description.put(
                "processes",
                groups.use(ControlGroupController.PIDS)
                        .orElseGet(() -> "not enforced, because " + obstacle(ControlGroupController.PIDS)));
        description.put("files", "open files of each process (ulimit -n)");
        return description;
    }

    private String obstacle(ControlGroupController controller) {
        return groups.obstacle(controller).orElse("it is not used");
    }

    /** Makes ready what an attempt needs. What comes back is given to {@link #release} once. */
    public EnforcedLimits prepare(String attempt, ProcessLimits declared) throws IOException {
        if (declared.isNone()) {
            return undeclared;
        }
        var group = groups.create(attempt, declared).orElse(null);
        boolean hasMemoryGroup = group != null && group.limits(ControlGroupController.MEMORY);
        long addressSpace = declared.memoryBytes() == 0 || hasMemoryGroup
                ? 0
                : Math.min(declared.memoryBytes(), system.addressSpaceBytes());
        return new EnforcedLimits(
                declared, addressSpace, openFiles(declared), common, group, conditions(declared, addressSpace));
    }

    private long openFiles(ProcessLimits declared) {
        return declared.files() == 0
                ? common.openFiles()
                : Math.min(Math.max(declared.files(), HostLimits.PROCESS_OPEN_FILES_MIN), openFilesMax());
    }

    private long openFilesMax() {
        return common.openFiles() == 0 ? system.openFiles() : Math.min(common.openFiles(), system.openFiles());
    }

    private List<Condition> conditions(ProcessLimits declared, long addressSpace) {
        var conditions = new ArrayList<Condition>();
        if (addressSpace > 0) {
            conditions.add(condition(
                    "MemoryNotEnforced",
                    "The " + declared.memoryBytes() + " bytes of memory this job declares are not enforced for all its"
                            + " processes together. Instead each of them can reserve that much"
                            + " address space, which also counts what it never uses. " + WHY));
        }
        if (declared.processes() > 0
                && groups.obstacle(ControlGroupController.PIDS).isPresent()) {
            conditions.add(condition(
                    "ProcessesNotEnforced",
                    "This job may start more than the " + declared.processes() + " processes it holds. " + WHY));
        }
        if (declared.files() > openFilesMax()) {
            conditions.add(condition(
                    "FilesNotAvailable",
                    "This job declares " + declared.files() + " open files, and commands of the node may have "
                            + openFilesMax() + ". Raise millrace.processes.limits.open-files, and the limit of the node"
                            + " itself if that is lower (LimitNOFILE of its service)."));
        }
        return conditions;
    }

    private static Condition condition(String type, String message) {
        return new Condition(type, message, Instant.now());
    }

    /**
     * Ends what still runs in the attempt's group, removes the group, and then tells what the limits had to do with the
     * end. Returns at once.
     */
    public void release(EnforcedLimits limits, Consumer<LimitReport> then) {
        var group = limits.group();
        if (group == null) {
            then.accept(limits.report());
            return;
        }
        runBlocking(() -> {
            var report = limits.report();
            remove(group, () -> then.accept(report));
        });
    }

    private void remove(ControlGroup group, Runnable then) {
        remove(group, then, System.nanoTime() + HostLimits.CONTROL_GROUP_REMOVAL_MAX.toNanos());
    }

    /** What was killed is gone a moment later. */
    private void remove(ControlGroup group, Runnable then, long deadlineNanos) {
        group.kill();
        if (group.remove()) {
            then.run();
        } else if (System.nanoTime() - deadlineNanos >= 0 || timer.isShutdown()) {
            LOG.warn("Control group {} cannot be removed; it is tried again when the node starts", group);
            then.run();
        } else {
            var _ = timer.schedule(
                    () -> runBlocking(() -> remove(group, then, deadlineNanos)),
                    REMOVAL_RETRY_MILLIS,
                    TimeUnit.MILLISECONDS);
        }
    }

    /** When the node stops, the caller's thread does what nobody else does any more. */
    private void runBlocking(Runnable task) {
        try {
            blocking.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    /** Ends what is left. What does not go at once is removed when the node starts again. */
    public void close() {
        groups.existing().forEach(group -> {
            group.kill();
            group.remove();
        });
        groups.close();
    }
}
