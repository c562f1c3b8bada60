package io.millrace.channel.process;

import io.millrace.host.system.Signals;
import io.millrace.channel.process.ProcessManager.Answer;
import io.millrace.channel.process.ProcessManager.Cleared;
import io.millrace.contracts.ThreadSafety;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** What a process manager knows of an attempt's process. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ChannelProcess {
    final StartingProcess starting;
    /** Those who wait until nothing is left of it. */
    final List<ActorRef<Cleared>> clearing = new ArrayList<>();

    @Nullable RunningProcess process;

    boolean isOver;
    private ActorRef<Answer> replyTo;
    private @Nullable Answer latest;
    private int earlySignal;

    ChannelProcess(ActorRef<Answer> replyTo, StartingProcess starting) {
        this.starting = starting;
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

    void started(RunningProcess running) {
        process = running;
        if (earlySignal != 0) {
            signal(earlySignal);
        }
    }

    /** A signal to a process that is about to start reaches it once it has. */
    void signal(int signal) {
        if (process == null) {
            earlySignal = Math.max(earlySignal, signal == Signals.KILL ? Integer.MAX_VALUE : signal);
        } else if (signal == Signals.TERMINATE) {
            process.terminate();
        } else {
            process.kill();
        }
    }

    /** Kills what is left of a group whose leader has ended; false if nothing is. */
    boolean killRest() {
        boolean isAnythingLeft = process != null && Signals.isAlive(process.pid());
        if (process != null && isAnythingLeft) {
            Signals.sendToGroup(process.pid(), Signals.KILL);
        }
        return isAnythingLeft;
    }
}
