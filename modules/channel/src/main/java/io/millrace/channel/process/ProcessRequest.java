package io.millrace.channel.process;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.work.Work;
import io.millrace.host.RunKey;
import io.millrace.host.StartOrder;
import io.millrace.host.limits.ProcessLimits;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A process that an attempt asks for.
 *
 * @param actsFor attempt that the process is told it belongs to; another one than its own where it cleans up behind that
 * @param env variables of the channel and of the trace, which the job's own override
 * @param affinity processors it may run on, empty for all
 * @param limits what its job declares
 * @param terminal true for a pseudo terminal instead of pipes
 * @param survivesNode true to let it run until its lease ends when the node is gone
 * @param leaseEndNanos on the clock of {@link System#nanoTime}
 */
record ProcessRequest(
        ChannelName channel,
        AttemptId attempt,
        AttemptId actsFor,
        Work.Process work,
        Map<String, String> env,
        List<Integer> affinity,
        ProcessLimits limits,
        boolean terminal,
        boolean survivesNode,
        long leaseEndNanos) {
    private static final String PATH = "PATH";

    /** The name the process host knows an attempt by. */
    static RunKey key(ChannelName channel, AttemptId attempt) {
        return new RunKey(channel.value(), attempt.job().toString(), attempt.number(), attempt.epoch());
    }

    RunKey key() {
        return key(channel, attempt);
    }

    /**
     * @param home directory of its own, which exists
     * @param inherited variables of the node that every command is given; all others override them
     */
    StartOrder order(Path home, Map<String, String> inherited) {
        return new StartOrder(
                key(),
                work.command(),
                environment(inherited),
                env.containsKey(PATH) || work.env().containsKey(PATH),
                work.stdin().getBytes(StandardCharsets.UTF_8),
                home.toString(),
                work.workingDirectory(),
                affinity,
                limits,
                terminal,
                leaseEndNanos,
                survivesNode);
    }

    private Map<String, String> environment(Map<String, String> inherited) {
        var environment = new HashMap<>(inherited);
        environment.putAll(env);
        environment.putAll(work.env());
        environment.put("MILLRACE_CHANNEL", channel.value());
        environment.put("MILLRACE_JOB_ID", actsFor.job().toString());
        environment.put("MILLRACE_ATTEMPT", Integer.toString(actsFor.number()));
        environment.put("MILLRACE_FENCING_TOKEN", Long.toString(actsFor.epoch()));
        return environment;
    }
}
