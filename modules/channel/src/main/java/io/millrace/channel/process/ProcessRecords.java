package io.millrace.channel.process;

import io.millrace.host.system.ProcessTable;
import io.millrace.host.system.Signals;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files {@code <data>/processes/<pid>} that name lasting processes, for the case that node and companion died together.
 * At its next start the node kills what they name, but only if process id, start time and start of the machine all
 * match: an id alone may be anybody's by then. Every call touches files.
 */
final class ProcessRecords {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessRecords.class);

    private final Path directory;
    private final String bootId;

    ProcessRecords(Path dataDirectory) throws IOException {
        this.directory = Files.createDirectories(dataDirectory.resolve("processes"));
        this.bootId = ProcessTable.bootId();
    }

    void add(int pid) {
        ProcessTable.find(pid).ifPresent(entry -> {
            try {
                Files.writeString(file(pid), entry.startTicks() + " " + bootId);
            } catch (IOException e) {
                LOG.warn("Process {} could not be recorded; if node and companion die together it lives on", pid, e);
            }
        });
    }

    void remove(int pid) {
        try {
            Files.deleteIfExists(file(pid));
        } catch (IOException e) {
            LOG.warn("The record of process {} could not be removed", pid, e);
        }
    }

    /** Kills what an earlier life of this node left behind; returns how many groups that were. */
    int sweep() throws IOException {
        int killed = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "[0-9]*")) {
            for (var file : files) {
                killed += isStillThatProcess(file) ? 1 : 0;
                Files.deleteIfExists(file);
            }
        }
        return killed;
    }

    private boolean isStillThatProcess(Path file) throws IOException {
        int pid = Integer.parseInt(file.getFileName().toString());
        var recorded = List.of(Files.readString(file).strip().split(" "));
        var found = ProcessTable.find(pid);
        boolean isSame = recorded.size() == 2
                && recorded.getLast().equals(bootId)
                && found.isPresent()
                && recorded.getFirst().equals(Long.toString(found.get().startTicks()));
        if (isSame) {
            LOG.warn("Process group {} of an earlier life of this node is killed", pid);
            Signals.sendToGroup(pid, Signals.KILL);
        }
        return isSame;
    }

    private Path file(int pid) {
        return directory.resolve(Integer.toString(pid));
    }
}
