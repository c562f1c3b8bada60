/**
 * Cleanup of a channel as pure decisions: which tasks are registered, which executions are under way, what may run next.
 * Everything that becomes true is a {@link io.millrace.domain.cleanup.CleanupChange} that the channel stores before it has
 * an effect, so an execution that was cut off goes on from the last of them.
 */
@NullMarked
package io.millrace.domain.cleanup;

import org.jspecify.annotations.NullMarked;
