package io.millrace.host.server;

import io.millrace.host.ProcessHost;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener;
import io.millrace.host.StartOrder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A host that starts nothing and answers nothing: it only keeps what it was asked for. Any thread may look. */
final class RecordedHost implements ProcessHost, HostServer.Hosted {
    private final List<RunListener> listeners = new CopyOnWriteArrayList<>();
    private final List<RunKey> killed = new CopyOnWriteArrayList<>();
    private final AtomicInteger detachments = new AtomicInteger();
    private volatile List<RunKey> left = List.of();
    private volatile boolean isBusy;

    List<RunListener> listeners() {
        return listeners;
    }

    List<RunKey> killed() {
        return killed;
    }

    /** How often a node was gone. */
    int detachments() {
        return detachments.get();
    }

    void leaves(RunKey run) {
        left = List.of(run);
    }

    void keepsBusy() {
        isBusy = true;
    }

    void isDone() {
        isBusy = false;
    }

    @Override
    public ProcessHost host() {
        return this;
    }

    @Override
    public void detach() {
        detachments.incrementAndGet();
    }

    @Override
    public boolean isIdle() {
        return !isBusy;
    }

    @Override
    public boolean isAwaitingNode() {
        return false;
    }

    @Override
    public void start(StartOrder order, RunListener listener) {
        listeners.add(listener);
    }

    @Override
    public void adopt(RunKey key, RunListener listener) {
        listeners.add(listener);
    }

    @Override
    public void signal(RunKey key, int signal) {}

    @Override
    public void kill(RunKey key) {
        killed.add(key);
    }

    @Override
    public void renew(Map<RunKey, Long> deadlines) {}

    @Override
    public void forget(RunKey key) {}

    @Override
    public List<RunKey> inherited() {
        return left;
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
