package io.millrace.channel.process;

import io.millrace.host.limits.ProcessLimits;
import io.millrace.channel.AttemptId;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.work.Work;
import java.util.List;
import java.util.Map;

/**
 * A process that an attempt asks for.
 *
 * @param actsFor attempt that the process is told it belongs to; another one than its own where it cleans up behind that
 * @param env variables of the channel and of the trace, which the job's own override
 * @param affinity processors it may run on, empty for all
 * @param limits what its job declares
 */
record ProcessRequest(
        ChannelName channel,
        AttemptId attempt,
        AttemptId actsFor,
        Work.Process work,
        Map<String, String> env,
        List<Integer> affinity,
        ProcessLimits limits) {}
