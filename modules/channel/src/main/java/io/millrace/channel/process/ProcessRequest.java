package io.millrace.channel.process;

import io.millrace.channel.AttemptId;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.job.Work;
import java.util.Map;

/**
 * A process that an attempt asks for.
 *
 * @param channelEnv variables of the channel, which the job's own override
 */
record ProcessRequest(ChannelName channel, AttemptId attempt, Work.Process work, Map<String, String> channelEnv) {}
