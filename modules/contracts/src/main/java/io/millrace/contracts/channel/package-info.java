/**
 * What a user asks of a channel and what a user sees of it.
 * Invariant: a specification holds every default, so that what is shown is what is enforced. Written by the edge,
 * read by the channel.
 */
@NullMarked
package io.millrace.contracts.channel;

import org.jspecify.annotations.NullMarked;
