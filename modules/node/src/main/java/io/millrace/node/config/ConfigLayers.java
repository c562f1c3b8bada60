package io.millrace.node.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Puts the layers of the configuration together, and tells afterwards where each value came from. */
public final class ConfigLayers {
    private ConfigLayers() {}

    /**
     * The whole configuration: flags over environment over file over the modules' own settings.
     *
     * @param file for example {@code cluster-config/dev.conf}
     * @throws io.millrace.contracts.MillraceException INVALID_ARGUMENT if the file is missing or cannot be read
     */
    public static Config load(Path file, Map<String, String> flags) {
        if (!Files.isReadable(file)) {
            throw invalid("The configuration file " + file.toAbsolutePath() + " cannot be read. Name another one with "
                    + "--config, for example cluster-config/dev.conf.");
        }
        try {
            Config fromFile = ConfigFactory.parseFile(file.toFile(), ConfigParseOptions.defaults());
            Config withFlags = fromFile;
            for (Map.Entry<String, String> flag : flags.entrySet()) {
                ConfigValue value = ConfigValueFactory.fromAnyRef(flag.getValue(), "command line");
                withFlags = withFlags.withValue(flag.getKey(), value);
            }
            return withFlags
                    .withFallback(ConfigFactory.defaultReferenceUnresolved())
                    .resolve();
        } catch (ConfigException e) {
            throw invalid("The configuration file " + file + " cannot be used: " + e.getMessage());
        }
    }

    /** Effective values of Millrace's own settings by key, each with where it came from. */
    public static Map<String, Setting> report(Config root) {
        Map<String, Setting> settings = new TreeMap<>();
        root.getConfig("millrace").entrySet().forEach(entry -> {
            String key = "millrace." + entry.getKey();
            ConfigValue value = entry.getValue();
            String source = value.origin().description();
            settings.put(key, new Setting(String.valueOf(value.unwrapped()), shownSource(source), isSecret(key)));
        });
        return settings;
    }

    private static boolean isSecret(String key) {
        return key.toLowerCase(Locale.ROOT).matches(".*(password|secret|token|url)$");
    }

    /** Files by their name: the directory of an installation is nobody's business. */
    private static String shownSource(String source) {
        int slash = source.lastIndexOf('/');
        return slash < 0 ? source : source.substring(slash + 1);
    }

    private static RuntimeException invalid(String detail) {
        return Problem.of(ErrorCode.INVALID_ARGUMENT, "Node", detail).asException();
    }

    /**
     * @param value as it is in force; not to be shown if it is a secret
     * @param source file and line, environment variable, or command line
     */
    public record Setting(String value, String source, boolean isSecret) {}
}
