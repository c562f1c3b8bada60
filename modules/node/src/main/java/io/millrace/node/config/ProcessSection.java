package io.millrace.node.config;

import com.typesafe.config.Config;
import io.millrace.channel.process.ProcessLease;
import io.millrace.host.HostLimits;
import io.millrace.host.limits.CommonLimits;
import io.millrace.host.limits.ControlGroupUse;
import io.millrace.host.sandbox.ConfinementUse;
import io.millrace.host.sandbox.NetworkAccess;
import io.millrace.host.sandbox.ProcessUser;
import io.millrace.host.sandbox.SandboxSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** Reads and checks the section {@code millrace.processes}. */
final class ProcessSection {
    private static final Duration LEASE_MIN = Duration.ofSeconds(3);
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,254}");

    private ProcessSection() {}

    static ProcessSettings read(Config config) {
        Duration lease = between(config, "lease", LEASE_MIN, HostLimits.LEASE_MAX);
        Duration window = between(config, "restart-window", Duration.ZERO, HostLimits.LEASE_MAX);
        return new ProcessSettings(
                host(config),
                new ProcessLease(lease, window),
                controlGroups(config),
                new SandboxSettings(user(config), confinement(config), network(config), hidden(config)),
                limits(config.getConfig("limits")),
                environment(config));
    }

    /** What configures the node may hold passwords, so that none of it is handed on. */
    private static List<String> environment(Config config) {
        List<String> names = config.getStringList("environment");
        for (String name : names) {
            if (!VARIABLE.matcher(name).matches() || name.startsWith("MILLRACE_")) {
                throw notOneOf(
                        config, "environment", name, "a list of names of variables, without those of Millrace itself");
            }
        }
        return names;
    }

    private static ProcessSettings.Host host(Config config) {
        String value = config.getString("host");
        return switch (value) {
            case "companion" -> ProcessSettings.Host.COMPANION;
            case "none" -> ProcessSettings.Host.NONE;
            default -> throw notOneOf(config, "host", value, "companion or none");
        };
    }

    private static ControlGroupUse controlGroups(Config config) {
        String value = config.getString("control-groups");
        return switch (value) {
            case "auto" -> ControlGroupUse.AUTO;
            case "own" -> ControlGroupUse.OWN;
            case "none" -> ControlGroupUse.NONE;
            default -> throw notOneOf(config, "control-groups", value, "auto, own or none");
        };
    }

    private static ProcessUser user(Config config) {
        try {
            return ProcessUser.parse(config.getString("user"));
        } catch (IllegalArgumentException e) {
            throw NodeConfig.invalid(
                    config.getValue("user").origin().description() + ": processes.user " + e.getMessage());
        }
    }

    private static RuntimeException notOneOf(Config config, String key, String value, String allowed) {
        return NodeConfig.invalid(config.getValue(key).origin().description() + ": processes." + key + " is '" + value
                + "' and has to be " + allowed + ".");
    }

    private static Duration between(Config config, String key, Duration min, Duration max) {
        Duration value = config.getDuration(key);
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw NodeConfig.invalid(config.getValue(key).origin().description() + ": processes." + key + " is "
                    + value.toMillis() + " ms and has to be between " + min.toMillis() + " and " + max.toMillis()
                    + " ms.");
        }
        return value;
    }

    private static ConfinementUse confinement(Config config) {
        String value = config.getString("sandbox");
        return switch (value) {
            case "auto" -> ConfinementUse.AUTO;
            case "bubblewrap" -> ConfinementUse.BUBBLEWRAP;
            case "none" -> ConfinementUse.NONE;
            default -> throw notOneOf(config, "sandbox", value, "auto, bubblewrap or none");
        };
    }

    private static NetworkAccess network(Config config) {
        String value = config.getString("network");
        return switch (value) {
            case "node" -> NetworkAccess.NODE;
            case "none" -> NetworkAccess.NONE;
            default -> throw notOneOf(config, "network", value, "node or none");
        };
    }

    private static List<Path> hidden(Config config) {
        List<String> names = config.getStringList("hidden");
        for (String name : names) {
            if (!Path.of(name).isAbsolute()) {
                throw notOneOf(config, "hidden", name, "a list of absolute paths");
            }
        }
        return names.stream().map(Path::of).toList();
    }

    private static CommonLimits limits(Config config) {
        return new CommonLimits(
                noneOrBetween(config, "open-files", config.getLong("open-files"), 64, 100_000_000),
                noneOrBetween(config, "file-size", config.getBytes("file-size"), 1L << 20, Long.MAX_VALUE),
                noneOrBetween(config, "cpu-time", config.getDuration("cpu-time").toSeconds(), 1, 1_000_000_000),
                noneOrBetween(config, "processes", config.getLong("processes"), 16, 4_194_304));
    }

    private static long noneOrBetween(Config config, String key, long value, long min, long max) {
        if (value != 0 && (value < min || value > max)) {
            throw NodeConfig.invalid(config.getValue(key).origin().description() + ": processes.limits." + key + " is "
                    + value + " and has to be 0 for no limit, or between " + min + " and " + max + ".");
        }
        return value;
    }
}
