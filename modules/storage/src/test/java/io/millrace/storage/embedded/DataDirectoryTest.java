package io.millrace.storage.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir
    Path temporary;

    @Test
    void aMissingDirectoryIsCreatedForItsOwnerAlone() throws IOException {
        // given
        Path path = temporary.resolve("a/b");

        // when
        try (DataDirectory directory = DataDirectory.open(path)) {

            // then
            assertThat(permissions(directory.path())).isEqualTo("rwx------");
            assertThat(permissions(directory.subdirectory("work"))).isEqualTo("rwx------");
            assertThat(permissions(directory.path().resolve("node.lock"))).isEqualTo("rw-------");
        }
    }

    @Test
    void aSecondNodeIsRefusedAndToldWhoHasIt() {
        // given
        try (DataDirectory first = DataDirectory.open(temporary)) {

            // when, then
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatThrownBy(() -> DataDirectory.open(first.path()))
                        .isInstanceOfSatisfying(MillraceException.class, e -> {
                            assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_STATE);
                            assertThat(e.problem().detail())
                                    .contains(
                                            Long.toString(
                                                    ProcessHandle.current().pid()),
                                            "MILLRACE_DATA");
                        });
            }
        }
    }

    @Test
    void aClosedDirectoryCanBeOpenedAgain() {
        // given
        DataDirectory first = DataDirectory.open(temporary);
        first.close();
        first.close();

        // when
        try (DataDirectory second = DataDirectory.open(temporary)) {

            // then
            assertThat(second.path()).isEqualTo(first.path());
        }
    }

    @Test
    void aPathThatIsNoDirectoryIsRefused() throws IOException {
        // given
        Path file = Files.createFile(temporary.resolve("file"));

        // when, then
        assertThatThrownBy(() -> DataDirectory.open(file)).isInstanceOfSatisfying(MillraceException.class, e -> {
            assertThat(e.problem().code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
            assertThat(e.problem().detail()).contains(file.toString(), "MILLRACE_DATA");
        });
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
