/**
 * Finds and ends everything that belongs to a run of a command, whatever session, group or parent it has by then.
 * Invariant: no process is signalled without proof that it is the one meant, and nobody but the run's owner collects the
 * leader of a run. Called by the process host; a search touches files of the kernel and may block for a moment.
 */
@NullMarked
package io.millrace.host.tree;

import org.jspecify.annotations.NullMarked;
