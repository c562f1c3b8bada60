/**
 * Channels from the outside and the actor that owns one: its journal, its decisions and its managers.
 * Invariant: only {@link io.millrace.channel.Channel} writes a channel's journal; nothing outside a channel happens and
 * nobody is answered before the events that say so are stored. Edge and node use this package and none below it.
 */
@NullMarked
package io.millrace.channel;

import org.jspecify.annotations.NullMarked;
