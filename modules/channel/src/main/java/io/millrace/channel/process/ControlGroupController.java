package io.millrace.channel.process;

/** The kernel's controllers that limits are made of. */
enum ControlGroupController {
    MEMORY("memory"),
    PIDS("pids");

    private final String kernelName;

    ControlGroupController(String kernelName) {
        this.kernelName = kernelName;
    }

    /** Its name in {@code /proc/self/cgroup} and {@code cgroup.controllers}. */
    String kernelName() {
        return kernelName;
    }
}
