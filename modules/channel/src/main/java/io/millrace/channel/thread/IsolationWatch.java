package io.millrace.channel.thread;

import io.millrace.channel.AttemptId;
import io.millrace.channel.ChannelReport;
import io.millrace.channel.lock.LockManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.IsolationReport.Breach;
import io.millrace.contracts.job.Condition;
import io.millrace.domain.Limits;
import io.millrace.domain.lock.HeldLease;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a channel's isolation checked, on demand and periodically while its threads are used, and tells the channel what
 * was found until it is gone. The lock manager is asked for the leases first.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class IsolationWatch {
    private static final Logger LOG = LoggerFactory.getLogger(IsolationWatch.class);
    private static final String ISOLATION_BREACHED = "IsolationBreached";

    private final ActorContext<ThreadManager.Command> context;
    private final TimerScheduler<ThreadManager.Command> timers;
    private final ChannelName channel;
    private final String node;
    private final long incarnation;
    private final ThreadAccounts accounts;
    private final ActorRef<LockManager.Command> locks;
    private final ActorRef<ChannelReport> reports;

    IsolationWatch(
            ActorContext<ThreadManager.Command> context,
            TimerScheduler<ThreadManager.Command> timers,
            ChannelName channel,
            String node,
            long incarnation,
            ThreadAccounts accounts,
            ActorRef<LockManager.Command> locks,
            ActorRef<ChannelReport> reports) {
        this.context = context;
        this.timers = timers;
        this.channel = channel;
        this.node = node;
        this.incarnation = incarnation;
        this.accounts = accounts;
        this.locks = locks;
        this.reports = reports;
    }

    /** Checks on demand. */
    void verify(ThreadManager.VerifyIsolation verify) {
        checkIsolation(report -> {
            if (report == null) {
                verify.refuse(leasesUnknown());
            } else {
                verify.replyTo().tell(new ThreadManager.IsolationVerified(report));
            }
        });
    }

    /** Goes on for as long as anything ran since the last time, or something is wrong. */
    void checkPeriodically() {
        checkIsolation(report -> {
            boolean isClean = report != null && report.isolated();
            if (isClean && accounts.busy.isEmpty() && accounts.threads.threads() == 0) {
                timers.cancel(ThreadManager.CheckIsolation.INSTANCE);
            }
        });
    }

    /** Whoever lived at some time while the leases were looked up may rightly own one. */
    private void checkIsolation(Consumer<@Nullable IsolationReport> checked) {
        long askedNanos = System.nanoTime();
        Set<AttemptId> owners = ids(accounts.registry.live());
        askLeases(held -> {
            if (held == null) {
                checked.accept(null);
            } else {
                owners.addAll(ids(accounts.registry.live()));
                owners.addAll(ids(accounts.registry.endedSince(askedNanos)));
                checked.accept(checkIsolation(new IsolationCheck.Leases(held, owners, incarnation)));
            }
        });
    }

    private static Set<AttemptId> ids(Collection<ManagedThread> threads) {
        return threads.stream().map(thread -> thread.id).collect(Collectors.toCollection(HashSet::new));
    }

    /** @param then gets the leases of the channel, or nothing if the lock manager does not answer */
    private void askLeases(Consumer<@Nullable List<HeldLease>> then) {
        context.ask(
                LockManager.Leases.class,
                locks,
                Limits.MANAGER_ANSWER_MAX,
                LockManager.ListLeases::new,
                (leases, _) -> new ThreadManager.LeasesListed(leases == null ? null : leases.leases(), then));
    }

    /** How many leases an attempt or thread holds; the request is refused if that cannot be found out. */
    void countLeases(AttemptId owner, ThreadManager.Request request, Consumer<Integer> counted) {
        askLeases(leases -> {
            if (leases == null) {
                request.refuse(leasesUnknown());
            } else {
                counted.accept((int) leases.stream()
                        .filter(lease -> owner.job().equals(lease.owner().job()))
                        .filter(lease -> lease.owner().epoch() == owner.epoch())
                        .count());
            }
        });
    }

    private Problem leasesUnknown() {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        "ThreadManager",
                        "The lock manager of channel '" + channel + "' did not answer within "
                                + Limits.MANAGER_ANSWER_MAX.toSeconds() + " s. Nothing was changed. Try again shortly.")
                .retryAfter(Duration.ofSeconds(1));
    }

    /** Checks from now on, every {@link Limits#ISOLATION_CHECK_INTERVAL}. */
    void start() {
        if (!timers.isTimerActive(ThreadManager.CheckIsolation.INSTANCE)) {
            timers.startTimerWithFixedDelay(
                    ThreadManager.CheckIsolation.INSTANCE,
                    ThreadManager.CheckIsolation.INSTANCE,
                    Limits.ISOLATION_CHECK_INTERVAL);
        }
    }

    private IsolationReport checkIsolation(IsolationCheck.Leases leases) {
        var books = new IsolationCheck.Books(
                Set.copyOf(accounts.busy.keySet()),
                accounts.slots.values().stream().map(slot -> slot.worker.path()).toList(),
                context.getSelf().path());
        var report = accounts.isolation.check(books, accounts.threads, leases);
        accounts.totals.checked(report.violations().size());
        if (!report.isolated()) {
            tellBreach(report.violations());
        } else if (accounts.isBreached) {
            accounts.isBreached = false;
            accounts.incidents.isolated();
            reports.tell(new ChannelReport.ConditionCleared(ISOLATION_BREACHED));
        }
        return report;
    }

    private void tellBreach(List<Breach> breaches) {
        if (!accounts.isBreached) {
            accounts.incidents.breached(breaches);
        }
        accounts.isBreached = true;
        String named = breaches.stream()
                .map(breach -> breach.kind() + " " + breach.subject())
                .collect(Collectors.joining(", "));
        LOG.error("Isolation of channel {} is breached: {}", channel, breaches);
        start();
        reports.tell(new ChannelReport.ConditionRaised(new Condition(
                ISOLATION_BREACHED,
                "node " + node + " has in this channel what does not belong to it: " + named + ". POST /v1/channels/"
                        + channel + "/threads:verifyIsolation says more.",
                Instant.now())));
    }
}
