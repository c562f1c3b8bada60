/**
 * Handles: values that name a thread, a lease or another thing a channel keeps for somebody, and what may be wrong with
 * one.
 * Invariant: a handle is immutable and carries a seal; an identifier alone is never authority.
 * Used by everything that hands such things out or takes them back.
 */
@NullMarked
package io.millrace.contracts.handle;

import org.jspecify.annotations.NullMarked;
