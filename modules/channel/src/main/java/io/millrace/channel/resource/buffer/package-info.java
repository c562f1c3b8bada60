/**
 * The off-heap memory behind the buffers of a node: allocated on first need, kept for reuse, under one budget.
 * Invariant: memory belongs to at most one grant at a time, holds only zeros when it is granted, and cannot be reached
 * through a grant that has ended.
 * Called by the node's owner of resources alone, which serializes the calls.
 */
@NullMarked
package io.millrace.channel.resource.buffer;

import org.jspecify.annotations.NullMarked;
