package io.millrace.host.client;

import io.millrace.host.HostLimits;
import io.millrace.host.RunKey;
import io.millrace.host.protocol.HostDirectory;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileLock;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a companion there: one thread that talks to it, and ends and replaces it when it is lost. Its own directory is
 * locked for as long as this lives, so that no second node on it can take the companion away.
 */
final class CompanionSupervisor {
    private static final Logger LOG = LoggerFactory.getLogger(CompanionSupervisor.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    private final HostDirectory directory;
    private final CompanionLauncher launcher;
    private final CompletableFuture<List<RunKey>> ready = new CompletableFuture<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final BlockingQueue<RunKey> confirmed = new LinkedBlockingQueue<>(HostLimits.CONFIRMATIONS_WAITING_MAX);
    private final Runnable replaced;
    private final Thread thread;
    private final WaitingCalls waiting = new WaitingCalls(this::connection);
    private volatile @Nullable HostConnection connection;
    private volatile Map<String, String> enforcement = Map.of();
    private volatile int pid;

    /** A companion that has greeted. */
    private record Connected(Companion companion, HostConnection connection, Greeting greeting) {}

    CompanionSupervisor(CompanionSettings settings, Runnable replaced) throws IOException {
        this.replaced = replaced;
        this.directory = HostDirectory.below(settings.dataDirectory());
        this.launcher = new CompanionLauncher(settings, directory);
        var lock = directory.lockForNode();
        this.thread =
                Thread.ofPlatform().name("millrace-process-host").daemon(true).start(() -> run(lock));
    }

    /**
     * Waits for the first companion.
     *
     * @return the runs an earlier life of the node has left to it
     * @throws IOException if it does not come up
     */
    List<RunKey> awaitReady() throws IOException {
        try {
            return ready.get();
        } catch (ExecutionException _) {
            var cause = ready.exceptionNow();
            throw new IOException("The process host of the node does not come up: " + cause.getMessage(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the process host was starting", e);
        }
    }

    /** The connection to the companion that is there now, absent while there is none. */
    @Nullable HostConnection connection() {
        return connection;
    }

    /** Calls that wait for the next companion. */
    WaitingCalls waiting() {
        return waiting;
    }

    Map<String, String> enforcement() {
        return enforcement;
    }

    int pid() {
        return pid;
    }

    /** Tells the companion that the end of a run is stored, the next one if there is none now. */
    void forget(RunKey key) {
        var now = connection;
        if (now != null) {
            now.forget(key);
        } else if (!confirmed.offer(key)) {
            LOG.warn("The process host is not told that the end of run {} is stored; it keeps it for nothing", key);
        }
    }

    /** Lets go of the companion, and waits for that as long as it may take to answer. */
    void close() {
        closing.countDown();
        waiting.close();
        var now = connection;
        if (now != null) {
            now.lettingGo();
        }
        try {
            thread.join(HostLimits.ANSWER_MAX.multipliedBy(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(FileLock lock) {
        try (var _ = lock.acquiredBy()) {
            var first = connectFirst();
            if (first != null) {
                serve(first);
            }
        } catch (IOException e) {
            LOG.error("The lock of the process host's directory could not be given back", e);
        }
    }

    private @Nullable Connected connectFirst() {
        try {
            var first = connect();
            present(first);
            ready.complete(first.greeting.runs());
            return first;
        } catch (IOException | RuntimeException e) {
            ready.completeExceptionally(e);
            return null;
        }
    }

    /** Until this is closed. */
    private void serve(Connected first) {
        for (var now = first; now != null; now = replace(now)) {
            try (var open = now.connection) {
                open.serve();
                connection = null;
                return;
            } catch (IOException | RuntimeException e) {
                LOG.error(
                        "The process host (pid {}) is lost and is replaced, everything it had started is killed: {}",
                        pid,
                        e.getMessage(),
                        e);
            }
            connection = null;
        }
    }

    /**
     * Those who listen hear of the loss once nothing lives any more that they might start a second time, and once the next
     * companion is there, or did not come up at once: what they start again is not refused then.
     */
    private @Nullable Connected replace(Connected lost) {
        end(lost.companion);
        var next = isClosing(Duration.ZERO) ? null : connectOnce();
        lost.connection.tellHostGone();
        return next == null ? connectAgain() : next;
    }

    private static void end(Companion lost) {
        try {
            lost.killWithEverything();
        } catch (IOException | RuntimeException e) {
            LOG.error("What the process host had started could not be killed; the next one does it at its start", e);
        }
    }

    private @Nullable Connected connectAgain() {
        for (var pause = FIRST_PAUSE; !isClosing(pause); pause = longer(pause)) {
            var again = connectOnce();
            if (again != null) {
                return again;
            }
        }
        return null;
    }

    private static Duration longer(Duration pause) {
        var twice = pause.multipliedBy(2);
        return twice.compareTo(HostLimits.COMPANION_RESTART_MAX) > 0 ? HostLimits.COMPANION_RESTART_MAX : twice;
    }

    private @Nullable Connected connectOnce() {
        try {
            var next = connect();
            present(next);
            replaced.run();
            return next;
        } catch (IOException | RuntimeException e) {
            LOG.error("The process host does not come up and is started again in a moment", e);
            return null;
        }
    }

    private boolean isClosing(Duration wait) {
        try {
            return closing.await(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void present(Connected now) {
        enforcement = now.greeting.enforcement();
        connection = now.connection;
        pid = now.companion.pid();
        for (var key = confirmed.poll(); key != null; key = confirmed.poll()) {
            now.connection.forget(key);
        }
        waiting.connected(now.connection);
    }

    /** A companion that is there and cannot be talked to is of no use, and in the way of another. */
    private Connected connect() throws IOException {
        var found = launcher.find();
        if (found.isPresent()) {
            try {
                var taken = connect(found.get());
                LOG.info(
                        "The process host (pid {}) of an earlier life of this node is taken over",
                        taken.companion.pid());
                return taken;
            } catch (IOException e) {
                endUnusable(found.get(), e);
            }
        }
        var started = launcher.start();
        try {
            return connect(started);
        } catch (IOException e) {
            started.killWithEverything();
            throw e;
        }
    }

    /** It may have been about to end, with nothing left to run: then there is something to be written down first. */
    private static void endUnusable(Companion found, IOException why) throws IOException {
        if (!found.endsWithin(HostLimits.LEASE_LATENESS_MAX)) {
            LOG.warn("The process host (pid {}) cannot be taken over and is ended", found.pid(), why);
        }
        found.killWithEverything();
    }

    private Connected connect(Companion companion) throws IOException {
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            // A companion that accepts nothing must not hold this up: without blocking this fails at once.
            channel.configureBlocking(false);
            channel.connect(UnixDomainSocketAddress.of(companion.socket()));
            requireOwnUser(channel);
            var opened = new HostConnection(channel, HostLimits.START_MAX);
            return new Connected(companion, opened, opened.greet(directory.secret()));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static void requireOwnUser(SocketChannel channel) throws IOException {
        var user = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        if (!user.equals(Files.getOwner(Path.of("/proc/self")))) {
            throw new IOException("Its socket belongs to another user: " + user);
        }
    }
}
