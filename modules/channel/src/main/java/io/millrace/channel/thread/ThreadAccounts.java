package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.Instruments;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.thread.ThreadState;
import io.millrace.domain.Limits;
import io.millrace.domain.thread.SlotQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** What the thread manager of a channel has in its books; it outlives a restart of the manager. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ThreadAccounts {
    final HandlerThreads threads;
    final ThreadRegistry registry = new ThreadRegistry();
    final ThreadTotals totals = new ThreadTotals();
    final IsolationCheck isolation;

    /** Slots whose workers live, by number. */
    final Map<Integer, Slot> slots = new TreeMap<>();

    /** Slots that are taken, also by those whose worker has failed. */
    final Map<AttemptId, Slot> busy = new HashMap<>();

    final Deque<Slot> idle = new ArrayDeque<>();
    final SlotQueue<ManagedThread> queue = new SlotQueue<>(Limits.THREADS_WAITING_MAX);

    /** Those who may have to wait and were not told so yet. */
    final List<ManagedThread> untold = new ArrayList<>();

    /** What a person was told of. */
    final ThreadIncidents incidents;

    ChannelSpec spec;

    /** The channel's processors if they can be used, else empty. */
    List<Integer> affinity = List.of();

    /** True while a condition of the channel says why they cannot. */
    boolean hasAffinityObstacle;

    /** True while a condition of the channel says that it is not isolated. */
    boolean isBreached;

    /** What the channel was told last about its slots. */
    ChannelReport.SlotsTaken slotsTold = ChannelReport.SlotsTaken.NONE;

    @Nullable ActorRef<ThreadManager.Stopped> stopping;

    /** Present while the channel is being cleaned up and nothing starts. */
    @Nullable ClosingThreads closing;

    int quarantined;
    long workersMade;
    boolean isPermitAsked;
    boolean wasBuilt;

    ThreadAccounts(ChannelSpec spec, HandlerThreads threads, IsolationCheck isolation, ThreadIncidents incidents) {
        this.spec = spec;
        this.threads = threads;
        this.isolation = isolation;
        this.incidents = incidents;
    }

    /** True while the channel is being cleaned up and nothing starts. */
    boolean isClosed() {
        return closing != null;
    }

    /** True if somebody who waits may start. */
    boolean hasFreeSlot() {
        return !isClosed() && busy.size() < spec.threads().max();
    }

    /** A worker has stopped. */
    void removeWorker(Slot slot, Instruments instruments) {
        slots.remove(slot.number);
        instruments.workers().add(-1);
    }

    /** The lowest number that no slot has, not even one whose worker failed and whose handler runs on. */
    int freeNumber() {
        int number = 1;
        while (slots.containsKey(number) || isNumberBusy(number)) {
            number++;
        }
        return number;
    }

    private boolean isNumberBusy(int number) {
        return busy.values().stream().anyMatch(slot -> slot.number == number);
    }

    /** Threads that belong to no job and have a slot, those that would not end included. */
    int directBusy() {
        return (int) busy.keySet().stream().filter(AttemptId::isThread).count();
    }

    /** Threads that belong to no job and wait for a slot. */
    int directWaiting() {
        return queue.count(ManagedThread::isDirect);
    }

    /** Threads that belong to no job and would not end. */
    int quarantinedDirect() {
        return (int) busy.keySet().stream()
                .filter(AttemptId::isThread)
                .map(registry::live)
                .filter(thread -> thread != null && thread.state == ThreadState.QUARANTINED)
                .count();
    }
}
