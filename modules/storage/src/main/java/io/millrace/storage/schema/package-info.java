/**
 * The tables and how they change from version to version.
 * Invariant: a released migration is never edited; a change is a further one, and the version before it can still read
 * what it leaves. Called once at start.
 */
@NullMarked
package io.millrace.storage.schema;

import org.jspecify.annotations.NullMarked;
