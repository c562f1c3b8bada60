/**
 * Cleanup tasks of a channel: what to do, in which order, how to know that it worked, and how to take it back. The cleanup
 * manager of the channel runs them; the HTTP edge and handlers register and execute them. A task has a name unique in its
 * channel, and the graph of its dependencies never has a circle when it runs.
 */
@NullMarked
package io.millrace.contracts.cleanup;

import org.jspecify.annotations.NullMarked;
