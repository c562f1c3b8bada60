package io.millrace.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import io.millrace.channel.process.ProcessLease;
import io.millrace.channel.thread.StackSizes;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Proves;
import io.millrace.host.limits.CommonLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node makes of its configuration, starting from the files it ships with. */
class NodeConfigTest {
    private static final Path FILES = Path.of("../../cluster-config");

    @Test
    void shippedFileWithoutAnythingElseGivesTheDefaultsOfTheContract() {
        NodeConfig config = NodeConfig.from(load(Map.of()));

        assertThat(config.bind()).isEqualTo("127.0.0.1");
        assertThat(config.httpPort()).isEqualTo(8080);
        assertThat(config.managementPort()).isEqualTo(7626);
        assertThat(config.remotePort()).isEqualTo(25520);
        assertThat(config.data()).isEqualTo(Path.of(".millrace").toAbsolutePath());
        assertThat(config.databaseUrl()).isEmpty();
        assertThat(config.seedNodes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dev.conf", "three-node.conf"})
    void everyShippedFileCanBeUsed(String name) {
        assertThat(NodeConfig.from(ConfigLayers.load(FILES.resolve(name), Map.of()))
                        .bind())
                .isEqualTo("127.0.0.1");
    }

    @Test
    void servicesMayGoOnForALeaseWhileTheirNodeIsRestartedUnlessItIsSaidHowLong() {
        var byDefault =
                NodeConfig.from(load(Map.of("millrace.processes.lease", "7s"))).processes();
        var said = NodeConfig.from(load(Map.of("millrace.processes.restart-window", "0s")))
                .processes();

        assertThat(byDefault.lease()).isEqualTo(new ProcessLease(Duration.ofSeconds(7), Duration.ofSeconds(7)));
        assertThat(said.lease()).isEqualTo(new ProcessLease(Duration.ofSeconds(15), Duration.ZERO));
        assertThat(said.host()).isEqualTo(ProcessSettings.Host.COMPANION);
    }

    @Test
    void flagWinsOverTheFileAndSaysSo() {
        Config root = load(Map.of("millrace.http.port", "9090"));

        assertThat(NodeConfig.from(root).httpPort()).isEqualTo(9090);
        assertThat(ConfigLayers.report(root).get("millrace.http.port"))
                .isEqualTo(new ConfigLayers.Setting("9090", "command line", false));
        assertThat(ConfigLayers.report(root))
                .hasEntrySatisfying(
                        "millrace.management.port",
                        setting -> assertThat(setting.source()).startsWith("base.conf"));
    }

    @Test
    void databaseUrlIsASecret() {
        Config root = load(Map.of("millrace.database.url", "postgresql://u:p@h:1/d"));

        assertThat(ConfigLayers.report(root))
                .hasEntrySatisfying(
                        "millrace.database.url",
                        setting -> assertThat(setting.isSecret()).isTrue());
    }

    @ParameterizedTest
    @CsvSource({
        "millrace.http.port, 70000, 'http.port is 70000', 'between 0 and 65535'",
        "millrace.management.port, -1, 'management.port is -1', 'between 0 and 65535'",
        "millrace.journal.batch-size, 0, 'batch-size is 0', 'between 1 and 10000'",
        "millrace.threads.stack-size.system, 1k, 'threads.stack-size.system is 1024', 'between 65536 and 67108864'",
        "millrace.http.connections-max, 0, 'connections-max is 0', 'between 1 and 1000000'",
        "millrace.processes.control-groups, maybe, 'control-groups is ''maybe''', 'auto, own or none'",
        "millrace.processes.host, other, 'processes.host is ''other''', 'companion or none'",
        "millrace.processes.lease, 2s, 'processes.lease is 2000 ms', 'between 3000 and 300000 ms'",
        "millrace.processes.restart-window, 6m, 'processes.restart-window is 360000 ms', 'between 0 and 300000 ms'",
        "millrace.processes.environment.0, MILLRACE_DATABASE_URL, 'MILLRACE_DATABASE_URL', 'without those of Millrace'",
        "millrace.processes.environment.0, A=1, 'A=1', 'a list of names of variables'",
        "millrace.processes.limits.open-files, 5, 'limits.open-files is 5', 'between 64 and 100000000'",
        "millrace.processes.limits.file-size, 1k, 'limits.file-size is 1024', '0 for no limit, or between 1048576'",
        "millrace.processes.limits.cpu-time, -1s, 'limits.cpu-time is -1', '0 for no limit, or between 1'",
        "millrace.processes.limits.processes, 3, 'limits.processes is 3', 'between 16 and 4194304'",
        "millrace.processes.sandbox, docker, 'processes.sandbox is ''docker''', 'auto, bubblewrap or none'",
        "millrace.processes.hidden.0, keys, 'processes.hidden is ''keys''', 'a list of absolute paths'",
        "millrace.processes.network, lan, 'processes.network is ''lan''', 'node or none'",
        "millrace.processes.user, root, 'processes.user is ''root''', 'auto, own, or the number of a user'"
    })
    void valueOutOfRangeIsNamedWithWhatIsAllowed(String key, String value, String found, String allowed) {
        Config root = load(Map.of(key, value));

        assertThatThrownBy(() -> NodeConfig.from(root))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining(found)
                .hasMessageContaining(allowed);
    }

    @Test
    @Proves("T-28")
    void stackSizesAreChosenByClassAndRoundedUpToAPowerOfTwo() {
        Config root = load(
                Map.of("millrace.threads.stack-size.system", "100k", "millrace.threads.stack-size.monitoring", "64k"));

        assertThat(NodeConfig.from(root).stackSizes()).isEqualTo(new StackSizes(128 << 10, 0, 64 << 10));
    }

    @Test
    void commandsHaveLimitsUnlessTheyAreTakenAway() {
        assertThat(NodeConfig.from(load(Map.of())).processes().limits())
                .isEqualTo(new CommonLimits(65_536, 100L << 30, 0, 16_000));
        assertThat(NodeConfig.from(load(Map.of(
                                "millrace.processes.limits.open-files", "0",
                                "millrace.processes.limits.file-size", "0",
                                "millrace.processes.limits.cpu-time", "90s",
                                "millrace.processes.limits.processes", "0")))
                        .processes()
                        .limits())
                .isEqualTo(new CommonLimits(0, 0, 90, 0));
    }

    @Test
    void wordWhereANumberBelongsIsNamed() {
        Config root = load(Map.of("millrace.http.port", "many"));

        assertThatThrownBy(() -> NodeConfig.from(root))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("http.port");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "192.0.2.1", "::", "example.org"})
    void addressOthersCanReachIsRefused(String bind) {
        Config root = load(Map.of("millrace.bind", bind));

        assertThatThrownBy(() -> NodeConfig.from(root))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining(bind)
                .hasMessageContaining("TLS");
    }

    @Test
    void seedNodesAreAListOfHostsAndPorts() {
        Config root = load(Map.of("millrace.seed-nodes", "127.0.0.1:1, 127.0.0.1:2"));

        assertThat(NodeConfig.from(root).seedNodes())
                .extracting(address -> address.getPort().orElse(0))
                .containsExactly(1, 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.0.0.1:", ":25520", "127.0.0.1:0", "127.0.0.1:x", "127.0.0.1:65536"})
    void badSeedNodeIsNamedWithAnExample(String seedNode) {
        Config root = load(Map.of("millrace.seed-nodes", seedNode));

        assertThatThrownBy(() -> NodeConfig.from(root))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("'" + seedNode + "'")
                .hasMessageContaining("127.0.0.1:25520");
    }

    @Test
    void missingFileIsNamed() {
        assertThatThrownBy(() -> ConfigLayers.load(Path.of("nowhere.conf"), Map.of()))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("nowhere.conf")
                .hasMessageContaining("--config");
    }

    @Test
    void brokenFileIsNamedWithItsLine(@TempDir Path directory) throws IOException {
        Path broken = Files.writeString(directory.resolve("broken.conf"), "millrace {\n  http.port = \n");

        assertThatThrownBy(() -> ConfigLayers.load(broken, Map.of()))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining("broken.conf");
    }

    private static Config load(Map<String, String> flags) {
        return ConfigLayers.load(FILES.resolve("dev.conf"), flags);
    }
}
