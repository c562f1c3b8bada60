package io.millrace.testkit.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a node that cannot start says: one message, what to do, no stack trace, exit status 1 (2 for a wrong word). */
class NodeStartIT {
    @RegisterExtension
    private final Nodes nodes = new Nodes();

    @ParameterizedTest
    @CsvSource({
        "--htp-port, 1, 2, There is no flag '--htp-port'",
        "--http-port, 70000, 1, http.port is 70000 and has to be between 0 and 65535",
        "--bind, 0.0.0.0, 1, needs TLS and tokens",
        "--seed-nodes, somewhere, 1, which is not host:port",
        "--config, nowhere.conf, 1, nowhere.conf cannot be read",
        "--database-url, mysql://u@h/d, 1, postgresql://"
    })
    void wrongWordIsNamedTogetherWithWhatIsAllowed(String flag, String value, int status, String message) {
        ForkedNode node =
                nodes.launchOnly("refused", List.of("--data", nodes.path("data").toString(), flag, value));

        assertRefusal(node, status, message);
    }

    @Test
    void databaseThatDoesNotAnswerIsNamedWithoutItsPassword() {
        ForkedNode node =
                nodes.launch("refused", "--database-url", "postgresql://millrace:sesame@127.0.0.1:1/millrace");

        assertRefusal(node, 1, "127.0.0.1:1/millrace");
        assertThat(node.log()).doesNotContain("sesame");
    }

    /** Root may write anywhere, so the directory is one that nobody can make: below a file. */
    @Test
    void dataDirectoryThatCannotBeWrittenIsNamed() throws IOException {
        Path file = Files.writeString(nodes.path("file"), "");

        ForkedNode node = nodes.launchOnly(
                "refused", List.of("--data", file.resolve("data").toString()));

        assertRefusal(node, 1, "MILLRACE_DATA");
    }

    @Test
    void portInUseIsNamedAndNothingStaysBehind() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ForkedNode node = nodes.launch("refused", "--http-port", Integer.toString(taken.getLocalPort()));

            assertRefusal(node, 1, "The API port " + taken.getLocalPort() + " cannot be used");
            assertThat(node.errors()).contains("MILLRACE_HTTP_PORT");
            assertThat(nodes.databaseOf("refused")).isEmpty();
        }
    }

    @Test
    void secondNodeOnADataDirectoryIsRefusedAndTheFirstServesOn() {
        ForkedNode first = nodes.start("shared");

        ForkedNode second = nodes.launch("shared");

        assertRefusal(second, 1, "Another node is using the data directory");
        assertThat(first.management().get("/ready").status()).isEqualTo(200);
        assertThat(first.stop()).isZero();
        assertThat(nodes.databaseOf("shared")).isEmpty();
    }

    private static void assertRefusal(ForkedNode node, int status, String message) {
        assertThat(node.awaitEnd()).as(node.log()).isEqualTo(status);
        assertThat(node.errors()).contains(message).doesNotContain("\tat ");
        assertThat(node.output()).isEmpty();
    }
}
