package io.millrace.host.client;

import io.millrace.contracts.ThreadSafety;
import io.millrace.host.HostIdentity;
import io.millrace.host.HostLimits;
import io.millrace.host.ProcessHost;
import io.millrace.host.RunKey;
import io.millrace.host.RunListener;
import io.millrace.host.StartOrder;
import io.millrace.host.protocol.HostDirectory;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The process host that has the companion of the node do everything. It takes over the companion that an earlier life of
 * the node has left, or starts one; when it dies, or answers nothing for {@link HostLimits#ANSWER_MAX}, it is killed with
 * everything it had started and another one is started. Starts wait for that, for {@link
 * HostLimits#COMPANION_AWAITED_MAX} at most, and are refused with {@code UNAVAILABLE} then. Those who listen are told when it is there, so that they can start again what ended, or when it does not
 * come up at first.
 *
 * <p>A start is answered or refused within {@link HostLimits#START_MAX}. The buffer of a listener has to hold {@link
 * HostLimits#OUTPUT_PIECE_BYTES_MAX} bytes.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class RemoteProcessHost implements ProcessHost {
    private final CompanionSupervisor supervisor;
    private final Set<RunKey> inherited = ConcurrentHashMap.newKeySet();
    private final String identity;

    /**
     * Takes the companion over or starts one, and waits until it is there.
     *
     * @param replaced called, from any thread, each time another one is there in place of one that was lost
     * @throws IOException if it does not come up, or another node uses the data directory
     */
    public static RemoteProcessHost start(CompanionSettings settings, Runnable replaced) throws IOException {
        return new RemoteProcessHost(settings, new CompanionSupervisor(settings, replaced));
    }

    private RemoteProcessHost(CompanionSettings settings, CompanionSupervisor supervisor) throws IOException {
        this.supervisor = supervisor;
        inherited.addAll(supervisor.awaitReady());
        String directoryId = HostDirectory.below(settings.dataDirectory())
                .hostId()
                .orElseThrow(() -> new IOException("The process host of the node has no id, although it runs"));
        this.identity = HostIdentity.onThisMachine(directoryId);
    }

    @Override
    public void start(StartOrder order, RunListener listener) {
        inherited.remove(order.key());
        call(listener, connection -> connection.start(order, listener));
    }

    /**
     * Calls the companion, the next one if there is none now.
     *
     * @param call false if the connection was over
     */
    private void call(RunListener listener, Predicate<HostConnection> call) {
        var now = supervisor.connection();
        if (now == null || !call.test(now)) {
            supervisor.waiting().add(next -> {
                if (next == null || !call.test(next)) {
                    listener.notStarted(Refusals.noHost());
                }
            });
        }
    }

    @Override
    public void adopt(RunKey key, RunListener listener) {
        inherited.remove(key);
        call(listener, connection -> connection.adopt(key, listener));
    }

    /** Of what ran in a companion that is gone nothing is left to be told. */
    @Override
    public void signal(RunKey key, int signal) {
        var connection = supervisor.connection();
        if (connection != null) {
            connection.signal(key, signal);
        }
    }

    @Override
    public void kill(RunKey key) {
        var connection = supervisor.connection();
        if (connection != null) {
            connection.kill(key);
        }
    }

    @Override
    public void renew(Map<RunKey, Long> deadlines) {
        var connection = supervisor.connection();
        if (connection != null) {
            connection.renew(deadlines);
        }
    }

    @Override
    public void forget(RunKey key) {
        inherited.remove(key);
        supervisor.forget(key);
    }

    @Override
    public List<RunKey> inherited() {
        return List.copyOf(inherited);
    }

    @Override
    public String id() {
        return identity;
    }

    @Override
    public Map<String, String> enforcement() {
        return supervisor.enforcement();
    }

    /** That of the last companion while another one is being started. */
    @Override
    public int pid() {
        return supervisor.pid();
    }

    /**
     * Returns when the companion has ended; if something runs on there, {@link HostLimits#FAREWELL_MAX} later; if it does
     * not answer, {@link HostLimits#ANSWER_MAX} later.
     */
    @Override
    public void close() {
        supervisor.close();
    }
}
