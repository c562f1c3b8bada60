package io.millrace.channel.cleanup;

import io.millrace.channel.ManagerReply;
import io.millrace.channel.resource.ResourceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.handle.IsolationReport;
import io.millrace.contracts.handle.IsolationReport.Breach;
import io.millrace.domain.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * Shows that what was cleaned up here belonged here (contract row C-06): everything the channel's managers keep is held
 * against what is really there, resources and processes first, then threads and leases. A cleanup that had taken something
 * of another channel, or left something of this one behind, would show as a difference.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class CleanupIsolation {
    /** Each looks twice at what seems wrong, and asks others meanwhile. */
    private static final Duration ANSWER_MAX = Limits.MANAGER_ANSWER_MAX.multipliedBy(4);

    private final ActorContext<CleanupManager.Command> context;
    private final CleanupManager.Seed seed;
    private final CleanupAccounts accounts;

    CleanupIsolation(ActorContext<CleanupManager.Command> context, CleanupManager.Seed seed, CleanupAccounts accounts) {
        this.context = context;
        this.seed = seed;
        this.accounts = accounts;
    }

    void verify(ActorRef<ManagerReply> replyTo) {
        context.ask(
                ManagerReply.class,
                seed.siblings().resources(),
                ANSWER_MAX,
                ResourceManager.VerifyIsolation::new,
                (reply, _) -> new CleanupManager.IsolationSeen(replyTo, List.of(), reply));
    }

    void seen(CleanupManager.IsolationSeen seen) {
        List<IsolationReport> reports = new ArrayList<>(seen.before());
        switch (seen.reply()) {
            case ResourceManager.IsolationVerified(var report) -> {
                reports.add(report);
                askThreads(seen.replyTo(), reports);
            }
            case ThreadManager.IsolationVerified(var report) -> {
                reports.add(report);
                answer(seen.replyTo(), reports);
            }
            case ManagerReply.Refused refused -> seen.replyTo().tell(refused);
            case null, default -> seen.replyTo().tell(new ManagerReply.Refused(notAnswered()));
        }
    }

    private void askThreads(ActorRef<ManagerReply> replyTo, List<IsolationReport> reports) {
        ActorRef<ThreadManager.Command> threads = accounts.threads;
        if (threads == null) {
            answer(replyTo, reports);
        } else {
            context.ask(
                    ManagerReply.class,
                    threads,
                    ANSWER_MAX,
                    ThreadManager.VerifyIsolation::new,
                    (reply, _) -> new CleanupManager.IsolationSeen(replyTo, reports, reply));
        }
    }

    private void answer(ActorRef<ManagerReply> replyTo, List<IsolationReport> reports) {
        List<Breach> breaches =
                reports.stream().flatMap(report -> report.violations().stream()).toList();
        int items = reports.stream().mapToInt(IsolationReport::itemsChecked).sum() + accounts.acting.size();
        replyTo.tell(new CleanupManager.IsolationVerified(
                new IsolationReport(seed.channel(), seed.clock().get().instant(), items, breaches)));
    }

    private static Problem notAnswered() {
        return Problem.of(
                        ErrorCode.UNAVAILABLE,
                        "CleanupManager",
                        "A manager of the channel did not answer within " + ANSWER_MAX.toSeconds()
                                + " s, so isolation was not checked. Nothing was changed. Try again shortly.")
                .retryAfter(Duration.ofSeconds(1));
    }
}
