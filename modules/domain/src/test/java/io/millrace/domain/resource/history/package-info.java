/**
 * Random histories of a resource ledger, judged after every step: by rules about what it says, and by a naive ledger that
 * counts everything anew. One thread, virtual time, one seed: the same seed always gives the same history.
 * Invariant: a history either keeps every rule, or ends with a
 * {@link io.millrace.domain.channel.simulation.BrokenPromise}. Started by the tests of this package only.
 */
@NullMarked
package io.millrace.domain.resource.history;

import org.jspecify.annotations.NullMarked;
