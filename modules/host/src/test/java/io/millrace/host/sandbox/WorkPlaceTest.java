package io.millrace.host.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.millrace.host.system.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkPlaceTest {
    @TempDir
    Path directory;

    private Path data;
    private Path shared;

    @BeforeEach
    void asRoot() throws IOException {
        assumeThat(Credentials.effectiveUser()).isEqualTo(Credentials.ROOT);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        data = Files.createDirectory(directory.resolve("data"));
        shared = Files.createDirectory(directory.resolve("shared"));
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
    }

    private Path place(ProcessUser setting) throws IOException {
        return WorkPlace.of(data, "id", setting, shared);
    }

    @Test
    void aDataDirectoryThatUsersCanReachIsUsed() throws IOException {
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));

        assertThat(place(ProcessUser.AUTO)).isEqualTo(data);
    }

    @Test
    void commandsOfTheNodesUserWorkInTheDataDirectory() throws IOException {
        assertThat(place(ProcessUser.OWN)).isEqualTo(data);
    }

    @Test
    void aClosedDataDirectoryIsNotUsedForOtherUsers() throws IOException {
        var place = place(ProcessUser.AUTO);

        assertThat(place).isEqualTo(shared.resolve("millrace-id"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place)))
                .isEqualTo("rwx--x--x");
        assertThat(place(ProcessUser.AUTO)).as("after a restart").isEqualTo(place);
    }

    @Test
    void aDirectoryOfSomebodyElseIsNotUsed() throws IOException {
        Files.setAttribute(Files.createDirectory(shared.resolve("millrace-id")), "unix:uid", 65534);

        assertThatThrownBy(() -> place(ProcessUser.AUTO))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("made by somebody else (user 65534)")
                .hasMessageContaining("Remove it");
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Files.createSymbolicLink(shared.resolve("millrace-id"), Files.createDirectory(directory.resolve("target")));

        assertThatThrownBy(() -> place(ProcessUser.AUTO)).isInstanceOf(IOException.class);
    }
}
