package io.millrace.channel.process;

import io.millrace.channel.AttemptId;
import io.millrace.channel.process.ProcessManager.AllKilled;
import io.millrace.channel.process.ProcessManager.KillAll;
import io.millrace.contracts.ThreadSafety;
import io.millrace.domain.Limits;
import io.millrace.host.RunListener;
import io.millrace.host.system.Signals;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Ends of all processes of a channel that are under way. A process is gone once the host says that nothing of it is left. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ProcessSweeps {
    private final Map<AttemptId, ChannelProcess> processes;
    private final List<Sweep> sweeps = new ArrayList<>();

    ProcessSweeps(Map<AttemptId, ChannelProcess> processes) {
        this.processes = processes;
    }

    /** One end of all processes: which are still there, and until when that is looked at. */
    private record Sweep(int killed, Set<AttemptId> left, long untilNanos, ActorRef<AllKilled> replyTo) {}

    boolean isEmpty() {
        return sweeps.isEmpty();
    }

    void begin(KillAll killAll, long nowNanos) {
        Set<AttemptId> left = new HashSet<>();
        processes.forEach((attempt, process) -> {
            if (!killAll.keep().contains(attempt) && isLeft(process)) {
                process.signal(Signals.KILL);
                left.add(attempt);
            }
        });
        sweeps.add(new Sweep(left.size(), left, nowNanos + Limits.MANAGER_ANSWER_MAX.toNanos(), killAll.replyTo()));
        look(nowNanos);
    }

    /** Answers whoever's processes are gone, or whose time is up. */
    void look(long nowNanos) {
        for (Iterator<Sweep> each = sweeps.iterator(); each.hasNext(); ) {
            Sweep sweep = each.next();
            sweep.left.removeIf(attempt -> !isLeft(processes.get(attempt)));
            if (sweep.left.isEmpty() || nowNanos - sweep.untilNanos >= 0) {
                each.remove();
                sweep.replyTo.tell(new AllKilled(
                        sweep.killed,
                        sweep.left.stream().map(this::inWords).sorted().toList()));
            }
        }
    }

    private static boolean isLeft(@Nullable ChannelProcess process) {
        return process != null && !process.isOver;
    }

    private String inWords(AttemptId attempt) {
        ChannelProcess known = processes.get(attempt);
        RunListener.Started started = known == null ? null : known.started;
        String whose = " of attempt " + attempt.number() + " of job " + attempt.job();
        return started == null
                ? "a process" + whose + " that is being started"
                : "process " + started.pid() + whose + ", which is still there after SIGKILL";
    }
}
