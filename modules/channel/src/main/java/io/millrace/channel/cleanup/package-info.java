/**
 * What happens behind every attempt: whatever it held is returned, and it is looked at that it was.
 * Invariant: an attempt is reported as ended only after its cleanup, and a cleanup never claims what it did not verify.
 * Called by workers, and by the thread manager for attempts whose worker failed.
 */
@NullMarked
package io.millrace.channel.cleanup;

import org.jspecify.annotations.NullMarked;
