/**
 * What happened in a channel, as its subscriber sees it.
 * Invariant: events of a channel are totally ordered by their cursor, without gap or repeat. Written by the channel,
 * read by the edge.
 */
@NullMarked
package io.millrace.contracts.event;

import org.jspecify.annotations.NullMarked;
