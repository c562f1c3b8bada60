package io.millrace.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.contracts.MillraceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line of a node. */
class ArgumentsTest {
    @ParameterizedTest
    @CsvSource({
        "--http-port, millrace.http.port",
        "--management-port, millrace.management.port",
        "--remote-port, millrace.remote.port",
        "--bind, millrace.bind",
        "--data, millrace.data",
        "--database-url, millrace.database.url",
        "--seed-nodes, millrace.seed-nodes",
        "--node-name, millrace.node-name"
    })
    void flagStandsForItsKeyInBothForms(String flag, String key) {
        assertThat(Arguments.parse(flag, "value").settings()).containsEntry(key, "value");
        assertThat(Arguments.parse(flag + "=value").settings()).containsEntry(key, "value");
    }

    @Test
    void everyFlagIsInTheHelp() {
        assertThat(Arguments.HELP)
                .contains("--http-port", "--management-port", "--remote-port", "--bind", "--data", "--database-url")
                .contains("--seed-nodes", "--node-name", "--config", "--debug", "--version", "--help");
    }

    @Test
    void unknownFlagIsNamedAndTheWayToTheHelpToo() {
        assertThatThrownBy(() -> Arguments.parse("--htp-port", "1"))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("--htp-port")
                .hasMessageContaining("--help");
    }

    @Test
    void flagWithoutItsValueIsRefused() {
        assertThatThrownBy(() -> Arguments.parse("--data"))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("--data needs a value");
    }

    @Test
    void valueMayContainAnEqualsSign() {
        Arguments arguments = Arguments.parse("--database-url=postgresql://u:p@h:1/d?ssl=true");

        assertThat(arguments.settings()).containsEntry("millrace.database.url", "postgresql://u:p@h:1/d?ssl=true");
    }
}
