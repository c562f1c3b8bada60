package io.millrace.storage.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.MillraceException;
import io.millrace.storage.TestDatabases;
import io.millrace.storage.database.DatabaseAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TakeOverIT {
    private final Path path = newDirectory();
    private final List<Process> nodes = new ArrayList<>();

    private static Path newDirectory() {
        try {
            return Files.createTempDirectory("millrace-take-over");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void stop() throws Exception {
        for (Process node : nodes) {
            node.destroyForcibly().waitFor();
        }
        try (DataDirectory directory = DataDirectory.open(path)) {
            PrivateDatabase.start(directory, PrivateDatabaseSettings.DEFAULT).stop();
        }
        TestDatabases.delete(path);
    }

    /** Starts a node and returns what it printed when its database was there, or how it failed. */
    private String startNode() throws IOException {
        Process node = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DatabaseProcess.class.getName(),
                        path.toString())
                .redirectErrorStream(true)
                .start();
        nodes.add(node);
        BufferedReader output = node.inputReader();
        StringBuilder printed = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(DatabaseProcess.READY)) {
                return line;
            }
            printed.append(line).append('\n');
        }
        return printed.toString();
    }

    private DatabaseAddress address() throws IOException {
        return DatabaseAddress.parse(
                Files.readString(path.resolve("postgres").resolve("url")).strip());
    }

    @Test
    void theDatabaseOfAKilledNodeIsTakenOverWithAllItAcknowledged() throws Exception {
        // given
        assertThat(startNode()).isEqualTo("ready false");
        TestDatabases.execute(address(), "CREATE TABLE kept AS SELECT 42 AS value");
        DatabaseAddress before = address();

        // when
        nodes.getLast().destroyForcibly().waitFor();
        String restarted = startNode();

        // then
        assertThat(restarted).isEqualTo("ready true");
        assertThat(address()).isEqualTo(before);
        assertThat(TestDatabases.number(address(), "SELECT value FROM kept")).isEqualTo(42);
    }

    @Test
    void aNodeThatIsKilledTogetherWithItsDatabaseIsRecoveredByTheNext() throws Exception {
        // given
        startNode();
        TestDatabases.execute(address(), "CREATE TABLE kept AS SELECT 42 AS value");
        long server = Postmaster.of(path.resolve("postgres/data")).orElseThrow().pid();

        // when
        nodes.getLast().destroyForcibly().waitFor();
        ProcessHandle.of(server).orElseThrow().destroyForcibly();
        String restarted = startNode();

        // then
        assertThat(restarted).isIn("ready false", "ready true");
        assertThat(TestDatabases.number(address(), "SELECT value FROM kept")).isEqualTo(42);
    }

    @Test
    void aSecondNodeOnTheDirectoryIsToldWhichProcessHasIt() throws Exception {
        // given
        startNode();
        String owner = Long.toString(nodes.getLast().pid());

        // then
        assertThatThrownBy(() -> DataDirectory.open(path))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("process " + owner);
        assertThat(startNode()).contains("process " + owner);
    }
}
