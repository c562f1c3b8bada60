package io.millrace.channel.process;

import io.millrace.host.ProcessHost;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.LimitReport;
import io.millrace.host.system.ExitStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A process host that starts nothing and remembers what it was asked for. Each start succeeds at once. */
final class RecordedHost implements ProcessHost {
    final List<StartOrder> orders = new CopyOnWriteArrayList<>();
    final List<Map<RunKey, Long>> renewals = new CopyOnWriteArrayList<>();
    final List<RunKey> adopted = new CopyOnWriteArrayList<>();
    final List<RunKey> killed = new CopyOnWriteArrayList<>();
    final List<RunKey> forgotten = new CopyOnWriteArrayList<>();
    final List<Integer> signals = new CopyOnWriteArrayList<>();
    final List<RunKey> inherited = new ArrayList<>();
    private final Map<RunKey, RunListener> listeners = new ConcurrentHashMap<>();

    @Override
    public void start(StartOrder order, RunListener listener) {
        orders.add(order);
        listeners.put(order.key(), listener);
        listener.started(new RunListener.Started(4_711, 1_000, List.of()));
    }

    @Override
    public void adopt(RunKey key, RunListener listener) {
        adopted.add(key);
        listeners.put(key, listener);
        listener.started(new RunListener.Started(4_712, 1_000, List.of()));
    }

    @Override
    public void signal(RunKey key, int signal) {
        signals.add(signal);
    }

    @Override
    public void kill(RunKey key) {
        killed.add(key);
    }

    void end(RunKey key) {
        end(key, null);
    }

    void end(RunKey key, RunListener.@Nullable EndReason reason) {
        Objects.requireNonNull(listeners.get(key))
                .ended(new RunListener.Ended(ExitStatus.of(0), 2_000, reason, LimitReport.NOTHING, 0, 0));
    }

    @Override
    public void renew(Map<RunKey, Long> deadlines) {
        renewals.add(Map.copyOf(deadlines));
    }

    @Override
    public void forget(RunKey key) {
        forgotten.add(key);
    }

    @Override
    public List<RunKey> inherited() {
        return inherited;
    }

    @Override
    public String id() {
        return "recorded host";
    }

    @Override
    public Map<String, String> enforcement() {
        return Map.of();
    }

    @Override
    public int pid() {
        return 1;
    }

    @Override
    public void close() {}
}
