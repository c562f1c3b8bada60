package io.millrace.channel.service;

import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import io.millrace.domain.Limits;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Holds the specification of a process against what a process may be, whoever wrote it. */
final class SpecCheck {
    private static final Set<String> SCHEMES = Set.of("http", "https");
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration GRACE_MAX = Duration.ofMinutes(10);
    private static final int PORT_MAX = 65_535;
    private static final double FACTOR_MAX = 10;

    private final List<Violation> violations = new ArrayList<>();

    private SpecCheck() {}

    /**
     * What is wrong with a specification, everything at once; absent if nothing is.
     *
     * @param spec with the command of its script, if it names one
     */
    static @Nullable Problem problemOf(ProcessSpec spec) {
        var check = new SpecCheck();
        check.check(spec);
        return check.violations.isEmpty()
                ? null
                : Problem.invalid(
                        "ServiceManager",
                        "The process '" + spec.name() + "' cannot be registered: "
                                + check.violations.getFirst().field() + " "
                                + check.violations.getFirst().message() + ".",
                        check.violations);
    }

    /** Characters of everything in it whose length is up to its user. */
    static int chars(ProcessSpec spec) {
        return chars(spec.command())
                + chars(spec.stop().command())
                + (spec.ready() != null && spec.ready().check() instanceof Readiness.Command(var command)
                        ? chars(command)
                        : 0)
                + chars(spec.env())
                + chars(spec.labels())
                + (spec.directory() == null ? 0 : spec.directory().length());
    }

    private static int chars(List<String> command) {
        return command.stream().mapToInt(String::length).sum();
    }

    private static int chars(Map<String, String> map) {
        return map.entrySet().stream()
                .mapToInt(entry -> entry.getKey().length() + entry.getValue().length())
                .sum();
    }

    private void check(ProcessSpec spec) {
        require(isCommand(spec.command()), "command", "must have at least one element, the program");
        int chars = chars(spec);
        require(
                chars <= Limits.PROCESS_SPEC_CHARS_MAX,
                "command",
                "has, with env, labels and directory, " + chars + " characters, and may have "
                        + Limits.PROCESS_SPEC_CHARS_MAX);
        require(
                spec.startTimeout().isPositive() && spec.startTimeout().compareTo(HOUR) <= 0,
                "startTimeout",
                "must be above 0 and at most one hour");
        check(spec.restart());
        check(spec.stop());
        if (spec.ready() != null) {
            check(spec.ready());
        }
    }

    private void check(RestartPolicy restart) {
        require(
                restart.factor() >= 1 && restart.factor() <= FACTOR_MAX,
                "restart.factor",
                "must be 1 to " + (int) FACTOR_MAX);
        require(
                !restart.initialDelay().isNegative() && restart.initialDelay().compareTo(restart.maxDelay()) <= 0,
                "restart.initialDelay",
                "must not be negative or above restart.maxDelay");
        require(restart.maxDelay().compareTo(HOUR) <= 0, "restart.maxDelay", "must be at most one hour");
        require(restart.max() >= 0, "restart.max", "must not be negative");
        require(!restart.minUptime().isNegative(), "restart.minUptime", "must not be negative");
    }

    private void check(StopPolicy stop) {
        require(ProcessSignals.isKnown(stop.signal()), "stop.signal", "must be one of " + ProcessSignals.names());
        require(
                !stop.grace().isNegative() && stop.grace().compareTo(GRACE_MAX) <= 0,
                "stop.grace",
                "must be 0 to 10 minutes");
        require(
                stop.command().isEmpty() || isCommand(stop.command()),
                "stop.command",
                "must name a program, or be left out");
    }

    private void check(Readiness ready) {
        switch (ready) {
            case Readiness.Http(var url) ->
                require(isCallable(url), "ready.http", "must be an http or https address with a host of this machine");
            case Readiness.Tcp(var host, var port) ->
                require(
                        !host.isBlank() && port >= 1 && port <= PORT_MAX,
                        "ready.tcp",
                        "must be a host of this machine and a port from 1 to " + PORT_MAX);
            case Readiness.Log(var pattern) -> {
                String problem = LineWatch.problemOf(pattern);
                require(problem == null, "ready.log", String.valueOf(problem));
            }
            case Readiness.Command(var command) ->
                require(isCommand(command), "ready.exec", "must have at least one element, the program");
            case Readiness.AfterLine(var line, var check) -> {
                require(check.line() == null, "ready", "must have one check beside the line");
                check(line);
                check(check);
            }
        }
    }

    private static boolean isCommand(List<String> command) {
        return !command.isEmpty() && !command.getFirst().isBlank();
    }

    private static boolean isCallable(URI url) {
        return url.getHost() != null
                && url.getScheme() != null
                && SCHEMES.contains(url.getScheme().toLowerCase(Locale.ROOT));
    }

    private void require(boolean isTrue, String field, String message) {
        if (!isTrue) {
            violations.add(new Violation(field, message));
        }
    }
}
