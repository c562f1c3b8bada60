/**
 * Resources of a channel: what can be asked for, what is handed out, and what is known about it. Invariant: whatever is
 * handed out is charged to one owner in one channel until it is back. Used by handlers, the edge and the managers.
 */
@NullMarked
package io.millrace.contracts.resource;

import org.jspecify.annotations.NullMarked;
