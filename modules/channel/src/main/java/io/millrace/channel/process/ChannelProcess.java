package io.millrace.channel.process;

import io.millrace.channel.process.ProcessManager.Answer;
import io.millrace.channel.process.ProcessManager.Cleared;
import io.millrace.contracts.ThreadSafety;
import io.millrace.host.RunListener;
import io.millrace.host.system.Signals;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** What a process manager knows of an attempt's process. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ChannelProcess {
    final String command;
    final Survival survival;
    /** Those who wait until nothing is left of it. */
    final List<ActorRef<Cleared>> clearing = new ArrayList<>();
    /** Present while it is not certain that the channel belongs to this node. */
    ProcessManager.@Nullable Start waiting;

    @Nullable ProcessRun run;

    RunListener.@Nullable Started started;
    boolean isOver;
    long leaseEndNanos;
    private ActorRef<Answer> replyTo;
    private @Nullable Answer latest;
    private int earlySignal;

    ChannelProcess(String command, Survival survival, ActorRef<Answer> replyTo) {
        this.command = command;
        this.survival = survival;
        this.replyTo = replyTo;
    }

    void answer(Answer answer) {
        latest = answer;
        replyTo.tell(answer);
    }

    void repeatAnswer(ActorRef<Answer> to) {
        replyTo = to;
        if (latest != null) {
            to.tell(latest);
        }
    }

    /** True from its start to its end. */
    boolean isRunning() {
        return started != null && !isOver;
    }

    void started(RunListener.Started how) {
        started = how;
        if (earlySignal != 0) {
            signal(earlySignal);
        }
    }

    /** A signal to a process that is about to start reaches it once it has. */
    void signal(int signal) {
        if (started == null) {
            earlySignal = earlySignal == Signals.KILL ? earlySignal : signal;
        } else if (run != null && !isOver) {
            send(run, signal);
        }
    }

    private static void send(ProcessRun run, int signal) {
        if (signal == Signals.KILL) {
            run.kill();
        } else {
            run.signal(signal);
        }
    }
}
