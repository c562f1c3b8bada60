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
    private final ReadinessProbe probe;

    ReadinessChecks(
            ActorContext<ServiceManager.Command> context,
            ServiceManager.Seed seed,
            ServiceAccounts accounts,
            ServiceStore store) {
        this.context = context;
        this.seed = seed;
        this.accounts = accounts;
        this.store = store;
        this.probe = new ReadinessProbe(seed.services().http(), seed.services().blocking());
    }

    /** A run is up, or it is not known any more whether it is being asked. */
    void begin(LiveRun run) {
        Readiness wanted = wanted(run);
        if (wanted instanceof Readiness.Log) {
            becomeReadyByLine(run);
        } else if (wanted != null) {
            ask(run, wanted);
        }
    }

    void lineFound(AttemptId id) {
        LiveRun run = accounts.runs.get(id);
        if (run != null) {
            run.readiness.isLineFound = true;
            becomeReadyByLine(run);
        }
    }

    private void becomeReadyByLine(LiveRun run) {
        if (run.readiness.isLineFound && wanted(run) instanceof Readiness.Log) {
            ready(run);
        }
    }

    /** @param why it is not ready, absent if it is */
    void probed(AttemptId id, @Nullable String why) {
        LiveRun run = accounts.runs.get(id);
        if (run == null || wanted(run) == null) {
            return;
        }
        if (why == null) {
            ready(run);
        } else {
            run.readiness.failed(why, seed.clock().get().nanos());
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
        context.pipeToSelf(
                probe.ask(readiness),
                (answer, failure) -> new ServiceManager.Probed(
                        run.id, answer == null ? String.valueOf(failure) : answer.orElse(null)));
    }

    /** How a run becomes ready, absent if it is, cannot be any more, or is without being asked. */
    private @Nullable Readiness wanted(LiveRun run) {
        ProcessEntry process = accounts.book.process(run.id.job());
        if (process == null || accounts.liveRun(run.id.job(), run.id.number()) != run) {
            return null;
        }
        boolean mayBecomeReady = process.phase() instanceof ProcessPhase.Running
                && !process.isReady()
                && run.phase == LiveRun.Phase.RUNNING;
        return mayBecomeReady ? process.spec().ready() : null;
    }
}
