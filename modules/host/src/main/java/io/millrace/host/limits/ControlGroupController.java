package io.millrace.host.limits;

/** The kernel's controllers that limits are made of. */
public enum ControlGroupController {
    MEMORY("memory"),
    PIDS("pids");

    private final String kernelName;

    ControlGroupController(String kernelName) {
        this.kernelName = kernelName;
    }

    /** Its name in {@code /proc/self/cgroup} and {@code cgroup.controllers}. */
    public String kernelName() {
        return kernelName;
    }
}
