/**
 * What happened in a channel, for readers that ask for what lies behind their cursor.
 * Invariant: events are told in the order of the journal, each exactly once per cursor, and only once they are stored.
 * Fed and asked by the channel.
 */
@NullMarked
package io.millrace.channel.event;

import org.jspecify.annotations.NullMarked;
