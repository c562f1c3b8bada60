package io.millrace.channel.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.AttemptId;
import io.millrace.channel.fixture.TestJobs;
import io.millrace.contracts.ChannelName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkDirectoriesTest {
    private static final ChannelName CHANNEL = new ChannelName("build");
    private static final AttemptId FIRST = new AttemptId(TestJobs.id(1), 1, 1);
    private static final AttemptId SECOND = new AttemptId(TestJobs.id(2), 1, 2);

    @TempDir
    Path place;

    private WorkDirectories directories = new WorkDirectories(Path.of("."));

    @BeforeEach
    void createDirectories() {
        directories = new WorkDirectories(place);
    }

    @Test
    void emptiedDirectoryIsUsedAgain() throws IOException {
        Path first = directories.create(CHANNEL, FIRST);
        Files.writeString(first.resolve("left.txt"), "left");
        Object file = Files.readAttributes(first, "unix:ino").get("ino");

        directories.remove(CHANNEL, FIRST);
        Path second = directories.create(CHANNEL, SECOND);

        assertThat(first).doesNotExist();
        assertThat(second).isEmptyDirectory();
        assertThat(Files.readAttributes(second, "unix:ino")).containsEntry("ino", file);
    }

    @Test
    void nothingIsKeptForAChannelThatHasLeft() throws IOException {
        directories.create(CHANNEL, FIRST);
        directories.remove(CHANNEL, FIRST);

        directories.leave(CHANNEL);

        assertThat(place.resolve("work")).isEmptyDirectory();
        assertThat(directories.create(CHANNEL, FIRST)).isEmptyDirectory();
    }

    @Test
    void directoryThatIsStillUsedStaysUntilItIsRemoved() throws IOException {
        Path used = directories.create(CHANNEL, FIRST);

        directories.leave(CHANNEL);

        assertThat(used).isEmptyDirectory();
        directories.remove(CHANNEL, FIRST);
        assertThat(place.resolve("work")).isEmptyDirectory();
    }

    /** The channel leaves and comes again while a process of it is being started. */
    @Test
    void directoryIsMadeAlsoIfThatOfTheChannelWasRemovedMeanwhile() throws IOException {
        directories.create(CHANNEL, FIRST);
        DirectoryRemoval.remove(place.resolve("work").resolve(CHANNEL.value()));

        assertThat(directories.create(CHANNEL, SECOND)).isEmptyDirectory();
    }
}
