/**
 * Drives the pure core of a channel through what a cluster does to it: several owners of one channel over a shared
 * keyed journal, crashes, pauses, clocks that are wrong, lost and repeated messages, writes with an unknown outcome.
 * One thread, virtual time, one seed: the same seed always gives the same run.
 * Invariant: a run either keeps every promise {@link io.millrace.domain.channel.simulation.SafetyRules} names, or ends
 * with a {@link io.millrace.domain.channel.simulation.BrokenPromise}. Started by {@code SimulationTest} only.
 */
@NullMarked
package io.millrace.domain.channel.simulation;

import org.jspecify.annotations.NullMarked;
