/**
 * The data directory of a node and the private PostgreSQL server in it.
 * Invariant: one node per data directory, and one server per data directory that outlives a killed node and is taken
 * over by the next. Called by the node at start and stop, and by the command that runs the database alone.
 */
@NullMarked
package io.millrace.storage.embedded;

import org.jspecify.annotations.NullMarked;
