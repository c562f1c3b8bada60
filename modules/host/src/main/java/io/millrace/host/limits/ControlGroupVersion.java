package io.millrace.host.limits;

import java.util.List;

/** The two interfaces of the kernel to control groups, which name the same things differently. */
public enum ControlGroupVersion {
    /** One hierarchy per controller. */
    V1("v1", "memory.limit_in_bytes", "-1", "memory.oom_control"),
    /** One hierarchy for all; a group has processes or children with controllers, not both. */
    V2("v2", "memory.max", "max", "memory.events");

    public static final String PROCESSES = "cgroup.procs";
    public static final String PIDS_MAX = "pids.max";
    public static final String PIDS_EVENTS = "pids.events";

    private final String text;
    private final String memoryMax;
    private final String unlimitedMemory;
    private final String memoryEvents;

    ControlGroupVersion(String text, String memoryMax, String unlimitedMemory, String memoryEvents) {
        this.text = text;
        this.memoryMax = memoryMax;
        this.unlimitedMemory = unlimitedMemory;
        this.memoryEvents = memoryEvents;
    }

    /** A value of one file of a group. */
    public record Setting(String file, String value, boolean isOptional) {}

    /** What limits memory. Memory swapped out counts too, where the kernel can do that. */
    public List<Setting> memorySettings(long bytes) {
        String limit = Long.toString(bytes);
        return switch (this) {
            case V1 ->
                List.of(new Setting(memoryMax, limit, false), new Setting("memory.memsw.limit_in_bytes", limit, true));
            case V2 ->
                List.of(
                        new Setting(memoryMax, limit, false),
                        new Setting("memory.swap.max", "0", true),
                        // Half a process tree is of no use to anybody.
                        new Setting("memory.oom.group", "1", true));
        };
    }

    /** A setting that changes nothing, to find out whether a controller's files are there and can be written. */
    public Setting neutral(ControlGroupController controller) {
        return switch (controller) {
            case MEMORY -> new Setting(memoryMax, unlimitedMemory, false);
            case PIDS -> new Setting(PIDS_MAX, "max", false);
        };
    }

    /** File with the count {@code oom_kill} of processes the kernel ended. */
    public String memoryEvents() {
        return memoryEvents;
    }

    @Override
    public String toString() {
        return text;
    }
}
