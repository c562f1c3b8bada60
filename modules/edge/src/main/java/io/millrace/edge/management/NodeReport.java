package io.millrace.edge.management;

import io.millrace.contracts.ThreadSafety;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What a node says about itself. Implemented by the node; every call answers at once, from what is known already. */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public interface NodeReport {

    /** Name of the node as it appears in the {@code node} fields of jobs and channels. */
    String name();

    String version();

    Instant startedAt();

    /** True once the node has finished starting; it stays true. */
    boolean hasStarted();

    /** Whether the node can serve every channel now. The stage completes within 2 seconds. */
    CompletionStage<Readiness> readiness();

    /** The database, as far as it is known now. */
    Database database();

    /** Open connections of the HTTP API. */
    int httpConnections();

    /**
     * Further facts for {@code /management/node} by name, for example the handlers that were found. Values are plain: maps,
     * lists, strings, numbers, booleans.
     */
    Map<String, Object> details();

    /** Settings in effect, in the order to be shown. */
    List<Setting> settings();

    /**
     * Whether a node can serve.
     *
     * @param isReady true if requests may be sent here
     * @param reasons why not, for a person; empty if it is
     */
    record Readiness(boolean isReady, List<String> reasons) {
        public static final Readiness READY = new Readiness(true, List.of());

        public Readiness {
            reasons = List.copyOf(reasons);
        }
    }

    /**
     * The database of a node.
     *
     * @param kind {@code embedded} or {@code external}
     * @param address host, port and database, without credentials
     * @param version of the server, absent while unknown
     * @param isReachable whether the last use of it succeeded
     * @param connectionsActive connections in use
     * @param connectionsMax connections there may be
     */
    record Database(
            String kind,
            String address,
            @Nullable String version,
            boolean isReachable,
            int connectionsActive,
            int connectionsMax) {}

    /**
     * A setting in effect.
     *
     * @param key configuration key
     * @param value as text; what stands here for a secret does not matter, it is not shown
     * @param source where the value came from, for example {@code default}, {@code environment MILLRACE_HTTP_PORT}
     * @param isSecret true to show that there is a value and not which
     */
    record Setting(String key, String value, String source, boolean isSecret) {}
}
