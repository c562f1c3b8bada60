package io.millrace.host.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the system says about processes, from {@code /proc}. */
public final class ProcessTable {
    private static final Path PROC = Path.of("/proc");
    private static final Path BOOT_ID = PROC.resolve("sys/kernel/random/boot_id");

    private ProcessTable() {}

    /**
     * A process at one moment.
     *
     * @param parent process that is told of its end
     * @param startTicks clock ticks from the start of the machine to that of the process
     * @param name of its program as the kernel shows it, 15 characters at most
     * @param state letter of the kernel's: {@code R} runs, {@code S} sleeps, {@code D} waits for a device
     */
    public record Entry(int pid, int parent, int group, int session, long startTicks, String name, char state) {
        /** True if it only waits to be collected by its parent. */
        public boolean isEnded() {
            return state == 'Z' || state == 'X';
        }
    }

    public static Optional<Entry> find(int pid) {
        try {
            // A name may hold any bytes.
            return Optional.of(
                    parse(new String(Files.readAllBytes(PROC.resolve(pid + "/stat")), StandardCharsets.ISO_8859_1)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Every process there is, ended ones too. One that comes or goes meanwhile may be missing. */
    public static List<Entry> all() {
        return pids().stream().map(ProcessTable::find).flatMap(Optional::stream).toList();
    }

    /** The ids of {@link #all}, which are had for far less. */
    public static List<Integer> pids() {
        var pids = new ArrayList<Integer>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (var process : processes) {
                pids.add(Integer.parseInt(process.getFileName().toString()));
            }
            return pids;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static boolean hasLivingMember(int group) {
        return all().stream().anyMatch(entry -> entry.group == group && !entry.isEnded());
    }

    /**
     * Processes that this one's first thread is the parent of. Those that the kernel gives to this process because their
     * parents ended come to that thread; those that another thread started only once that thread has ended.
     */
    public static List<Integer> childrenOfFirstThread() {
        try {
            return childrenOfFirstThread((int) ProcessHandle.current().pid());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@link #childrenOfFirstThread()} for another process; empty if it is gone. */
    public static List<Integer> childrenOf(int pid) {
        try {
            return childrenOfFirstThread(pid);
        } catch (IOException e) {
            return List.of();
        }
    }

    private static List<Integer> childrenOfFirstThread(int pid) throws IOException {
        try {
            String children = Files.readString(PROC.resolve(pid + "/task/" + pid + "/children"));
            return children.isBlank()
                    ? List.of()
                    : Stream.of(children.strip().split(" "))
                            .map(Integer::valueOf)
                            .toList();
        } catch (NoSuchFileException e) {
            // A kernel that was built without this file; then all children have to do, which takes longer to find.
            return all().stream()
                    .filter(process -> process.parent() == pid)
                    .map(Entry::pid)
                    .toList();
        }
    }

    /**
     * A variable of the environment a process was started with, as far as the process has not overwritten that.
     *
     * @param name in ASCII
     * @return its value; nothing without the variable, if this process may not know, or if there is no such process any
     *     more
     */
    public static Optional<String> variable(int pid, String name) {
        try {
            // Every process of the machine may be asked, and hardly any has it: only what is found is decoded.
            var all =
                    "\0" + new String(Files.readAllBytes(PROC.resolve(pid + "/environ")), StandardCharsets.ISO_8859_1);
            var beginning = "\0" + name + "=";
            int begin = all.indexOf(beginning);
            return begin < 0 ? Optional.empty() : Optional.of(value(all, begin + beginning.length()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String value(String all, int begin) {
        int end = all.indexOf('\0', begin);
        var bytes = (end < 0 ? all.substring(begin) : all.substring(begin, end)).getBytes(StandardCharsets.ISO_8859_1);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Changes with every start of the machine. */
    public static String bootId() throws IOException {
        return Files.readString(BOOT_ID).strip();
    }

    /** The command's name may hold spaces and brackets, so that fields count from behind the last bracket. */
    private static Entry parse(String stat) {
        int nameBegins = stat.indexOf('(') + 1;
        int nameEnds = stat.lastIndexOf(')');
        String[] fields = stat.substring(nameEnds + 2).split(" ", -1);
        return new Entry(
                Integer.parseInt(stat.substring(0, nameBegins - 2)),
                Integer.parseInt(fields[1]),
                Integer.parseInt(fields[2]),
                Integer.parseInt(fields[3]),
                Long.parseLong(fields[19]),
                stat.substring(nameBegins, nameEnds),
                fields[0].charAt(0));
    }
}
