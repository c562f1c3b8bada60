package io.millrace.storage.embedded;

import io.millrace.contracts.MillraceException;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps an embedded PostgreSQL running: notices within {@link Limits#DATABASE_WATCH_INTERVAL} that its server has ended
 * and starts it again on the same port, try after try with growing delays, until it accepts clients. The server recovers
 * every committed transaction first. It refuses to start while processes of the old one are left; the next try finds them
 * gone. Clients only have to connect again.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
public final class PrivateDatabaseSupervisor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PrivateDatabaseSupervisor.class);

    private final PrivateDatabase database;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable String trouble;

    private PrivateDatabaseSupervisor(PrivateDatabase database) {
        this.database = database;
        this.thread = Thread.ofPlatform()
                .daemon()
                .name("millrace-database-supervisor")
                .unstarted(this::watch);
    }

    /**
     * Watches over a server that runs. Close the supervisor before the server is stopped, and leave starting to it until
     * then.
     */
    public static PrivateDatabaseSupervisor start(PrivateDatabase database) {
        PrivateDatabaseSupervisor supervisor = new PrivateDatabaseSupervisor(database);
        supervisor.thread.start();
        return supervisor;
    }

    /** Why the server cannot be used now, in words for an operator; empty while it runs. */
    public Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    private void watch() {
        while (!isClosingWithin(Limits.DATABASE_WATCH_INTERVAL)) {
            if (hasEnded()) {
                LOG.warn(
                        "The embedded PostgreSQL has ended by itself. It is started again; until then work that needs it "
                                + "is refused. What led to its end may be in postgres/log of the data directory.");
                recover();
            }
        }
    }

    private boolean hasEnded() {
        try {
            return !database.isAlive();
        } catch (MillraceException e) {
            LOG.debug("It is unknown whether the embedded PostgreSQL runs", e);
            return false;
        }
    }

    private void recover() {
        Duration delay = Limits.DATABASE_RESTART_DELAY_MIN;
        for (int attempt = 1; !isRestarted(attempt); attempt++) {
            if (isClosingWithin(delay)) {
                return;
            }
            Duration doubled = delay.multipliedBy(2);
            delay = doubled.compareTo(Limits.DATABASE_RESTART_DELAY_MAX) < 0
                    ? doubled
                    : Limits.DATABASE_RESTART_DELAY_MAX;
        }
    }

    private boolean isRestarted(int attempt) {
        trouble = "the embedded PostgreSQL has ended and is being started again (attempt " + attempt + ")";
        try {
            database.restart();
            trouble = null;
            LOG.info("The embedded PostgreSQL runs again (attempt {})", attempt);
            return true;
        } catch (RuntimeException e) {
            LOG.warn("Attempt {} to start the embedded PostgreSQL again failed: {}", attempt, e.getMessage());
            return false;
        }
    }

    private boolean isClosingWithin(Duration delay) {
        try {
            return closing.await(delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /**
     * Ends the watch. Waits for a start that is under way, because a server half started could not be stopped; that lasts
     * no longer than a start does.
     */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
