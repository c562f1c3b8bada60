package io.millrace.channel;

import com.typesafe.config.Config;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Settings of Pekko that promises rest on. A configuration file that changes one of them by accident would break a
 * promise silently, so a node with another value does not start.
 */
final class PromisedSettings {
    private static final Map<String, String> EXPECTED = Map.of(
            "pekko.actor.allow-java-serialization", "off",
            "pekko.cluster.sharding.passivation.strategy", "none",
            "pekko.cluster.sharding.remember-entities", "off",
            "pekko.persistence.journal-plugin-fallback.replay-filter.mode", "fail",
            "pekko.persistence.typed.recurse-when-unstashing-read-only-commands", "off");

    private PromisedSettings() {}

    /**
     * @throws IllegalStateException naming every setting that differs
     */
    static void check(Config config) {
        List<String> wrong = new ArrayList<>();
        EXPECTED.forEach((path, expected) -> {
            String actual = config.hasPath(path) ? onOff(config.getAnyRef(path)) : "not set";
            if (!actual.equals(expected)) {
                wrong.add(path + " is " + actual + " and must be " + expected);
            }
        });
        if (!wrong.isEmpty()) {
            throw new IllegalStateException("Settings that durability and isolation rest on have other values: "
                    + String.join("; ", wrong)
                    + ". Include millrace-pekko.conf in the configuration and do not override these.");
        }
    }

    private static String onOff(Object value) {
        return switch (String.valueOf(value)) {
            case "true" -> "on";
            case "false" -> "off";
            default -> String.valueOf(value);
        };
    }
}
