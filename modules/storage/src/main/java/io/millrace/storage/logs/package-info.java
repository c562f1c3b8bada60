/**
 * Stored output.
 * Invariant: a block is stored once, however often it is sent, and a channel's total counts exactly the stored ones.
 * Called through the port {@link io.millrace.domain.port.LogArchive}.
 */
@NullMarked
package io.millrace.storage.logs;

import org.jspecify.annotations.NullMarked;
