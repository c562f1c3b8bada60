package io.millrace.edge;

import io.millrace.channel.ChannelProcesses;
import io.millrace.channel.Channels;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Violation;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import io.millrace.contracts.process.ReadinessCheck;
import io.millrace.contracts.process.ScriptListing;
import io.millrace.contracts.process.ScriptView;
import io.millrace.contracts.process.StartUp;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Services and commands as the edge sees them, held in memory. Nothing is started and nothing takes time: a process waits
 * until a test says that it runs, and ends when it is stopped unless a test says that it does not.
 */
public final class InMemoryProcesses implements ChannelProcesses {
    /** The only directory with scripts. */
    public static final String DIRECTORY = "/srv/app";

    private static final String NODE = "millrace@127.0.0.1:25520";
    private static final String COMPONENT = "ServiceManager";
    private static final StartUp START_UP = new StartUp(Duration.ofSeconds(2), Duration.ofMillis(7), null);
    private static final ReadinessCheck CHECK =
            new ReadinessCheck(Instant.EPOCH, false, "its command ended with exit code 1", "no such table");
    private static final String UNREADABLE = "Makefile was left out: it is longer than 1 MB.";
    private static final List<ScriptView> SCRIPTS = List.of(
            new ScriptView("dev", "pnpm", List.of("pnpm", "run", "dev"), DIRECTORY, "package.json", "vite"),
            new ScriptView("web:dev", "pnpm", List.of("pnpm", "run", "dev"), DIRECTORY, "web/package.json", ""));

    private final Consumer<ChannelName> requireExisting;
    private final Map<ChannelName, List<ProcessView>> processes = new HashMap<>();
    private final Map<String, Remembered> keys = new HashMap<>();
    private final List<Duration> waits = new ArrayList<>();
    private final List<String> signals = new ArrayList<>();
    private boolean isStubborn;
    private long lastId;

    private record Remembered(String bodyHash, ProcessView process) {}

    InMemoryProcesses(Consumer<ChannelName> requireExisting) {
        this.requireExisting = requireExisting;
    }

    /** How long callers would have waited, in order. */
    public synchronized List<Duration> waits() {
        return List.copyOf(waits);
    }

    /** Signals that were sent, in order. */
    public synchronized List<String> signals() {
        return List.copyOf(signals);
    }

    /** From here on no process ends when it is stopped. */
    public synchronized void ignoreStops() {
        isStubborn = true;
    }

    /** The process is up, and ready if it has no check or is said to be. */
    public synchronized void run(JobId id, boolean isReady) {
        change(id, old -> with(old, ProcessState.RUNNING, isReady, null, null));
    }

    /** A run of the process has ended by itself. */
    public synchronized void end(JobId id, int exitCode) {
        change(
                id,
                old -> exitCode == 0
                        ? with(old, ProcessState.SUCCESS, false, 0, null)
                        : with(old, ProcessState.FAILED, false, exitCode, failed(exitCode)));
    }

    /** A process, null if there is none of this id. */
    public synchronized @Nullable ProcessView process(JobId id) {
        return processes.values().stream()
                .flatMap(List::stream)
                .filter(process -> process.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    @Override
    public synchronized CompletionStage<Registration> start(
            ChannelName channel, ProcessSpec spec, Channels.@Nullable IdempotencyKey key) {
        return answer(channel, () -> {
            Remembered remembered = key == null ? null : keys.get(key.key());
            if (key != null && remembered != null) {
                requireSameBody(key, remembered);
                return new Registration(remembered.process, true);
            }
            if (find(channel, spec.name().value()) != null) {
                throw Problem.of(
                                ErrorCode.ALREADY_EXISTS,
                                COMPONENT,
                                "There is a process '" + spec.name() + "' already. Choose another name, or remove it.")
                        .asException();
            }
            ProcessView registered = registered(channel, found(spec));
            all(channel).add(registered);
            if (key != null) {
                keys.put(key.key(), new Remembered(key.bodyHash(), registered));
            }
            return new Registration(registered, false);
        });
    }

    @Override
    public synchronized CompletionStage<List<ProcessView>> list(ChannelName channel) {
        return answer(channel, () -> List.copyOf(all(channel)));
    }

    @Override
    public synchronized CompletionStage<ProcessView> show(ChannelName channel, String process) {
        return answer(channel, () -> existing(channel, process));
    }

    @Override
    public synchronized CompletionStage<ProcessView> stop(ChannelName channel, String process, Duration wait) {
        return answer(channel, () -> {
            ProcessView view = existing(channel, process);
            waits.add(wait);
            if (view.state().isEnded()) {
                return view;
            }
            return change(
                    view.id(),
                    old -> isStubborn
                            ? with(old, ProcessState.STOPPING, false, null, null)
                            : with(old, ProcessState.STOPPED, false, null, null));
        });
    }

    @Override
    public synchronized CompletionStage<ProcessView> restart(ChannelName channel, String process, Duration wait) {
        return answer(channel, () -> {
            ProcessView view = existing(channel, process);
            waits.add(wait);
            return change(
                    view.id(), old -> with(old, ProcessState.RUNNING, old.spec().ready() == null, null, null));
        });
    }

    @Override
    public synchronized CompletionStage<ProcessView> signal(ChannelName channel, String process, String signal) {
        return answer(channel, () -> {
            ProcessView view = existing(channel, process);
            if (!view.isRunning()) {
                throw Problem.of(ErrorCode.INVALID_STATE, COMPONENT, "It does not run. Start it first.")
                        .asException();
            }
            signals.add(signal);
            return view;
        });
    }

    @Override
    public synchronized CompletionStage<Boolean> remove(ChannelName channel, String process, Duration wait) {
        return answer(channel, () -> {
            ProcessView view = existing(channel, process);
            waits.add(wait);
            return !isStubborn && all(channel).remove(view);
        });
    }

    @Override
    public synchronized CompletionStage<ScriptListing> scripts(ChannelName channel, String directory) {
        return answer(channel, () -> {
            if (!directory.equals(DIRECTORY)) {
                throw Problem.of(ErrorCode.NOT_FOUND, COMPONENT, "There is no directory '" + directory + "' on " + NODE)
                        .asException();
            }
            return new ScriptListing(SCRIPTS, List.of(UNREADABLE));
        });
    }

    @Override
    public synchronized CompletionStage<Map<String, Double>> metrics(ChannelName channel) {
        return answer(
                channel,
                () -> Map.of("processes.registered", (double) all(channel).size()));
    }

    private ProcessView registered(ChannelName channel, ProcessSpec spec) {
        return new ProcessView(
                new JobId(2, ++lastId),
                channel,
                spec,
                ProcessState.PENDING,
                false,
                0,
                0,
                null,
                null,
                null,
                null,
                now(),
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(new Condition("Starting", "It is about to be started on " + NODE + ".", now())));
    }

    private static ProcessSpec found(ProcessSpec spec) {
        if (spec.script() == null) {
            return spec;
        }
        ScriptView script = SCRIPTS.stream()
                .filter(each -> each.name().equals(spec.script()) && DIRECTORY.equals(spec.directory()))
                .findFirst()
                .orElseThrow(() -> Problem.of(
                                ErrorCode.NOT_FOUND,
                                COMPONENT,
                                "There is no script '" + spec.script() + "' in " + spec.directory()
                                        + ". GET …/scripts?directory=… lists those there are.")
                        .asException());
        return new ProcessSpec(
                spec.name(),
                script.command(),
                spec.script(),
                spec.directory(),
                spec.env(),
                spec.restart(),
                spec.ready(),
                spec.startTimeout(),
                spec.stop(),
                spec.successExitCodes(),
                spec.dependsOn(),
                spec.terminal(),
                spec.stripsAnsi(),
                spec.labels());
    }

    private ProcessView with(
            ProcessView old, ProcessState state, boolean isReady, @Nullable Integer exitCode, @Nullable Problem error) {
        boolean isRunning = state == ProcessState.RUNNING;
        return new ProcessView(
                old.id(),
                old.channel(),
                old.spec(),
                state,
                isReady,
                isRunning ? old.run() + 1 : old.run(),
                old.restarts(),
                NODE,
                isRunning ? Long.valueOf(4_711) : null,
                exitCode,
                null,
                old.createdAt(),
                isRunning ? now() : old.startedAt(),
                isReady ? now() : null,
                state.isEnded() ? now() : null,
                isRunning ? START_UP : old.startUp(),
                isRunning && old.spec().ready() != null ? CHECK : old.check(),
                error,
                List.of());
    }

    private static Problem failed(int exitCode) {
        return Problem.of(
                ErrorCode.INVALID_STATE, COMPONENT, "It ended with exit code " + exitCode + ". Look at its output.");
    }

    private ProcessView change(JobId id, UnaryOperator<ProcessView> change) {
        for (List<ProcessView> all : processes.values()) {
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i).id().equals(id)) {
                    all.set(i, change.apply(all.get(i)));
                    return all.get(i);
                }
            }
        }
        throw new IllegalArgumentException("no process " + id);
    }

    private ProcessView existing(ChannelName channel, String process) {
        ProcessView view = find(channel, process);
        if (view == null) {
            throw Problem.of(
                            ErrorCode.NOT_FOUND,
                            COMPONENT,
                            "Channel " + channel + " has no process '" + process + "'. GET …/processes lists them.")
                    .asException();
        }
        return view;
    }

    private @Nullable ProcessView find(ChannelName channel, String process) {
        return all(channel).stream()
                .filter(view -> view.spec().name().value().equals(process)
                        || view.id().toString().equals(process))
                .findFirst()
                .orElse(null);
    }

    private static void requireSameBody(Channels.IdempotencyKey key, Remembered remembered) {
        if (!key.bodyHash().equals(remembered.bodyHash)) {
            throw Problem.invalid(
                            COMPONENT,
                            "The idempotency key was used with another request body.",
                            List.of(new Violation("Idempotency-Key", "was used with another body")))
                    .asException();
        }
    }

    private List<ProcessView> all(ChannelName channel) {
        return processes.computeIfAbsent(channel, _ -> new ArrayList<>());
    }

    private <T> CompletionStage<T> answer(ChannelName channel, Supplier<T> answer) {
        try {
            requireExisting.accept(channel);
            return CompletableFuture.completedFuture(answer.get());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS);
    }
}
