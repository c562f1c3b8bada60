package io.millrace.contracts.handle;

import io.millrace.contracts.ChannelName;

/**
 * Names one thing that a channel keeps for somebody. Made by the channel alone; the seal shows whether that is so.
 *
 * @param type what it names
 * @param id identifier of the thing, unique in its channel
 * @param channel channel that keeps the thing
 * @param incarnation of the channel when the thing came into being
 * @param node node the thing came into being on
 * @param seal message authentication code over all other parts, in URL-safe base 64
 */
public record Handle(HandleType type, String id, ChannelName channel, long incarnation, String node, String seal) {}
