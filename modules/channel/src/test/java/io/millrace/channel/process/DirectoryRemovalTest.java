package io.millrace.channel.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryRemovalTest {
    /** More levels than files may be open in many systems, and more than are held open here. */
    private static final int LEVELS = 1_500;

    @TempDir
    Path directory;

    private Path work;
    private Path elsewhere;

    @BeforeEach
    void makeDirectories() throws IOException {
        work = Files.createDirectory(directory.resolve("work"));
        elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("file"), "kept");
    }

    @Test
    void everythingInADirectoryIsRemoved() throws IOException {
        Files.createDirectories(work.resolve("a/b"));
        Files.writeString(work.resolve("a/b/file"), "x");
        Files.writeString(work.resolve(".hidden"), "x");

        DirectoryRemoval.empty(work);

        assertThat(work).isEmptyDirectory();
    }

    @Test
    void aDirectoryGoesWithWhatIsInIt() throws IOException {
        Files.createDirectories(work.resolve("a"));

        DirectoryRemoval.remove(work);

        assertThat(work).doesNotExist();
    }

    @Test
    void linksAreRemovedAndNotFollowed() throws IOException {
        Files.createSymbolicLink(work.resolve("link"), elsewhere);
        Files.createDirectory(work.resolve("a"));
        Files.createSymbolicLink(work.resolve("a/link"), elsewhere);
        Files.createSymbolicLink(work.resolve("broken"), directory.resolve("nowhere"));

        DirectoryRemoval.empty(work);

        assertThat(work).isEmptyDirectory();
        assertThat(elsewhere.resolve("file")).hasContent("kept");
    }

    @Test
    void aLinkInThePlaceOfADirectoryIsRemovedAndNotFollowed() throws IOException {
        var link = Files.createSymbolicLink(directory.resolve("link"), elsewhere);

        DirectoryRemoval.remove(link);

        assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(elsewhere.resolve("file")).hasContent("kept");
    }

    @Test
    void aDirectoryThatWasClosedIsRemoved() throws IOException {
        var closed = Files.createDirectories(work.resolve("a/closed"));
        Files.writeString(closed.resolve("file"), "x");
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
        Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("---------"));

        DirectoryRemoval.remove(work);

        assertThat(work).doesNotExist();
    }

    @Test
    void directoriesOfAnyDepthAreRemoved() throws Exception {
        var making = new ProcessBuilder(
                        "sh", "-c", "i=0; while [ $i -lt " + LEVELS + " ]; do mkdir d && cd d && i=$((i + 1)); done")
                .directory(work.toFile())
                .start();
        assertThat(making.waitFor()).isZero();

        DirectoryRemoval.remove(work);

        assertThat(work).doesNotExist();
    }
}
