/**
 * Lists, filters and history of channels and jobs, written from the journal (decision record 6).
 * Invariant: a channel's rows and its position change in one transaction, under a lock on the channel's row, so
 * applying an entry twice changes nothing and two writers cannot interleave. Called through the port
 * {@link io.millrace.domain.port.ReadModel}.
 */
@NullMarked
package io.millrace.storage.readmodel;

import org.jspecify.annotations.NullMarked;
