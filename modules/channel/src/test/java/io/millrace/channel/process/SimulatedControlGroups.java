package io.millrace.channel.process;

import io.millrace.host.limits.ControlGroup;
import io.millrace.host.limits.ControlGroupController;
import io.millrace.host.limits.ControlGroupFiles;
import io.millrace.host.limits.ControlGroupVersion;
import io.millrace.host.limits.ControlGroups;
import io.millrace.host.system.ProcessTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Control groups in a plain directory. Files appear in a new group and vanish with it, a group with living processes
 * stays, and a group of version 2 that has processes gets no controllers for its children. What a limit does to a process
 * has to be played.
 */
final class SimulatedControlGroups extends ControlGroupFiles {
    private static final List<String> FILES_V1 = List.of(
            "cgroup.procs",
            "memory.limit_in_bytes",
            "memory.memsw.limit_in_bytes",
            "memory.failcnt",
            "memory.memsw.failcnt",
            "memory.oom_control",
            "pids.max",
            "pids.events");
    private static final List<String> FILES_V2 = List.of(
            "cgroup.procs",
            "cgroup.controllers",
            "cgroup.subtree_control",
            "memory.max",
            "memory.swap.max",
            "memory.oom.group",
            "memory.events",
            "pids.max",
            "pids.events");

    private final ControlGroupVersion version;
    private final Path top;
    private final Set<String> kept = new HashSet<>();

    SimulatedControlGroups(ControlGroupVersion version, Path top) throws IOException {
        this.version = version;
        this.top = top;
        fill(Files.createDirectories(top));
    }

    private void fill(Path group) throws IOException {
        for (String file : version == ControlGroupVersion.V1 ? FILES_V1 : FILES_V2) {
            Files.writeString(group.resolve(file), file.equals("cgroup.controllers") ? "cpu memory pids" : "");
        }
    }

    /** Both controllers, with groups of attempts directly below the topmost one. */
    ControlGroups both() {
        var home = new ControlGroup.Place(version, top);
        return new ControlGroups(
                this, Map.of(ControlGroupController.MEMORY, home, ControlGroupController.PIDS, home), Map.of());
    }

    List<String> names() throws IOException {
        return children(top).stream()
                .map(group -> group.getFileName().toString())
                .toList();
    }

    @Override
    public void create(Path group) throws IOException {
        if (!Files.isDirectory(group)) {
            Files.createDirectory(group);
            fill(group);
        }
    }

    @Override
    public void remove(Path group) throws IOException {
        if (!Files.exists(group)) {
            return;
        }
        if (!read(group.resolve("cgroup.procs")).isEmpty() || !children(group).isEmpty()) {
            throw new IOException(group + ": Device or resource busy");
        }
        try (Stream<Path> files = Files.list(group)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(group);
    }

    @Override
    public void write(Path file, String value) throws IOException {
        switch (file.getFileName().toString()) {
            case "cgroup.subtree_control" -> enable(file, value);
            case "cgroup.procs" -> move(file, value);
            default -> super.write(file, value);
        }
    }

    private void enable(Path file, String value) throws IOException {
        if (!read(file.resolveSibling("cgroup.procs")).isEmpty()) {
            throw new IOException(file + ": Device or resource busy");
        }
        Files.writeString(file, (Files.readString(file) + " " + value.substring(1)).strip());
    }

    /** A process that this one may not move. */
    void keep(String pid) {
        kept.add(pid);
    }

    private void move(Path target, String pid) throws IOException {
        if (kept.contains(pid)) {
            throw new IOException(target + ": Permission denied");
        }
        try (Stream<Path> files = Files.walk(top)) {
            for (Path file : files.filter(path -> path.endsWith("cgroup.procs")).toList()) {
                var left = new ArrayList<>(Files.readAllLines(file));
                left.remove(pid);
                Files.write(file, left);
            }
        }
        var members = new ArrayList<>(Files.readAllLines(target));
        members.add(pid);
        Files.write(target, members);
    }

    /** Of the processes of a group only those that live are told. */
    @Override
    public String read(Path file) throws IOException {
        String text = super.read(file);
        return file.endsWith("cgroup.procs")
                ? text.lines().filter(SimulatedControlGroups::isAlive).collect(Collectors.joining("\n"))
                : text;
    }

    private static boolean isAlive(String pid) {
        return ProcessTable.find(Integer.parseInt(pid))
                .map(entry -> !entry.isEnded())
                .orElse(false);
    }
}
