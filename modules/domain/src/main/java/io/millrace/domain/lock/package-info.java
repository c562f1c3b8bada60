/**
 * Pure decisions about the locks of one channel: who holds which, who waits, in which order they may be taken.
 * Invariant: at most one lease of a lock, tokens only rise, no declared order is broken, and nobody waits in a circle.
 * Called by the lock manager; the leases alone are stored.
 */
@NullMarked
package io.millrace.domain.lock;

import org.jspecify.annotations.NullMarked;
