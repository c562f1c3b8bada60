package io.millrace.storage.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresBinariesTest {
    @TempDir
    Path temporary;

    private Path home;
    private Path dataDirectory;

    @BeforeEach
    void aHomeAndADataDirectory() throws IOException {
        home = Files.createDirectory(temporary.resolve("home"));
        dataDirectory = Files.createDirectory(temporary.resolve("data"));
    }

    @Test
    void programsAreSharedByTheNodesOfAUser() {
        assertThat(PostgresBinaries.userCache(null, home, dataDirectory)).isEqualTo(home.resolve(".cache/millrace"));
    }

    @Test
    void aCacheThatTheUserChoseIsUsed() {
        Path chosen = temporary.resolve("chosen");

        assertThat(PostgresBinaries.userCache(chosen.toString(), home, dataDirectory))
                .isEqualTo(chosen.resolve("millrace"));
    }

    @Test
    void anAccountWithoutAHomeKeepsThemInTheDataDirectory() {
        assertThat(PostgresBinaries.userCache(null, temporary.resolve("nonexistent"), dataDirectory))
                .isEqualTo(dataDirectory);
    }

    @Test
    void aHomeThatIsADanglingLinkIsNoHome() throws IOException {
        Path elsewhere = temporary.resolve("elsewhere");
        Files.createSymbolicLink(elsewhere, temporary.resolve("missing"));

        assertThat(PostgresBinaries.userCache(null, elsewhere, dataDirectory)).isEqualTo(dataDirectory);
    }
}
