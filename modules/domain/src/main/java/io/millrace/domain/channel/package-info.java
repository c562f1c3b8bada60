/**
 * The rules of one channel: which command is accepted, which events follow, which job starts next.
 * Invariant: {@code decide} reads state and changes nothing, {@code evolve} applies one stored event and never
 * refuses; the same events always give the same state. Called by the channel actor and by the simulator.
 */
@NullMarked
package io.millrace.domain.channel;

import org.jspecify.annotations.NullMarked;
