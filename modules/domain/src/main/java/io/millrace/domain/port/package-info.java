/**
 * What a channel needs of storage, as blocking interfaces.
 * Invariant: each call is one transaction; it either took effect or throws {@link io.millrace.domain.port.StorageException}.
 * Implemented by storage; called by the channel on its dispatcher for blocking work, never from inside an actor.
 */
@NullMarked
package io.millrace.domain.port;

import org.jspecify.annotations.NullMarked;
