/**
 * The secret behind the seals of handles.
 * Invariant: a database has one key, which never changes once it is written; it appears in no log and no message.
 * Read by a node once, when it starts.
 */
@NullMarked
package io.millrace.storage.handle;

import org.jspecify.annotations.NullMarked;
