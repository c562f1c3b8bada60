package io.millrace.channel.process;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.job.Work;
import java.util.List;
import java.util.Map;

/**
 * A process that an attempt asks for.
 *
 * @param env variables of the channel and of the trace, which the job's own override
 * @param affinity processors it may run on, empty for all
 * @param limits what its job declares
 */
record ProcessRequest(
        ChannelName channel,
        AttemptId attempt,
        Work.Process work,
        Map<String, String> env,
        List<Integer> affinity,
        ProcessLimits limits) {}
