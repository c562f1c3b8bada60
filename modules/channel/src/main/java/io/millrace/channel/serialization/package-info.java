/**
 * How messages, journal entries and snapshots become bytes and back.
 * Invariant: what was ever stored stays readable; names in stored bytes are listed here and never change, unknown
 * fields are ignored. A golden file per event type guards it. Used by Pekko through the configuration only.
 */
@NullMarked
package io.millrace.channel.serialization;

import org.jspecify.annotations.NullMarked;
