/**
 * Housekeeping in the tables of the persistence plugin; reading and writing them is the plugin's.
 * Invariant: only a prefix of a channel's journal is ever removed, never its newest row. Called by the node on behalf
 * of channels.
 */
@NullMarked
package io.millrace.storage.journal;

import org.jspecify.annotations.NullMarked;
