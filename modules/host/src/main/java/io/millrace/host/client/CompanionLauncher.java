package io.millrace.host.client;

import io.millrace.host.HostLimits;
import io.millrace.host.protocol.Frame;
import io.millrace.host.protocol.HostDirectory;
import io.millrace.host.protocol.HostState;
import io.millrace.host.server.Main;
import io.millrace.host.server.StandardErrorLogging;
import io.millrace.host.system.LibC;
import io.millrace.host.system.PosixSpawn;
import io.millrace.host.system.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the companion of a data directory, or starts one. */
final class CompanionLauncher {
    private static final Logger LOG = LoggerFactory.getLogger(CompanionLauncher.class);
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int LOG_LINES_SHOWN_MAX = 5;

    /** What of the node's environment a companion is given: nothing that changes how its virtual machine works. */
    private static final List<String> VARIABLES = List.of("PATH", "HOME", "LANG", "TMPDIR", "MILLRACE_RUN");

    /** Small and soon there, at the price of speed it does not need. */
    private static final List<String> OPTIONS = List.of(
            "-Xms6m",
            "-Xmn3m",
            "-Xmx32m",
            "-Xss256k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:ReservedCodeCacheSize=16m",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xrs",
            "-Xlog:cds=off",
            "-Xlog:aot=off",
            "-Djdk.nio.maxCachedBufferSize=65536",
            "-Dslf4j.internal.verbosity=WARN",
            "-Dslf4j.provider=" + StandardErrorLogging.class.getName(),
            "--enable-native-access=ALL-UNNAMED");

    private final CompanionSettings settings;
    private final HostDirectory directory;

    CompanionLauncher(CompanionSettings settings, HostDirectory directory) {
        this.settings = settings;
        this.directory = directory;
    }

    /**
     * The companion that an earlier life of the node has left, if it lives and speaks this version of the protocol. One
     * that does not is ended, with everything it had started.
     */
    Optional<Companion> find() throws IOException {
        var state = directory.state();
        if (state.isEmpty() || !state.get().isAlive()) {
            return Optional.empty();
        }
        var companion = new Companion(state.get(), directory);
        if (state.get().version() == Frame.VERSION) {
            return Optional.of(companion);
        }
        LOG.warn(
                "The process host (pid {}) is of another release: it is ended, with the commands it runs",
                companion.pid());
        companion.killWithEverything();
        return Optional.empty();
    }

    /**
     * Starts a companion and waits until it is ready, for {@link HostLimits#GREETING_MAX} at most.
     *
     * @throws IOException if it does not come up; the message says what it wrote
     */
    Companion start() throws IOException {
        long began = System.nanoTime();
        int pid = spawn();
        while (System.nanoTime() - began < HostLimits.GREETING_MAX.toNanos()) {
            var state = readyState(pid);
            if (state.isPresent()) {
                LOG.info(
                        "A process host was started (pid {}) within {} ms",
                        pid,
                        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
                return new Companion(state.get(), directory);
            }
            if (LibC.reap(pid) >= 0) {
                throw new IOException("The process host has ended at its start. Its log says: " + lastLogLines());
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
        LibC.kill(pid, Signals.KILL);
        LibC.reapKilled(pid);
        throw new IOException("The process host was not ready after " + HostLimits.GREETING_MAX.toSeconds()
                + " s. Its log says: " + lastLogLines());
    }

    private Optional<HostState> readyState(int pid) throws IOException {
        var state = directory.state();
        return state.isPresent() && state.get().pid() == pid && state.get().isAlive() ? state : Optional.empty();
    }

    private int spawn() throws IOException {
        int log = LibC.emptyFile(directory.log().toString());
        try {
            var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
            return PosixSpawn.spawn(new PosixSpawn.Plan(
                    java, arguments(java), environment(), directory.path().toString(), -1, log, log));
        } finally {
            LibC.close(log);
        }
    }

    private List<String> arguments(String java) throws IOException {
        var arguments = new ArrayList<>(List.of(java));
        arguments.addAll(OPTIONS);
        arguments.add("-XX:ErrorFile=" + directory.crashReport());
        arguments.addAll(CompanionClasses.options(directory, settings.keepsClassesReady()));
        arguments.addAll(List.of("-cp", CompanionClasses.path(), Main.class.getName()));
        arguments.addAll(List.of(
                settings.controlGroups().name(),
                settings.sandbox().user().toString(),
                settings.sandbox().confinement().name(),
                settings.sandbox().network().name(),
                settings.limits().text()));
        settings.sandbox().hidden().forEach(directory -> arguments.add(directory.toString()));
        return arguments;
    }

    private static Map<String, String> environment() {
        var environment = new TreeMap<String, String>();
        for (var name : VARIABLES) {
            var value = System.getenv(name);
            if (value != null) {
                environment.put(name, value);
            }
        }
        return environment;
    }

    private String lastLogLines() throws IOException {
        try (Stream<String> lines = Files.lines(directory.log())) {
            var all = lines.toList();
            return String.join(" | ", all.subList(Math.max(0, all.size() - LOG_LINES_SHOWN_MAX), all.size()));
        }
    }
}
