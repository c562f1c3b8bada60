package io.millrace.host.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What the system says about processes, from {@code /proc}. */
public final class ProcessTable {
    private static final Path PROC = Path.of("/proc");
    private static final Path BOOT_ID = PROC.resolve("sys/kernel/random/boot_id");

    private ProcessTable() {}

    /**
     * A process at one moment.
     *
     * @param startTicks clock ticks from the start of the machine to that of the process
     * @param isEnded true if it only waits to be collected by its parent
     */
    public record Entry(int pid, int group, long startTicks, boolean isEnded) {}

    public static Optional<Entry> find(int pid) {
        try {
            return Optional.of(parse(Files.readString(PROC.resolve(pid + "/stat"))));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    public static boolean hasLivingMember(int group) {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (var process : processes) {
                var entry = find(Integer.parseInt(process.getFileName().toString()));
                if (entry.isPresent() && entry.get().group == group && !entry.get().isEnded) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Changes with every start of the machine. */
    public static String bootId() throws IOException {
        return Files.readString(BOOT_ID).strip();
    }

    /** The command's name may hold spaces and brackets, so that fields count from behind the last bracket. */
    private static Entry parse(String stat) {
        int pid = Integer.parseInt(stat.substring(0, stat.indexOf(' ')));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        boolean isEnded = fields[0].equals("Z") || fields[0].equals("X");
        return new Entry(pid, Integer.parseInt(fields[2]), Long.parseLong(fields[19]), isEnded);
    }
}
