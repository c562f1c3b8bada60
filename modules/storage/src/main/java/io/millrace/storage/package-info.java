/**
 * The way into storage: opens the database, brings its schema up to date and hands out what the rest reads and writes.
 * Invariant: nothing is handed out before the database has been checked to keep what it acknowledges.
 * Called by the node at start; what it hands out is called on the dispatcher for blocking work.
 */
@NullMarked
package io.millrace.storage;

import org.jspecify.annotations.NullMarked;
