/**
 * Random histories of a lock table, and two ways to judge them: rules that are checked after every step, and a search for
 * an order in which everything that overlapped can have happened one after the other. One thread, virtual time, one seed:
 * the same seed always gives the same history.
 * Invariant: a history either keeps every rule, or ends with a
 * {@link io.millrace.domain.channel.simulation.BrokenPromise}. Started by the tests of this package only.
 */
@NullMarked
package io.millrace.domain.lock.history;

import org.jspecify.annotations.NullMarked;
