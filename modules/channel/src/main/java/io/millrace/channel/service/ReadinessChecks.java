package io.millrace.channel.service;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.process.Readiness;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessPhase;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/** Finds out which runs are ready: asks those that can be asked until they are, and hears of the lines of others. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ReadinessChecks {
    private final ActorContext<ServiceManager.Command> context;
    private final ServiceManager.Seed seed;
    private final ServiceAccounts accounts;
    private final ServiceStore store;
    private final Hooks hooks;
    private final ReadinessProbe probe;

    ReadinessChecks(
            ActorContext<ServiceManager.Command> context,
            ServiceManager.Seed seed,
            ServiceAccounts accounts,
            ServiceStore store,
            Hooks hooks) {
        this.context = context;
        this.seed = seed;
        this.accounts = accounts;
        this.store = store;
        this.hooks = hooks;
        this.probe = new ReadinessProbe(seed.services().http(), seed.services().blocking());
    }

    /** A run is up, or it is not known any more whether it is being asked. */
    void begin(LiveRun run) {
        if (run.readiness.isLineFound) {
            lineFound(run);
        }
        Readiness wanted = wanted(run);
        if (wanted != null) {
            ask(run, wanted);
        }
    }

    void lineFound(AttemptId id) {
        LiveRun run = accounts.runs.get(id);
        if (run != null) {
            run.readiness.isLineFound = true;
            lineFound(run);
            Readiness wanted = wanted(run);
            if (wanted != null) {
                ask(run, wanted);
            }
        }
    }

    /** A line may say everything, or that the rest is to be checked now. */
    private void lineFound(LiveRun run) {
        ProcessEntry process = unready(run);
        if (process != null && process.spec().ready() instanceof Readiness.Log) {
            ready(run);
        } else if (process != null) {
            store.apply(accounts.rules.lineWritten(process, run.id.number()));
        }
    }

    /** @param why it is not ready, absent if it is */
    void probed(AttemptId id, @Nullable String why) {
        checked(id, why, "");
    }

    /**
     * @param why it is not ready, absent if it is
     * @param output of the command that says so
     */
    void checked(AttemptId id, @Nullable String why, String output) {
        LiveRun run = accounts.runs.get(id);
        if (run == null || wanted(run) == null) {
            return;
        }
        if (why == null) {
            run.readiness.passed(output, seed.clock().get());
            ready(run);
        } else {
            run.readiness.failed(why, output, seed.clock().get());
        }
    }

    private void ready(LiveRun run) {
        ProcessEntry process = accounts.book.process(run.id.job());
        if (process != null) {
            store.apply(accounts.rules.ready(process, run.id.number()));
        }
    }

    /** Asks those whose time has come. */
    void wake() {
        long now = seed.clock().get().nanos();
        for (LiveRun run : accounts.runs.values()) {
            Long askAt = run.readiness.askAtNanos;
            if (askAt != null && askAt - now <= 0) {
                run.readiness.askAtNanos = null;
                Readiness wanted = wanted(run);
                if (wanted != null) {
                    ask(run, wanted);
                }
            }
        }
    }

    private void ask(LiveRun run, Readiness readiness) {
        ProcessEntry process = accounts.book.process(run.id.job());
        if (process != null && readiness instanceof Readiness.Command(var command)) {
            hooks.check(run, process, command);
            return;
        }
        context.pipeToSelf(
                probe.ask(readiness),
                (answer, failure) -> new ServiceManager.Probed(
                        run.id, answer == null ? String.valueOf(failure) : answer.orElse(null)));
    }

    /** What a run is to be asked, absent if nothing is: it is ready, cannot be any more, or has to write a line first. */
    private @Nullable Readiness wanted(LiveRun run) {
        ProcessEntry process = unready(run);
        Readiness ready = process == null ? null : process.spec().ready();
        if (process == null || ready == null) {
            return null;
        }
        return ready.line() == null || process.hasWrittenLine() ? ready.check() : null;
    }

    /** The process of a run that runs and may become ready, absent if it is, or cannot be any more. */
    private @Nullable ProcessEntry unready(LiveRun run) {
        ProcessEntry process = accounts.book.process(run.id.job());
        boolean mayBecomeReady = process != null
                && accounts.liveRun(run.id.job(), run.id.number()) == run
                && process.phase() instanceof ProcessPhase.Running
                && !process.isReady()
                && run.phase == LiveRun.Phase.RUNNING;
        return mayBecomeReady ? process : null;
    }
}
