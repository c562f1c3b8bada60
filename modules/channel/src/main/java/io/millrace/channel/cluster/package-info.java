/**
 * What concerns all nodes: waking channels that have work, and looking into every node.
 * Invariant: nothing here decides anything for a channel; a node that does not answer is named, never left out.
 * Started by the channel system of each node.
 */
@NullMarked
package io.millrace.channel.cluster;

import org.jspecify.annotations.NullMarked;
