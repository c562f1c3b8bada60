package io.millrace.node.config;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The command line of a node. Each flag stands for a key of the configuration and wins over every other layer.
 *
 * @param settings configuration keys and their values
 * @param configFile file to read, absent for the default one
 * @param isHelp true if only the help was asked for
 * @param isVersion true if only the version was asked for
 * @param isDebug true if failures to start should show their stack trace
 */
public record Arguments(
        Map<String, String> settings, @Nullable String configFile, boolean isHelp, boolean isVersion, boolean isDebug) {

    private static final Map<String, String> KEYS = Map.of(
            "--http-port", "millrace.http.port",
            "--management-port", "millrace.management.port",
            "--remote-port", "millrace.remote.port",
            "--bind", "millrace.bind",
            "--data", "millrace.data",
            "--database-url", "millrace.database.url",
            "--seed-nodes", "millrace.seed-nodes",
            "--node-name", "millrace.node-name");

    private static final Set<String> SWITCHES = Set.of("--help", "-h", "--version", "--debug");

    /** What {@code --help} prints. */
    public static final String HELP = """
            Usage: scripts/node [flags]

            Runs a node in the foreground until SIGTERM or Ctrl-C, then stops it cleanly. Each flag wins over its
            environment variable, and that over the configuration file.

              --http-port PORT         MILLRACE_HTTP_PORT, default 8080; 0 picks a free one
              --management-port PORT   MILLRACE_MANAGEMENT_PORT, default 7626
              --remote-port PORT       MILLRACE_REMOTE_PORT, default 25520
              --bind ADDRESS           MILLRACE_BIND, default 127.0.0.1
              --data DIRECTORY         MILLRACE_DATA, default .millrace
              --database-url URL       MILLRACE_DATABASE_URL, postgresql://user:password@host:port/database;
                                       default: a private PostgreSQL in the data directory
              --seed-nodes LIST        MILLRACE_SEED_NODES, host:port,host:port; default: this node alone
              --node-name NAME         MILLRACE_NODE_NAME, default host:remote-port
              --config FILE            default cluster-config/dev.conf
              --debug                  show stack traces of failures to start
              --version
              --help
            """;

    public Arguments {
        settings = Map.copyOf(settings);
    }

    /**
     * Reads a command line; a flag's value follows it as the next word or behind an equals sign.
     *
     * @throws io.millrace.contracts.MillraceException INVALID_ARGUMENT for an unknown flag or a missing value
     */
    public static Arguments parse(String... words) {
        Map<String, String> settings = new LinkedHashMap<>();
        String configFile = null;
        for (int i = 0; i < words.length; i++) {
            String flag = nameOf(words[i]);
            if (SWITCHES.contains(words[i])) {
                continue;
            }
            String key = KEYS.get(flag);
            if (key == null && !flag.equals("--config")) {
                throw invalid("There is no flag '" + words[i] + "'. Use --help to see all flags.");
            }
            boolean isInline = flag.length() < words[i].length();
            if (!isInline && ++i == words.length) {
                throw invalid("The flag " + flag + " needs a value. Use --help to see all flags.");
            }
            String value = isInline ? words[i].substring(flag.length() + 1) : words[i];
            if (key == null) {
                configFile = value;
            } else {
                settings.put(key, value);
            }
        }
        Set<String> given = Set.of(distinct(words));
        return new Arguments(
                settings,
                configFile,
                given.contains("--help") || given.contains("-h"),
                given.contains("--version"),
                given.contains("--debug"));
    }

    private static String[] distinct(String[] words) {
        return java.util.Arrays.stream(words).distinct().toArray(String[]::new);
    }

    private static String nameOf(String word) {
        int equals = word.indexOf('=');
        return word.startsWith("--") && equals > 0 ? word.substring(0, equals) : word;
    }

    private static RuntimeException invalid(String detail) {
        return Problem.of(ErrorCode.INVALID_ARGUMENT, "Node", detail).asException();
    }
}
