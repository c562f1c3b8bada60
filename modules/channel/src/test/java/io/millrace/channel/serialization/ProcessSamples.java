package io.millrace.channel.serialization;

import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import io.millrace.domain.process.ProcessBook;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessRef;
import io.millrace.domain.process.ProcessSnapshot;
import io.millrace.domain.process.RunEnd;
import io.millrace.domain.process.StopCause;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One value of everything that is stored about processes, with no field left at its default where it has one. */
final class ProcessSamples {
    private static final long AT = 1_793_534_400_123L;
    private static final JobId ID = JobId.parse("01KA8CPTZVWX0123456789ABCD");
    private static final ProcessRef WEB = new ProcessRef(ID, new ProcessName("web"));

    private static final Problem PROBLEM = new Problem(
            ErrorCode.TIMEOUT,
            "ServiceManager",
            "It did not become ready within its startTimeout of 30s.",
            Map.of("startTimeoutMillis", 30_000),
            List.of(),
            Duration.ofSeconds(1));

    private static final List<ProcessChange> CHANGES = List.of(
            new ProcessChange.Registered(
                    ID, spec("web", new Readiness.Http(URI.create("http://127.0.0.1:3000/"))), "key-1", "9f86d081"),
            new ProcessChange.RunStarted(WEB, 1, 18, "127.0.0.1:25520", null),
            new ProcessChange.RunUp(WEB, 1, 4_711, AT + 5, "dev", "pnpm run dev"),
            new ProcessChange.BecameReady(WEB, 1),
            new ProcessChange.SignalSent(WEB, 1, "HUP"),
            new ProcessChange.StopRequested(WEB, 1, StopCause.START_TIMEOUT),
            new ProcessChange.RunEnded(
                    WEB,
                    1,
                    RunEnd.signalled("SIGKILL", true, AT + 10).with(PROBLEM),
                    ProcessState.PENDING,
                    PROBLEM,
                    new ProcessChange.Restart(AT + 1_000, 1, 2)),
            new ProcessChange.Cancelled(WEB),
            new ProcessChange.StartRequested(WEB, true),
            new ProcessChange.Removed(WEB),
            new ProcessChange.LineWritten(WEB, 1));

    private ProcessSamples() {}

    static List<ProcessChange> changes() {
        return CHANGES;
    }

    /** A process that is checked and stopped by commands of its own. */
    static ProcessChange withCommands() {
        var ready = new Readiness.AfterLine(
                new Readiness.Log("recovered"), new Readiness.Command(List.of("pg_isready", "-q")));
        ProcessSpec spec = spec("db", ready);
        return new ProcessChange.Registered(
                ID,
                new ProcessSpec(
                        spec.name(),
                        spec.command(),
                        null,
                        spec.directory(),
                        spec.env(),
                        spec.restart(),
                        ready,
                        spec.startTimeout(),
                        new StopPolicy("QUIT", Duration.ofSeconds(3), List.of("pg_ctl", "stop")),
                        spec.successExitCodes(),
                        List.of(new ProcessDependency(new ProcessName("disk"), ProcessDependency.Condition.LOGGED)),
                        false,
                        false,
                        Map.of()),
                null,
                null);
    }

    /** A process in each phase, one of each kind of check, and one that was removed and whose key is remembered. */
    static ProcessSnapshot snapshot() {
        ProcessBook book = ProcessBook.empty();
        CHANGES.forEach(change -> book.apply(change, AT));
        CHANGES.subList(0, 7).forEach(change -> book.apply(change, AT + 1));
        register(book, 2, "starting", new Readiness.Tcp("127.0.0.1", 5432), 1);
        register(book, 3, "running", null, 2);
        register(book, 4, "stopping", new Readiness.Log("listening on"), 3);
        register(book, 5, "ended", null, 4);
        return book.snapshot();
    }

    private static void register(ProcessBook book, long number, String name, @Nullable Readiness ready, int changes) {
        ProcessRef ref = new ProcessRef(new JobId(7, number), new ProcessName(name));
        List<ProcessChange> life = List.of(
                new ProcessChange.RunStarted(ref, 1, 20 + number, "127.0.0.1:25520", null),
                new ProcessChange.RunUp(ref, 1, 4_712, AT + 5, null, "serve"),
                new ProcessChange.StopRequested(ref, 1, StopCause.REMOVAL),
                new ProcessChange.RunEnded(
                        ref, 1, RunEnd.exited(3, false, AT + 10), ProcessState.FAILED, PROBLEM, null));
        book.apply(new ProcessChange.Registered(ref.id(), spec(name, ready), null, null), AT);
        life.subList(0, changes).forEach(change -> book.apply(change, AT + 6));
    }

    private static ProcessSpec spec(String name, @Nullable Readiness ready) {
        return new ProcessSpec(
                new ProcessName(name),
                List.of("pnpm", "run", "dev"),
                "dev",
                "/srv/web",
                Map.of("CI", "true"),
                new RestartPolicy(
                        RestartPolicy.Mode.ON_FAILURE,
                        Duration.ofMillis(250),
                        1.5,
                        Duration.ofSeconds(30),
                        5,
                        Duration.ofSeconds(20)),
                ready,
                Duration.ofSeconds(45),
                new StopPolicy("INT", Duration.ofSeconds(3)),
                List.of(3, 143),
                List.of(new ProcessDependency(new ProcessName("db"), ProcessDependency.Condition.SUCCEEDED)),
                true,
                true,
                Map.of("team", "core"));
    }
}
