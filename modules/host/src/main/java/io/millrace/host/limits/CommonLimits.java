package io.millrace.host.limits;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Limits that every command of a node has, whatever its job declares: the settings {@code millrace.processes.limits}.
 * Zero stands for no limit. With any of them a command leaves no core dump behind either, as its memory may hold secrets.
 *
 * @param openFiles per process; a job may declare fewer
 * @param fileBytes length of any file a process writes to; at it the process is sent SIGXFSZ
 * @param cpuSeconds time of processors that one process may use up; then it is sent SIGXCPU, and a little later SIGKILL
 * @param processes processes and threads of one user together, which is only set where commands have users of their own
 */
public record CommonLimits(long openFiles, long fileBytes, long cpuSeconds, long processes) {
    public static final CommonLimits NONE = new CommonLimits(0, 0, 0, 0);
    private static final String SETTING = "millrace.processes.limits.";
    private static final String SEPARATOR = "/";

    public boolean isNone() {
        return equals(NONE);
    }

    /** As one word, for {@link #parse}. */
    public String text() {
        return String.join(
                SEPARATOR,
                Stream.of(openFiles, fileBytes, cpuSeconds, processes)
                        .map(String::valueOf)
                        .toList());
    }

    /** @param text of {@link #text} */
    public static CommonLimits parse(String text) {
        var numbers = List.of(text.split(SEPARATOR, -1)).stream()
                .mapToLong(Long::parseLong)
                .toArray();
        return new CommonLimits(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    /**
     * What commands are held to that share the user of their node: the kernel counts all processes of a user, so that those
     * the user runs otherwise would count as well, and a command could be refused its first child.
     */
    public CommonLimits withoutProcesses() {
        return new CommonLimits(openFiles, fileBytes, cpuSeconds, 0);
    }

    /** As far as the system grants that much. */
    public CommonLimits within(SystemLimits granted) {
        return new CommonLimits(
                Math.min(openFiles, granted.openFiles()),
                Math.min(fileBytes, granted.fileBytes()),
                Math.min(cpuSeconds, granted.cpuSeconds()),
                Math.min(processes, granted.processes()));
    }

    /** Those a process does not have yet that starts with the limits of another one. */
    CommonLimits notIn(SystemLimits inherited) {
        return new CommonLimits(
                missing(openFiles, inherited.openFiles()),
                missing(fileBytes, inherited.fileBytes()),
                missing(cpuSeconds, inherited.cpuSeconds()),
                missing(processes, inherited.processes()));
    }

    private static long missing(long limit, long inherited) {
        return inherited > limit ? limit : 0;
    }

    /**
     * How they are enforced, by subject, for a person.
     *
     * @param hasOwnUsers true if commands run as other users than the node
     */
    public Map<String, String> description(boolean hasOwnUsers) {
        var description = new LinkedHashMap<String, String>();
        description.put("core dumps", isNone() && !hasOwnUsers ? "not enforced: as the node's" : "none");
        description.put(
                "open files", said(openFiles, " for each process, fewer where its job declares it", "open-files"));
        description.put("file size", said(fileBytes, " bytes for each file", "file-size"));
        description.put("processor time", said(cpuSeconds, " s for each process", "cpu-time"));
        description.put(
                "processes of a user",
                hasOwnUsers
                        ? said(processes, " processes and threads of all its commands together", "processes")
                        : "not enforced: commands run as the node's user, and whatever else that one runs would count");
        return description;
    }

    private static String said(long limit, String unit, String setting) {
        return limit == 0 ? "no limit is set (" + SETTING + setting + ")" : limit + unit;
    }
}
