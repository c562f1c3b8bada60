package io.millrace.api.v1;

import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads services and commands out of request bodies (HTTP contract, section 7).
 *
 * <p>All methods throw {@link HttpProblemException}: status 400 if the body is no JSON, has an unknown field or a value of
 * the wrong type; 422 if values are wrong, listing every one of them.
 */
public final class ProcessSpecReader {
    static final Map<String, Boolean> ANSI = Map.of("keep", false, "strip", true);

    private static final List<String> FIELDS = List.of(
            "name",
            "command",
            "script",
            "directory",
            "workingDirectory",
            "env",
            "restart",
            "ready",
            "startTimeout",
            "stop",
            "dependsOn",
            "successExitCodes",
            "terminal",
            "ansi",
            "labels");
    private static final int EXIT_CODE_MAX = 255;

    private final JsonInput in;
    private @Nullable ProcessName name;
    private @Nullable List<String> command;
    private @Nullable String script;
    private @Nullable String directory;
    private Map<String, String> env = Map.of();
    private RestartPolicy restart = RestartPolicy.NEVER;
    private ReadinessReader.@Nullable Given ready;
    private @Nullable Duration startTimeout;
    private StopPolicy stop = StopPolicy.DEFAULT;
    private List<ProcessDependency> dependsOn = List.of();
    private List<Integer> successExitCodes = List.of();
    private boolean hasTerminal;
    private boolean stripsAnsi;
    private Map<String, String> labels = Map.of();

    private ProcessSpecReader(JsonInput in) {
        this.in = in;
    }

    /** The process to start: the whole body. */
    public static ProcessSpec read(byte[] body) {
        try (JsonInput in = JsonInput.request(body)) {
            ProcessSpec spec = new ProcessSpecReader(in).read();
            in.requireEnd();
            in.requireValid();
            requireShort(in, spec);
            return spec;
        }
    }

    private ProcessSpec read() {
        if (!in.nextRootValue() || !in.isObject("")) {
            throw in.wrongType("", "must be a JSON object");
        }
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            readField(field);
        }
        return build();
    }

    private void readField(String field) {
        switch (field) {
            case "name" -> name = ProcessNames.read(in, field);
            case "command" -> command = in.isNull() ? null : WorkReader.readCommand(in, field);
            case "script" -> script = readScript(field);
            case "directory", "workingDirectory" -> readDirectory(field);
            case "env" -> env = FieldRules.env(in, field);
            case "restart" -> restart = RestartPolicyReader.read(in, field);
            case "ready" -> ready = ReadinessReader.read(in, field);
            case "startTimeout" -> startTimeout = readStartTimeout(in, field);
            case "stop" -> stop = readStop(field);
            case "dependsOn" -> dependsOn = ProcessDependencyReader.read(in, field);
            case "successExitCodes" -> successExitCodes = readExitCodes(field);
            case "terminal" -> hasTerminal = Boolean.TRUE.equals(in.truth(field));
            case "ansi" -> stripsAnsi = Boolean.TRUE.equals(in.oneOf(field, ANSI));
            case "labels" -> labels = FieldRules.labels(in, field);
            default -> in.unknownField("", field, FIELDS);
        }
    }

    private ProcessSpec build() {
        ProcessName named = named();
        requireOneWay();
        if (dependsOn.stream().anyMatch(dependency -> dependency.name().equals(named))) {
            in.violation("dependsOn", "must not name the process itself");
        }
        return new ProcessSpec(
                named,
                command == null ? List.of() : command,
                script,
                directory,
                env,
                restart,
                ready == null ? null : ready.how(),
                startTimeout(),
                stop,
                successExitCodes,
                dependsOn,
                hasTerminal,
                stripsAnsi,
                labels);
    }

    /** A script names its process, too, if its name can. */
    private ProcessName named() {
        if (name != null) {
            return name;
        }
        if (script != null && ProcessNames.isValid(script)) {
            return new ProcessName(script);
        }
        in.requireGiven(
                "name",
                null,
                script == null
                        ? "must be given: how the process is called in its channel"
                        : "must be given, because the script's own name is none: " + ProcessNames.EXPECTED);
        return ProcessNames.UNREADABLE;
    }

    private void requireOneWay() {
        if (command == null && script == null) {
            in.requireGiven("command", null, "must be given, or 'script' with 'directory'");
        } else if (command != null && script != null) {
            in.violation("script", "must be left out if 'command' is given");
        } else if (script != null) {
            in.requireGiven("directory", directory, "must be given: where the script is found and started");
        }
    }

    private Duration startTimeout() {
        Duration ofReady = ready == null ? null : ready.timeout();
        if (startTimeout != null && ofReady != null) {
            in.violation("startTimeout", "must be left out if 'ready.timeout' is given: both mean the same");
        }
        if (startTimeout != null) {
            return startTimeout;
        }
        return ofReady == null ? ProcessSpec.START_TIMEOUT_DEFAULT : ofReady;
    }

    /** How long one run may take until it is ready, whichever field says so. */
    static @Nullable Duration readStartTimeout(JsonInput in, String field) {
        return in.duration(field, RequestLimits.PROCESS_START_TIMEOUT_MIN, RequestLimits.PROCESS_START_TIMEOUT_MAX);
    }

    private @Nullable String readScript(String field) {
        String text = FieldRules.name(in, field);
        if (text != null && text.isBlank()) {
            in.violation(field, "must name a script; GET …/scripts?directory=… lists those of a directory");
        }
        return text;
    }

    private void readDirectory(String field) {
        String given = WorkReader.readWorkingDirectory(in, field);
        if (given != null && directory != null) {
            in.violation(field, "must be given once: 'directory' and 'workingDirectory' mean the same");
        }
        directory = given == null ? directory : given;
    }

    private StopPolicy readStop(String path) {
        if (!in.isObject(path)) {
            return StopPolicy.DEFAULT;
        }
        String signal = null;
        Duration grace = null;
        List<String> instead = List.of();
        for (String field = in.nextField(); field != null; field = in.nextField()) {
            String at = path + "." + field;
            switch (field) {
                case "signal" -> signal = SignalReader.read(in, at);
                case "grace" -> grace = in.duration(at, Duration.ZERO, RequestLimits.PROCESS_STOP_GRACE_MAX);
                case "command" -> instead = in.isNull() ? instead : WorkReader.readCommand(in, at);
                default -> in.unknownField(path, field, List.of("signal", "grace", "command"));
            }
        }
        return new StopPolicy(
                signal == null ? StopPolicy.DEFAULT.signal() : signal,
                grace == null ? StopPolicy.DEFAULT.grace() : grace,
                instead);
    }

    private List<Integer> readExitCodes(String path) {
        List<Integer> codes = new ArrayList<>();
        if (!in.isArray(path)) {
            return codes;
        }
        for (int index = 0; in.nextElement(); index++) {
            Long code = in.integer(path + "[" + index + "]", 0, EXIT_CODE_MAX);
            if (code != null && !codes.contains(code.intValue())) {
                codes.add(code.intValue());
            }
        }
        return codes;
    }

    /** What is of any length travels and is stored as a whole. */
    private static void requireShort(JsonInput in, ProcessSpec spec) {
        long chars = chars(spec.command())
                + chars(spec.stop().command())
                + (spec.ready() != null && spec.ready().check() instanceof Readiness.Command(var check)
                        ? chars(check)
                        : 0)
                + chars(spec.env())
                + chars(spec.labels())
                + (spec.directory() == null ? 0 : spec.directory().length());
        if (chars > RequestLimits.PROCESS_CHARS_MAX) {
            in.violation(
                    "command",
                    "has, with env, labels and directory, " + chars + " characters, of at most "
                            + RequestLimits.PROCESS_CHARS_MAX + "; put larger settings into a file");
            in.requireValid();
        }
    }

    private static long chars(List<String> command) {
        return command.stream().mapToLong(String::length).sum();
    }

    private static long chars(Map<String, String> strings) {
        return strings.entrySet().stream()
                .mapToLong(entry -> entry.getKey().length() + entry.getValue().length())
                .sum();
    }
}
