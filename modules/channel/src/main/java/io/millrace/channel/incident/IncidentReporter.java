package io.millrace.channel.incident;

import io.millrace.channel.Instruments;
import io.millrace.channel.Restarting;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.incident.IncidentKind;
import io.millrace.contracts.incident.IncidentReport;
import io.millrace.domain.Limits;
import io.millrace.domain.incident.IncidentKey;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Brings what the channels of a node report to the incident manager, in order and at least once: one report at a time, and
 * the next one when that is stored. While the manager cannot be reached it tries again after growing pauses, and holds up to
 * {@link Limits#INCIDENT_REPORTS_HELD_MAX} reports. What it holds is lost with its node; the next owner of a channel reports
 * what is stored of it again, and the rest is gone with that node, too.
 */
public final class IncidentReporter extends AbstractMatchingBehavior<IncidentReporter.Command> {

    /** Messages of the reporter. */
    public sealed interface Command {}

    /** Something for the incident manager. */
    public sealed interface Item extends Command {}

    /** An occurrence. The same one may be told again. */
    public record Report(IncidentReport report) implements Item {}

    /** What was reported no longer holds. */
    public record Subsided(ChannelName channel, IncidentKind kind, String subject, String note) implements Item {}

    /** @param answer absent if there was none in time */
    private record Answered(long number, IncidentManager.@Nullable Answer answer) implements Command {}

    private enum TryAgain implements Command {
        INSTANCE
    }

    private final ActorRef<IncidentManager.Command> manager;
    private final Instruments instruments;
    private final TimerScheduler<Command> timers;
    private final Accounts accounts;

    /** What outlives a restart. */
    @ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
    private static final class Accounts {
        final Deque<Item> held = new ArrayDeque<>();
        /** Names the latest try, so that an answer to an earlier one is told apart. */
        long number;

        Duration pause = Limits.INCIDENT_REPORT_DELAY_MIN;
        boolean isTrying;
    }

    /** @param manager the way to it, wherever it is */
    public static Behavior<Command> create(ActorRef<IncidentManager.Command> manager, Instruments instruments) {
        return Behaviors.setup(_ -> {
            Accounts accounts = new Accounts();
            return Restarting.after(context -> Behaviors.withTimers(
                    timers -> new IncidentReporter(context, timers, manager, instruments, accounts)));
        });
    }

    private IncidentReporter(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ActorRef<IncidentManager.Command> manager,
            Instruments instruments,
            Accounts accounts) {
        super(context);
        context.setLoggerName(IncidentReporter.class);
        this.manager = manager;
        this.instruments = instruments;
        this.timers = timers;
        this.accounts = accounts;
        accounts.isTrying = false;
        tryNext();
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case Item item -> onItem(item);
            case Answered(var number, var answer) -> onAnswered(number, answer);
            case TryAgain.INSTANCE -> tryNext();
        }
        return this;
    }

    private void onItem(Item item) {
        if (accounts.held.size() >= Limits.INCIDENT_REPORTS_HELD_MAX) {
            drop(
                    item,
                    "the incident manager cannot be reached, and " + Limits.INCIDENT_REPORTS_HELD_MAX + " others wait");
            return;
        }
        accounts.held.add(item);
        if (!accounts.isTrying && !timers.isTimerActive(TryAgain.INSTANCE)) {
            tryNext();
        }
    }

    private void tryNext() {
        Item next = accounts.held.peek();
        if (next == null) {
            return;
        }
        accounts.isTrying = true;
        long number = ++accounts.number;
        getContext()
                .ask(
                        IncidentManager.Answer.class,
                        manager,
                        Limits.MANAGER_ANSWER_MAX,
                        replyTo -> request(next, replyTo),
                        (answer, _) -> new Answered(number, answer));
    }

    private static IncidentManager.Request request(Item item, ActorRef<IncidentManager.Answer> replyTo) {
        return switch (item) {
            case Report(var report) -> new IncidentManager.File(report, replyTo);
            case Subsided(var channel, var kind, var subject, var note) ->
                new IncidentManager.Subside(IncidentKey.of(channel, kind, subject), note, replyTo);
        };
    }

    private void onAnswered(long number, IncidentManager.@Nullable Answer answer) {
        Item item = accounts.held.peek();
        if (number != accounts.number || item == null) {
            return;
        }
        accounts.isTrying = false;
        if (answer == null) {
            getContext()
                    .getLog()
                    .info(
                            "The incident manager did not answer; {} reports wait and are sent again in {} s.",
                            accounts.held.size(),
                            accounts.pause.toSeconds());
            timers.startSingleTimer(TryAgain.INSTANCE, accounts.pause);
            accounts.pause = shorter(accounts.pause.multipliedBy(2), Limits.INCIDENT_REPORT_DELAY_MAX);
            return;
        }
        if (answer instanceof IncidentManager.Refused(var problem)) {
            drop(item, problem.detail());
        }
        accounts.held.remove();
        accounts.pause = Limits.INCIDENT_REPORT_DELAY_MIN;
        tryNext();
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private void drop(Item item, String why) {
        instruments.incidentReportDropped();
        getContext().getLog().error("This is not an incident, because {}: {}", why, item);
    }
}
