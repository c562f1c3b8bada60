package io.millrace.channel.service;

import io.millrace.channel.AttemptId;
import io.millrace.channel.UnstoredChanges;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import io.millrace.domain.Moment;
import io.millrace.domain.process.Ownership;
import io.millrace.domain.process.ProcessBook;
import io.millrace.domain.process.ProcessChange;
import io.millrace.domain.process.ProcessEntry;
import io.millrace.domain.process.ProcessRules;
import io.millrace.domain.process.ProcessRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What outlives a restart of the service manager. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ServiceAccounts {
    private final ServiceManager.Seed seed;
    final ProcessRules rules;
    final ProcessBook book;
    final Ownership ownership;
    final ServiceMeasures measures;
    final ServiceGauges gauges;
    final LineListeners listeners;
    final ServiceIncidents incidents;

    /** Runs that were asked for and of which something is left. */
    final Map<AttemptId, LiveRun> runs = new HashMap<>();

    /** Commands beside them of which something is left. */
    final Map<AttemptId, Hook> hooks = new HashMap<>();

    /** What was decided and is not stored yet. */
    final UnstoredChanges<ProcessChange> unstored = new UnstoredChanges<>();

    final List<ServiceWaiters.Waiter> waiters = new ArrayList<>();
    final ServiceEnding.Accounts ending = new ServiceEnding.Accounts();

    ChannelSpec spec;
    boolean wasBuilt;
    /** True once the channel goes elsewhere: nothing starts any more. */
    boolean isLeaving;

    ServiceAccounts(ServiceManager.Seed seed) {
        this.seed = seed;
        this.rules = new ProcessRules(seed.channel());
        this.book = ProcessBook.of(seed.book());
        this.ownership = new Ownership(
                seed.services().node(),
                seed.services().processes().hostId(),
                seed.clock().get().nanos(),
                seed.othersLive().toNanos());
        this.measures = new ServiceMeasures(seed.services().instruments());
        this.gauges = new ServiceGauges(seed.services().instruments());
        this.listeners = new LineListeners(seed.services().blocking());
        this.incidents = new ServiceIncidents(seed, rules);
        this.spec = seed.spec();
    }

    /** The run of a process that is under way, absent if it is another one or none. */
    @Nullable LiveRun liveRun(JobId process, int number) {
        ProcessEntry entry = book.process(process);
        ProcessRun run = entry == null ? null : entry.runUnderWay();
        return run == null || run.number() != number ? null : runs.get(new AttemptId(process, number, run.epoch()));
    }

    /** A process as its user sees it. */
    ProcessView view(ProcessEntry process) {
        ProcessView view = rules.view(book, process, ownership, seed.clock().get());
        LiveRun run = liveRun(process.id(), view.run());
        return run == null ? view : run.shownIn(view);
    }

    /** Shows on the node how its processes are. */
    void showGauges() {
        Moment now = seed.clock().get();
        gauges.show(book.processes(), process -> rules.isCrashLooping(process, now));
    }

    Map<String, Double> totals() {
        Map<String, Double> totals = measures.totals();
        totals.put("processes.registered", (double) book.size());
        totals.put("processes.live", (double) book.live());
        totals.put("processes.running", (double) book.processes().stream()
                .filter(process -> process.state() == ProcessState.RUNNING)
                .count());
        totals.put("processes.ready", (double)
                book.processes().stream().filter(ProcessEntry::isReady).count());
        totals.put("processes.listeners", (double) listeners.size());
        totals.put("processes.listenerFailures", (double) listeners.counters().failures());
        totals.put(
                "processes.listenerLinesDropped", (double) listeners.counters().linesDropped());
        return totals;
    }

    /** How long until something is to be done although nobody asks, {@link Long#MAX_VALUE} if nothing is. */
    long nanosUntilWake(long nowNanos) {
        long nanos = Long.MAX_VALUE;
        for (LiveRun run : runs.values()) {
            nanos = Math.min(nanos, run.nanosUntilWake(nowNanos));
        }
        for (Hook hook : hooks.values()) {
            nanos = Math.min(nanos, hook.nanosUntilWake(nowNanos));
        }
        for (ServiceWaiters.Waiter waiter : waiters) {
            nanos = Math.min(nanos, waiter.untilNanos() - nowNanos);
        }
        nanos = Math.min(nanos, ending.nanosUntilWake(nowNanos));
        if (!isLeaving) {
            Moment now = seed.clock().get();
            long millis =
                    Math.min(rules.millisUntilNext(book, ownership, now), rules.millisUntilCrashLoopEnds(book, now));
            nanos = millis == Long.MAX_VALUE ? nanos : Math.min(nanos, millis * 1_000_000);
        }
        return Math.max(0, nanos);
    }

    /** The channel is gone. */
    void forgetAll() {
        book.forgetAll();
        incidents.forgetAll();
        runs.clear();
        hooks.clear();
        measures.clear();
        listeners.clear();
    }
}
