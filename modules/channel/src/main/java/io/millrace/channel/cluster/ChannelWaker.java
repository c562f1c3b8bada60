package io.millrace.channel.cluster;

import io.millrace.channel.serialization.WireMessage;
import io.millrace.contracts.ChannelName;
import io.millrace.domain.port.ReadModel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that every channel with work is in memory somewhere: asks the database which channels have work and sends
 * each a message that starts it where it belongs. One per cluster. It sweeps at start, every {@link #SWEEP_EVERY}, and
 * a few times in quick succession after a member has left, because its channels find their new nodes one by one.
 */
public final class ChannelWaker extends AbstractMatchingBehavior<ChannelWaker.Command> {

    /** Messages of the waker. */
    public sealed interface Command {}

    /** A channel with work stops on its node; start it where it belongs then. */
    public record WakeSoon(ChannelName channel) implements Command, WireMessage {}

    /** Ends the waker. It has to be a message of its own: this kind of behaviour swallows Pekko's poison pill. */
    public enum Stop implements Command {
        INSTANCE
    }

    private record Wake(ChannelName channel) implements Command {}

    private enum Sweep implements Command {
        INSTANCE
    }

    private record MemberLeft() implements Command {}

    private record Found(List<ChannelName> channels) implements Command {
        Found {
            channels = List.copyOf(channels);
        }
    }

    private record LookUpFailed(Throwable cause) implements Command {}

    private record Woken(ChannelName channel, @Nullable Throwable failure) implements Command {}

    /** Time between two sweeps; fixed delay, so that a pause is not followed by a burst. */
    static final Duration SWEEP_EVERY = Duration.ofSeconds(30);

    private static final List<Duration> SWEEPS_AFTER_LOSS =
            List.of(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofSeconds(8));

    /** Channels that are being woken at the same time: each reads its journal. */
    private static final int IN_FLIGHT_MAX = 50;

    private static final int LOOK_UP_MAX = 500;

    /** A channel needs about so long to be gone from its node. */
    private static final Duration SOON = Duration.ofMillis(500);

    private final ReadModel readModel;
    private final Executor blocking;
    private final Function<ChannelName, CompletionStage<?>> wake;
    private final TimerScheduler<Command> timers;
    private final ArrayDeque<ChannelName> toWake = new ArrayDeque<>();
    private @Nullable ChannelName foundUpTo;
    private int inFlight;
    private boolean isSweeping;
    private boolean isAskedToSweepAgain;

    /**
     * @param wake sends a channel the message that starts it; completes when it runs
     */
    public static Behavior<Command> create(
            ReadModel readModel, Executor blocking, Function<ChannelName, CompletionStage<?>> wake) {
        Behavior<Command> waker = Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new ChannelWaker(context, timers, readModel, blocking, wake)));
        return Behaviors.supervise(waker)
                .onFailure(SupervisorStrategy.restartWithBackoff(Duration.ofSeconds(1), SWEEP_EVERY, 0.2));
    }

    private ChannelWaker(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            ReadModel readModel,
            Executor blocking,
            Function<ChannelName, CompletionStage<?>> wake) {
        super(context);
        context.setLoggerName(ChannelWaker.class);
        this.timers = timers;
        this.readModel = readModel;
        this.blocking = blocking;
        this.wake = wake;
        var removed = context.messageAdapter(ClusterEvent.MemberRemoved.class, _ -> new MemberLeft());
        Cluster.get(context.getSystem())
                .subscriptions()
                .tell(Subscribe.create(removed, ClusterEvent.MemberRemoved.class));
        timers.startTimerWithFixedDelay(Sweep.INSTANCE, Duration.ZERO, SWEEP_EVERY);
        // The channel "default" always exists, so it is brought into being by the first node that comes up.
        toWake.add(ChannelName.DEFAULT);
    }

    @Override
    public Behavior<Command> onMessage(Command command) {
        switch (command) {
            case WakeSoon(var channel) -> timers.startSingleTimer(channel, new Wake(channel), SOON);
            case Wake(var channel) -> onWake(channel);
            case Sweep.INSTANCE -> onSweep();
            case MemberLeft _ -> onMemberLeft();
            case Found(var channels) -> onFound(channels);
            case LookUpFailed(var cause) -> onLookUpFailed(cause);
            case Woken(var channel, var failure) -> onWoken(channel, failure);
            case Stop.INSTANCE -> {
                return Behaviors.stopped();
            }
        }
        return this;
    }

    private void onWake(ChannelName channel) {
        toWake.add(channel);
        proceed();
    }

    private void onMemberLeft() {
        for (Duration delay : SWEEPS_AFTER_LOSS) {
            timers.startSingleTimer(delay, Sweep.INSTANCE, delay);
        }
    }

    private void onSweep() {
        if (isSweeping) {
            isAskedToSweepAgain = true;
            return;
        }
        isSweeping = true;
        foundUpTo = null;
        lookUp();
    }

    private void lookUp() {
        ChannelName after = foundUpTo;
        getContext()
                .pipeToSelf(
                        CompletableFuture.supplyAsync(() -> readModel.channelsWithWork(after, LOOK_UP_MAX), blocking),
                        (channels, failure) -> channels == null ? new LookUpFailed(failure) : new Found(channels));
    }

    private void onFound(List<ChannelName> channels) {
        toWake.addAll(channels);
        foundUpTo = channels.size() < LOOK_UP_MAX ? null : channels.getLast();
        proceed();
    }

    private void onLookUpFailed(Throwable cause) {
        getContext().getLog().warn("Channels with work could not be looked up; tried again soon: {}", cause.toString());
        endSweep();
        proceed();
    }

    private void onWoken(ChannelName channel, @Nullable Throwable failure) {
        inFlight--;
        if (failure != null) {
            getContext()
                    .getLog()
                    .debug("Channel {} did not answer; tried again with the next sweep.", channel, failure);
        }
        proceed();
    }

    private void proceed() {
        if (isNodeStopping()) {
            // Its shards have nowhere to go from here, and a message for them would hold up the stop. The waker that
            // follows on another node sweeps first of all.
            toWake.clear();
        }
        while (inFlight < IN_FLIGHT_MAX && !toWake.isEmpty()) {
            ChannelName channel = toWake.remove();
            inFlight++;
            getContext().pipeToSelf(wake.apply(channel), (_, failure) -> new Woken(channel, failure));
        }
        if (isSweeping && toWake.isEmpty()) {
            if (foundUpTo != null) {
                lookUp();
                foundUpTo = null;
            } else if (inFlight == 0) {
                endSweep();
            }
        }
    }

    private boolean isNodeStopping() {
        return CoordinatedShutdown.get(getContext().getSystem())
                .getShutdownReason()
                .isPresent();
    }

    private void endSweep() {
        isSweeping = false;
        if (isAskedToSweepAgain) {
            isAskedToSweepAgain = false;
            onSweep();
        }
    }
}
