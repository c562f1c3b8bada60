/**
 * Locks of a channel as their users see them: leases that end by themselves, with a fencing token.
 * Invariant: plain immutable values. A lease excludes other leases of the same lock and nothing else: whatever the lock
 * protects must compare tokens, or the lock is advisory.
 * Used by handlers through their context, by the HTTP contract (section 4), and by the lock manager behind both.
 */
@NullMarked
package io.millrace.contracts.lock;

import org.jspecify.annotations.NullMarked;
