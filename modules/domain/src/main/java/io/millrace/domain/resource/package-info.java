/**
 * Who holds which resources of a channel, and who waits for which. Pure decisions about one ledger; no clock, no messages,
 * no memory. Invariant: a wish is granted whole or not at all, and what is available and what is in use are always the
 * limit together. Called by the resource manager of a channel.
 */
@NullMarked
package io.millrace.domain.resource;

import org.jspecify.annotations.NullMarked;
