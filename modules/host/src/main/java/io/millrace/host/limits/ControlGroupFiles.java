package io.millrace.host.limits;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernel's control groups as directories and files. In the directory of a group the kernel makes files appear, and
 * removes them with it.
 */
public class ControlGroupFiles {

    /** Makes a group unless it is there. */
    public void create(Path group) throws IOException {
        if (!Files.isDirectory(group)) {
            Files.createDirectory(group);
        }
    }

    /** Removes a group; fails while a process is in it. */
    public void remove(Path group) throws IOException {
        Files.deleteIfExists(group);
    }

    /** Sets a value. The kernel reads what is written at once, so that it has to be one write. */
    public void write(Path file, String value) throws IOException {
        Files.writeString(file, value, StandardOpenOption.WRITE);
    }

    public String read(Path file) throws IOException {
        return Files.readString(file);
    }

    public boolean exists(Path file) {
        return Files.exists(file);
    }

    /** The groups directly below one. */
    public List<Path> children(Path group) throws IOException {
        var children = new ArrayList<Path>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(group, path -> Files.isDirectory(path))) {
            entries.forEach(children::add);
        }
        return children;
    }
}
