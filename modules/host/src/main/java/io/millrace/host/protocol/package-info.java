/**
 * What a node and its companion say to each other over a Unix domain socket, and the files by which they find each other.
 * Invariant: nothing that comes in is trusted before it was checked; what cannot be read ends the connection and nothing
 * else. Used by the two ends, {@code io.millrace.host.client} in the node and {@code io.millrace.host.server} in the
 * companion.
 */
@NullMarked
package io.millrace.host.protocol;

import org.jspecify.annotations.NullMarked;
