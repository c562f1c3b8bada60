package io.millrace.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.node.config.NodeConfig;
import io.millrace.storage.database.DatabaseAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/** What Pekko and the persistence plugin are told beyond the files: addresses, and a check of what carries promises. */
final class PekkoSettings {
    private static final String DATABASE = "pekko-persistence-jdbc.shared-databases.slick.db.";

    /** Settings without which a promise would not hold, whatever a configuration file says. */
    private static final Map<String, String> REQUIRED = Map.of(
            "pekko.cluster.downing-provider-class", "org.apache.pekko.cluster.sbr.SplitBrainResolverProvider",
            "pekko.actor.allow-java-serialization", "off",
            "jdbc-journal.dao", "io.millrace.node.journal.IsolatingJournalDao",
            "jdbc-journal.replay-filter.mode", "fail",
            "pekko.cluster.split-brain-resolver.active-strategy", "keep-majority");

    private PekkoSettings() {}

    static Config of(Config root, NodeConfig config, DatabaseAddress database) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("pekko.remote.artery.canonical.hostname", config.bind());
        values.put("pekko.remote.artery.canonical.port", config.remotePort());
        values.put(DATABASE + "url", withBatching(database.jdbcUrl()));
        values.put(DATABASE + "user", database.user());
        values.put(DATABASE + "password", database.password());
        Config all = ConfigFactory.parseMap(values).withFallback(root);
        REQUIRED.forEach((key, value) -> require(all, key, value));
        return all;
    }

    /** Lets the driver send the rows of one transaction as one statement. */
    private static String withBatching(String url) {
        return url + (url.contains("?") ? "&" : "?") + "reWriteBatchedInserts=true";
    }

    private static void require(Config config, String key, String value) {
        if (!config.getString(key).equals(value)) {
            throw Problem.of(
                            ErrorCode.INVALID_ARGUMENT,
                            "Node",
                            "The setting " + key + " is '" + config.getString(key) + "', and has to be '" + value
                                    + "': without it acknowledged work could be lost. Remove it from the configuration "
                                    + "file.")
                    .asException();
        }
    }
}
