package io.millrace.api.v1;

import io.millrace.contracts.process.RestartPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads when a process is started again: the name of a policy, or an object with its details. */
final class RestartPolicyReader {
    static final Map<String, RestartPolicy.Mode> POLICIES = Map.of(
            "never", RestartPolicy.Mode.NEVER,
            "on-failure", RestartPolicy.Mode.ON_FAILURE,
            "always", RestartPolicy.Mode.ALWAYS);

    private static final List<String> FIELDS =
            List.of("policy", "initialDelay", "backoff", "factor", "maxDelay", "max", "minUptime");

    private final JsonInput in;
    private final String path;
    private RestartPolicy.@Nullable Mode mode;
    private @Nullable Duration initialDelay;
    private @Nullable Double factor;
    private @Nullable Duration maxDelay;
    private @Nullable Long max;
    private @Nullable Duration minUptime;

    private RestartPolicyReader(JsonInput in, String path) {
        this.in = in;
        this.path = path;
    }

    /** The policy at the current value; the default if that is null. */
    static RestartPolicy read(JsonInput in, String path) {
        RestartPolicyReader reader = new RestartPolicyReader(in, path);
        if (in.isText()) {
            reader.mode = in.oneOf(path, POLICIES);
        } else if (in.isObject(path)) {
            reader.readFields();
        }
        return reader.build();
    }

    private void readFields() {
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            String at = path + "." + field;
            switch (field) {
                case "policy" -> mode = in.oneOf(at, POLICIES);
                case "initialDelay", "backoff" -> readInitialDelay(at);
                case "factor" -> factor = in.number(at, 1, RequestLimits.RESTART_FACTOR_MAX);
                case "maxDelay" -> maxDelay = in.duration(at, Duration.ofMillis(1), RequestLimits.RESTART_DELAY_MAX);
                case "max" -> max = in.integer(at, 0, RequestLimits.RESTARTS_MAX);
                case "minUptime" -> minUptime = in.duration(at, Duration.ZERO, RequestLimits.RESTART_DELAY_MAX);
                default -> in.unknownField(path, field, FIELDS);
            }
        }
        if (mode == null) {
            in.requireGiven(path + ".policy", null, "must be given: never, on-failure or always");
        }
    }

    private void readInitialDelay(String at) {
        Duration given = in.duration(at, Duration.ofMillis(1), RequestLimits.RESTART_DELAY_MAX);
        if (given != null && initialDelay != null) {
            in.violation(at, "must be given once: 'initialDelay' and 'backoff' mean the same");
        }
        initialDelay = given == null ? initialDelay : given;
    }

    /** A first wait beyond the default bound moves the bound; beyond a bound that was given it is a mistake. */
    private RestartPolicy build() {
        RestartPolicy byDefault = RestartPolicy.NEVER;
        Duration initial = initialDelay == null ? byDefault.initialDelay() : initialDelay;
        Duration bound = maxDelay == null ? longer(byDefault.maxDelay(), initial) : maxDelay;
        if (initialDelay != null && initial.compareTo(bound) > 0) {
            in.violation(path + ".maxDelay", "must not be shorter than 'initialDelay'");
        }
        return new RestartPolicy(
                mode == null ? byDefault.mode() : mode,
                initial.compareTo(bound) > 0 ? bound : initial,
                factor == null ? byDefault.factor() : factor,
                bound,
                max == null ? byDefault.max() : max.intValue(),
                minUptime == null ? byDefault.minUptime() : minUptime);
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }
}
